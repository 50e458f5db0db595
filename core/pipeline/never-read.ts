import { type ControlDefinition, evaluatedTypes, insufficientData, NOT_READ, type ResourceType, type Verdict } from '../control.ts';
import { isInConfig } from '../facts/index.ts';
import { INVENTORY } from '../facts/inventory.ts';
import type { StateStore } from '../ports.ts';

/** Returns why a control with evidence cannot pass: csmm never read some of its types in the account. `undefined` if it can. */
export type NeverRead = (control: ControlDefinition) => Promise<Verdict | undefined>;

/**
 * Returns a look-up in one account: docs/adr/0023-no-pass-if-a-type-was-never-read.md. It reads the inventory at most once, and looks
 * for resources only of types without a list.
 */
export function neverReadIn(accountId: string, store: StateStore): NeverRead {
  const listed = once(async () => new Set((await store.listResources(accountId, INVENTORY)).map(({ resource }) => resource.resourceId)));
  const found = new Map<ResourceType, Promise<boolean>>();
  const isFound = (type: ResourceType): Promise<boolean> => {
    const known = found.get(type) ?? store.hasResources(accountId, type);
    found.set(type, known);
    return known;
  };

  return async (control) => {
    const types = evaluatedTypes(control);
    if (types.length < 2) return undefined;
    const lists = await listed();
    // All evidence is from AWS Config, which has no item of a recorded type without resources.
    if (types.every((type) => isInConfig(type) && !lists.has(type))) return undefined;
    const unread: ResourceType[] = [];
    for (const type of types) if (!lists.has(type) && !(await isFound(type))) unread.push(type);
    if (unread.length === 0) return undefined;
    return insufficientData(NOT_READ, `${unread.join(', ')} ${unread.length === 1 ? 'was' : 'were'} never read`);
  };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= read();
    return result;
  };
}
