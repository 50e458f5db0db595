import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryRemediationStore } from '../../../adapters/memory/remediation-store.ts';
import { approve, release, rollBack, setSwitch } from '../../../core/remediation/commands/requests.ts';
import { minutesAfter } from '../../../core/remediation/decide/decision.ts';
import { known } from '../../../core/remediation/model/known.ts';
import type { Attempt, Remediation } from '../../../core/remediation/model/record.ts';
import { remedyOn, runWith } from '../../../core/remediation/model/remedy.ts';
import type { RemediationDependencies, RunRequest } from '../../../core/remediation/ports.ts';
import { advance } from '../../../core/remediation/run/advance.ts';
import { beat } from '../../../core/remediation/run/heartbeat.ts';
import { runs } from '../../support/runs.ts';
import { asOperator, SEALS, signedBy, stored } from '../../support/seals.ts';

/** A writer of the table of remediations changes items. The engine must not act on them. */

const NOW = '2026-11-18T12:00:00.000Z';
const ID = 'a'.repeat(24);
const RUNBOOK = 'CSMM-EnableBucketVersioning';
const OPS = 'arn:aws:iam::111111111111:user/ops';
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

const attempt: Attempt = {
  kind: 'fix',
  runbook: RUNBOOK,
  parameters: { BucketName: ['orders'] },
  region: 'eu-west-1',
  stateHash: 'hash',
  token: 'token',
  intendedAt: minutesAfter(NOW, -90),
  executionId: 'e-1',
  outputs: { PreviousStatus: ['Suspended'] },
  outcome: 'verified',
  at: minutesAfter(NOW, -80),
  reason: 'it passes',
};

const done: Remediation = {
  id: ID,
  controlId: 'STR-L2-01',
  resource: { accountId: '333333333333', region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId: 'orders' },
  status: 'SUCCEEDED',
  reason: 'read again',
  revision: 1,
  failingSince: minutesAfter(NOW, -100),
  updatedAt: minutesAfter(NOW, -80),
  attempts: [attempt],
  trail: [],
};

async function world(...given: readonly Remediation[]) {
  const store = memoryRemediationStore();
  const started: RunRequest[] = [];
  const asking = asOperator({ store, by: OPS, now: () => NOW });
  await setSwitch(true, 'begin', { ...asking, now: () => minutesAfter(NOW, -600) });
  for (const minutes of [-30, 0]) await beat({ store, now: () => minutesAfter(NOW, minutes) });
  for (const next of given) await store.commitRemediation({ previous: undefined, next });
  const plan = runWith({ BucketName: 'orders' });
  const terms = { runbook: RUNBOOK, risk: 'safe', reversible: true, impact: '' } as const;
  const dependencies: RemediationDependencies = {
    store,
    settings: {
      readSettings: async () => ({
        document: { version: 1, remediation: { rules: [{ mode: 'approve', controls: ['STR-L2-01'] }] } },
        revision: 1,
        appliedAt: NOW,
        appliedBy: OPS,
        expiredUntil: NOW,
      }),
    },
    estate: {
      look: async () =>
        known({
          finding: { kind: 'failing', reason: 'Off', capturedAt: NOW },
          remedy: remedyOn('AWS::S3::Bucket', terms, () => plan),
          plan,
        }),
      tagsOf: async () => ({}),
      unitsOf: async () => [],
      whoChanged: async () => undefined,
    },
    automation: {
      describe: async () => ({ parameters: ['AutomationAssumeRole', 'BucketName', 'PreviousStatus'] }),
      start: async (_, request) => `e-${started.push(request)}`,
      find: async () => undefined,
      state: async () => ({ ended: false, status: 'InProgress' }),
      stop: async () => undefined,
    },
    seals: SEALS,
    own: { stackIds: [], roleNames: [] },
    globalRegion: 'us-east-1',
    readCalendars: async () => ({ open: true as const }),
    hash,
    now: () => NOW,
  };
  return { store, started, asking, dependencies };
}

/** Writes an item as a table writer would: over whatever is there. */
async function overwrite(store: Awaited<ReturnType<typeof world>>['store'], next: Remediation): Promise<void> {
  const previous = await store.readRemediation(next.id);
  expect(await store.commitRemediation({ previous, next: { ...next, revision: (previous?.revision ?? 0) + 1 } })).toBe(true);
}

