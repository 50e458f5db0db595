import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../controls/catalogue.ts';
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

/** The same evidence, if only another list is a year newer: the present of the rules. */
const presentMoved = (inventory: Inventory): Inventory => ({ ...inventory, capturedAt: yearLater(inventory).capturedAt });

const joinsOf = ({ rules }: ControlDefinition): readonly JoinRule[] => rules.flatMap((rule) => (rule.kind === 'join' ? [rule] : []));

/** The verdicts of one join: compliance and code by resource. */
const verdictsOf = (control: ControlDefinition, join: JoinRule, inventory: Inventory): string[] =>
  evaluateJoins({ ...control, rules: [join] }, inventory).map(
    ({ resource, compliance, code }) => `${keyOf(resource)} ${compliance} ${code}`,
  );

/** An account whose people sign in by a SAML provider with metadata that expires within the year. */
const federated = (inventory: Inventory): Inventory => ({
  ...inventory,
  all: (type) => {
    if (type !== 'AWS::IAM::SAMLProviderStatus')
      return type === 'AWS::IAM::UserCredentials' || type === 'AWS::SSO::Instance' ? [] : inventory.all(type);
    const resource = { accountId: inventory.accountId, region: 'global', resourceType: type, resourceId: 'saml' };
    return [{ resource, capturedAt: inventory.capturedAt, facts: { validUntil: '2027-01-01T00:00:00.000Z' }, missing: {} }] as never;
  },
});

/** An account in which nothing is on, and no backup is kept: the age of further backups then decides. */
const bare = (inventory: Inventory): Inventory => ({
  ...inventory,
  all: (type) =>
    inventory.all(type).map((item) => ({
      ...item,
      facts: Object.fromEntries(
        Object.entries(item.facts).map(([name, fact]) => [name, typeof fact === 'number' ? 0 : typeof fact === 'boolean' ? false : fact]),
      ) as never,
    })),
});

const week = [...(await inventoriesAfter(0.3)), ...(await inventoriesAfter(1))];
const inventories = [...week, ...week.map(federated), ...week.map(bare)];
const joins = CONTROLS.flatMap((control) =>
  joinsOf(control).map((join, index) => ({ name: `${control.id}, join ${index + 1}`, control, join })),
);
type Named = (typeof joins)[number];

/** The inventories in which only time changes the verdicts of a join. */
const changing = ({ control, join }: Named): readonly Inventory[] =>
  inventories.filter((inventory) =>
    [yearLater, presentMoved].some(
      (move) => JSON.stringify(verdictsOf(control, join, inventory)) !== JSON.stringify(verdictsOf(control, join, move(inventory))),
    ),
  );

describe('time alone', () => {
  it.each(joins.filter(({ join }) => !join.growsOld))('changes no verdict of $name', (named) => {
    expect(changing(named)).toEqual([]);
  });

  const aged = joins.filter(({ join }) => join.growsOld);
  it('changes verdicts of each control that says so', () => {
    const dependent = new Set(aged.filter((named) => changing(named).length > 0).map(({ control }) => control.id));
    expect([...dependent]).toEqual([...new Set(aged.map(({ control }) => control.id))]);
  });

  it.each(aged.filter(({ join }) => week.some((inventory) => verdictsOf(CONTROLS[0]!, join, inventory).length > 0)))(
    'changes verdicts of $name',
    (named) => {
      expect(changing(named).length).toBeGreaterThan(0);
    },
  );

  it('brings each of these controls back every day, and those that read other accounts', () => {
    const expected = joins.filter(({ join }) => join.growsOld || join.elsewhere).map(({ control }) => control.id);
    expect([...CATALOGUE.rules.joinsByTime].sort()).toEqual([...new Set(expected)].sort());
  });
});
