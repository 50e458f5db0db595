import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { memoryRemediationStore } from '../../../../adapters/memory/remediation-store.ts';
import { memoryStateStore } from '../../../../adapters/memory/state-store.ts';
import { millisecondsOf } from '../../../../core/instant.ts';
import type { ResourceRef } from '../../../../core/model.ts';
import type { AppliedSettings, StoredResource } from '../../../../core/ports.ts';
import { approve, release, resume, rollBack, setSwitch, stop, stopRuns } from '../../../../core/remediation/commands/requests.ts';
import type { CalendarState } from '../../../../core/remediation/decide/calendar.ts';
import { minutesAfter, RETRY_MINUTES, type Tags } from '../../../../core/remediation/decide/decision.ts';
import { type Known, known, unknown } from '../../../../core/remediation/model/known.ts';
import {
  type Outcome,
  REMEDIATION_STATUSES,
  type Remediation,
  type RemediationStatus,
  remediationKey,
} from '../../../../core/remediation/model/record.ts';
import { type Change, change, type RunbookParameters, remedyOn, runWith } from '../../../../core/remediation/model/remedy.ts';
import type { Scope } from '../../../../core/remediation/model/stop.ts';
import {
  type Look,
  type RemediationCommit,
  type RemediationDependencies,
  type RunPlace,
  type RunRequest,
  type RunState,
  StartDeferredError,
  StartDeniedError,
  StartRefusedError,
} from '../../../../core/remediation/ports.ts';
import { advance, postpone } from '../../../../core/remediation/run/advance.ts';
import { undoable } from '../../../../core/remediation/run/attempts.ts';
import { beat } from '../../../../core/remediation/run/heartbeat.ts';
import { noteDryRuns } from '../../../../core/remediation/run/note-dry-runs.ts';
import { LEASE_MINUTES, MAX_FAULTS, MAX_RETRIES, MAX_RUN_MINUTES, MAX_SILENCE_HOURS } from '../../../../core/remediation/run/timing.ts';
import { requestText } from '../../../../core/remediation/seals.ts';
import { triage } from '../../../../core/remediation/triage.ts';
import type { RemediationDocument, RemediationRule, SettingsDocument } from '../../../../core/settings/document.ts';
import { asOperator, SEALS, stored } from '../../../support/seals.ts';

/** Runs the steps with a simulated SSM, clock and AWS environment. */

const START = '2026-11-18T12:00:00.000Z';
const CONTROL = 'STR-L2-01';
const RESOURCE = { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId: 'orders' } as const;
const OPS = 'arn:aws:iam::111111111111:user/ops';
const RUNBOOK = 'CSMM-EnableBucketVersioning';
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const ID = hash(remediationKey(CONTROL, RESOURCE)).slice(0, 24);
const OTHER_CONTROL = 'STR-L2-04';
const OTHER = hash(remediationKey(OTHER_CONTROL, RESOURCE)).slice(0, 24);

type Hook =
  | 'describe'
  | 'find'
  | 'look'
  | 'readLedger'
  | 'readSettings'
  | 'readStops'
  | 'readSwitch'
  | 'start'
  | 'state'
  | 'tagsOf'
  | 'whoChanged';

interface Run extends RunRequest {
  readonly place: RunPlace;
  state: RunState;
}

const IN_PROGRESS: RunState = { ended: false, status: 'InProgress' };
const ended = (status: string, outputs: RunbookParameters = {}): RunState => {
  const succeeded = status === 'Success';
  return { ended: true, succeeded, status, reason: succeeded ? 'it succeeded' : 'step Assert has failed', outputs };
};

class Bench {
  time = START;
  readonly store = memoryRemediationStore();
  /** Hook that runs before a call. It can throw, and it can advance the time. */
  readonly before: Partial<Record<Hook, () => unknown>> = {};
  readonly calls: Hook[] = [];
  readonly runs: Run[] = [];
  readonly stopped: string[] = [];
  readonly runbooks = new Map([
    [RUNBOOK, ['AutomationAssumeRole', 'BucketName']],
    [`${RUNBOOK}-Undo`, ['AutomationAssumeRole', 'BucketName', 'PreviousStatus']],
  ]);
  settings: AppliedSettings | undefined;
  /** Whether the bucket fails in the next read. */
  failing = true;
  parameters: RunbookParameters = { BucketName: ['orders'] };
  /** State that the plan is based on. */
  state: readonly string[] = [];
  changes: readonly Change[] = [];
  calendar: CalendarState = { open: true };
  readonly askedCalendars: (readonly string[])[] = [];
  region: string | undefined;
  touches: readonly ResourceRef[] = [];
  tagsBy: ReadonlyMap<string, Tags> = new Map();
  reversible = true;
  /** Age of the start of a read, in minutes. */
  age = 0;
  other: string | undefined = undefined;

  constructor(remediation: RemediationDocument) {
    this.apply({ version: 1, remediation });
  }

  apply(document: SettingsDocument): void {
    const revision = (this.settings?.revision ?? 0) + 1;
    this.settings = { document, appliedAt: START, appliedBy: OPS, revision, expiredUntil: START };
  }

  get dependencies(): RemediationDependencies {
    const called = async <T>(hook: Hook, answer: () => T | Promise<T>): Promise<T> => {
      this.calls.push(hook);
      await this.before[hook]?.();
      return answer();
    };
    const { store } = this;
    return {
      store: {
        ...store,
        readSwitch: () => called('readSwitch', () => store.readSwitch()),
        readStops: (kind, run) => called('readStops', () => store.readStops(kind, run)),
        readLedger: (controlId) => called('readLedger', () => store.readLedger(controlId)),
      },
      settings: { readSettings: () => called('readSettings', () => this.settings) },
      estate: {
        look: () => called('look', () => this.look()),
        tagsOf: ({ resourceId }) => called('tagsOf', () => this.tagsBy.get(resourceId) ?? {}),
        unitsOf: async () => [],
        whoChanged: () => called('whoChanged', () => this.other),
      },
      automation: {
        describe: (_, runbook) =>
          called('describe', () => {
            const parameters = this.runbooks.get(runbook);
            return parameters && { parameters };
          }),
        start: (place, request) =>
          called('start', () => {
            const at = this.runs.findIndex(({ token }) => token === request.token);
            return at >= 0 ? `execution-${at}` : `execution-${this.runs.push({ ...request, place, state: IN_PROGRESS }) - 1}`;
          }),
        find: (_, token) =>
          called('find', () => {
            const at = this.runs.findIndex((run) => run.token === token);
            return at < 0 ? undefined : `execution-${at}`;
          }),
        state: (_, executionId) =>
          called('state', () => {
            const run = this.runs[Number(executionId.split('-')[1])];
            if (!run) throw new Error(`there is no ${executionId}`);
            return run.state;
          }),
        stop: async (_, executionId) => {
          this.stopped.push(executionId);
        },
      },
      seals: SEALS,
      own: { stackIds: [], roleNames: [] },
      globalRegion: 'us-east-1',
      readCalendars: async (names) => {
        this.askedCalendars.push(names);
        return this.calendar;
      },
      hash,
      now: () => this.time,
    };
  }

  private look(): Known<Look> {
    const capturedAt = minutesAfter(this.time, -this.age);
    if (!this.failing) return known({ finding: { kind: 'passing', reason: 'versioning is Enabled', capturedAt } });
    const terms = { runbook: RUNBOOK, risk: 'safe', reversible: this.reversible, impact: 'It costs.' } as const;
    const plan = runWith(this.parameters, this.changes, {
      touches: this.touches,
      ...(this.region !== undefined && { region: this.region }),
    });
    const finding = { kind: 'failing', reason: 'versioning is Off', capturedAt } as const;
    return known({ finding, remedy: remedyOn('AWS::S3::Bucket', terms, () => plan), plan, state: this.state });
  }

  /** Advances the time by some minutes and runs the due step. */
  go(minutes = 0, id = ID): Promise<Remediation | undefined> {
    this.time = minutesAfter(this.time, minutes);
    return advance(id, this.dependencies);
  }

  wake(): Promise<Remediation | undefined> {
    return advance(ID, this.dependencies, { woken: true });
  }

  async stored(id = ID): Promise<Remediation> {
    const remediation = await this.store.readRemediation(id);
    if (!remediation) throw new Error(`there is no remediation ${id}`);
    return remediation;
  }

  get asking() {
    return asOperator({ store: this.store, by: OPS, now: () => this.time }, this.settings?.document.remediation);
  }

  /** An operator approves the plan. */
  async agree(): Promise<Remediation> {
    return approve(ID, (await this.stored()).plan?.stateHash, this.asking);
  }

  end(status: string, outputs?: RunbookParameters): void {
    const run = this.runs.at(-1);
    if (!run) throw new Error('nothing has run');
    run.state = ended(status, outputs);
  }

  count(hook: Hook): number {
    return this.calls.filter((call) => call === hook).length;
  }

  /** Runs an action only on the n-th call, counted from 1. */
  onCall(hook: Hook, number: number, happens: () => unknown): void {
    let calls = 0;
    this.before[hook] = () => (++calls === number ? happens() : undefined);
  }
}