describe('a rollback', () => {
  it('that a table writer invented starts nothing', async () => {
    const admin = Buffer.from('{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}').toString('base64');
    const forged: Remediation = {
      ...done,
      status: 'ROLLBACK_REQUESTED',
      dueAt: NOW,
      attempts: [{ ...attempt, parameters: { PreviousDocument: [admin] } }],
    };
    for (const each of [
      forged,
      { ...forged, rollbackAsked: signedBy(OPS, NOW) },
      { ...forged, seal: 'x', rollbackAsked: signedBy(OPS, NOW) },
    ]) {
      const { store, started, dependencies } = await world(each);
      expect(await advance(ID, dependencies)).toMatchObject({
        status: 'CORRUPT',
        reason: expect.stringContaining('csmm starts nothing for it'),
      });
      expect(started).toEqual([]);
      expect((await store.readRemediation(ID))?.dueAt).toBeUndefined();
    }
  });

  it('that the command function accepted runs with the recorded values', async () => {
    const { started, asking, dependencies } = await world(await stored(done));
    await rollBack(ID, asking);
    expect(await advance(ID, dependencies)).toMatchObject({ status: 'RUNNING' });
    expect(started).toMatchObject([{ runbook: `${RUNBOOK}-Undo`, parameters: { PreviousStatus: ['Suspended'] } }]);
  });

  it('of genuine executions that no person requested starts nothing', async () => {
    const { started, dependencies } = await world(await stored({ ...done, status: 'ROLLBACK_REQUESTED', dueAt: NOW }));
    expect(await advance(ID, dependencies)).toMatchObject({
      status: 'CORRUPT',
      reason: expect.stringContaining('its rollback request was not accepted by the command function'),
    });
    expect(started).toEqual([]);
  });

  it('of invented executions is not accepted, and the remediation is marked', async () => {
    const { store, asking } = await world({ ...done, seal: 'invented' });
    await expect(rollBack(ID, asking)).rejects.toThrow('CORRUPT: its executions are not those that csmm recorded');
    expect(await store.readRemediation(ID)).toMatchObject({ status: 'CORRUPT' });
  });

  it('starts nothing, and stays due, while a seal cannot be verified', async () => {
    const { store, started, asking, dependencies } = await world(await stored(done));
    await rollBack(ID, asking);
    const unreachable = { make: SEALS.engine.make, holds: () => Promise.reject(new Error('KMS did not answer')) };
    for (const seals of [
      { ...SEALS, engine: unreachable },
      { ...SEALS, people: unreachable },
    ]) {
      await expect(advance(ID, { ...dependencies, seals })).rejects.toThrow('KMS did not answer');
    }
    expect(started).toEqual([]);
    expect(await store.readRemediation(ID)).toMatchObject({ status: 'ROLLBACK_REQUESTED', dueAt: NOW });
  });
});

/** Changes of a stored rollback request. Each of them must be found. */
const FORGERIES: Readonly<Record<string, (one: Remediation, text: string) => Remediation>> = {
  'the account': (one, accountId) => ({ ...one, resource: { ...one.resource, accountId } }),
  'the Region of the resource': (one, region) => ({ ...one, resource: { ...one.resource, region } }),
  'the resource': (one, resourceId) => ({ ...one, resource: { ...one.resource, resourceId } }),
  'the type': (one, resourceType) => ({ ...one, resource: { ...one.resource, resourceType } }),
  'the control': (one, controlId) => ({ ...one, controlId }),
  'the runbook': (one, runbook) => inAttempt(one, { runbook }),
  'the Region': (one, region) => inAttempt(one, { region }),
  'a parameter': (one, text) => inAttempt(one, { parameters: { BucketName: [text] } }),
  'an additional parameter': (one, text) => inAttempt(one, { parameters: { ...attempt.parameters, PreviousDocument: [text] } }),
  'an output': (one, text) => inAttempt(one, { outputs: { PreviousStatus: [text] } }),
  'the token': (one, token) => inAttempt(one, { token }),
  'the execution': (one, executionId) => inAttempt(one, { executionId }),
  'the outcome': (one) => inAttempt(one, { outcome: 'failed' }),
  'another execution': (one, token) => ({ ...one, attempts: [...one.attempts, { ...attempt, token }] }),
  'no execution': (one) => ({ ...one, attempts: [], execution: { ...attempt, executionId: 'e-9' } }),
  'the seal': (one, seal) => ({ ...one, seal }),
  'no seal': ({ seal: _, ...one }) => one,
  'who asked': (one, by) => asked(one, { by }),
  'the id of who asked': (one, userId) => asked(one, { userId }),
  'when it was asked': (one) => asked(one, { at: minutesAfter(NOW, -1) }),
  'the request': (one, requestId) => asked(one, { requestId }),
  'the code of the request': (one, mac) => asked(one, { mac }),
};

const inAttempt = (one: Remediation, changed: Partial<Attempt>): Remediation => ({
  ...one,
  attempts: one.attempts.map((each) => ({ ...each, ...changed })),
});

const asked = (one: Remediation, changed: object): Remediation => ({
  ...one,
  ...(one.rollbackAsked && { rollbackAsked: { ...one.rollbackAsked, ...changed } }),
});

it('nothing starts after any change of a stored rollback', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(FORGERIES)), fc.string({ minLength: 1 }), async (name, text) => {
      const { store, started, asking, dependencies } = await world(await stored(done));
      await rollBack(ID, asking);
      const genuine = await store.readRemediation(ID);
      if (!genuine) throw new Error('it is gone');
      const forged = FORGERIES[name]?.(genuine, text) ?? genuine;
      fc.pre(JSON.stringify(forged) !== JSON.stringify(genuine));
      await overwrite(store, forged);
      expect(await advance(ID, dependencies), name).toMatchObject({ status: 'CORRUPT' });
      expect(started).toEqual([]);
    }),
    { numRuns: runs(200) },
  );
});

