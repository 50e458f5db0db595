import { describe, expect, it } from 'vitest';
import type { ControlDefinition, Inventory, JoinRule } from '../../core/control.ts';
import { evaluateJoins } from '../../core/evaluation/evaluate.ts';
import { CONTROLS, inventoriesAfter, keyOf } from '../support/week.ts';

/** The same evidence, captured a year later. */
function yearLater(inventory: Inventory, known = new Map<string, Inventory>()): Inventory {
  const later = (time: string): string => time && new Date(Date.parse(time) + 365 * 24 * 60 * 60 * 1000).toISOString();
  const shifted = <T extends { readonly capturedAt: string }>(each: T): T => ({ ...each, capturedAt: later(each.capturedAt) });
  const moved: Inventory = {
    ...inventory,
    capturedAt: later(inventory.capturedAt),
    all: (type) => inventory.all(type).map(shifted),
    listings: (type) => inventory.listings(type).map(shifted),
    in: (id) => {
      const other = inventory.in(id);
      return other && (known.get(id) ?? yearLater(other, known));
    },
  };
  known.set(inventory.accountId, moved);
  return moved;
}

const joinsOf = ({ rules }: ControlDefinition): readonly JoinRule[] => rules.flatMap((rule) => (rule.kind === 'join' ? [rule] : []));

/** The verdicts of one join: compliance and code by resource. */
const verdictsOf = (control: ControlDefinition, join: JoinRule, inventory: Inventory) =>
  evaluateJoins({ ...control, rules: [join] }, inventory).map(({ resource, compliance, code }) => `${keyOf(resource)} ${compliance} ${code}`);

const inventories = [...(await inventoriesAfter(0.3)), ...(await inventoriesAfter(1))];
const joins = CONTROLS.flatMap((control) => joinsOf(control).map((join, index) => ({ name: `${control.id} ${index}`, control, join })));
const changesWithTime = ({ control, join }: (typeof joins)[number]): boolean =>
  inventories.some((inventory) => {
    const [now, then] = [verdictsOf(control, join, inventory), verdictsOf(control, join, yearLater(inventory))];
    return JSON.stringify(now) !== JSON.stringify(then);
  });

describe('a year later', () => {
  it('prints', () => {
    console.log(joins.filter(changesWithTime).map(({ name, join }) => `${name} ${join.reads[0]} ${join.elsewhere ? 'elsewhere' : ''}`));
    expect(1).toBe(1);
  });
});
