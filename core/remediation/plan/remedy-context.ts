import type { ResourceType } from '../../control.ts';
import type { ResourceRef } from '../../model.ts';
import { readInventoryOf } from '../../pipeline/inventory.ts';
import type { StateStore } from '../../ports.ts';
import { type DeclaredParameters, isFactType, type Remedy, type RemedyContext } from '../model/remedy.ts';

/** Returns the context of a remedy for a failing resource from the store. The caller must refresh the store before. */
export async function remedyContext(
  store: StateStore,
  resource: ResourceRef,
  { resourceType, reads }: Pick<Remedy, 'resourceType' | 'reads'>,
  declared: DeclaredParameters,
): Promise<RemedyContext> {
  const own: readonly ResourceType[] = isFactType(resourceType) ? [resourceType] : [];
  return { resource, declared, inventory: await readInventoryOf(resource.accountId, [...own, ...reads], store) };
}
