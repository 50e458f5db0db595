import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryRemediationStore } from '../../../../adapters/memory/remediation-store.ts';
import type { AppliedSettings } from '../../../../core/ports.ts';
import { RequestRefusedError } from '../../../../core/remediation/commands/refused.ts';
import { approve, stop } from '../../../../core/remediation/commands/requests.ts';
import { MAX_ATTEMPTS, minutesAfter } from '../../../../core/remediation/decide/decision.ts';
import { known, unknown } from '../../../../core/remediation/model/known.ts';
import type { KillSwitch, Remediation, RemediationStatus } from '../../../../core/remediation/model/record.ts';
import { type Remedy, remedyOn, runWith } from '../../../../core/remediation/model/remedy.ts';
import { isSameScope, type Scope } from '../../../../core/remediation/model/stop.ts';
import {
  type Automation,
  type RemediationDependencies,
  StartDeferredError,
  StartDeniedError,
  StartRefusedError,
} from '../../../../core/remediation/ports.ts';
import { advance } from '../../../../core/remediation/run/advance.ts';
import { beat } from '../../../../core/remediation/run/heartbeat.ts';
import { MAX_RUN_MINUTES } from '../../../../core/remediation/run/timing.ts';
import { runs } from '../../../support/runs.ts';
import { asOperator, SEALS } from '../../../support/seals.ts';

/**
 * A simulation in which everything fails between any two awaits: workers crash, calls fail before or after their work, SSM does
 * not answer, the kill switch changes, settings change, clocks differ. A random scheduler selects the next worker.
 */

const START = '2026-11-18T12:00:00.000Z';
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

const REMEDY: Remedy = remedyOn(
  'AWS::S3::Bucket',
  { runbook: 'CSMM-EnableBucketVersioning', risk: 'safe', reversible: true, impact: '' },
  ({ resource }) => runWith({ BucketName: resource.resourceId }),
);

interface Chaos {
  /** Random numbers from 0 to 1. */
  readonly random: () => number;
  /** Probability that a call fails before or after its work and that its caller crashes, in percent. */
  readonly fails: number;
  readonly dies: number;
  /** Probability that the kill switch or the settings change between two awaits, in percent. */
  readonly flips: number;
  /** Probability that a runbook fails, or succeeds without an effect, in percent. */
  readonly breaks: number;
  /** Maximum difference of the clocks of the workers, in minutes. */
  readonly skew: number;
  /** Probability that all workers pause for up to one hour between two awaits, in percent. */
  readonly pauses: number;
  readonly workers: number;
}

interface Run {
  readonly token: string;
  readonly resourceId: string;
  /** Version of the resource at the start. */
  readonly version: number;
  /** Time at which it ends. */
  readonly endsAt: string;
  ended?: { readonly succeeded: boolean; readonly at: string; readonly unchanged?: true };
}

class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** The scopes that all remediations are in, and some that none of them is in. */
const SCOPES: readonly Scope[] = [
  {},
  { accountId: '111111111111' },
  { controlId: 'STR-L2-01' },
  { accountId: '222222222222' },
  { controlId: 'STR-L1-02' },
];

const isEmpty = (result: unknown): boolean => Array.isArray(result) && result.length === 0;

/** An operator can approve only what was planned. */
function expectRefused(error: unknown): void {
  if (!(error instanceof RequestRefusedError)) throw error;
}

/** Buckets, SSM, settings and operators. */
class World {
  time = START;
  calm = false;
  readonly store = memoryRemediationStore();
  readonly runs: Run[] = [];
  readonly buckets = new Map<string, { version: number; failing: boolean }>();
  settings: AppliedSettings = {
    document: { version: 1, remediation: { rules: [{ mode: 'auto', controls: ['STR-L2-01'], withoutPlan: 'a test of the loop' }] } },
    appliedAt: START,
    appliedBy: 'ops',
    revision: 1,
    expiredUntil: START,
  };
  /** The last two calls of a worker, and whether each of them allows a start. */
  readonly lastAsked = new Map<number, readonly { readonly what: string; readonly allows: boolean }[]>();
  readonly broken: string[] = [];
  private readonly gates: (() => void)[] = [];
  private readonly chaos: Chaos;
  private busy = 0;
  private hired = 0;
  private readonly dead = new Set<number>();

