import { describe, expect, it } from 'vitest';
import { memoryRemediationStore } from '../../../../adapters/memory/remediation-store.ts';
import { RequestRefusedError } from '../../../../core/remediation/commands/refused.ts';
import {
  approve,
  exempt,
  type OperatorContext,
  reject,
  release,
  resume,
  rollBack,
  setSwitch,
  stop,
  stopRuns,
} from '../../../../core/remediation/commands/requests.ts';
import { minutesAfter } from '../../../../core/remediation/decide/decision.ts';
import {
  type Attempt,
  MAX_RESUMED,
  type PlannedRun,
  REMEDIATION_STATUSES,
  type Remediation,
  type RemediationStatus,
} from '../../../../core/remediation/model/record.ts';
import type { Scope, StopKind } from '../../../../core/remediation/model/stop.ts';
import type { RemediationStore } from '../../../../core/remediation/ports.ts';
import { sealed } from '../../../../core/remediation/seals.ts';
import { readSwitchFor } from '../../../../core/remediation/switch.ts';
import { asOperator, SEALS, signedBy } from '../../../support/seals.ts';

const NOW = '2026-11-18T12:00:00.000Z';
const ago = (minutes: number): string => minutesAfter(NOW, -minutes);
const OPS = 'arn:aws:iam::111111111111:user/ops';

const PLAN: PlannedRun = {
  mode: 'approve',
  runbook: 'CSMM-Test',
  parameters: { BucketName: ['orders'] },
  region: 'eu-west-1',
  risk: 'safe',
  reversible: true,
  impact: '',
  stateHash: 'the state that was shown',
  finding: 'versioning is Off',
};

const attempt = (changed: Partial<Attempt> = {}): Attempt => ({
  kind: 'fix',
  runbook: 'CSMM-Test',
  parameters: {},
  region: 'eu-west-1',
  stateHash: 'hash',
  token: 'token',
  intendedAt: ago(90),
  executionId: 'execution',
  outcome: 'verified',
  at: ago(80),
  reason: 'it passes',
  ...changed,
});

const remediation = (status: RemediationStatus, changed: Partial<Remediation> = {}): Remediation => ({
  id: 'a',
  controlId: 'STR-L2-01',
  resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId: 'orders' },
  status,
  reason: 'as it was',
  revision: 3,
  failingSince: ago(100),
  updatedAt: ago(5),
  plan: PLAN,
  attempts: [attempt()],
  trail: [],
  ...changed,
});

async function asking(...stored: readonly Remediation[]): Promise<OperatorContext> {
  const store = memoryRemediationStore();
  for (const next of stored) await store.commitRemediation({ previous: undefined, next: await sealed(next, SEALS) });
  return asOperator({ store, by: OPS, now: () => NOW });
}

/** Other processes commit the remediation this many times, each time between the read and the commit of the request. */
function racing(given: OperatorContext, races: number, status?: RemediationStatus): OperatorContext {
  const { store } = given;
  const others: RemediationStore = {
    ...store,
    commitRemediation: async (commit) => {
      const previous = await store.readRemediation(commit.next.id);
      if (races-- > 0 && previous) {
        await store.commitRemediation({
          previous,
          next: { ...previous, revision: previous.revision + 1, status: status ?? previous.status },
        });
      }
      return store.commitRemediation(commit);
    },
  };
  return { ...given, store: others };
}

/** Approves the plan that was shown. */
const agree = (id: string, given: OperatorContext): Promise<Remediation> => approve(id, PLAN.stateHash, given);

type Request = (id: string, given: OperatorContext) => Promise<Remediation>;
const PENDING = ['WAITING_FOR_APPROVAL', 'HALF_APPROVED', 'PLANNED', 'APPROVED'] as const;
const REQUESTS: readonly (readonly [name: string, request: Request, statuses: readonly RemediationStatus[], status: RemediationStatus])[] =
  [
    ['an approval', agree, ['WAITING_FOR_APPROVAL', 'HALF_APPROVED', 'PLANNED'], 'APPROVED'],
    [
      'a rollback',
      rollBack,
      ['SUCCEEDED', 'QUARANTINED', 'WAITING', 'HELD', 'PLANNED', 'CLOSED', 'REFUSED', 'WAITING_FOR_APPROVAL', 'HALF_APPROVED'],
      'ROLLBACK_REQUESTED',
    ],
    ['a release', release, ['QUARANTINED', 'ROLLED_BACK', 'REFUSED', 'CORRUPT'], 'NEW'],
    ['a rejection', (id, given) => reject(id, 'not ours', given), ['NEW', 'WAITING', 'HELD', ...PENDING], 'REFUSED'],
    [
      'an exemption',
      (id, given) => exempt(id, minutesAfter(NOW, 60), 'migration', given),
      ['NEW', 'WAITING', 'HELD', ...PENDING, 'REFUSED'],
      'REFUSED',
    ],
  ];