const refuse =
  (reason = 'throttled') =>
  (): never => {
    throw new Error(reason);
  };

const AUTO: RemediationRule = { mode: 'auto', controls: [CONTROL, OTHER_CONTROL], withoutPlan: 'a test of the loop' };

/** The scopes that the remediation is in, the widest first, and some that it is not in. */
const HERE = { accountId: RESOURCE.accountId };
const SCOPES: readonly Scope[] = [{}, HERE, { controlId: CONTROL }, { ...HERE, controlId: CONTROL }];
const THERE = { accountId: '222222222222' };
const ELSEWHERE: readonly Scope[] = [
  THERE,
  { controlId: OTHER_CONTROL },
  { ...THERE, controlId: CONTROL },
  { ...HERE, controlId: OTHER_CONTROL },
];

const newRemediation = (changed: Partial<Remediation> = {}): Remediation => ({
  id: ID,
  controlId: CONTROL,
  resource: RESOURCE,
  status: 'NEW',
  reason: 'versioning is Off',
  revision: 1,
  failingSince: START,
  updatedAt: START,
  dueAt: START,
  attempts: [],
  trail: [],
  ...changed,
});

/** A bench with a running kill switch and one due remediation. */
async function bench(changed: Partial<Remediation> = {}, rule: RemediationRule = AUTO, section: Partial<RemediationDocument> = {}) {
  const made = new Bench({ ...section, rules: [rule] });
  await setSwitch(true, 'begin', { ...made.asking, now: () => minutesAfter(START, -60) });
  for (const minutes of [-30, 0]) await beat({ store: made.store, now: () => minutesAfter(START, minutes) });
  await made.store.commitRemediation({ previous: undefined, next: await stored(newRemediation(changed)) });
  return made;
}

/** A bench with a runbook that has been running for one minute. */
async function runningBench(...given: Parameters<typeof bench>) {
  const made = await bench(...given);
  expect(await made.go()).toMatchObject({ status: 'RUNNING' });
  made.time = minutesAfter(made.time, 1);
  return made;
}

/** A bench with a runbook that has remediated the bucket and recorded the previous value. */
async function succeededBench(outputs: RunbookParameters = { PreviousStatus: ['Suspended'] }) {
  const made = await runningBench();
  made.end('Success', outputs);
  await made.go();
  made.failing = false;
  expect(await made.go(1)).toMatchObject({ status: 'SUCCEEDED' });
  return made;
}

/** Whether the lock of the resource is free. */
async function isFree({ store }: Bench): Promise<boolean> {
  const next = newRemediation({ id: hash('whoever comes next').slice(0, 24) });
  const isTaken = await store.commitRemediation({ previous: undefined, next, lock: 'take' });
  if (isTaken) await store.commitRemediation({ previous: next, next: { ...next, revision: 2, status: 'CLOSED' }, lock: 'release' });
  return isTaken;
}

/** Tokens of all intended starts, from the trail. */
function recordIntents({ store }: Bench): string[] {
  const tokens: string[] = [];
  const commit = store.commitRemediation;
  Object.assign(store, {
    commitRemediation: async (given: Parameters<typeof commit>[0]) => {
      if (given.next.status === 'STARTING' && given.next.execution) tokens.push(given.next.execution.token);
      return commit(given);
    },
  });
  return tokens;
}

describe('a start', () => {
  it('runs the runbook with its parameters in the account and Region of the resource', async () => {
    const world = await bench();
    expect(await world.go()).toMatchObject({
      status: 'RUNNING',
      execution: { kind: 'fix', executionId: 'execution-0', intendedAt: START },
      plan: { mode: 'auto', runbook: RUNBOOK, finding: 'versioning is Off' },
      dueAt: minutesAfter(START, 1),
    });
    expect(world.runs).toMatchObject([
      { runbook: RUNBOOK, parameters: { BucketName: ['orders'] }, place: { accountId: '111111111111', region: 'eu-west-1' } },
    ]);
    expect(world.runs[0]?.token).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    expect((await world.store.readLedger(CONTROL)).starts).toEqual([
      { at: START, accountId: '111111111111', resourceType: 'AWS::S3::Bucket' },
    ]);
    expect((await world.stored()).trail.map(({ status }) => status)).toEqual(['STARTING', 'RUNNING']);
  });

  it.each([
    ['global', undefined, 'us-east-1'],
    ['global', 'ap-south-1', 'ap-south-1'],
    ['eu-west-1', 'ap-south-1', 'ap-south-1'],
  ])('for a resource in %s with a remedy for %s is in %s', async (region, named, expected) => {
    const world = await bench({ resource: { ...RESOURCE, region } });
    world.region = named;
    await world.go();
    expect(world.runs.map(({ place }) => place.region)).toEqual([expected]);
  });

  it('is not made by a worker that paused for more than half of the lease', async () => {
    const world = await bench();
    world.onCall('readSettings', 2, () => {
      world.time = minutesAfter(world.time, LEASE_MINUTES / 2 + 0.1);
    });
    expect(await world.go()).toMatchObject({ status: 'WAITING', reason: 'the start took longer than 10 minutes', attempts: [] });
    expect(world.runs).toEqual([]);
    expect(await isFree(world)).toBe(true);
  });

  it('is not taken over while the first worker is still starting', async () => {
    const world = await bench();
    const seen: unknown[] = [];
    world.before.start = async () => {
      for (const minutes of [1, 1, 8, LEASE_MINUTES - 10.5]) seen.push(await world.go(minutes));
    };
    expect(await world.go()).toMatchObject({ status: 'RUNNING', attempts: [] });
    expect(seen).toEqual([undefined, undefined, undefined, undefined]);
    expect(world.count('find')).toBe(0);
    expect(world.runs).toHaveLength(1);
  });

  it('is found by its token if the response of SSM was lost', async () => {
    const world = await bench();
    const { dependencies } = world;
    const lost: RemediationDependencies = {
      ...dependencies,
      automation: { ...dependencies.automation, start: (...asked) => dependencies.automation.start(...asked).then(refuse('timeout')) },
    };
    expect(await advance(ID, lost)).toBeUndefined();
    expect(await world.stored()).toMatchObject({ status: 'STARTING', dueAt: minutesAfter(START, LEASE_MINUTES) });
    expect(await world.go(LEASE_MINUTES)).toMatchObject({ status: 'RUNNING', execution: { executionId: 'execution-0' }, attempts: [] });
    expect(world.runs).toHaveLength(1);
  });

  it('is not considered lost while SSM does not answer', async () => {
    const world = await bench();
    world.before.start = refuse('timeout');
    await world.go();
    world.before.find = refuse();
    expect(await world.go(LEASE_MINUTES)).toMatchObject({
      status: 'STARTING',
      attempts: [],
      reason: 'could not read the status from SSM: Error: throttled',
      dueAt: minutesAfter(START, LEASE_MINUTES + 1),
    });
    expect(await isFree(world)).toBe(false);
  });

  it('by a crashed worker is a lost attempt, and the next one has another token', async () => {
    const world = await bench();
    const tokens = recordIntents(world);
    world.before.start = refuse('timeout');
    await world.go();
    delete world.before.start;
    expect(await world.go(LEASE_MINUTES)).toMatchObject({ status: 'WAITING', attempts: [{ outcome: 'lost', token: tokens[0] }] });
    expect((await world.store.readLedger(CONTROL)).outcomes).toMatchObject([{ failed: true }]);
    expect(await world.go(5)).toMatchObject({ status: 'RUNNING' });
    expect(new Set(tokens).size).toBe(2);
  });

  it('without an execution is quarantined', async () => {
    const world = await bench({ status: 'STARTING' });
    expect(await world.go()).toMatchObject({ status: 'QUARANTINED', reason: 'the status is STARTING, but there is no execution' });
  });
});