  constructor(chaos: Chaos) {
    this.chaos = chaos;
  }

  chance(percent: number): boolean {
    return !this.calm && this.chaos.random() * 100 < percent;
  }

  /** One call of a worker. Other workers can run before and after it, it can fail before or after its work, and its caller can crash. */
  async call<T>(worker: number, what: string, work: () => Promise<T> | T): Promise<T> {
    await this.turn();
    if (this.dead.has(worker) || this.chance(this.chaos.dies)) return this.death(worker);
    if (this.chance(this.chaos.fails)) throw new Unreachable(`${what} failed before it worked`);
    const result = await work();
    if (this.chance(this.chaos.fails)) throw new Unreachable(`${what} failed after it worked`);
    await this.turn();
    if (this.dead.has(worker) || this.chance(this.chaos.dies)) return this.death(worker);
    const allows = what === 'readSwitch' ? (result as KillSwitch | undefined)?.running === true : isEmpty(result);
    this.lastAsked.set(worker, [...(this.lastAsked.get(worker) ?? []), { what, allows }].slice(-2));
    return result;
  }

  private turn(): Promise<void> {
    return new Promise((resolve) => this.gates.push(resolve));
  }

  private death(worker: number): Promise<never> {
    if (!this.dead.has(worker)) this.busy--;
    this.dead.add(worker);
    return new Promise(() => undefined);
  }

  /** Runs a number of workers for each due remediation. */
  private async dueWork(workers: number): Promise<(() => Promise<unknown>)[]> {
    const due = await this.store.listDue(this.time, 100);
    return due.flatMap(({ id }) => Array.from({ length: workers }, () => () => advance(id, this.dependenciesOf(this.hired++))));
  }

  private begin(work: readonly (() => Promise<unknown>)[]): void {
    this.busy += work.length;
    for (const each of work) {
      each()
        .catch((error: unknown) => {
          if (!(error instanceof Unreachable)) this.broken.push(String(error));
        })
        .finally(() => this.busy--);
    }
  }

