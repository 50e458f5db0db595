import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, ListAccessKeysCommand } from '@aws-sdk/client-iam';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REMEDIES } from '../../controls/remedies.ts';
import type { Inventory } from '../../core/control.ts';
import type { UserCredentialsFacts } from '../../core/facts/iam-credentials.ts';
import { type RemedyPlan, type RunbookParameters, remedyFor } from '../../core/remediation/model/remedy.ts';
import { type CallApi, InvalidAutomationExecutionParametersException, runAutomation } from '../support/automation.ts';
import { changesOf, undoParameters } from '../support/closed-loop.ts';
import { CAPTURED_AT, inventoryOf } from '../support/control.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { motoCaller } from '../support/moto-caller.ts';
import { runbookText } from '../support/runbooks.ts';

// In the emulator every access key is new and the credential report is current, so a closed loop is not possible there. An IAM in
// memory simulates keys of any age. The emulator shows that the calls are valid.

const ROLE = 'arn:aws:iam::111111111111:role/csmm-remediation';
const [OLD, UNUSED] = ['CSMM-DeactivateOldAccessKeys', 'CSMM-DeactivateUnusedAccessKeys'] as const;

function planOf(controlId: string, facts: UserCredentialsFacts, name = 'deploy', at = CAPTURED_AT): RemedyPlan | undefined {
  const resource = { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::IAM::UserCredentials', resourceId: name };
  const known = inventoryOf({ 'AWS::IAM::UserCredentials': { [name]: facts } });
  const all: Inventory['all'] = (type) => known.all(type).map((item) => ({ ...item, capturedAt: at }));
  const inventory = { ...known, all };
  return remedyFor(REMEDIES, controlId, resource)?.plan({ resource, inventory, declared: {} });
}

describe('the plan of a remedy', () => {
  const keys = [{ active: true, lastRotatedAt: '2025-01-01T00:00:00.000Z' }, { active: false }];

  const DEACTIVATED = [{ what: 'access key of 2025-01-01T00:00:00.000Z', before: 'Active', after: 'Inactive' }];

  it('names the old keys of IAM-L1-06 by their creation', () => {
    expect(planOf('IAM-L1-06', { accessKeys: keys })).toEqual({
      kind: 'run',
      parameters: { UserName: ['deploy'], KeysCreatedAt: ['2025-01-01T00:00:00.000Z'] },
      changes: DEACTIVATED,
    });
  });

  it('names the unused keys of IAM-L1-07 by their creation and last use', () => {
    expect(planOf('IAM-L1-07', { accessKeys: keys, passwordEnabled: false })).toEqual({
      kind: 'run',
      parameters: { UserName: ['deploy'], KeysCreatedAt: ['2025-01-01T00:00:00.000Z'], UnusedSince: ['2025-01-01T23:59:59.999Z'] },
      changes: DEACTIVATED,
    });
  });

  it.each(['IAM-L1-06', 'IAM-L1-07'])('is the same on each of the next 30 days, so that an approval of %s holds', (controlId) => {
    const facts = { accessKeys: keys, passwordEnabled: false };
    const plans = Array.from({ length: 31 }, (_, day) => new Date(Date.parse(CAPTURED_AT) + day * 86_400_000).toISOString()).map((at) =>
      planOf(controlId, facts, 'deploy', at),
    );
    expect(new Set(plans.map((plan) => JSON.stringify(plan))).size).toBe(1);
  });

  it.each<[string, UserCredentialsFacts]>([
    ['was not used', { passwordLastUsedAt: '2025-01-01T00:00:00.000Z' }],
    ['was never used', { passwordLastUsedAt: 'never', passwordLastChangedAt: '2025-01-01T00:00:00.000Z' }],
    ['is not known to be used', { passwordLastUsedAt: 'never', passwordLastChangedAt: 'never' }],
  ])('cannot help where a password %s, which nothing would bring back', (_, facts) => {
    const plan = planOf('IAM-L1-07', { accessKeys: keys, passwordEnabled: true, ...facts });
    expect(plan).toEqual({ kind: 'cannot', reason: expect.stringMatching(/password manually/) });
  });

  it('leaves a password alone that is in use', () => {
    const used = { passwordEnabled: true, passwordLastUsedAt: '2025-12-30T00:00:00.000Z', passwordLastChangedAt: 'never' };
    expect(planOf('IAM-L1-07', { accessKeys: keys, ...used })?.kind).toBe('run');
  });

  it('has none for the root user', () => {
    for (const id of ['IAM-L1-06', 'IAM-L1-07'])
      expect(remedyFor(REMEDIES, id, { resourceType: 'AWS::IAM::RootCredentials' })).toBeUndefined();
  });
});

interface Key {
  readonly id: string;
  readonly active: boolean;
  readonly created: string | number;
  readonly used?: string;
}

/** An IAM with the keys of one user. */
function iamWith(keys: readonly Key[]) {
  const status = new Map(keys.map(({ id, active }) => [id, active ? 'Active' : 'Inactive']));
  const call: CallApi = async (_, api, input) => {
    if (api === 'UpdateAccessKey' && !status.has(String(input.AccessKeyId)))
      throw Object.assign(new Error('made up'), { name: 'NoSuchEntity' });
    if (api === 'UpdateAccessKey') status.set(String(input.AccessKeyId), String(input.Status));
    if (api === 'ListAccessKeys') {
      const held = keys.filter(({ id }) => status.has(id));
      return { AccessKeyMetadata: held.map(({ id, created }) => ({ AccessKeyId: id, Status: status.get(id), CreateDate: created })) };
    }
    const used = keys.find(({ id }) => id === input.AccessKeyId)?.used;
    return { UserName: 'deploy', AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A', ...(used && { LastUsedDate: used }) } };
  };
  const run = (runbook: string, parameters: RunbookParameters) =>
    runAutomation(runbookText(runbook), { AutomationAssumeRole: [ROLE], UserName: ['deploy'], ...parameters }, { call });
  return {
    run,
    remove: (id: string) => status.delete(id),
    active: () => [...status].flatMap(([id, state]) => (state === 'Active' ? [id] : [])),
  };
}

const [FIRST, SECOND] = ['AKIAEXAMPLE000000001', 'AKIAEXAMPLE000000002'];
const MOMENT = '2025-10-03T00:00:00.000Z';
const [BEFORE, AFTER] = ['2025-10-02T23:59:59+00:00', '2025-10-03T00:00:00Z'];
/** {@link BEFORE}, as a plan names it. */
const PLANNED = '2025-10-02T23:59:59.000Z';

describe.each([
  [OLD, { KeysCreatedAt: [PLANNED] }],
  [UNUSED, { KeysCreatedAt: [PLANNED], UnusedSince: [MOMENT] }],
])('%s', (runbook, moment) => {
  it.each<[string, readonly Key[], readonly string[]]>([
    [
      'both keys that are old',
      [
        { id: FIRST, active: true, created: BEFORE },
        { id: SECOND, active: true, created: BEFORE },
      ],
      [FIRST, SECOND],
    ],
    [
      'the first key',
      [
        { id: FIRST, active: true, created: BEFORE },
        { id: SECOND, active: true, created: AFTER },
      ],
      [FIRST],
    ],
    [
      'the second key',
      [
        { id: FIRST, active: true, created: AFTER },
        { id: SECOND, active: true, created: BEFORE },
      ],
      [SECOND],
    ],
    ['the only key', [{ id: FIRST, active: true, created: BEFORE }], [FIRST]],
    ['a key whose time is in milliseconds', [{ id: FIRST, active: true, created: Date.parse(BEFORE) }], [FIRST]],
    ['a key whose time is in seconds', [{ id: FIRST, active: true, created: Date.parse(BEFORE) / 1000 }], [FIRST]],
    ['no key of another time in milliseconds', [{ id: FIRST, active: true, created: Date.parse(AFTER) }], []],
    ['no key that is inactive', [{ id: FIRST, active: false, created: BEFORE }], []],
    ['no key of another time', [{ id: FIRST, active: true, created: AFTER }], []],
  ])('makes inactive %s, changes nothing when run again, and is undone', async (_, keys, expected) => {
    const { run, active } = iamWith(keys);
    const before = active();
    const first = await run(runbook, moment);
    expect(first, first.failure).toMatchObject({ status: 'Success' });
    expect(active()).toEqual(before.filter((id) => !expected.includes(id)));
    expect(Object.values(first.outputs).flat()).toEqual([...expected, 'none', 'none'].slice(0, 2));
    const again = await run(runbook, moment);
    expect([again.status, changesOf(again)]).toEqual(['Success', []]);
    const undo = await run(`${runbook}-Undo`, undoParameters(runbook, { UserName: ['deploy'], ...moment }, first));
    expect([undo.status, active()]).toEqual(['Success', before]);
  });

  it.each([
    [FIRST, SECOND],
    [SECOND, FIRST],
  ])('has an inverse that passes over a key that was deleted since (%s)', async (gone, left) => {
    const { run, remove, active } = iamWith([FIRST, SECOND].map((id) => ({ id, active: true, created: BEFORE })));
    const first = await run(runbook, moment);
    remove(gone);
    const undo = await run(`${runbook}-Undo`, undoParameters(runbook, { UserName: ['deploy'], ...moment }, first));
    expect(undo, undo.failure).toMatchObject({ status: 'Success' });
    expect(active()).toEqual([left]);
  });

  it('refuses names that no user has, and changes nothing where a time cannot be read', async () => {
    const { run } = iamWith([{ id: FIRST, active: true, created: 'yesterday' }]);
    for (const UserName of ['{{ X }}', 'a b', '', 'a"', 'x'.repeat(65)]) {
      await expect(run(runbook, { ...moment, UserName: [UserName] })).rejects.toThrow(InvalidAutomationExecutionParametersException);
    }
    const { status, calls } = await run(runbook, moment);
    expect([status, calls.filter(({ api }) => api === 'UpdateAccessKey')]).toEqual(['Failed', []]);
  });
});

describe(UNUSED, () => {
  it('changes nothing where a planned key was used in the meantime', async () => {
    const { run, active } = iamWith([
      { id: FIRST, active: true, created: BEFORE, used: '2025-10-03T00:00:01Z' },
      { id: SECOND, active: true, created: BEFORE, used: BEFORE },
    ]);
    const ended = await run(UNUSED, { KeysCreatedAt: [PLANNED], UnusedSince: [MOMENT] });
    expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining('was used in the meantime') });
    expect(active()).toEqual([FIRST, SECOND]);
  });

  it('fails where the user has no key any more', async () => {
    const made = await iamWith([]).run(UNUSED, { KeysCreatedAt: [PLANNED], UnusedSince: [MOMENT] });
    expect([made.status, made.failure]).toEqual(['Failed', expect.stringMatching(/no access key/)]);
  });

  it('makes inactive just the planned keys', async () => {
    const time = fc.integer({ min: -5, max: -1 }).map((hours) => new Date(Date.parse(MOMENT) + hours * 3_600_000).toISOString());
    const key = fc.record({ active: fc.boolean(), created: time, used: fc.option(time, { nil: undefined }), planned: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(key, { minLength: 1, maxLength: 2 }), async (given) => {
        const keys = given.map(({ used, ...rest }, index): Key => ({ id: [FIRST, SECOND][index] ?? '', ...rest, ...(used && { used }) }));
        const { run, active } = iamWith(keys);
        const planned = given.flatMap((each) => (each.planned ? [each.created] : []));
        const KeysCreatedAt = planned.length > 0 ? planned : ['2000-01-01T00:00:00.000Z'];
        expect((await run(UNUSED, { KeysCreatedAt, UnusedSince: [MOMENT] })).status).toBe('Success');
        expect(active()).toEqual(
          keys.flatMap(({ id, ...each }) => (each.active && !KeysCreatedAt.includes(String(each.created)) ? [id] : [])),
        );
      }),
      { numRuns: 12 },
    );
  });
});

