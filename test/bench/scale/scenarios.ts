import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoStateStore } from '../../../adapters/aws/dynamo-state-store.ts';
import { dynamoPlanStore } from '../../../adapters/aws/plan-store.ts';
import { CATALOGUE } from '../../../controls/catalogue.ts';
import { GLOBAL } from '../../../core/model.ts';
import { rescoreAccount } from '../../../core/pipeline/rescore.ts';
import { EVERYTHING } from '../../../core/pipeline/wanted.ts';
import type { ItemChange } from '../../support/tables.ts';
import type { Clock } from './clock.ts';
import { createEstate, type Estate, eventOf } from './estate.ts';
import type { Handler, Usage } from './functions.ts';
import type { Outline } from './outline.ts';
import type { ServiceTimes } from './times.ts';
import { readUnits, unitBody } from './units.ts';
import { createWatch, percentile, type Watch } from './watch.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

/** Inputs that all scenarios have in common. */
export interface Base {
  readonly outline: Outline;
  readonly times: ServiceTimes;
}

export interface Setting extends Partial<Omit<WorldOptions, 'outline' | 'times' | 'replacements' | 'onChange'>> {
  readonly workers?: number;
  readonly onItem?: (change: ItemChange) => void;
}

/** A world with an estate that its units read, and a watch. */
export interface Stage {
  readonly world: World;
  readonly estate: Estate;
  readonly watch: Watch;
}

export function createStage({ outline, times }: Base, estate: Estate, { workers = 4, onItem, ...setting }: Setting = {}): Stage {
  let clock: Clock | undefined;
  const present = (): Clock => {
    if (!clock) throw new Error('the world has not begun');
    return clock;
  };
  const watch = createWatch(() => present().now());
  const stateTable = outline.functions.find(({ service }) => service === 'collect')?.environment.STATE_TABLE ?? '';
  const world = createWorld({
    outline,
    times,
    ...setting,
    replacements: { status: async () => {}, read: readUnits(estate, { clock: present, stateTable, seconds: times.unitSeconds }) },
    concurrency: (service, queue) => (service === 'read' && queue.includes('Units') ? workers : undefined),
    onChange: (each) => {
      watch.see(each);
      onItem?.(each);
    },
  });
  clock = world.clock;
  return { world, estate, watch };
}

/** Puts the units of an account into the sweep's queue. */
function sweep({ world, estate }: Stage, accountId: string): void {
  for (const region of [GLOBAL, ...estate.regions]) world.put('SweepUnits', unitBody(accountId, region));
}