describe('between the intent and the start', () => {
  it('a stop of remediation withholds it, and the next start has the same token', async () => {
    const world = await bench();
    const tokens = recordIntents(world);
    world.onCall('readSwitch', 2, () => setSwitch(false, 'incident', world.asking));
    const withheld = await world.go();
    expect(withheld).toMatchObject({ status: 'WAITING', attempts: [], reason: `${OPS} stopped remediation at ${START}: incident` });
    expect(withheld?.execution).toBeUndefined();
    expect([world.runs, (await world.store.readLedger(CONTROL)).outcomes]).toEqual([[], []]);
    expect(await isFree(world)).toBe(true);
    // csmm starts a withheld run only after an approval.
    world.time = minutesAfter(world.time, 1);
    await setSwitch(true, 'over', world.asking);
    expect(await world.go()).toMatchObject({
      status: 'PLANNED',
      reason: expect.stringMatching(/older than the last start of remediation/),
    });
    await world.agree();
    expect(await world.go()).toMatchObject({ status: 'RUNNING' });
    expect(tokens).toHaveLength(2);
    expect(tokens[1]).toBe(tokens[0]);
  });

  it('a stop and restart of remediation withholds it', async () => {
    const world = await bench();
    world.onCall('readSwitch', 2, async () => {
      await setSwitch(false, 'incident', world.asking);
      await setSwitch(true, 'over', world.asking);
    });
    expect(await world.go()).toMatchObject({ status: 'WAITING', reason: 'remediation was stopped and resumed since the decision' });
    expect(world.runs).toEqual([]);
  });

  it('a limit of SSM holds it back without an attempt, a use of the budget or a failure, for as long as it lasts', async () => {
    const world = await bench();
    const tokens = recordIntents(world);
    world.before.start = () => {
      throw new StartDeferredError('100 executions run');
    };
    for (let minutes = 0; minutes <= 20; ) {
      const held = await world.go();
      expect(held).toMatchObject({ status: 'HELD', reason: '100 executions run', attempts: [], heldSince: START });
      expect(await world.store.readLedger(CONTROL)).toMatchObject({ starts: [], outcomes: [], denials: [] });
      const wait = millisecondsOf(held?.dueAt ?? '') - millisecondsOf(world.time);
      expect(wait).toBeGreaterThanOrEqual(30_000);
      expect(wait).toBeLessThanOrEqual(300_000);
      world.time = held?.dueAt ?? '';
      minutes = (millisecondsOf(world.time) - millisecondsOf(START)) / 60_000;
    }
    expect(await isFree(world)).toBe(true);
    delete world.before.start;
    expect(await world.go()).toMatchObject({ status: 'RUNNING' });
    expect((await world.store.readLedger(CONTROL)).starts).toHaveLength(1);
    expect(new Set(tokens).size).toBe(1);
  });

  it('an account that denies the runbook holds it back for an hour, without an attempt', async () => {
    const world = await bench();
    world.onCall('start', 1, () => {
      throw new StartDeniedError('the role cannot be assumed');
    });
    expect(await world.go()).toMatchObject({
      status: 'HELD',
      reason: 'the role cannot be assumed',
      attempts: [],
      dueAt: minutesAfter(START, 60),
    });
    expect(await world.store.readLedger(CONTROL)).toMatchObject({
      starts: [],
      outcomes: [],
      denials: [{ accountId: RESOURCE.accountId, runbook: RUNBOOK }],
    });
    expect(await isFree(world)).toBe(true);
    expect(await world.go(60)).toMatchObject({ status: 'RUNNING' });
  });

  it('changed settings withhold it, and csmm decides again', async () => {
    const world = await bench();
    const tokens = recordIntents(world);
    world.onCall('readSettings', 2, () => world.apply({ version: 1, remediation: { rules: [AUTO], exemptTags: { keep: '*' } } }));
    expect(await world.go()).toMatchObject({ status: 'WAITING', reason: 'the settings have changed since the decision', attempts: [] });
    expect(world.runs).toEqual([]);
    expect(await world.go(1)).toMatchObject({ status: 'RUNNING' });
    expect(tokens[1]).toBe(tokens[0]);
  });

  it.each<[Hook, string]>([
    ['readSettings', 'could not read the settings just before the start: Error: throttled'],
    ['readSwitch', 'could not read the kill switch just before the start: Error: throttled'],
  ])('a failing %s withholds it', async (hook, reason) => {
    const world = await bench();
    world.onCall(hook, 2, refuse());
    expect(await world.go()).toMatchObject({ status: 'WAITING', reason, attempts: [] });
    expect(world.runs).toEqual([]);
  });

  it.each<[string, (world: Bench) => unknown]>([
    ['the kill switch changes', (world) => setSwitch(false, 'incident', world.asking)],
    [
      'another start takes its share of the budget',
      async ({ store }) => {
        const previous = await store.readLedger(CONTROL);
        const next = newRemediation({ id: hash('another start').slice(0, 24), resource: { ...RESOURCE, resourceId: 'other' } });
        await store.commitRemediation({
          previous: undefined,
          next,
          ledger: { previous, next: { ...previous, revision: previous.revision + 1 } },
        });
      },
    ],
  ])('and the decision, if %s, not even the intent is stored', async (_, happens) => {
    const world = await bench();
    const tokens = recordIntents(world);
    const { dependencies } = world;
    const { store } = dependencies;
    const racing: RemediationDependencies = {
      ...dependencies,
      store: {
        ...store,
        readLedger: async (controlId) => {
          const ledger = await store.readLedger(controlId);
          await happens(world);
          return ledger;
        },
      },
    };
    expect(await advance(ID, racing)).toMatchObject({ status: 'WAITING', dueAt: minutesAfter(START, 2), attempts: [] });
    expect((await world.stored()).trail.map(({ status }) => status)).toEqual(['WAITING']);
    expect([world.runs, tokens.length]).toEqual([[], 1]);
  });
});