describe.skipIf(!useMoto())('the runbooks of access keys in an emulated account', () => {
  it.each([
    [OLD, {}],
    [UNUSED, { UnusedSince: ['2100-01-01T00:00:00Z'] }],
  ])('%s makes keys inactive, and is undone', async (runbook, moment) => {
    const { accountId, credentials } = await freshAccount();
    const iam = new IAMClient({ region: 'us-east-1', credentials });
    await iam.send(new CreateUserCommand({ UserName: 'deploy' }));
    for (let keys = 0; keys < 2; keys++) await iam.send(new CreateAccessKeyCommand({ UserName: 'deploy' }));
    const statuses = async () =>
      (await iam.send(new ListAccessKeysCommand({ UserName: 'deploy' }))).AccessKeyMetadata?.map(({ Status }) => Status);
    const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName: 'deploy' }));
    const KeysCreatedAt = AccessKeyMetadata.map(({ CreateDate }) => CreateDate!.toISOString());
    const parameters = { AutomationAssumeRole: [ROLE], UserName: ['deploy'], KeysCreatedAt, ...moment };
    const call = motoCaller({ credentials, region: 'us-east-1' });
    const first = await runAutomation(runbookText(runbook), parameters, { call, accountId });
    expect(first, first.failure).toMatchObject({ status: 'Success' });
    expect(await statuses()).toEqual(['Inactive', 'Inactive']);
    const undo = await runAutomation(runbookText(`${runbook}-Undo`), undoParameters(runbook, parameters, first), { call, accountId });
    expect([undo.status, await statuses()]).toEqual(['Success', ['Active', 'Active']]);
  });
});