describe.each(REQUESTS)('%s', (_, request, statuses, becomes) => {
  it.each(REMEDIATION_STATUSES)('of what is %s', async (status) => {
    const given = await asking(remediation(status));
    if (!statuses.includes(status)) {
      await expect(request('a', given)).rejects.toThrow(`remediation a is ${status}: `);
      expect(await given.store.readRemediation('a')).toEqual(await sealed(remediation(status), SEALS));
      return;
    }
    const asked = await request('a', given);
    expect(asked).toMatchObject({ status: becomes, updatedAt: NOW, revision: 4 });
    expect(asked.dueAt).toBe(becomes === 'REFUSED' ? undefined : NOW);
    expect(asked.reason).toContain(OPS);
    const executionId = asked.attempts[0]?.executionId;
    expect(asked.trail).toEqual([{ at: NOW, status: becomes, reason: asked.reason, ...(executionId !== undefined && { executionId }) }]);
    expect(await given.store.readRemediation('a')).toEqual(asked);
  });

  it('of an unknown remediation is refused', async () => {
    await expect(request('b', await asking())).rejects.toThrow(
      new RequestRefusedError('remediation b does not exist. Fix: list the IDs with csmm remediation list'),
    );
  });

  it('is made on the newest revision, with any number of concurrent writes', async () => {
    const [status] = statuses;
    if (!status) throw new Error('it is never granted');
    expect(await request('a', racing(await asking(remediation(status)), 3))).toMatchObject({ status: becomes, revision: 7 });
    await expect(request('a', racing(await asking(remediation(status)), 1, 'RUNNING'))).rejects.toThrow('remediation a is RUNNING: ');
    await expect(request('a', racing(await asking(remediation(status)), 100))).rejects.toThrow(
      'remediation a was changed by other processes 10 times',
    );
  });

  it('is never dated before the last step, even if the clock of the operator is slow', async () => {
    const [status] = statuses;
    if (!status) throw new Error('it is never granted');
    const updatedAt = minutesAfter(NOW, 3);
    expect(await request('a', await asking(remediation(status, { updatedAt })))).toMatchObject({ updatedAt });
  });
});

describe('an approval', () => {
  it('is valid for the state that the operator saw', async () => {
    const given = await asking(remediation('PLANNED', { backlog: 'of old' }));
    expect(await agree('a', given)).toMatchObject({
      approval: { by: OPS, at: NOW, stateHash: 'the state that was shown' },
      backlog: 'of old',
    });
  });

  it.each(['another state', undefined])('of %s than the current plan is refused', async (stateHash) => {
    const given = await asking(remediation('PLANNED'));
    await expect(approve('a', stateHash, given)).rejects.toThrow('the plan has changed');
    expect(await given.store.readRemediation('a')).toEqual(await sealed(remediation('PLANNED'), SEALS));
  });

  it('without a plan is refused', async () => {
    const { plan: _, ...unplanned } = remediation('PLANNED');
    await expect(agree('a', await asking(unplanned))).rejects.toThrow('it has no plan: as it was');
  });

  it('is given once, even if several operators approve at once', async () => {
    const given = await asking(remediation('WAITING_FOR_APPROVAL'));
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => agree('a', given)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await given.store.readRemediation('a')).toMatchObject({ status: 'APPROVED', revision: 4 });
  });
});

