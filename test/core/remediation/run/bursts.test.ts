import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryRemediationStore } from '../../../../adapters/memory/remediation-store.ts';
import { millisecondsOf } from '../../../../core/instant.ts';
import type { ResourceRef } from '../../../../core/model.ts';
import { setSwitch } from '../../../../core/remediation/commands/requests.ts';
import { minutesAfter } from '../../../../core/remediation/decide/decision.ts';
import { known } from '../../../../core/remediation/model/known.ts';
import type { Due, Remediation } from '../../../../core/remediation/model/record.ts';
import { remedyOn, runWith } from '../../../../core/remediation/model/remedy.ts';
import { type RemediationDependencies, type RunState, StartDeferredError, StartDeniedError } from '../../../../core/remediation/ports.ts';
import { advance } from '../../../../core/remediation/run/advance.ts';
import { beat } from '../../../../core/remediation/run/heartbeat.ts';
import { takeTurns } from '../../../../core/remediation/run/queue.ts';
import type { RemediationBudget } from '../../../../core/settings/document.ts';
import { runs } from '../../../support/runs.ts';
import { SEALS } from '../../../support/seals.ts';

/** Many failures at once, in virtual time: a tick each minute, with runbooks that take two minutes. */

const START = '2026-11-18T12:00:00.000Z';
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const CRITICAL = 'STR-L1-02';
const MEDIUM = 'STR-L2-01';
const RUN_MINUTES = 2;
const TURN = { all: 100, perAccount: 25 } as const;

/** How an account treats runbooks. */
type Behaviour = 'works' | 'denies' | 'refuses' | 'breaks' | 'limits';

interface Options {
  readonly budget?: Partial<RemediationBudget>;
  readonly behaviours?: Readonly<Record<string, Behaviour>>;
  /** Maximum number of remediations that one tick takes up. It stands for slow reads. */
  readonly perTick?: number;
}

class Estate {
  time = START;
  readonly store = memoryRemediationStore();
  readonly started: { readonly id: string; readonly accountId: string; readonly at: string }[] = [];
  private readonly executions: { readonly resource: ResourceRef; readonly endsAt: string }[] = [];
  private readonly fixed = new Set<string>();
  private readonly options: Options;

  constructor(options: Options) {
    this.options = options;
  }

  private behaviourOf(accountId: string): Behaviour {
    return this.options.behaviours?.[accountId] ?? 'works';
  }

  async fail(accountId: string, resourceId: string, controlId = MEDIUM, changed: Partial<Remediation> = {}): Promise<string> {
    const resource = { accountId, region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId };
    const id = hash(JSON.stringify([controlId, resource])).slice(0, 24);
    const at = this.time;
    const times = { failingSince: at, updatedAt: at, dueAt: minutesAfter(at, 2) };
    const next: Remediation = {
      id,
      controlId,
      resource,
      status: 'NEW',
      reason: 'it fails',
      revision: 1,
      ...times,
      attempts: [],
      trail: [],
      ...changed,
    };
    await this.store.commitRemediation({ previous: undefined, next });
    return id;
  }

  async tick(): Promise<void> {
    await beat({ store: this.store, now: () => this.time });
    const due = await this.store.listDue(this.time, 20_000);
    const severityOf = (controlId: string) => (controlId === CRITICAL ? 0 : 2);
    for (const { id } of takeTurns(due, severityOf, { ...TURN, all: this.options.perTick ?? TURN.all }))
      await advance(id, this.dependencies);
  }