  /** Advances the time and runs workers until all have ended or crashed. */
  async step(minutes: number, workers: number): Promise<void> {
    this.time = minutesAfter(this.time, minutes);
    this.endRuns();
    await beat({ store: this.store, now: () => this.time });
    this.begin(await this.dueWork(workers));
    while (this.busy > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.gates.length === 0) continue;
      const [gate] = this.gates.splice(Math.floor(this.chaos.random() * this.gates.length), 1);
      if (this.chance(this.chaos.flips)) await this.flip();
      if (this.chance(this.chaos.flips / 20)) await this.stopOrResume();
      if (this.chance(this.chaos.flips)) this.settings = { ...this.settings, revision: this.settings.revision + 1 };
      if (this.chance(this.chaos.pauses)) {
        // The current workers pause while other workers start.
        this.time = minutesAfter(this.time, this.chaos.random() * 60);
        this.endRuns();
        this.begin(await this.dueWork(1));
      }
      gate?.();
    }
  }

  /** An operator sometimes approves a plan. */
  async agree(): Promise<void> {
    for (const { id, plan } of await this.store.listRemediations({ statuses: ['PLANNED', 'WAITING_FOR_APPROVAL'] })) {
      if (this.chance(50))
        await approve(id, plan?.stateHash, asOperator({ store: this.store, by: 'ops', now: () => this.time })).catch(expectRefused);
    }
  }

  /** An operator stops a scope, or resumes it if it is stopped. */
  async stopOrResume(): Promise<void> {
    const asking = { store: this.store, by: 'ops', now: () => this.time };
    const scope = SCOPES[Math.floor(this.chaos.random() * SCOPES.length)] ?? {};
    const isStopped = (await this.store.listStops()).some((each) => isSameScope(each.scope, scope));
    if (!isStopped) await stop({ kind: 'starts', scope }, 'chaos', asking);
    // As a resume, but earlier failures stay allowed, so that something is started.
    else await this.store.removeStop('starts', scope);
  }

  async flip(running?: boolean): Promise<void> {
    const previous = await this.store.readSwitch();
    const next = {
      running: running ?? !previous?.running,
      since: previous?.since ?? START,
      by: 'ops',
      reason: 'chaos',
      revision: (previous?.revision ?? 0) + 1,
    };
    await this.store.writeSwitch(previous, next);
  }

  /** Ends executions that have run long enough. */
  endRuns(): void {
    for (const run of this.runs.filter(({ ended, endsAt }) => !ended && endsAt <= this.time)) {
      const succeeded = !this.chance(this.chaos.breaks);
      run.ended = { succeeded, at: this.time, ...(!succeeded && this.chance(50) && { unchanged: true }) };
      const bucket = this.buckets.get(run.resourceId);
      if (bucket && succeeded && !this.chance(this.chaos.breaks)) bucket.failing = false;
    }
  }

  dependenciesOf(worker: number): RemediationDependencies {
    const offset = (this.chaos.random() * 2 - 1) * this.chaos.skew;
    const call = <T>(what: string, work: () => Promise<T> | T): Promise<T> => this.call(worker, what, work);
    const { store } = this;
    const automation: Automation = {
      describe: () => call('describe', () => ({ parameters: ['AutomationAssumeRole', 'BucketName'] })),
      start: (_, { token, parameters }) => {
        const asked = this.lastAsked.get(worker) ?? [];
        const isLast = ['readStops', 'readSwitch'].every((what) => asked.some((each) => each.what === what && each.allows));
        if (!isLast) this.broken.push(`started after ${JSON.stringify(asked)}`);
        return call('start', () => {
          const known = this.runs.findIndex((run) => run.token === token);
          if (known >= 0) return `execution-${known}`;
          if (this.chance(this.chaos.breaks / 4)) throw new StartRefusedError('the parameters are not valid');
          if (this.chance(this.chaos.breaks / 4)) throw new StartDeniedError('the role cannot be assumed');
          if (this.chance(this.chaos.breaks / 4)) throw new StartDeferredError('100 executions run');
          const resourceId = parameters.BucketName?.[0] ?? '';
          if (this.runs.some((run) => run.resourceId === resourceId && !run.ended))
            this.broken.push(`two executions at once on ${resourceId}`);
          this.runs.push({
            token,
            resourceId,
            version: this.buckets.get(resourceId)?.version ?? 0,
            endsAt: minutesAfter(this.time, this.chaos.random() * MAX_RUN_MINUTES),
          });
          return `execution-${this.runs.length - 1}`;
        });
      },
      find: (_, token) =>
        call('find', () => {
          const at = this.runs.findIndex((run) => run.token === token);
          return at < 0 ? undefined : `execution-${at}`;
        }),
      state: (_, executionId) =>
        call('state', () => {
          const run = this.runs[Number(executionId.split('-')[1])];
          if (!run?.ended) return { ended: false, status: 'InProgress' };
          const { succeeded, unchanged } = run.ended;
          const end = { ended: true, succeeded, status: succeeded ? 'Success' : 'Failed', reason: 'it says so', outputs: {} } as const;
          return unchanged ? { ...end, unchanged } : end;
        }),
      stop: () => call('stop', () => undefined),
    };
    return {
      store: {
        ...store,
        readRemediation: (id) => call('readRemediation', () => store.readRemediation(id)),
        commitRemediation: (commit) => call('commitRemediation', () => store.commitRemediation(commit)),
        readSwitch: () => call('readSwitch', () => store.readSwitch()),
        readStops: (kind, run) => call('readStops', () => store.readStops(kind, run)),
        readLedger: (controlId) => call('readLedger', () => store.readLedger(controlId)),
        readRehearsals: (accountId) => call('readRehearsals', () => store.readRehearsals(accountId)),
        readHeartbeat: () => call('readHeartbeat', () => store.readHeartbeat()),
      },
      settings: { readSettings: () => call('readSettings', () => this.settings) },
      estate: {
        look: (_, { resourceId }) =>
          call('look', () => {
            const capturedAt = minutesAfter(this.time, offset);
            const bucket = this.buckets.get(resourceId);
            if (!bucket) return unknown('not listed');
            const finding = { kind: bucket.failing ? ('failing' as const) : ('passing' as const), reason: 'versioning', capturedAt };
            return known(bucket.failing ? { finding, remedy: REMEDY, plan: runWith({ BucketName: resourceId }) } : { finding });
          }),
        tagsOf: () => call('tagsOf', () => ({})),
        unitsOf: () => call('unitsOf', () => []),
        whoChanged: () => call('whoChanged', () => undefined),
      },
      automation,
      seals: SEALS,
      own: { stackIds: [], roleNames: [] },
      globalRegion: 'us-east-1',
      readCalendars: async () => ({ open: true as const }),
      hash,
      now: () => minutesAfter(this.time, offset),
    };
  }
}