describe('a rollback', () => {
  const UNDO = attempt({ kind: 'undo', token: 'undo', undoes: 'token' });
  const NOTHING = 'it has no execution to roll back';
  it.each<[string, Partial<Remediation>, string | undefined]>([
    ['if nothing was ever run', { attempts: [] }, NOTHING],
    ['if SSM has refused every start', { attempts: [attempt({ executionId: undefined as never, outcome: 'failed' })] }, NOTHING],
    [
      'of a run before a start that SSM has refused',
      { attempts: [attempt(), attempt({ executionId: undefined as never, outcome: 'failed' })] },
      undefined,
    ],
    ['of a failed run', { attempts: [attempt({ outcome: 'failed' })] }, undefined],
    ['that was already made', { attempts: [attempt(), UNDO] }, NOTHING],
    ['that has failed', { attempts: [attempt(), { ...UNDO, outcome: 'failed' }] }, undefined],
    [
      'that SSM has refused to start',
      { attempts: [attempt(), attempt({ kind: 'undo', outcome: 'failed', executionId: undefined as never })] },
      undefined,
    ],
    ['of a run after a rollback', { attempts: [attempt(), UNDO, attempt({ token: 'again' })] }, undefined],
    ['without an inverse runbook', { plan: { ...PLAN, reversible: false } }, 'CSMM-Test has no inverse runbook'],
    ['if the last decision had no plan', { plan: undefined as never }, undefined],
  ])('%s', async (_, changed, refusal) => {
    const given = await asking(JSON.parse(JSON.stringify(remediation('QUARANTINED', changed))) as Remediation);
    if (refusal !== undefined) await expect(rollBack('a', given)).rejects.toThrow(`remediation a is QUARANTINED: ${refusal}`);
    else expect(await rollBack('a', given)).toMatchObject({ status: 'ROLLBACK_REQUESTED', dueAt: NOW });
  });
});

describe('a release', () => {
  it('restarts the count, and drops the approval', async () => {
    const approval = { ...signedBy(OPS, ago(10)), stateHash: 'the state that was shown' };
    const released = await release('a', await asking(remediation('QUARANTINED', { approval, retries: 13, backlog: 'of old' })));
    expect(released).toMatchObject({ failingSince: NOW, releasedAt: NOW, attempts: [attempt()], backlog: 'of old' });
    expect(released).not.toHaveProperty('approval');
    expect(released).not.toHaveProperty('retries');
  });
});

describe('stopping all executions', () => {
  const each = (id: string, status: RemediationStatus, changed: Partial<Remediation> = {}) => remediation(status, { ...changed, id });

  it('requests the stop of each execution at once', async () => {
    const given = await asking(
      ...REMEDIATION_STATUSES.map((status) => each(status, status)),
      each('second', 'RUNNING', { dueAt: minutesAfter(NOW, 1) }),
    );
    const stopped = await stopRuns(given);
    expect(stopped.map(({ id, status, stopAskedBy, dueAt }) => [id, status, stopAskedBy, dueAt]).sort()).toEqual([
      ['RUNNING', 'RUNNING', OPS, NOW],
      // The worker that is starting it keeps its lease.
      ['STARTING', 'STARTING', OPS, undefined],
      ['second', 'RUNNING', OPS, NOW],
    ]);
    for (const status of REMEDIATION_STATUSES.filter((other) => other !== 'RUNNING' && other !== 'STARTING')) {
      expect(await given.store.readRemediation(status)).toEqual(await sealed(each(status, status), SEALS));
    }
  });

  it('cancels only executions of its kind and scope', async () => {
    const run = (id: string, kind: 'fix' | 'undo', accountId: string) => {
      const { outcome: _, at: __, reason: ___, ...execution } = attempt({ kind, executionId: id });
      return each(id, 'RUNNING', { execution, resource: { ...remediation('RUNNING').resource, accountId } });
    };
    const given = await asking(run('a', 'fix', '111111111111'), run('b', 'undo', '111111111111'), run('c', 'fix', '222222222222'));
    const idsOf = async (kind: StopKind, scope: Scope) => (await stopRuns(given, undefined, { kind, scope })).map(({ id }) => id).sort();
    expect(await idsOf('starts', { accountId: '111111111111' })).toEqual(['a']);
    expect(await idsOf('rollbacks', {})).toEqual(['b']);
    expect(await idsOf('starts', { controlId: 'STR-L2-04' })).toEqual([]);
    expect(await idsOf('starts', {})).toEqual(['a', 'c']);
  });

  it('skips executions that end at the same time', async () => {
    const given = racing(await asking(each('a', 'RUNNING')), 1, 'VERIFYING');
    expect(await stopRuns(given)).toEqual([]);
    expect(await given.store.readRemediation('a')).toMatchObject({ status: 'VERIFYING' });
  });

  it('fails if the store fails', async () => {
    const given = await asking(each('a', 'RUNNING'));
    const broken = { ...given.store, commitRemediation: () => Promise.reject(new Error('throttled')) };
    await expect(stopRuns({ ...given, store: broken })).rejects.toThrow('throttled');
  });
});

