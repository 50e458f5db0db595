import { type ControlDefinition, evaluatedTypes, insufficientData, NOT_READ, type ResourceType, type Verdict } from '../control.ts';
import { isInConfig } from '../facts/index.ts';
import type { StateStore } from '../ports.ts';
import type { Lists } from './lists.ts';

/** Returns why a control with evidence cannot pass: csmm never read some of its types in the account. `undefined` if it can. */
export type NeverRead = (control: ControlDefinition) => Promise<Verdict | undefined>;

/**
 * Returns a look-up in one account: docs/adr/0023-no-pass-if-a-type-was-never-read.md. It looks for resources only of types without a
 * list.
 */
export function neverReadIn(accountId: string, { listings }: Pick<Lists, 'listings'>, store: StateStore): NeverRead {
  const found = new Map<ResourceType, Promise<boolean>>();
  const isFound = (type: ResourceType): Promise<boolean> => {
    const known = found.get(type) ?? store.hasResources(accountId, type);
    found.set(type, known);
    return known;
  };

  return async (control) => {
    const types = evaluatedTypes(control);
    if (types.length < 2) return undefined;
    // All evidence is from AWS Config, which has no item of a recorded type without resources.
    if (types.every((type) => isInConfig(type) && !listings.has(type))) return undefined;
    const unread: ResourceType[] = [];
    for (const type of types) if (!listings.has(type) && !(await isFound(type))) unread.push(type);
    if (unread.length === 0) return undefined;
    return insufficientData(NOT_READ, `${unread.join(', ')} ${unread.length === 1 ? 'was' : 'were'} never read`);
  };
}