  async pass(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute++) {
      await this.tick();
      this.time = minutesAfter(this.time, 1);
    }
  }

  async statusOf(id: string): Promise<string | undefined> {
    return (await this.store.readRemediation(id))?.status;
  }

  /** Minutes from the start of the simulation to the start of the first runbook of a remediation. */
  startOf(id: string): number {
    const at = this.started.find((each) => each.id === id)?.at;
    return at === undefined ? Number.POSITIVE_INFINITY : (millisecondsOf(at) - millisecondsOf(START)) / 60_000;
  }

  private get dependencies(): RemediationDependencies {
    const rules = [{ mode: 'auto', controls: [CRITICAL, MEDIUM], withoutPlan: 'a simulation' }] as const;
    const nameOf = ({ accountId, resourceId }: ResourceRef) => `${accountId}/${resourceId}`;
    return {
      store: this.store,
      settings: {
        readSettings: async () => ({
          document: { version: 1, remediation: { rules, ...(this.options.budget && { budget: this.options.budget }) } },
          appliedAt: START,
          appliedBy: 'ops',
          revision: 1,
          expiredUntil: START,
        }),
      },
      estate: {
        look: async (_, resource) => {
          const capturedAt = minutesAfter(this.time, 0.01);
          if (this.fixed.has(nameOf(resource))) return known({ finding: { kind: 'passing', reason: 'it passes', capturedAt } });
          const plan = runWith({ BucketName: resource.resourceId, Account: resource.accountId });
          const terms = { runbook: 'CSMM-BlockBucketPublicAccess', risk: 'safe', reversible: true, impact: '' } as const;
          return known({
            finding: { kind: 'failing', reason: 'it fails', capturedAt },
            remedy: remedyOn('AWS::S3::Bucket', terms, () => plan),
            plan,
          });
        },
        tagsOf: async () => ({}),
        unitsOf: async () => [],
        whoChanged: async () => undefined,
      },
      automation: {
        describe: async () => ({ parameters: ['AutomationAssumeRole', 'BucketName', 'Account'] }),
        start: async ({ accountId }, { parameters }) => {
          const behaviour = this.behaviourOf(accountId);
          if (behaviour === 'denies') throw new StartDeniedError('the role cannot be assumed');
          if (behaviour === 'limits' && this.time < minutesAfter(START, 20)) throw new StartDeferredError('100 executions run');
          const resourceId = parameters.BucketName?.[0] ?? '';
          const resource = { accountId, region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId };
          const id = [CRITICAL, MEDIUM].map((controlId) => hash(JSON.stringify([controlId, resource])).slice(0, 24));
          for (const each of id) this.started.push({ id: each, accountId, at: this.time });
          return `execution-${this.executions.push({ resource, endsAt: minutesAfter(this.time, RUN_MINUTES) }) - 1}`;
        },
        find: async () => undefined,
        state: async (_, executionId): Promise<RunState> => {
          const { resource, endsAt } = this.executions[Number(executionId.split('-')[1])]!;
          if (endsAt > this.time) return { ended: false, status: 'InProgress' };
          const behaviour = this.behaviourOf(resource.accountId);
          const end = { ended: true, reason: 'it ended', outputs: {} } as const;
          if (behaviour === 'refuses') return { ...end, succeeded: false, status: 'Failed', unchanged: true };
          if (behaviour === 'breaks') return { ...end, succeeded: false, status: 'Failed' };
          this.fixed.add(nameOf(resource));
          return { ...end, succeeded: true, status: 'Success' };
        },
        stop: async () => undefined,
      },
      seals: SEALS,
      own: { stackIds: [], roleNames: [] },
      globalRegion: 'us-east-1',
      readCalendars: async () => ({ open: true as const }),
      hash,
      now: () => this.time,
    };
  }
}

async function estate(options: Options = {}): Promise<Estate> {
  const made = new Estate(options);
  const earlier = { store: made.store, by: 'ops', now: () => minutesAfter(START, -20) };
  await setSwitch(true, 'begin', earlier);
  await beat(earlier);
  return made;
}

const HERE = '222222222222';
const THERE = '333333333333';

/** Makes many resources of an account fail. Returns the IDs of their remediations. */
const failMany = (world: Estate, accountId: string, count: number, controlId = MEDIUM): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => world.fail(accountId, `bucket-${index}`, controlId)));

