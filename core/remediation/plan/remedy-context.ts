import type { ResourceType } from '../../control.ts';
import type { ResourceRef } from '../../model.ts';
import { readInventoryOf } from '../../pipeline/inventory.ts';
import type { StateStore } from '../../ports.ts';
import { type DeclaredParameters, isFactType, type Remedy, type RemedyContext } from '../model/remedy.ts';

/** What a remedy sees of a failing resource, as the store knows it. That the store is fresh is for the caller to see to. */
export async function remedyContext(
  store: StateStore,
  resource: ResourceRef,
  { resourceType, reads }: Pick<Remedy, 'resourceType' | 'reads'>,
  declared: DeclaredParameters,
): Promise<RemedyContext> {
  const own: readonly ResourceType[] = isFactType(resourceType) ? [resourceType] : [];
  return { resource, declared, inventory: await readInventoryOf(resource.accountId, [...own, ...reads], store) };
}