it('nothing starts with the seals of another remediation', async () => {
  const other = { ...done, id: 'b'.repeat(24), resource: { ...done.resource, resourceId: 'payroll' } };
  const { store, started, asking, dependencies } = await world(await stored(done), await stored(other));
  await rollBack(ID, asking);
  const genuine = await store.readRemediation(ID);
  if (!genuine?.rollbackAsked || genuine.seal === undefined) throw new Error('it has no seals');
  const { rollbackAsked, seal, attempts } = genuine;
  await overwrite(store, { ...other, status: 'ROLLBACK_REQUESTED', dueAt: NOW, rollbackAsked, seal, attempts });
  expect(await advance(other.id, dependencies)).toMatchObject({ status: 'CORRUPT' });
  expect(started).toEqual([]);
});

describe('an approval', () => {
  const fresh: Remediation = { ...done, attempts: [], status: 'NEW', dueAt: NOW, failingSince: minutesAfter(NOW, -5) };

  it('that the command function accepted starts the plan that was shown, and an invented one starts nothing', async () => {
    const { store, started, asking, dependencies } = await world(fresh);
    const waiting = await advance(ID, dependencies);
    expect(waiting).toMatchObject({ status: 'WAITING_FOR_APPROVAL' });
    const stateHash = waiting?.plan?.stateHash ?? '';
    if (!waiting) throw new Error('it is gone');
    await overwrite(store, { ...waiting, status: 'APPROVED', dueAt: NOW, approval: { ...signedBy(OPS, NOW), stateHash } });
    expect(await advance(ID, dependencies)).toMatchObject({
      status: 'CORRUPT',
      reason: expect.stringContaining('its approval was not accepted'),
    });
    expect(started).toEqual([]);
    await release(ID, asking);
    await advance(ID, dependencies);
    await approve(ID, stateHash, asking);
    expect(await advance(ID, dependencies)).toMatchObject({ status: 'RUNNING' });
    expect(started).toHaveLength(1);
  });

  it.each(['by', 'userId', 'at', 'requestId', 'stateHash'] as const)(
    'with another %s than the function sealed starts nothing',
    async (field) => {
      const { store, started, asking, dependencies } = await world(fresh);
      const stateHash = (await advance(ID, dependencies))?.plan?.stateHash;
      const approved = await approve(ID, stateHash, asking);
      if (!approved.approval) throw new Error('it has no approval');
      await overwrite(store, { ...approved, approval: { ...approved.approval, [field]: 'another' } });
      expect(await advance(ID, dependencies)).toMatchObject({ status: 'CORRUPT' });
      expect(started).toEqual([]);
    },
  );

  it('cannot be used as a request to roll back', async () => {
    const { store, started, asking, dependencies } = await world(fresh);
    const stateHash = (await advance(ID, dependencies))?.plan?.stateHash;
    const { approval } = await approve(ID, stateHash, asking);
    if (!approval) throw new Error('it has no approval');
    await overwrite(store, { ...(await stored(done)), status: 'ROLLBACK_REQUESTED', dueAt: NOW, rollbackAsked: approval });
    expect(await advance(ID, dependencies)).toMatchObject({ status: 'CORRUPT' });
    expect(started).toEqual([]);
  });
});

it('an exemption holds while the command function sealed it, and an invented one does not hide the failure silently', async () => {
  const until = minutesAfter(NOW, 60);
  const { dependencies } = await world({
    ...done,
    attempts: [],
    status: 'NEW',
    dueAt: NOW,
    exemption: { ...signedBy(OPS, NOW), until, reason: 'mine' },
  });
  expect(await advance(ID, dependencies)).toMatchObject({ status: 'CORRUPT', reason: expect.stringContaining('its exemption') });
});

it('the release of a corrupt remediation drops its executions, and frees its resource', async () => {
  const { store, asking, dependencies } = await world();
  const running: Remediation = { ...done, status: 'RUNNING', dueAt: NOW, attempts: [], execution: { ...attempt, executionId: 'e-1' } };
  await store.commitRemediation({ previous: undefined, next: running, lock: 'take' });
  expect(await advance(ID, dependencies)).toMatchObject({ status: 'CORRUPT' });
  const other = { ...done, id: 'b'.repeat(24), controlId: 'STR-L2-04', attempts: [] };
  const take = () => store.commitRemediation({ previous: undefined, next: other, lock: 'take' });
  expect(await take(), 'an execution may run on it').toBe(false);
  const released = await release(ID, asking);
  expect(released).toMatchObject({ status: 'NEW', attempts: [] });
  for (const field of ['execution', 'seal', 'approval', 'rollbackAsked']) expect(released).not.toHaveProperty(field);
  expect(await take()).toBe(true);
});