const statuses = (world: Estate, ids: readonly string[]) => Promise.all(ids.map((id) => world.statusOf(id)));

describe('a burst', () => {
  it('of 13 resources is remediated within the hour with a budget of 10', async () => {
    const world = await estate();
    const ids = await failMany(world, HERE, 13, CRITICAL);
    await world.pass(3);
    expect((await statuses(world, ids)).filter((status) => status === 'HELD')).toHaveLength(3);
    await world.pass(57);
    expect(new Set(await statuses(world, ids))).toEqual(new Set(['SUCCEEDED']));
  });

  it('that a limit holds back publishes no event until something changes', async () => {
    const world = await estate({ budget: { perAccount: 1 } });
    const ids = await failMany(world, HERE, 2);
    await world.pass(50);
    const held = (await world.store.listRemediations({ statuses: ['HELD'] }))[0];
    expect(ids).toContain(held?.id);
    expect(held?.trail.map(({ status }) => status)).toEqual(['HELD']);
  });

  it('of an old backlog is never held back: it requires approval at once', async () => {
    const world = await estate({ budget: { perAccount: 1 } });
    const ids = await Promise.all(
      Array.from({ length: 5 }, (_, index) => world.fail(HERE, `old-${index}`, MEDIUM, { failingSince: minutesAfter(START, -500) })),
    );
    await world.pass(120);
    expect(new Set(await statuses(world, ids))).toEqual(new Set(['PLANNED']));
    expect(world.started).toEqual([]);
  });

  it('that is held back for more than a day requires approval', async () => {
    const world = await estate({ behaviours: { [HERE]: 'denies' } });
    const id = await world.fail(HERE, 'bucket');
    await world.pass(25 * 60);
    expect(await world.statusOf(id)).toBe('PLANNED');
  });
});

describe('a limit of SSM for 20 minutes', () => {
  it('delays only its account, and charges nothing', async () => {
    const world = await estate({ behaviours: { [HERE]: 'limits' } });
    const ids = await failMany(world, HERE, 5);
    const other = await world.fail(THERE, 'bucket');
    await world.pass(40);
    expect(world.startOf(other)).toBeLessThanOrEqual(3);
    expect(new Set(await statuses(world, ids))).toEqual(new Set(['SUCCEEDED']));
    const ledger = await world.store.readLedger(MEDIUM);
    expect([ledger.starts.length, ledger.outcomes.filter(({ failed }) => failed)]).toEqual([6, []]);
  });
});

describe('decoys', () => {
  it('in one account do not delay a severe failure there, or any failure elsewhere', async () => {
    const world = await estate({ perTick: 16 });
    await failMany(world, HERE, 500);
    await world.pass(1);
    const severe = await world.fail(HERE, 'severe', CRITICAL);
    const elsewhere = await world.fail(THERE, 'bucket');
    await world.pass(10);
    expect(world.startOf(severe)).toBeLessThanOrEqual(5);
    expect(world.startOf(elsewhere)).toBeLessThanOrEqual(5);
    // However long the others wait in the queue, they are not late.
    await world.pass(50);
    expect(new Set((await world.store.listRemediations({ controlId: MEDIUM })).map(({ status }) => status))).not.toContain('PLANNED');
  });

  it('in six accounts leave the budget of the control to others', async () => {
    const world = await estate();
    for (const digit of ['4', '5', '6', '7', '8', '9']) await failMany(world, digit.repeat(12), 40, CRITICAL);
    await world.pass(1);
    const others = await Promise.all(['1', '2', '3', '0'].map((digit) => world.fail(digit.repeat(12), 'bucket', CRITICAL)));
    await world.pass(12);
    for (const id of others) expect(world.startOf(id)).toBeLessThanOrEqual(11);
  });
});