const newRemediation = (resourceId: string, at: string): Remediation => ({
  id: `remediation-${resourceId}`,
  controlId: 'STR-L2-01',
  resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId },
  status: 'NEW',
  reason: 'versioning is Off',
  revision: 1,
  failingSince: minutesAfter(at, 1),
  updatedAt: at,
  dueAt: minutesAfter(at, 2),
  attempts: [],
  trail: [],
});

/** Mulberry32: numbers from a seed, so that a failure can be reproduced. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Statuses without a next step, unless an operator requests one or the resource fails again. */
const AT_REST: ReadonlySet<RemediationStatus> = new Set([
  'SUCCEEDED',
  'CLOSED',
  'REFUSED',
  'PLANNED',
  'QUARANTINED',
  'WAITING_FOR_APPROVAL',
  'ROLLED_BACK',
]);

async function play(chaos: Chaos): Promise<World> {
  const world = new World(chaos);
  await world.flip(true);
  for (const resourceId of ['a', 'b']) {
    world.buckets.set(resourceId, { version: 1, failing: true });
    await world.store.commitRemediation({ previous: undefined, next: newRemediation(resourceId, START) });
  }
  for (let round = 0; round < 25; round++) {
    await world.agree();
    await world.step(1 + Math.floor(chaos.random() * 12), chaos.workers);
  }
  // The failures stop, and everything that was started ends.
  world.calm = true;
  for (let round = 0; round < 40; round++) await world.step(10, 1);
  return world;
}

const chaos = fc.record({
  seed: fc.integer(),
  fails: fc.constantFrom(0, 2, 10),
  dies: fc.constantFrom(0, 1, 5),
  flips: fc.constantFrom(0, 1, 4),
  breaks: fc.constantFrom(0, 30),
  skew: fc.constantFrom(0, 3),
  pauses: fc.constantFrom(0, 1, 4),
  workers: fc.constantFrom(1, 2, 3),
});

describe('the loop, with any failures', () => {
  it('never starts two executions at once, one that a guard blocks, or more than the budget, and leaves nothing stuck', async () => {
    const histories = runs(50);
    let started = 0;
    let verified = 0;
    await fc.assert(
      fc.asyncProperty(chaos, async ({ seed, ...options }) => {
        const world = await play({ ...options, random: randomFrom(seed) });
        expect(world.broken).toEqual([]);
        for (const resourceId of world.buckets.keys()) {
          const remediation = await world.store.readRemediation(`remediation-${resourceId}`);
          const runs = world.runs.filter((run) => run.resourceId === resourceId);
          expect(runs.length).toBeLessThanOrEqual(MAX_ATTEMPTS);
          expect(AT_REST, JSON.stringify(remediation?.trail)).toContain(remediation?.status);
          expect(remediation?.dueAt).toBeUndefined();
          if (remediation?.status === 'SUCCEEDED') expect(world.buckets.get(resourceId)?.failing).toBe(false);
          // The lock of the resource is released.
          const other = { ...newRemediation(resourceId, START), id: `other-${resourceId}` };
          expect(await world.store.commitRemediation({ previous: undefined, next: other, lock: 'take' })).toBe(true);
          started += runs.length;
          verified += remediation?.status === 'SUCCEEDED' ? 1 : 0;
        }
      }),
      { numRuns: histories },
    );
    // The histories must not be so hostile that the property is about nothing.
    expect(started).toBeGreaterThan(histories / 3);
    expect(verified).toBeGreaterThan(histories / 4);
  });

  it('remediates everything allowed if nothing fails', async () => {
    const world = await play({ random: randomFrom(1), fails: 0, dies: 0, flips: 0, breaks: 0, skew: 0, pauses: 0, workers: 1 });
    expect([...world.buckets.values()].map(({ failing }) => failing)).toEqual([false, false]);
    expect(world.runs).toHaveLength(2);
  });
});