describe('a resume', () => {
  const HERE = { accountId: '111111111111' };
  const run = remediation('NEW');

  it('of a part moves the start of remediation only there, and keeps wider stops', async () => {
    const given = await asking();
    await setSwitch(true, 'begin', { ...given, now: () => ago(60) });
    await stop({ kind: 'starts', scope: HERE }, 'incident', given);
    expect(await readSwitchFor(given.store, run)).toMatchObject({ running: false, by: OPS, reason: 'incident (account 111111111111)' });
    await resume({ kind: 'starts', scope: HERE }, 'over', given);
    expect(await readSwitchFor(given.store, run)).toMatchObject({ running: true, since: NOW, revision: 2 });
    const elsewhere = { ...run, resource: { ...run.resource, accountId: '222222222222' } };
    expect(await readSwitchFor(given.store, elsewhere)).toMatchObject({ running: true, since: ago(60) });
    expect(await given.store.listStops()).toEqual([]);
  });

  it('of a part of what was never started is refused, and the stop stays', async () => {
    const given = await asking();
    await stop({ kind: 'starts', scope: HERE }, 'incident', given);
    await expect(resume({ kind: 'starts', scope: HERE }, 'over', given)).rejects.toThrow('remediation was never started');
    expect(await given.store.listStops()).toHaveLength(1);
  });

  it('of rollbacks starts no fix', async () => {
    const given = await asking();
    await stop({ kind: 'rollbacks', scope: {} }, 'look first', given);
    expect(await resume({ kind: 'rollbacks', scope: {} }, 'over', given)).toBeUndefined();
    expect([await given.store.listStops(), await given.store.readSwitch()]).toEqual([[], undefined]);
  });

  it('commits the new start before it removes the stop', async () => {
    const given = await asking();
    await setSwitch(true, 'begin', { ...given, now: () => ago(60) });
    await stop({ kind: 'starts', scope: HERE }, 'incident', given);
    const store = { ...given.store, removeStop: () => Promise.reject(new Error('throttled')) };
    await expect(resume({ kind: 'starts', scope: HERE }, 'over', { ...given, store })).rejects.toThrow('throttled');
    expect(await readSwitchFor(given.store, run)).toMatchObject({ running: false });
    await given.store.removeStop('starts', HERE);
    expect(await readSwitchFor(given.store, run)).toMatchObject({ since: NOW });
  });

  it('of more parts than the switch keeps is refused', async () => {
    const given = await asking();
    const parts = Array.from({ length: MAX_RESUMED }, (_, index) => ({ accountId: String(index), since: NOW }));
    await given.store.writeSwitch(undefined, { running: true, since: NOW, by: OPS, reason: 'begin', revision: 1, resumed: parts });
    await expect(resume({ kind: 'starts', scope: HERE }, 'over', given)).rejects.toThrow(
      'Fix: run csmm remediation resume without a scope',
    );
    await resume({ kind: 'starts', scope: {} }, 'over', given);
    expect(await given.store.readSwitch()).toEqual({ running: true, since: NOW, by: OPS, reason: 'over', revision: 2 });
  });
});

describe('the kill switch', () => {
  it('is set with an actor and a reason, and counts its revisions', async () => {
    const given = await asking();
    expect(await setSwitch(true, 'begin', given)).toEqual({ running: true, since: NOW, by: OPS, reason: 'begin', revision: 1 });
    expect(await setSwitch(false, 'incident', given)).toMatchObject({ running: false, revision: 2 });
    expect(await given.store.readSwitch()).toMatchObject({ running: false, reason: 'incident', revision: 2 });
  });

  it('is set by each of several concurrent operators', async () => {
    const given = await asking();
    await Promise.all(Array.from({ length: 5 }, (_, index) => setSwitch(index % 2 === 0, String(index), given)));
    expect(await given.store.readSwitch()).toMatchObject({ revision: 5 });
  });

  it('fails if other operators keep setting it', async () => {
    const given = await asking();
    const store = { ...given.store, writeSwitch: async () => false };
    await expect(setSwitch(false, 'incident', { ...given, store })).rejects.toThrow(
      'could not set the kill switch: other operators set it 10 times',
    );
  });
});