describe('what one account does', () => {
  it('changes no decision of another account: each of its remediations starts at the same time as without it', async () => {
    const behaviours: Behaviour[] = ['works', 'denies', 'refuses', 'breaks', 'limits'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...behaviours),
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.constantFrom(CRITICAL, MEDIUM), { minLength: 1, maxLength: 4 }),
        async (behaviour, decoys, controls) => {
          const play = async (hostile: boolean) => {
            const world = await estate({ behaviours: { [HERE]: behaviour } });
            if (hostile) for (const controlId of [CRITICAL, MEDIUM]) await failMany(world, HERE, decoys, controlId);
            await world.pass(30);
            const ids = await Promise.all(controls.map((controlId, index) => world.fail(THERE, `bucket-${index}`, controlId)));
            await world.pass(30);
            return { starts: ids.map((id) => world.startOf(id)), statuses: await statuses(world, ids) };
          };
          expect(await play(true)).toEqual(await play(false));
        },
      ),
      { numRuns: runs(10) },
    );
  });

  it('opens the breaker of its own account only, and says which resources did', async () => {
    const world = await estate({ behaviours: { [HERE]: 'breaks' } });
    await failMany(world, HERE, 6);
    await world.pass(10);
    const late = await world.fail(HERE, 'late');
    const other = await world.fail(THERE, 'bucket');
    await world.pass(10);
    expect(await world.store.readRemediation(late)).toMatchObject({
      status: 'HELD',
      reason: expect.stringMatching(new RegExp(`breaker of ${MEDIUM} in account ${HERE} is open: .*bucket-\\d .* in ${HERE}`)),
    });
    expect(await world.statusOf(other)).toBe('SUCCEEDED');
  });

  it('is told once if it denies a runbook: the others wait without a start', async () => {
    const world = await estate({ behaviours: { [HERE]: 'denies' } });
    const ids = await failMany(world, HERE, 5);
    await world.pass(50);
    const all = await world.store.listRemediations({ accountId: HERE });
    expect(await statuses(world, ids)).toEqual(ids.map(() => 'HELD'));
    expect(all.filter(({ trail }) => trail.some(({ status }) => status === 'STARTING'))).toHaveLength(1);
  });
});

describe('the turns of a tick', () => {
  const due = fc.array(
    fc.record({
      id: fc.uuid(),
      controlId: fc.constantFrom(CRITICAL, MEDIUM),
      accountId: fc.constantFrom('1', '2', '3'),
      dueAt: fc.constantFrom(START, minutesAfter(START, 1), minutesAfter(START, 2)),
    }),
    { maxLength: 40 },
  );
  const severityOf = (controlId: string) => (controlId === CRITICAL ? 0 : 1);

  it('take from each account as many, the most severe and longest due first', () => {
    fc.assert(
      fc.property(due, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), (all, limit, perAccount) => {
        const taken = takeTurns(all, severityOf, { all: limit, perAccount });
        expect(taken.length).toBeLessThanOrEqual(limit);
        expect(new Set(taken).size).toBe(taken.length);
        const counts = ['1', '2', '3'].map((account) => taken.filter(({ accountId }) => accountId === account).length);
        const waiting = ['1', '2', '3'].map((account) => all.filter(({ accountId }) => accountId === account).length);
        for (const [index, count] of counts.entries()) {
          expect(count).toBeLessThanOrEqual(perAccount);
          // An account that could take more has at most one turn fewer than any other.
          if (count < Math.min(perAccount, waiting[index] ?? 0)) expect(Math.max(...counts) - count).toBeLessThanOrEqual(1);
        }
        const isBefore = (a: Due, b: Due) =>
          severityOf(a.controlId) < severityOf(b.controlId) || (a.controlId === b.controlId && a.dueAt <= b.dueAt);
        const left = all.filter((each) => !taken.includes(each));
        for (const each of taken) {
          expect(left.filter(({ accountId }) => accountId === each.accountId).every((other) => isBefore(each, other))).toBe(true);
        }
      }),
      { numRuns: runs(300) },
    );
  });
});
