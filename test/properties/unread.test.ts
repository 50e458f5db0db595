/** A fact that was not read decides nothing: without it, a verdict stays as it is or becomes INSUFFICIENT_DATA. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Inventory } from '../../core/control.ts';
import { CONTROLS, factsFor, type Item, inventoriesAfter, keyOf, verdictsOf, withFacts } from '../support/week.ts';

/** Returns the inventory in which one fact of one resource was not read. */
function without(inventory: Inventory, item: Item, fact: string): Inventory {
  const { [fact]: _, ...facts } = item.facts as Record<string, unknown>;
  return withFacts(inventory, item, facts, { ...item.missing, [fact]: 'the call was denied' });
}

/** Returns the verdicts that a missing fact made up. */
function madeUp(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...after].flatMap(([key, is]) => {
    const was = before.get(key);
    return is === was || is === 'INSUFFICIENT_DATA' ? [] : `${key}: ${was ?? 'no verdict'} became ${is}`;
  });
}

describe('a fact that was not read makes no verdict', () => {
  let inventories: readonly Inventory[];
  beforeAll(async () => {
    inventories = [...(await inventoriesAfter(0.2)), ...(await inventoriesAfter(1))];
  });

  it.each(CONTROLS.map((control) => [control.id, control] as const))('of %s', (_id, control) => {
    let tried = 0;
    for (const inventory of inventories) {
      const before = verdictsOf(control, inventory);
      for (const [item, fact] of factsFor(control, inventory)) {
        tried++;
        const after = verdictsOf(control, without(inventory, item, fact));
        expect(madeUp(before, after), `without ${fact} of ${keyOf(item.resource)}`).toEqual([]);
      }
    }
    expect(tried).toBeGreaterThan(0);
  });
});