describe('a stop', () => {
  it.each(SCOPES)('of starts (%j) holds a fix, and its resume starts nothing that failed before', async (scope) => {
    const world = await bench();
    world.time = minutesAfter(world.time, 1);
    await stop({ kind: 'starts', scope }, 'incident', world.asking);
    expect(await world.go()).toMatchObject({
      status: 'PLANNED',
      reason: expect.stringMatching(/^arn:.* stopped remediation at .*: incident \(/),
    });
    world.time = minutesAfter(world.time, 1);
    await resume({ kind: 'starts', scope }, 'over', world.asking);
    expect(await world.go(60)).toBeUndefined();
    const again = await world.stored();
    await world.store.commitRemediation({
      previous: again,
      next: { ...again, status: 'NEW', dueAt: world.time, revision: again.revision + 1 },
    });
    expect(await world.go()).toMatchObject({ status: 'PLANNED', reason: expect.stringMatching(/older than the last start/) });
    const newer = await world.stored();
    const failingSince = world.time;
    await world.store.commitRemediation({
      previous: newer,
      next: { ...newer, status: 'NEW', dueAt: world.time, failingSince, revision: newer.revision + 1 },
    });
    expect(await world.go()).toMatchObject({ status: 'RUNNING' });
  });

  it.each(SCOPES)('of starts (%j) between the decision and the intent stores no intent', async (scope) => {
    const world = await bench();
    world.onCall('readLedger', 1, () => stop({ kind: 'starts', scope }, 'incident', world.asking));
    await world.go();
    expect((await world.stored()).trail.map(({ status }) => status)).toEqual(['WAITING']);
    expect([world.runs, await isFree(world)]).toEqual([[], true]);
  });

  it.each(SCOPES)('of starts (%j) between the intent and the call of SSM withholds it', async (scope) => {
    const world = await bench();
    world.onCall('readStops', 2, () => stop({ kind: 'starts', scope }, 'incident', world.asking));
    expect(await world.go()).toMatchObject({ status: 'WAITING', attempts: [] });
    expect([world.runs, await isFree(world)]).toEqual([[], true]);
  });

  it('that cannot be read starts nothing', async () => {
    const world = await bench();
    world.before.readStops = refuse();
    expect(await world.go()).toMatchObject({ status: 'WAITING', reason: expect.stringContaining('throttled') });
    expect(world.runs).toEqual([]);
  });

  it('of starts elsewhere, or of rollbacks, holds no fix', async () => {
    const world = await bench();
    for (const scope of ELSEWHERE) await stop({ kind: 'starts', scope }, 'incident', world.asking);
    for (const scope of SCOPES) await stop({ kind: 'rollbacks', scope }, 'incident', world.asking);
    expect(await world.go()).toMatchObject({ status: 'RUNNING' });
  });

  it('is held by a wider one that was not resumed', async () => {
    const world = await bench({ failingSince: minutesAfter(START, 10) });
    for (const scope of SCOPES) await stop({ kind: 'starts', scope }, 'incident', world.asking);
    for (const scope of SCOPES.slice(1)) await resume({ kind: 'starts', scope }, 'over', world.asking);
    expect(await world.go()).toMatchObject({ status: 'PLANNED', reason: expect.stringContaining('(all accounts)') });
  });
});

describe('an attempt that fails', () => {
  it('is repeated after 5 and 20 minutes, and quarantined after the third', async () => {
    const world = await bench();
    const tokens = recordIntents(world);
    for (const [count, pause] of [
      [1, 5],
      [2, 20],
    ] as const) {
      await world.go();
      world.end('Failed');
      const failed = await world.go(1);
      expect(failed).toMatchObject({ status: 'WAITING', reason: 'Failed: step Assert has failed', dueAt: minutesAfter(world.time, pause) });
      expect(failed?.attempts).toHaveLength(count);
      expect(await world.go(pause - 1)).toBeUndefined();
      world.time = minutesAfter(world.time, 1);
    }
    await world.go();
    world.end('Failed');
    const third = await world.go(1);
    expect(third?.attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed']);
    world.time = third?.dueAt ?? '';
    const last = await world.go();
    expect(last).toMatchObject({ status: 'QUARANTINED', reason: '3 attempts failed; the last error: Failed: step Assert has failed' });
    expect(last?.dueAt).toBeUndefined();
    expect([tokens.length, new Set(tokens).size, world.runs.length]).toEqual([3, 3, 3]);
    expect((await world.store.readLedger(CONTROL)).outcomes.map(({ failed }) => failed)).toEqual([true, true, true]);
  });

  it.each<[string, Partial<Extract<RunState, { ended: true }>>, Outcome]>([
    ['refuses without a change', { unchanged: true }, 'refused'],
    ['is denied without a change', { unchanged: true, cause: 'denied' }, 'denied'],
    ['is denied after a change', { cause: 'denied' }, 'failed'],
    ['is cancelled by another actor after a change', { cause: 'cancelled', status: 'Cancelled' }, 'failed'],
    ['is cancelled by another actor without a change', { cause: 'cancelled', unchanged: true }, 'refused'],
    ['fails after a change', {}, 'failed'],
  ])('that %s has the outcome for it, and only a failure counts for the breaker', async (_, changed, outcome) => {
    const world = await runningBench();
    Object.assign(world.runs[0] ?? {}, { state: { ...ended('Failed'), ...changed } });
    const after = await world.go();
    expect(after?.attempts).toMatchObject([{ outcome }]);
    expect((await world.store.readLedger(CONTROL)).outcomes).toHaveLength(outcome === 'failed' ? 1 : 0);
    expect((await world.store.readLedger(CONTROL)).denials).toHaveLength(outcome === 'denied' ? 1 : 0);
    expect(undoable(after?.attempts ?? [])).toHaveLength(outcome === 'failed' ? 1 : 0);
    expect(await isFree(world)).toBe(true);
  });

  it('because the runbook refuses the state is not repeated in that state, and is in another one', async () => {
    const world = await runningBench();
    Object.assign(world.runs[0] ?? {}, { state: { ...ended('Failed'), unchanged: true } });
    await world.go();
    expect(await world.go(1)).toMatchObject({
      status: 'REFUSED',
      reason: expect.stringMatching(/refuses the resource in its current state/),
    });
    expect(world.runs).toHaveLength(1);
    await release(ID, world.asking);
    world.parameters = { BucketName: ['orders'], MfaDelete: ['Disabled'] };
    world.runbooks.set(RUNBOOK, ['BucketName', 'MfaDelete']);
    expect(await world.go(1)).toMatchObject({ status: 'RUNNING' });
  });

  it('because an operator cancelled it is no failure', async () => {
    const world = await runningBench();
    await stopRuns(world.asking);
    Object.assign(world.runs[0] ?? {}, { state: { ...ended('Cancelled'), cause: 'cancelled' } });
    expect(await world.go()).toMatchObject({ status: 'WAITING', attempts: [{ outcome: 'cancelled' }] });
    expect((await world.store.readLedger(CONTROL)).outcomes).toEqual([]);
  });

  it.each(['Failed', 'TimedOut', 'Cancelled', 'Canceled', 'CompletedWithFailure', 'Rejected', 'Exited', 'ChangeCalendarOverrideRejected'])(
    'as SSM says %s is one, with its reason and what the runbook told',
    async (status) => {
      const world = await runningBench();
      world.end(status, { PreviousStatus: ['Suspended'] });
      const failed = await world.go();
      expect(failed).toMatchObject({
        status: 'WAITING',
        reason: `${status}: step Assert has failed`,
        dueAt: minutesAfter(world.time, 5),
        attempts: [{ outcome: 'failed', executionId: 'execution-0', endedAt: world.time, outputs: { PreviousStatus: ['Suspended'] } }],
      });
      expect(failed?.execution).toBeUndefined();
      expect((await world.store.readLedger(CONTROL)).outcomes).toEqual([
        { at: world.time, failed: true, accountId: '111111111111', resource: 'AWS::S3::Bucket orders (eu-west-1)' },
      ]);
    },
  );

  it('does not count after an operator has released the resource', async () => {
    const world = await bench();
    for (let attempt = 0; attempt < 3; attempt++) {
      await world.go();
      world.end('Failed');
      await world.go(1);
      world.time = (await world.stored()).dueAt ?? world.time;
    }
    expect(await world.go()).toMatchObject({ status: 'QUARANTINED' });
    await release(ID, world.asking);
    expect(await world.go()).toMatchObject({ status: 'RUNNING' });
  });
});

describe('a step that throws', () => {
  const fault = new Error('an unexpected answer');

  it('is postponed, longer each time, so that others are taken up, and then only an operator can continue', async () => {
    const world = await bench();
    const waits: number[] = [];
    for (let faults = 1; faults <= MAX_FAULTS; faults++) {
      const postponed = await postpone(ID, fault, world.dependencies);
      expect(postponed).toMatchObject({ status: 'NEW', faults });
      waits.push((millisecondsOf(postponed?.dueAt ?? '') - millisecondsOf(world.time)) / 60_000);
      expect(await postpone(ID, fault, world.dependencies)).toBeUndefined();
      world.time = postponed?.dueAt ?? '';
    }
    expect(waits.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(await postpone(ID, fault, world.dependencies)).toMatchObject({
      status: 'QUARANTINED',
      reason: expect.stringMatching(/an unexpected answer$/),
    });
    expect((await world.stored()).dueAt).toBeUndefined();
  });

  it('starts from zero after a step that succeeds', async () => {
    const world = await bench();
    await postpone(ID, fault, world.dependencies);
    await world.go(1);
    expect((await world.go(1))?.faults).toBeUndefined();
  });
});

describe('the success of a runbook', () => {
  it('is accepted after a read that starts after its end and passes', async () => {
    const world = await runningBench();
    world.end('Success', { PreviousStatus: ['Suspended'] });
    expect(await world.go()).toMatchObject({
      status: 'VERIFYING',
      dueAt: world.time,
      execution: { outputs: { PreviousStatus: ['Suspended'] } },
    });
    world.failing = false;
    const verified = await world.go(1);
    expect(verified).toMatchObject({
      status: 'SUCCEEDED',
      reason: 'read again: versioning is Enabled',
      attempts: [{ outcome: 'verified', executionId: 'execution-0', outputs: { PreviousStatus: ['Suspended'] } }],
    });
    expect([verified?.dueAt, verified?.execution]).toEqual([undefined, undefined]);
    expect((await world.store.readLedger(CONTROL)).outcomes).toMatchObject([{ at: world.time, failed: false }]);
    expect(await world.go(1000)).toBeUndefined();
  });

  it.each([1, 0.5])('is not accepted with evidence that is not newer than its end (%d minutes after)', async (minutes) => {
    const world = await runningBench();
    world.end('Success');
    await world.go();
    world.failing = false;
    world.age = minutes;
    expect(await world.go(minutes)).toMatchObject({
      status: 'VERIFYING',
      reason: 'not verified yet: the evidence is older than the end of the runbook',
      execution: { readings: 1 },
      attempts: [],
    });
    world.age = 0;
    expect(await world.go(1)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('without an effect counts as failed after reads for 18 minutes', async () => {
    const world = await runningBench();
    world.end('Success');
    await world.go();
    const endedAt = world.time;
    for (const [readings, pause] of [
      [1, 1],
      [2, 2],
      [3, 5],
      [4, 10],
    ] as const) {
      world.age = readings === 1 ? 1 : 0;
      expect(await world.go()).toMatchObject({ status: 'VERIFYING', execution: { readings }, dueAt: minutesAfter(world.time, pause) });
      world.time = minutesAfter(world.time, pause);
    }
    expect(await world.go()).toMatchObject({
      status: 'WAITING',
      attempts: [{ outcome: 'failed', reason: `${RUNBOOK} succeeded, but the result is not visible: versioning is Off` }],
    });
    expect(world.time).toBe(minutesAfter(endedAt, 18));
  });

  it('that cannot be read is not a failure: csmm reads it again for a day and then quarantines it', async () => {
    const world = await runningBench();
    world.end('Success');
    await world.go();
    const endedAt = world.time;
    world.before.look = refuse();
    for (const pause of [1, 2, 5, 10, 15, 15]) {
      expect(await world.go()).toMatchObject({ status: 'VERIFYING', attempts: [], dueAt: minutesAfter(world.time, pause) });
      world.time = minutesAfter(world.time, pause);
    }
    world.time = minutesAfter(endedAt, MAX_SILENCE_HOURS * 60 + 1);
    const lost = await world.go();
    expect(lost).toMatchObject({ status: 'QUARANTINED', attempts: [{ outcome: 'lost', executionId: 'execution-0' }] });
    expect([lost?.dueAt, await isFree(world)]).toEqual([undefined, true]);
    expect((await world.store.readLedger(CONTROL)).outcomes).toMatchObject([{ failed: true }]);
  });

  it('does not count if the resource is gone', async () => {
    const world = await runningBench();
    world.end('Success');
    await world.go();
    const { dependencies } = world;
    const gone = { kind: 'gone', reason: 'the resource is gone', capturedAt: minutesAfter(world.time, 1) } as const;
    const estate = { ...dependencies.estate, look: async () => known({ finding: gone }) };
    world.time = minutesAfter(world.time, 1);
    expect(await advance(ID, { ...dependencies, estate })).toMatchObject({ status: 'CLOSED', attempts: [{ outcome: 'gone' }] });
    expect([(await world.store.readLedger(CONTROL)).outcomes, await isFree(world)]).toEqual([[], true]);
  });

  it('without an execution is quarantined', async () => {
    const world = await bench({ status: 'VERIFYING' });
    expect(await world.go()).toMatchObject({ status: 'QUARANTINED', reason: 'the status is VERIFYING, but there is no execution' });
  });
});

describe('an unavailable SSM', () => {
  it('is queried again for a day, and then the remediation is quarantined', async () => {
    const world = await runningBench();
    world.before.state = refuse();
    for (let minute = 0; minute < 60; minute++) await world.go(1);
    expect(await world.stored()).toMatchObject({
      status: 'RUNNING',
      reason: 'could not read the status from SSM: Error: throttled',
      attempts: [],
    });
    expect(world.count('state')).toBe(60);
    expect(await isFree(world)).toBe(false);
    world.time = minutesAfter(START, MAX_SILENCE_HOURS * 60);
    expect(await world.go()).toMatchObject({ status: 'RUNNING' });
    const lost = await world.go(1);
    expect(lost).toMatchObject({
      status: 'QUARANTINED',
      reason: `could not read the status of ${RUNBOOK} from SSM for 24 hours: Error: throttled`,
      attempts: [{ outcome: 'lost', executionId: 'execution-0' }],
    });
    expect([lost?.dueAt, lost?.execution]).toEqual([undefined, undefined]);
  });

  it('for an hour does not lose the end of an execution', async () => {
    const world = await runningBench();
    world.before.state = refuse();
    for (let minute = 0; minute < 60; minute++) await world.go(1);
    delete world.before.state;
    world.end('Success');
    expect(await world.go(1)).toMatchObject({ status: 'VERIFYING' });
  });

  it('after a start is queried again for a day too', async () => {
    const world = await bench();
    world.before.start = refuse('timeout');
    await world.go();
    world.before.find = refuse();
    world.time = minutesAfter(START, MAX_SILENCE_HOURS * 60);
    expect(await world.go()).toMatchObject({ status: 'STARTING' });
    expect(await world.go(1)).toMatchObject({ status: 'QUARANTINED', attempts: [{ outcome: 'lost' }] });
  });

  it('without an execution ID quarantines the remediation', async () => {
    const world = await bench({ status: 'RUNNING' });
    expect(await world.go()).toMatchObject({ status: 'QUARANTINED', reason: 'the status is RUNNING, but there is no execution ID' });
  });
});

describe('an execution that is to stop', () => {
  it('after more than two hours is stopped until SSM reports its end', async () => {
    const world = await runningBench();
    world.time = minutesAfter(START, MAX_RUN_MINUTES);
    expect(await world.go()).toMatchObject({ status: 'RUNNING', reason: `${RUNBOOK} is running` });
    expect(world.stopped).toEqual([]);
    expect(await world.go(1)).toMatchObject({
      status: 'RUNNING',
      reason: `stopping ${RUNBOOK}: it has been running for more than 120 minutes`,
    });
    await world.go(1);
    expect(world.stopped).toEqual(['execution-0', 'execution-0']);
    world.end('Cancelled');
    expect(await world.go(1)).toMatchObject({
      status: 'WAITING',
      attempts: [{ outcome: 'failed', reason: expect.stringMatching(/^Cancelled/) }],
    });
  });

  it('but does not end for a day is quarantined', async () => {
    const world = await runningBench();
    world.time = minutesAfter(START, MAX_SILENCE_HOURS * 60 + 1);
    expect(await world.go()).toMatchObject({
      status: 'QUARANTINED',
      reason: `${RUNBOOK} did not end after the stop: its status is InProgress`,
    });
    expect(world.stopped).toEqual(['execution-0']);
  });

  it('at the request of an operator is stopped at once, with the name of the operator', async () => {
    const world = await runningBench();
    expect((await stopRuns(world.asking)).map(({ id }) => id)).toEqual([ID]);
    expect(await world.go()).toMatchObject({ status: 'RUNNING', reason: `stopping ${RUNBOOK}: requested by ${OPS}` });
    expect(world.stopped).toEqual(['execution-0']);
    world.end('Cancelled');
    const stopped = await world.go(1);
    expect(stopped).toMatchObject({ status: 'WAITING', attempts: [{ outcome: 'failed' }] });
    expect(stopped?.stopAskedBy).toBeUndefined();
  });
});

describe('an execution that is to stop while it is starting', () => {
  it('is stopped as soon as its ID is known', async () => {
    const world = await bench();
    world.before.start = () => stopRuns(world.asking);
    expect(await world.go()).toMatchObject({
      status: 'RUNNING',
      stopAskedBy: OPS,
      dueAt: START,
      execution: { executionId: 'execution-0' },
    });
    await world.go();
    expect(world.stopped).toEqual(['execution-0']);
  });

  it('is stopped when it is found after the lease', async () => {
    const world = await bench();
    const { dependencies } = world;
    const start = (...asked: Parameters<typeof dependencies.automation.start>) =>
      dependencies.automation.start(...asked).then(refuse('timeout'));
    await advance(ID, { ...dependencies, automation: { ...dependencies.automation, start } });
    await stopRuns(world.asking);
    expect(await world.go()).toBeUndefined();
    expect(await world.go(LEASE_MINUTES)).toMatchObject({ status: 'RUNNING', stopAskedBy: OPS, dueAt: world.time });
    await world.go();
    expect(world.stopped).toEqual(['execution-0']);
  });
});

describe('a resource', () => {
  const tooLate = (world: Bench) => {
    world.time = minutesAfter(START, MAX_SILENCE_HOURS * 60 + 1);
  };
  it.each<[string, RemediationStatus, () => Promise<Bench>]>([
    ['the attempt was verified', 'SUCCEEDED', () => succeededBench()],
    [
      'the start was refused',
      'WAITING',
      async () => {
        const world = await bench();
        world.before.start = () => {
          throw new StartRefusedError('no');
        };
        await world.go();
        return world;
      },
    ],
    [
      'the start was lost',
      'WAITING',
      async () => {
        const world = await bench();
        world.before.start = refuse();
        await world.go();
        await world.go(LEASE_MINUTES);
        return world;
      },
    ],
    [
      'the runbook has failed',
      'WAITING',
      async () => {
        const world = await runningBench();
        world.end('Failed');
        await world.go();
        return world;
      },
    ],
    [
      'the runbook did not help',
      'WAITING',
      async () => {
        const world = await runningBench();
        world.end('Success');
        for (let reading = 0; reading < 6; reading++) await world.go(10);
        return world;
      },
    ],
    [
      'SSM was silent for a day',
      'QUARANTINED',
      async () => {
        const world = await runningBench();
        world.before.state = refuse();
        tooLate(world);
        await world.go();
        return world;
      },
    ],
    [
      'the execution did not end for a day',
      'QUARANTINED',
      async () => {
        const world = await runningBench();
        tooLate(world);
        await world.go();
        return world;
      },
    ],
    [
      'it was rolled back',
      'ROLLED_BACK',
      async () => {
        const world = await succeededBench();
        await rollBack(ID, world.asking);
        await world.go();
        expect(await isFree(world)).toBe(false);
        world.end('Success');
        await world.go(1);
        expect(await isFree(world)).toBe(false);
        world.failing = true;
        await world.go(1);
        return world;
      },
    ],
    [
      'the rollback has failed',
      'QUARANTINED',
      async () => {
        const world = await succeededBench();
        await rollBack(ID, world.asking);
        await world.go();
        world.end('Failed');
        await world.go(1);
        return world;
      },
    ],
  ])('is free again if %s', async (_, status, play) => {
    const world = await play();
    expect((await world.stored()).status).toBe(status);
    expect(await isFree(world)).toBe(true);
  });

  it('is never remediated for two controls at once', async () => {
    const world = await runningBench();
    await world.store.commitRemediation({ previous: undefined, next: newRemediation({ id: OTHER, controlId: OTHER_CONTROL }) });
    expect(await world.go(0, OTHER)).toMatchObject({
      status: 'WAITING',
      reason: expect.stringMatching(/another remediation is in progress on the resource/),
    });
    expect(world.runs).toHaveLength(1);
    expect((await world.store.readLedger(OTHER_CONTROL)).starts).toEqual([]);
    world.end('Success');
    await world.go();
    expect(await world.go(2, OTHER)).toMatchObject({ status: 'WAITING' });
    world.failing = false;
    expect(await world.go()).toMatchObject({ status: 'SUCCEEDED' });
    world.failing = true;
    expect(await world.go(2, OTHER)).toMatchObject({ status: 'RUNNING' });
    expect(world.runs).toHaveLength(2);
  });
});

describe('a rollback', () => {
  it('runs the inverse with the recorded values, without undeclared parameters', async () => {
    const world = await succeededBench({ PreviousStatus: ['Suspended'], Note: ['of no use'] });
    await rollBack(ID, world.asking);
    expect(await world.go()).toMatchObject({ status: 'RUNNING', execution: { kind: 'undo' }, reason: `${RUNBOOK}-Undo is running` });
    expect(world.runs[1]).toMatchObject({
      runbook: `${RUNBOOK}-Undo`,
      parameters: { BucketName: ['orders'], PreviousStatus: ['Suspended'] },
      place: { accountId: '111111111111', region: 'eu-west-1' },
    });
    expect(Object.keys(world.runs[1]?.parameters ?? {})).toEqual(['BucketName', 'PreviousStatus']);
    expect(world.runs[1]?.token).not.toBe(world.runs[0]?.token);
    world.end('Success');
    expect(await world.go(1)).toMatchObject({ status: 'VERIFYING' });
    expect(await world.go(1)).toMatchObject({ status: 'VERIFYING', reason: 'not verified yet: versioning is Enabled' });
    world.failing = true;
    expect(await world.go(1)).toMatchObject({
      status: 'ROLLED_BACK',
      attempts: [{ kind: 'fix' }, { kind: 'undo', outcome: 'verified', undoes: world.runs[0]?.token }],
    });
    // A rollback does not count as an outcome of the control.
    expect((await world.store.readLedger(CONTROL)).outcomes).toHaveLength(1);
  });

  it.each<[string, (world: Bench) => unknown, string]>([
    ['if the previous value was not recorded', () => undefined, `not rolled back: ${RUNBOOK} did not output PreviousStatus`],
    [
      'if the Region has no inverse runbook',
      ({ runbooks }) => runbooks.delete(`${RUNBOOK}-Undo`),
      `not rolled back: runbook ${RUNBOOK}-Undo does not exist in eu-west-1`,
    ],
  ])('is not made %s', async (_, happens, reason) => {
    const world = await succeededBench({});
    await rollBack(ID, world.asking);
    await happens(world);
    const stays = await world.go();
    expect(stays).toMatchObject({ status: 'QUARANTINED', reason: expect.stringContaining(reason) });
    expect([stays?.dueAt, world.runs.length]).toEqual([undefined, 1]);
  });

  it('is not made without an inverse runbook or without an execution', async () => {
    const world = await succeededBench();
    const before = await world.stored();
    const unsigned = { by: OPS, userId: 'AIDA', at: START, requestId: 'request' };
    const rollbackAsked = { ...unsigned, mac: await SEALS.people.make(requestText({ verb: 'rollback', id: ID }, unsigned)) };
    const asked = { ...before, status: 'ROLLBACK_REQUESTED', rollbackAsked, dueAt: world.time, revision: before.revision + 1 } as const;
    if (!before.plan) throw new Error('nothing was planned');
    await world.store.commitRemediation({ previous: before, next: { ...asked, plan: { ...before.plan, reversible: false } } });
    expect(await world.go()).toMatchObject({ status: 'QUARANTINED', reason: `not rolled back: ${RUNBOOK} has no inverse runbook` });
    const never = await bench({ status: 'ROLLBACK_REQUESTED', rollbackAsked });
    expect(await never.go()).toMatchObject({ status: 'QUARANTINED', reason: 'not rolled back: every execution is already rolled back' });
    expect([world.runs.length, never.runs.length]).toEqual([1, 0]);
  });

  it.each<Hook>(['describe', 'readStops'])('waits while %s fails', async (hook) => {
    const world = await succeededBench();
    await rollBack(ID, world.asking);
    world.before[hook] = refuse();
    expect(await world.go()).toMatchObject({
      status: 'ROLLBACK_REQUESTED',
      reason: expect.stringMatching(/^not rolled back yet: .*Error: throttled$/),
      dueAt: minutesAfter(world.time, 2),
    });
    delete world.before[hook];
    expect(await world.go(2)).toMatchObject({ status: 'RUNNING' });
  });

  it.each([
    ['the kill switch', (world: Bench) => setSwitch(false, 'incident', world.asking)],
    ['a stop of all starts', (world: Bench) => stop({ kind: 'starts', scope: {} }, 'incident', world.asking)],
    ['a stop of starts in the account', (world: Bench) => stop({ kind: 'starts', scope: HERE }, 'incident', world.asking)],
  ])('runs although %s stopped remediation, before or after the request', async (_, stops) => {
    const world = await succeededBench();
    await stops(world);
    await rollBack(ID, world.asking);
    world.onCall('readStops', 2, () => stops(world));
    expect(await world.go()).toMatchObject({ status: 'RUNNING', execution: { kind: 'undo' } });
  });

  it.each(SCOPES)('waits while rollbacks are stopped (%j), and starts after a resume', async (scope) => {
    const world = await succeededBench();
    await rollBack(ID, world.asking);
    await stop({ kind: 'rollbacks', scope }, 'look first', world.asking);
    expect(await world.go()).toMatchObject({
      status: 'ROLLBACK_REQUESTED',
      reason: expect.stringMatching(/^not rolled back yet: .* stopped rollbacks of .*: look first$/),
      dueAt: minutesAfter(world.time, 2),
    });
    expect(world.runs).toHaveLength(1);
    await resume({ kind: 'rollbacks', scope }, 'over', world.asking);
    expect(await world.go(2)).toMatchObject({ status: 'RUNNING' });
  });

  it('is not held by a stop of rollbacks elsewhere', async () => {
    const world = await succeededBench();
    for (const scope of ELSEWHERE) await stop({ kind: 'rollbacks', scope }, 'look first', world.asking);
    await rollBack(ID, world.asking);
    expect(await world.go()).toMatchObject({ status: 'RUNNING' });
  });

  it('that a stop of rollbacks meets before the intent stores no intent', async () => {
    const world = await succeededBench();
    await rollBack(ID, world.asking);
    const { dependencies } = world;
    const store = {
      ...dependencies.store,
      commitRemediation: async (commit: RemediationCommit) => {
        if (commit.next.status === 'STARTING') await stop({ kind: 'rollbacks', scope: HERE }, 'incident', world.asking);
        return dependencies.store.commitRemediation(commit);
      },
    };
    expect(await advance(ID, { ...dependencies, store })).toMatchObject({
      status: 'ROLLBACK_REQUESTED',
      dueAt: minutesAfter(world.time, 2),
    });
    expect((await world.stored()).trail.slice(-2).map(({ status }) => status)).toEqual(['ROLLBACK_REQUESTED', 'ROLLBACK_REQUESTED']);
  });

  it('that a stop of rollbacks withholds after the intent stays requested', async () => {
    const world = await succeededBench();
    const tokens = recordIntents(world);
    await rollBack(ID, world.asking);
    world.onCall('readStops', 2, () => stop({ kind: 'rollbacks', scope: HERE }, 'incident', world.asking));
    expect(await world.go()).toMatchObject({
      status: 'ROLLBACK_REQUESTED',
      attempts: [{ kind: 'fix' }],
      dueAt: minutesAfter(world.time, 1),
    });
    expect([world.runs.length, await isFree(world)]).toEqual([1, true]);
    await resume({ kind: 'rollbacks', scope: HERE }, 'over', world.asking);
    expect(await world.go(1)).toMatchObject({ status: 'RUNNING' });
    expect(tokens[1]).toBe(tokens[0]);
  });

  it('that has failed can be requested again, and has another token', async () => {
    const world = await succeededBench();
    const tokens = recordIntents(world);
    await rollBack(ID, world.asking);
    await world.go();
    world.end('Failed');
    expect(await world.go(1)).toMatchObject({ status: 'QUARANTINED' });
    await rollBack(ID, world.asking);
    expect(await world.go()).toMatchObject({ status: 'RUNNING' });
    expect(new Set(tokens).size).toBe(2);
    expect(world.runs.at(-1)).toMatchObject({ parameters: { PreviousStatus: ['Suspended'] } });
  });

  it('also reverts the failed attempts before the successful fix, newest first', async () => {
    const world = await runningBench();
    world.end('Failed', { PreviousStatus: ['Off'] });
    await world.go();
    await world.go(5);
    world.end('Success', { PreviousStatus: ['Suspended'] });
    await world.go(1);
    world.failing = false;
    expect(await world.go(1)).toMatchObject({ status: 'SUCCEEDED' });
    await rollBack(ID, world.asking);
    await world.go();
    world.end('Success');
    expect(await world.go(1)).toMatchObject({ status: 'ROLLBACK_REQUESTED' });
    await world.go();
    world.end('Success');
    await world.go(1);
    world.failing = true;
    expect(await world.go(1)).toMatchObject({ status: 'ROLLED_BACK' });
    expect(world.runs.slice(2).map(({ runbook, parameters }) => [runbook, parameters.PreviousStatus])).toEqual([
      [`${RUNBOOK}-Undo`, ['Suspended']],
      [`${RUNBOOK}-Undo`, ['Off']],
    ]);
    await expect(rollBack(ID, world.asking)).rejects.toThrow('it cannot be rolled back now. Fix: wait until it has ended');
  });

  it('that could not be started for a day is quarantined', async () => {
    const world = await succeededBench();
    await rollBack(ID, world.asking);
    world.before.describe = refuse();
    await world.go();
    expect(await world.go(MAX_SILENCE_HOURS * 60 + 1)).toMatchObject({ status: 'QUARANTINED' });
    expect(world.runs).toHaveLength(1);
  });

  it('waits while another remediation holds the resource', async () => {
    const world = await succeededBench();
    await world.store.commitRemediation({
      previous: undefined,
      next: newRemediation({ id: OTHER, controlId: OTHER_CONTROL }),
      lock: 'take',
    });
    await rollBack(ID, world.asking);
    expect(await world.go()).toMatchObject({ status: 'ROLLBACK_REQUESTED', dueAt: minutesAfter(world.time, 2) });
    expect(world.runs).toHaveLength(1);
  });

  it('is not reverted by a new failure: only an operator can release it', async () => {
    const world = await succeededBench();
    await rollBack(ID, world.asking);
    await world.go();
    world.end('Success');
    world.failing = true;
    await world.go(1);
    expect(await world.go(1)).toMatchObject({ status: 'ROLLED_BACK' });
    const stored = (compliance: 'COMPLIANT' | 'NON_COMPLIANT', capturedAt: string): StoredResource => ({
      resource: RESOURCE,
      capturedAt,
      parsed: { facts: {}, missing: {} },
      findings: [{ controlId: CONTROL, compliance, reason: 'versioning is Off' }],
      revision: 1,
    });
    const change = { kind: 'resource', before: stored('COMPLIANT', START), after: stored('NON_COMPLIANT', world.time) } as const;
    const remedies = {
      [CONTROL]: [remedyOn('AWS::S3::Bucket', { runbook: RUNBOOK, risk: 'safe', reversible: true, impact: '' }, () => runWith({}))],
    };
    expect(await triage(change, world.time, { ...world.dependencies, state: memoryStateStore(), remedies })).toEqual([]);
    expect(await world.stored()).toMatchObject({ status: 'ROLLED_BACK' });
    expect(await world.go(100)).toBeUndefined();
    await release(ID, world.asking);
    expect(await world.go()).toMatchObject({ status: 'RUNNING', execution: { kind: 'fix' } });
    expect(world.runs).toHaveLength(3);
  });
});

describe('a guard', () => {
  it.each<Hook>(['readSettings', 'look', 'tagsOf', 'describe', 'readSwitch', 'readLedger'])(
    'that cannot be read, because %s fails, is read again at growing intervals, and then the remediation is refused',
    async (hook) => {
      const world = await bench();
      world.before[hook] = refuse();
      for (let retry = 1; retry <= MAX_RETRIES; retry++) {
        const pause = Math.min(60, RETRY_MINUTES * 2 ** (retry - 1));
        expect(await world.go()).toMatchObject({ status: 'WAITING', retries: retry, dueAt: minutesAfter(world.time, pause) });
        expect(await world.go(pause - 0.1)).toBeUndefined();
        world.time = minutesAfter(world.time, 0.1);
      }
      const refused = await world.go();
      expect(refused).toMatchObject({ status: 'REFUSED', reason: expect.stringMatching(/ \(failed 13 times in a row\)$/) });
      expect([refused?.dueAt, world.runs.length]).toEqual([undefined, 0]);
    },
  );

  it('that is read after failed reads resets the count', async () => {
    const world = await bench();
    world.before.tagsOf = refuse();
    await world.go();
    delete world.before.tagsOf;
    world.failing = false;
    const closed = await world.go(RETRY_MINUTES);
    expect(closed).toMatchObject({ status: 'CLOSED' });
    expect(closed?.retries).toBeUndefined();
  });

  it('of a released resource is read again for as long', async () => {
    const world = await bench();
    world.before.tagsOf = refuse();
    for (let retry = 0; retry <= MAX_RETRIES; retry++) await world.go(retry === 0 ? 0 : 60);
    expect(await world.stored()).toMatchObject({ status: 'REFUSED' });
    await release(ID, world.asking);
    expect(await world.go()).toMatchObject({ status: 'WAITING', retries: 1 });
  });

  it('applies to other resources that the plan changes', async () => {
    const world = await bench({}, AUTO, { exemptTags: { keep: '*' } });
    const group = { ...RESOURCE, resourceType: 'AWS::EC2::SecurityGroup', resourceId: 'sg-1' };
    world.touches = [group];
    world.tagsBy = new Map([['sg-1', { keep: 'yes' }]]);
    expect(await world.go()).toMatchObject({ status: 'REFUSED', reason: expect.stringMatching(/^sg-1: the resource is exempt: /) });
    expect(world.runs).toEqual([]);
  });

  it('uses the current exceptions of the settings', async () => {
    const world = await bench();
    const resource = { type: RESOURCE.resourceType, id: RESOURCE.resourceId };
    const exception = { control: CONTROL, resource, owner: 'shop', reason: 'scratch', ticket: 'SEC-1', expires: '2027-01-01' };
    world.apply({ version: 1, remediation: { rules: [AUTO] }, exceptions: [exception] } as SettingsDocument);
    expect(await world.go()).toMatchObject({ status: 'REFUSED', reason: expect.stringMatching(/SEC-1/) });
    expect(world.runs).toEqual([]);
  });

  it('starts in mode auto after a dry-run period of the rule in the account', async () => {
    const rule = { mode: 'auto', controls: [CONTROL] } as const;
    const world = await bench({}, rule);
    expect(await world.go()).toMatchObject({ status: 'PLANNED', reason: expect.stringMatching(/never in mode plan/) });
    const other = await bench({}, rule);
    await noteDryRuns(
      { version: 1, remediation: { rules: [{ ...rule, mode: 'plan' }] } },
      { accountId: RESOURCE.accountId, units: unknown('') },
      { store: other.store, now: () => minutesAfter(START, -25 * 60) },
    );
    expect(await other.go()).toMatchObject({ status: 'RUNNING' });
  });
});

describe('a flapping resource', () => {
  const FIXED = (world: Bench) => ({
    attempts: Array.from({ length: 3 }, (_, index) => ({
      kind: 'fix' as const,
      runbook: RUNBOOK,
      parameters: {},
      region: 'eu-west-1',
      stateHash: 'hash',
      token: String(index),
      intendedAt: minutesAfter(world.time, -600 + index),
      executionId: `earlier-${index}`,
      outcome: 'verified' as const,
      at: minutesAfter(world.time, -590 + index),
      reason: 'it passes',
    })),
  });

  it.each<[string, (world: Bench) => void, string]>([
    [
      'is quarantined with the other actor',
      (world) => {
        world.other = 'arn:aws:sts::111111111111:assumed-role/pipeline/7 called PutBucketVersioning';
      },
      'exempt tag; arn:aws:sts::111111111111:assumed-role/pipeline/7 called PutBucketVersioning',
    ],
    ['is quarantined if CloudTrail names no actor', () => undefined, 'but it fails again'],
    [
      'is quarantined if CloudTrail cannot be read',
      (world) => {
        world.before.whoChanged = refuse('denied');
      },
      'exempt tag; could not read the last change from CloudTrail: Error: denied',
    ],
  ])('%s', async (_, happens, told) => {
    const world = new Bench({ rules: [AUTO] });
    await setSwitch(true, 'begin', { ...world.asking, now: () => minutesAfter(START, -60) });
    await beat({ store: world.store, now: () => minutesAfter(START, -60) });
    await world.store.commitRemediation({ previous: undefined, next: await stored(newRemediation(FIXED(world))) });
    happens(world);
    const stays = await world.go();
    expect(stays).toMatchObject({ status: 'QUARANTINED', reason: expect.stringContaining(told) });
    expect([stays?.dueAt, world.runs.length]).toEqual([undefined, 0]);
  });
});

describe('an approval', () => {
  const APPROVE: RemediationRule = { mode: 'approve', controls: [CONTROL] };

  it('starts the plan that was shown', async () => {
    const world = await bench({}, APPROVE);
    expect(await world.go()).toMatchObject({ status: 'WAITING_FOR_APPROVAL', reason: 'the mode is approve' });
    expect(await world.go(10)).toBeUndefined();
    await world.agree();
    expect(await world.go()).toMatchObject({ status: 'RUNNING', approval: { by: OPS } });
  });

  it('of another state requires a new approval', async () => {
    const world = await bench({}, APPROVE);
    await world.go();
    await world.agree();
    world.parameters = { BucketName: ['orders'], MfaDelete: ['Disabled'] };
    world.runbooks.set(RUNBOOK, ['BucketName', 'MfaDelete']);
    const asks = await world.go(1);
    expect(asks).toMatchObject({ status: 'WAITING_FOR_APPROVAL', reason: 'the resource has changed since the approval' });
    expect([asks?.approval, world.runs]).toEqual([undefined, []]);
    await world.agree();
    expect(await world.go()).toMatchObject({ status: 'RUNNING' });
  });

  it('does not hold for another state with the same parameters, and the new state is shown', async () => {
    const world = await bench({}, APPROVE);
    world.state = ['ingress=[{"from":22,"openTo":["0.0.0.0/0"],"protocol":"tcp","to":22}]'];
    expect((await world.go())?.plan?.state).toEqual(world.state);
    await world.agree();
    world.state = ['ingress=[{"openTo":["0.0.0.0/0"],"protocol":"-1"}]'];
    const asks = await world.go(1);
    expect(asks).toMatchObject({ status: 'WAITING_FOR_APPROVAL', reason: 'the resource has changed since the approval' });
    expect([asks?.plan?.state, world.runs]).toEqual([world.state, []]);
    await world.agree();
    expect(await world.go()).toMatchObject({ status: 'RUNNING' });
  });

  it('starts nothing while a change calendar is closed, and reads no calendar that the settings do not name', async () => {
    const world = await bench({}, APPROVE);
    await world.go();
    await world.agree();
    expect(world.askedCalendars).toEqual([]);
    const { document, ...applied } = world.settings!;
    const remediation = { ...document.remediation!, changeCalendars: ['releases'] };
    world.settings = { ...applied, document: { ...document, remediation } };
    world.calendar = { open: false };
    expect(await world.go()).toMatchObject({ status: 'WAITING', reason: 'a change calendar is closed' });
    expect([world.askedCalendars, world.runs]).toEqual([[['releases']], []]);
    world.calendar = { open: true };
    expect(await world.go(60)).toMatchObject({ status: 'RUNNING' });
  });

  it('does not hold for another change, and the change is shown before it is approved', async () => {
    const world = await bench({}, APPROVE);
    world.changes = [change('versioning', 'Off', 'Enabled')];
    expect((await world.go())?.plan?.changes).toEqual([{ what: 'versioning', before: 'Off', after: 'Enabled' }]);
    await world.agree();
    world.changes = [...world.changes, change('MFA delete', 'Enabled', 'Disabled')];
    const asks = await world.go(1);
    expect(asks).toMatchObject({ status: 'WAITING_FOR_APPROVAL', reason: 'the resource has changed since the approval' });
    expect([asks?.plan?.changes, world.runs]).toEqual([world.changes, []]);
  });

  it('holds for all changes if they are too many to show', async () => {
    const world = await bench({}, APPROVE);
    world.changes = Array.from({ length: 40 }, (_, index) => change(`rule ${index} ${'x'.repeat(400)}`, 'allowed', 'revoked'));
    const shown = (await world.go())?.plan?.changes ?? [];
    expect(shown).toHaveLength(30);
    expect(shown.at(-1)?.what).toBe('11 more changes');
    expect(shown.every(({ what }) => what.length <= 300)).toBe(true);
    await world.agree();
    world.changes = world.changes.map((each, index) => (index === 39 ? { ...each, before: 'denied' } : each));
    expect(await world.go(1)).toMatchObject({ status: 'WAITING_FOR_APPROVAL', reason: 'the resource has changed since the approval' });
  });

  it('holds for all of a state that is too long to show', async () => {
    const world = await bench({}, APPROVE);
    world.state = Array.from({ length: 40 }, (_, index) => `line${index}=${'x'.repeat(400)}`);
    const { plan } = (await world.go())!;
    expect([plan?.state?.length, plan?.state?.every((line) => line.length <= 300)]).toEqual([30, true]);
    await world.agree();
    world.state = world.state.map((line, index) => (index === 39 ? `${line}y` : line));
    expect(await world.go(1)).toMatchObject({ status: 'WAITING_FOR_APPROVAL', reason: 'the resource has changed since the approval' });
  });

  it('is valid for the next attempt, until one is verified', async () => {
    const world = await bench({}, APPROVE);
    await world.go();
    await world.agree();
    await world.go();
    world.end('Failed');
    expect(await world.go(1)).toMatchObject({ status: 'WAITING', approval: { by: OPS } });
    expect(await world.go(5)).toMatchObject({ status: 'RUNNING' });
    world.end('Success');
    await world.go(1);
    world.failing = false;
    const verified = await world.go(1);
    expect(verified).toMatchObject({ status: 'SUCCEEDED' });
    expect(verified?.approval).toBeUndefined();
  });

  it('does not release a resource after a failed rollback', async () => {
    const world = await bench({}, APPROVE);
    await world.go();
    await world.agree();
    await world.go();
    world.end('Failed', { PreviousStatus: ['Off'] });
    await world.go(1);
    await rollBack(ID, world.asking);
    await world.go();
    world.end('Failed');
    expect(await world.go(1)).toMatchObject({ status: 'QUARANTINED' });
    world.time = minutesAfter(world.time, 1);
    await release(ID, world.asking);
    expect(await world.go()).toMatchObject({ status: 'WAITING_FOR_APPROVAL' });
    expect(world.runs).toHaveLength(2);
  });
});

describe('a worker', () => {
  it('that is woken follows a running execution early, and does nothing else early', async () => {
    const world = await runningBench();
    world.time = START;
    world.end('Success');
    expect(await world.go()).toBeUndefined();
    expect(await world.wake()).toMatchObject({ status: 'VERIFYING' });
    for (const status of REMEDIATION_STATUSES.filter((each) => each !== 'RUNNING')) {
      const other = await bench({ status, dueAt: minutesAfter(START, 1) });
      expect(await other.wake()).toBeUndefined();
      expect(other.calls).toEqual([]);
    }
  });

  it.each(['PLANNED', 'WAITING_FOR_APPROVAL', 'SUCCEEDED', 'ROLLED_BACK', 'QUARANTINED', 'REFUSED', 'CLOSED'] as const)(
    'does nothing about what is %s',
    async (status) => {
      const world = await bench({ status });
      expect(await world.go(100)).toBeUndefined();
      expect(world.calls).toEqual([]);
    },
  );

  it('does nothing for an unknown remediation, or one that is not due', async () => {
    const world = await bench({ dueAt: minutesAfter(START, 1) });
    expect(await world.go(0, 'nothing')).toBeUndefined();
    expect(await world.go()).toBeUndefined();
    expect(await world.go(1)).toMatchObject({ status: 'RUNNING' });
  });

  it.each(['NEW', 'VERIFYING'] as const)('of two reads a resource that is %s, and the other leaves it alone', async (status) => {
    const world = status === 'NEW' ? await bench() : await runningBench();
    if (status === 'VERIFYING') {
      world.end('Success');
      await world.go();
      world.failing = false;
      world.time = minutesAfter(world.time, 1);
    }
    const looks = world.count('look');
    const done = await Promise.all([world.go(), world.go(), world.go()]);
    expect(done.filter((each) => each !== undefined)).toHaveLength(1);
    expect(world.count('look')).toBe(looks + 1);
    expect(world.runs).toHaveLength(1);
  });

  it('continues after another worker crashed while it read the resource', async () => {
    const world = await bench();
    world.before.look = () => new Promise(() => undefined);
    void world.go();
    await new Promise((resolve) => setImmediate(resolve));
    delete world.before.look;
    expect(await world.go(14)).toBeUndefined();
    expect(await world.go(1)).toMatchObject({ status: 'RUNNING' });
  });

  it('that crashes repeatedly on a resource quarantines it', async () => {
    const world = await bench();
    world.before.look = () => new Promise(() => undefined);
    for (let claim = 0; claim < 5; claim++) {
      void world.go(claim === 0 ? 0 : 15);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(world.count('look')).toBe(5);
    expect(await world.go(15)).toMatchObject({
      status: 'QUARANTINED',
      reason: expect.stringContaining('5 attempts to read the resource ended without a result'),
    });
  });

  it('that finishes a step resets the count of claims', async () => {
    const world = await bench({ claims: 4 });
    expect((await world.go())?.claims).toBeUndefined();
  });

  it('that became due in an outage starts nothing without an approval', async () => {
    const world = await bench();
    world.time = minutesAfter(START, 31);
    await beat(world.dependencies);
    expect(await world.go()).toMatchObject({
      status: 'PLANNED',
      reason: expect.stringMatching(/in an outage of remediation that ended at .*; it requires approval$/),
    });
    expect(world.runs).toEqual([]);
  });

  it('that waits for hours behind others is not late while ticks go on', async () => {
    const world = await bench();
    for (const minutes of [1, 2, 30, 59, 88]) {
      world.time = minutesAfter(START, minutes);
      await beat(world.dependencies);
    }
    expect(await world.go(1)).toMatchObject({ status: 'RUNNING' });
  });

  it('cuts long reasons, and keeps the last steps', async () => {
    const world = await bench();
    world.before.start = () => {
      throw new StartRefusedError('x'.repeat(5000));
    };
    const failed = await world.go();
    expect(failed?.reason).toHaveLength(512);
    expect(failed?.trail.at(-1)?.reason).toHaveLength(512);
  });
});

it('a re-evaluation that returns unknown counts as unread', async () => {
  const world = await bench();
  const { dependencies } = world;
  const estate = { ...dependencies.estate, look: async () => unknown('AWS::S3::Bucket not read: denied') };
  expect(await advance(ID, { ...dependencies, estate })).toMatchObject({ status: 'WAITING', reason: 'AWS::S3::Bucket not read: denied' });
});