/** Amounts that the scoring runs and the whole of something took. */
export interface Spent {
  readonly scorings: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

async function spentBy(world: World, work: () => Promise<void>): Promise<Spent> {
  const before = { ...world.functionOf('score').usage };
  await work();
  const after: Usage = world.functionOf('score').usage;
  return {
    scorings: after.invocations - before.invocations,
    readUnits: Math.round(after.readUnits - before.readUnits),
    writeUnits: Math.round(after.writeUnits - before.writeUnits),
  };
}

const QUIET_SECONDS = 1800;
const DAY_SECONDS = 86_400;

/** (a) Sweeps of one account. */
export interface SweepResult {
  readonly regions: number;
  readonly resources: number;
  readonly workers: number;
  readonly first: Spent;
  readonly unchanged: Spent;
  readonly moved: Spent;
}

/** @param seed of the service times; the worst of several seeds counts */
export async function sweepOfOneAccount(
  base: Base,
  {
    regions,
    resources,
    workers,
    seed = 1,
  }: {
    readonly regions: number;
    readonly resources: number;
    readonly workers: number;
    readonly seed?: number;
  },
): Promise<SweepResult> {
  const estate = createEstate(1, regions, resources);
  const [accountId = ''] = estate.accountIds;
  const stage = createStage(base, estate, { workers, seed });
  const { world } = stage;
  const once = (move: number): Promise<Spent> =>
    spentBy(world, async () => {
      for (let index = 0; index < move; index++) estate.change(accountId, index * 7, world.clock.now());
      sweep(stage, accountId);
      await world.run(QUIET_SECONDS);
    });
  const first = await once(0);
  await world.run(DAY_SECONDS);
  const unchanged = await once(0);
  await world.run(DAY_SECONDS);
  const moved = await once(Math.ceil((regions + 1) / 5));
  endQuietly(world);
  return { regions, resources, workers, first, unchanged, moved };
}

/** Returns the worst of several runs, figure by figure. */
export function worstOf(results: readonly SweepResult[]): SweepResult {
  const [any] = results;
  if (!any) throw new Error('there are no results');
  const worst = (of: (result: SweepResult) => Spent): Spent => ({
    scorings: Math.max(...results.map((each) => of(each).scorings)),
    readUnits: Math.max(...results.map((each) => of(each).readUnits)),
    writeUnits: Math.max(...results.map((each) => of(each).writeUnits)),
  });
  return { ...any, first: worst(({ first }) => first), unchanged: worst(({ unchanged }) => unchanged), moved: worst(({ moved }) => moved) };
}

/** Ends a scenario. @throws Error if a function failed, or if something still waits: the figures would be wrong. */
export function endQuietly(world: World): void {
  world.end();
  for (const service of world.services) {
    const { lastFailure } = world.functionOf(service);
    if (lastFailure !== undefined) throw new Error(`${service} failed in a scenario`, { cause: lastFailure });
  }
  const waiting = [...world.queues].filter(([, { source }]) => source.size > 0).map(([id, { source }]) => `${source.size} in ${id}`);
  const unread = world.streams.filter((each) => each.waiting > 0).length;
  if (waiting.length > 0 || unread > 0) throw new Error(`the scenario has not come to rest: ${waiting.join(', ')}; ${unread} streams`);
}

/** Milliseconds from the commit of a change to the score that has seen it. */
export interface Delays {
  readonly changes: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly unseen: number;
}

const delaysOf = ({ delays, unseen }: Watch): Delays => ({
  changes: delays.length,
  p50: percentile(delays, 0.5),
  p99: percentile(delays, 0.99),
  max: percentile(delays, 1),
  unseen,
});

/** Sends changes at a steady rate, each of the next account in turn. */
function change(
  { world, estate, watch }: Stage,
  accounts: readonly string[],
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): void {
  const begin = world.clock.now();
  for (let index = 0; index < perSecond * seconds; index++) {
    world.clock.at(begin + (index * 1000) / perSecond, () => {
      const accountId = accounts[index % accounts.length] as string;
      const item = estate.change(accountId, Math.floor(index / accounts.length), world.clock.now());
      watch.expect(accountId, item.resource.resourceId, world.clock.now());
      world.put('IngestionChanges', eventOf(item), accountId);
    });
  }
}

/** (b) Live changes while a sweep runs. */
export interface LiveResult extends Delays {
  readonly shards: number;
  readonly sweep: 'first' | 'later';
  readonly accounts: number;
  readonly units: number;
}

export async function liveDuringSweep(
  base: Base,
  {
    accounts,
    regions,
    resources,
    workers,
    shards,
    seconds,
  }: {
    /** Number of accounts that are swept in the stretch; as many others are not. */
    readonly accounts: number;
    readonly regions: number;
    readonly resources: number;
    readonly workers: number;
    readonly shards: number;
    /** Length of the stretch of the sweep that is simulated. */
    readonly seconds: number;
  },
): Promise<LiveResult[]> {
  const estate = createEstate(accounts, regions, resources);
  const stage = createStage(base, estate, { workers, shards, seed: shards });
  const results: LiveResult[] = [];
  for (const kind of ['first', 'later'] as const) {
    const before = stage.watch.delays.length;
    for (const accountId of estate.accountIds) {
      // A fifth of the accounts moved since the sweep before.
      if (kind === 'later' && Number(accountId) % 5 === 0) estate.change(accountId, 3, stage.world.clock.now());
      sweep(stage, accountId);
    }
    const units = stage.world.functionOf('read').usage.invocations;
    change(stage, estate.accountIds, { perSecond: 5, seconds });
    await stage.world.run(seconds);
    const inStretch = stage.world.functionOf('read').usage.invocations - units;
    await stage.world.run(DAY_SECONDS);
    const delays = stage.watch.delays.slice(before);
    results.push({ shards, sweep: kind, accounts, units: inStretch, ...delaysOf({ ...stage.watch, delays, unseen: stage.watch.unseen }) });
  }
  endQuietly(stage.world);
  return results;
}

/** (c) A scoring run that takes long. */
export interface SlowResult extends Delays {
  readonly scoringSeconds: number;
  readonly runs: number;
  readonly commits: number;
  readonly failures: number;
}

export async function slowScoring(
  base: Base,
  { scoringSeconds, seconds }: { readonly scoringSeconds: number; readonly seconds: number },
): Promise<SlowResult> {
  const estate = createEstate(1, 2, 60);
  const [accountId = ''] = estate.accountIds;
  const memory = base.outline.functions.find(({ service }) => service === 'score')?.memoryMegabytes ?? 1769;
  const compute = (scoringSeconds * 1000 * Math.min(memory, 1769)) / 1769;
  const stage = createStage(base, estate, { computeOf: (service) => (service === 'score' ? compute : undefined) });
  sweep(stage, accountId);
  await stage.world.run(QUIET_SECONDS);
  const { usage } = stage.world.functionOf('score');
  const [runs, failures, commits] = [usage.invocations, usage.failures, stage.watch.commits(accountId)];
  change(stage, [accountId], { perSecond: 1, seconds });
  await stage.world.run(seconds);
  const result = {
    scoringSeconds,
    runs: usage.invocations - runs,
    commits: stage.watch.commits(accountId) - commits,
    failures: usage.failures - failures,
  };
  await stage.world.run(QUIET_SECONDS);
  stage.world.end();
  return { ...result, ...delaysOf(stage.watch) };
}

/** (d) One account floods the queue of changes. */
export interface FloodResult {
  /** Seconds after which SQS holds the flood back; `null`: never. */
  readonly reactionSeconds: number | null;
  readonly flood: number;
  /** Milliseconds that a change of another account waits in the queue, and then for its score. */
  readonly wait: number;
  readonly score: number;
  /** Milliseconds from the event to the score, at most. */
  readonly total: number;
  readonly unseen: number;
}

export async function flood(
  base: Base,
  { reactionSeconds, changes }: { readonly reactionSeconds: number | null; readonly changes: number },
): Promise<FloodResult> {
  const estate = createEstate(2, 2, 60);
  const [noisy = '', quiet = ''] = estate.accountIds;
  const stage = createStage(base, estate, { fairAfterSeconds: reactionSeconds ?? Number.POSITIVE_INFINITY });
  for (const accountId of estate.accountIds) sweep(stage, accountId);
  await stage.world.run(QUIET_SECONDS);
  change(stage, [quiet], { perSecond: 1, seconds: 60 });
  stage.world.clock.at(stage.world.clock.now() + 5000, () => {
    for (let index = 0; index < changes; index++) {
      stage.world.put('IngestionChanges', eventOf(estate.change(noisy, index, stage.world.clock.now() + index)), noisy);
    }
  });
  await stage.world.run(QUIET_SECONDS);
  endQuietly(stage.world);
  const { waits, delays, unseen } = stage.watch;
  return {
    reactionSeconds,
    flood: changes,
    wait: percentile(waits, 1),
    score: percentile(delays, 1),
    total: percentile(waits, 1) + percentile(delays, 1),
    unseen,
  };
}

/** (c) A join over many resources. */
export interface HugeJoinResult {
  readonly resources: number;
  /** Seconds for which one run of the join reads. */
  readonly runSeconds: number;
  /** Number of runs of the join within so many seconds, in which a resource that it reads changed each second. */
  readonly runs: number;
  readonly seconds: number;
  /** Most runs that the bound allows: one at first, then one in 20 times its length. */
  readonly allowed: number;
  readonly unseen: number;
}

const HUGE_TYPE = 'AWS::EC2::SecurityGroup';

/** A long join runs for at most one part in this many of the time: docs/adr/0027-one-scoring-at-a-time.md. */
const DUTY = 20;

/** @param base `kilobyteRead` may be larger than measured, as if there were as many more resources */
export async function hugeJoin(
  base: Base,
  { resources, seconds }: { readonly resources: number; readonly seconds: number },
): Promise<HugeJoinResult> {
  const estate = createEstate(1, 1, resources, HUGE_TYPE);
  const [accountId = ''] = estate.accountIds;
  let runs: number[] = [];
  const stage = createStage(base, estate, {
    onAnswer: (service, { pk, isFirst }, milliseconds) => {
      if (service !== 'score' || pk !== `R#${accountId}#${HUGE_TYPE}`) return;
      if (isFirst) runs.push(milliseconds);
      else runs.push((runs.pop() ?? 0) + milliseconds);
    },
  });
  sweep(stage, accountId);
  stage.world.schedule();
  await stage.world.run(QUIET_SECONDS);
  runs = [];
  change(stage, [accountId], { perSecond: 1, seconds });
  await stage.world.run(seconds);
  const [count, runSeconds] = [runs.length, percentile(runs, 0.5) / 1000];
  await stage.world.run(QUIET_SECONDS);
  stage.world.end();
  return { resources, runSeconds, runs: count, seconds, allowed: 1 + Math.ceil(seconds / (DUTY * runSeconds)), unseen: stage.watch.unseen };
}

/** (e) Nothing is scored for hours. */
export interface OutageResult {
  readonly hours: number;
  readonly changes: number;
  /** Records that the stream gave up. */
  readonly lost: number;
  /** Changes that no run had counted a day after the outage. Those of a long outage have no count: a run of everything has them. */
  readonly uncounted: number;
  /** Whether, a day after it, the stored statuses are those of a fresh evaluation of everything. */
  readonly isTrue: boolean;
  /** Number of runs of everything that csmm itself asked for. */
  readonly healed: number;
}

/** Hours at the beginning of an outage in which changes come. No later change replaces a lost one. */
const CHANGING_HOURS = 5;

/** Each resource changes once at the beginning of an outage of `relay` and `score`; a day later everything must be true. */
export async function outage(base: Base, { hours }: { readonly hours: number }): Promise<OutageResult> {
  const estate = createEstate(1, 2, 300);
  const [accountId = ''] = estate.accountIds;
  let healed = 0;
  const stage = createStage(base, estate, {
    onItem: ({ pk, sk, before, after }) => {
      if (pk === `W#${accountId}` && sk === 'WANT' && Number(after?.[EVERYTHING] ?? 0) > Number(before?.[EVERYTHING] ?? 0)) healed++;
    },
  });
  const { world } = stage;
  sweep(stage, accountId);
  world.schedule();
  await world.run(6 * 3600);
  const statuses = await judged(world, accountId);
  healed = 0;
  const away = (isAway: boolean): void => {
    for (const service of ['relay', 'score']) world.functionOf(service).isAway = isAway;
  };
  away(true);
  change(stage, [accountId], { perSecond: estate.changing / (CHANGING_HOURS * 3600), seconds: CHANGING_HOURS * 3600 });
  await world.run(hours * 3600);
  away(false);
  await world.run(DAY_SECONDS);
  const lost = world.streams.reduce((sum, each) => sum + each.lost, 0);
  const result = { hours, changes: estate.changing, lost, uncounted: stage.watch.unseen, healed };
  const stored = await judged(world, accountId, false);
  const truth = await judged(world, accountId);
  world.end();
  if (truth === statuses) throw new Error('the changes of the outage change no verdict: a lost one would not be seen');
  return { ...result, isTrue: stored === truth };
}

/** Returns the stored verdicts of an account, as text, after a full evaluation. */
async function judged({ stateTable, scoresTable }: World, accountId: string, again = true): Promise<string> {
  const store = dynamoStateStore(new DynamoDBClient(), { stateTable, scoresTable });
  if (again) {
    await store.want(accountId, [EVERYTHING]);
    await rescoreAccount(accountId, { store, catalogue: CATALOGUE });
  }
  const score = await store.readScore(accountId);
  const joins = [...(await store.readJoins(accountId))].map(([id, { tally }]) => [id, tally]);
  return JSON.stringify([[...(score?.statuses ?? [])], joins]);
}

/** Time of a sweep of many accounts. */
export interface SweepTimeResult {
  readonly accounts: number;
  readonly regions: number;
  readonly workers: number;
  readonly hours: number;
  /** The same by arithmetic: units times seconds, by workers. */
  readonly expectedHours: number;
  /** Longest run of the planner, in seconds, and what Lambda allows. */
  readonly plannerSeconds: number;
}

/** Sweeps many accounts by the planner's own walk. A unit only takes its time here: what it commits is in the other scenarios. */
export async function sweepOfAll(
  { outline, times }: Base,
  { accounts, regions, workers }: { readonly accounts: number; readonly regions: number; readonly workers: number },
): Promise<SweepTimeResult> {
  let [units, last] = [0, 0];
  let world: World | undefined;
  const read: Handler = async () => {
    if (!world) throw new Error('the world has not begun');
    await world.clock.sleep(times.unitSeconds * 1000 * (0.7 + 0.6 * world.clock.random()));
    units++;
    last = world.clock.now();
    return { batchItemFailures: [] };
  };
  const concurrency = (service: string) => (service === 'read' ? workers : undefined);
  world = createWorld({ outline, times, replacements: { read, status: async () => {} }, concurrency });
  const begin = world.clock.now();
  const { accountIds } = createEstate(accounts, regions, 1);
  const plan = dynamoPlanStore(new DynamoDBClient(), world.stateTable);
  const expected = accounts * (regions + 1);
  const planner = world.functionOf('sweep');
  await listAgain();
  void planner.invoke({ task: 'walk' }, 0);
  world.schedule();
  while (units < expected) {
    if (world.clock.now() - begin > 3 * DAY_SECONDS * 1000) throw new Error(`only ${units} of ${expected} units were read`);
    await world.run(600);
    await listAgain();
  }
  world.end();
  return {
    accounts,
    regions,
    workers,
    hours: (last - begin) / 3_600_000,
    expectedHours: (expected * times.unitSeconds) / workers / 3600,
    plannerSeconds: planner.usage.longestSeconds,
  };

  /** Keeps the planner from listing the accounts of an organization that is not there. */
  async function listAgain(): Promise<void> {
    await plan.writeAccounts('LISTED', { accountIds, listedAt: new Date(world?.clock.now() ?? 0).toISOString() });
  }
}
