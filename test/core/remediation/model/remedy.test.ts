import { describe, expect, it } from 'vitest';
import { REMEDIES } from '../../../../controls/remedies.ts';
import type { Inventory, ResourceType } from '../../../../core/control.ts';
import { isFactType, type Remedy } from '../../../../core/remediation/model/remedy.ts';
import { type Estate, inventoryOf } from '../../../support/control.ts';

const RESOURCE = { accountId: '111111111111', region: 'eu-west-1', resourceId: 'example' };
const ALL = Object.entries(REMEDIES).flatMap(([controlId, remedies]) => remedies.map((remedy) => ({ controlId, remedy })));

function stateOf({ resourceType, state }: Remedy, facts: object): readonly string[] {
  const inventory: Inventory = inventoryOf({ [resourceType as ResourceType]: { example: facts } } as Estate);
  return state({ resource: { ...RESOURCE, resourceType }, inventory, declared: {} });
}

/** The parameters of these runbooks name the keys, because the times of the credential report change by themselves. */
const NAMED_BY_PARAMETERS = ['IAM-L1-06', 'IAM-L1-07'];
const OF_FACTS = ALL.filter(({ controlId, remedy }) => isFactType(remedy.resourceType) && !NAMED_BY_PARAMETERS.includes(controlId));

describe.each(OF_FACTS)('the state of $controlId on $remedy.resourceType', ({ remedy }) => {
  const names = ['anything', 'automaticBackups', 'backupRetentionDays', 'httpTokens', 'publiclyAccessible'];
  const before = Object.fromEntries(names.map((name) => [name, 'before']));

  it('is another one if a fact is another one', () => {
    const states = [before, ...names.map((name) => ({ ...before, [name]: 'after' }))].map((facts) => stateOf(remedy, facts).join('\n'));
    expect(new Set(states).size).toBeGreaterThan(1);
  });

  it('is the same in any order', () => {
    expect(stateOf(remedy, Object.fromEntries(Object.entries(before).reverse()))).toEqual(stateOf(remedy, before));
  });
});

it.each(ALL.filter(({ controlId }) => NAMED_BY_PARAMETERS.includes(controlId)))('the state of $controlId has no time', ({ remedy }) => {
  expect(stateOf(remedy, { accessKeys: [{ active: true, lastUsedAt: '2026-01-01T00:00:00.000Z' }] })).toEqual([]);
});

it.each(ALL.filter(({ remedy }) => remedy.resourceType === 'AWS::RDS::DBInstance'))(
  'the state of $controlId does not change with the status of a database',
  ({ remedy }) => expect(stateOf(remedy, { status: 'backing-up' })).toEqual(stateOf(remedy, { status: 'available' })),
);

it('the state of a policy is its live document', () => {
  const [remedy] = REMEDIES['IAM-L5-01'] ?? [];
  const of = (document: string) =>
    remedy?.state({
      resource: { ...RESOURCE, resourceType: 'AWS::IAM::ManagedPolicy' },
      inventory: inventoryOf({}),
      declared: {},
      drift: { live: { document }, approved: '{}' },
    });
  expect(of('{"a":1}')).toEqual(['document="{\\"a\\":1}"']);
  expect(of('{"a":2}')).not.toEqual(of('{"a":1}'));
});
