/** A value that AWS does not have passes nothing: with it, a verdict stays as it is or does not pass. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Inventory } from '../../core/control.ts';
import { withUnknownTexts } from '../support/control.ts';
import { CONTROLS, factsFor, inventoriesAfter, keyOf, verdictsOf, withFacts } from '../support/week.ts';

/** Returns the verdicts that pass only with the unknown value. */
function passed(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...after].flatMap(([key, is]) => {
    const was = before.get(key);
    return is === was || is === 'INSUFFICIENT_DATA' || is === 'NON_COMPLIANT' ? [] : `${key}: ${was ?? 'no verdict'} became ${is}`;
  });
}

describe('an unknown value passes nothing', () => {
  let inventories: readonly Inventory[];
  beforeAll(async () => {
    inventories = [...(await inventoriesAfter(0.2)), ...(await inventoriesAfter(1))];
  });

  it.each(CONTROLS.map((control) => [control.id, control] as const))('of %s', (_id, control) => {
    for (const inventory of inventories) {
      const before = verdictsOf(control, inventory);
      for (const [item, fact] of factsFor(control, inventory)) {
        const { [fact]: value } = item.facts as Record<string, unknown>;
        for (const changed of withUnknownTexts(item.resource.resourceType, { [fact]: value })) {
          const after = verdictsOf(control, withFacts(inventory, item, { ...item.facts, ...changed }));
          expect(passed(before, after), `${fact} of ${keyOf(item.resource)}: ${JSON.stringify(changed)}`).toEqual([]);
        }
      }
    }
  });
});
