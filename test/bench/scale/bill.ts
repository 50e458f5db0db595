import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoPlanStore } from '../../../adapters/aws/plan-store.ts';
import { createEstate, eventOf } from './estate.ts';
import type { Usage } from './functions.ts';
import type { Outline } from './outline.ts';
import { type Amounts, addAmounts, costOf, timesAmounts } from './prices.ts';
import { type Base, createStage, endQuietly, type Stage } from './scenarios.ts';

/** What is assumed of the accounts and of AWS, for the bill. */
export const PROFILE = {
  resources: 300,
  /** Configuration items of an account in a month: 20 of each resource. */
  itemsPerMonth: 6000,
  /** Share of them that change a fact or a finding. */
  moving: 0.1,
  /** Resources of an account that a unit of the sweep finds changed, in a day. */
  movedPerSweep: 3,
  /** Bytes of the three lines that Lambda itself logs for a run. */
  bytesOfLambda: 350,
  /** Pollers that wait at an empty queue, and for how many seconds each asks. */
  idlePollers: 5,
  pollSeconds: 20,
  /** Share of runs beyond one in a second that X-Ray samples. */
  sampled: 0.05,
  /** Buckets of an account, and calls for each. */
  buckets: 10,
  callsPerBucket: 6,
} as const;

const DAYS_PER_MONTH = 30.4;
const SECONDS_PER_DAY = 86_400;
const HOURS_PER_MONTH = 24 * DAYS_PER_MONTH;

/** Amounts of a day of some accounts, without those that do not depend on the accounts. */
export interface Day {
  readonly accounts: number;
  readonly regions: number;
  readonly amounts: Amounts;
  /** By function, in one day. */
  readonly byService: Readonly<Record<string, Pick<Usage, 'invocations' | 'readUnits' | 'writeUnits' | 'gigabyteSeconds'>>>;
}

/** Lives through a day of some accounts by the schedules of the template, after a first sweep of them all, and counts what is billed. */
export async function dayOf(
  base: Base,
  {
    accounts,
    regions,
    resources = PROFILE.resources,
  }: {
    readonly accounts: number;
    readonly regions: number;
    readonly resources?: number;
  },
): Promise<Day> {
  const estate = createEstate(accounts, regions, resources);
  const stage = createStage(base, estate, { workers: 10 });
  const { world } = stage;
  const plan = dynamoPlanStore(new DynamoDBClient(), world.stateTable);
  const list = () => plan.writeAccounts('LISTED', { accountIds: estate.accountIds, listedAt: new Date(world.clock.now()).toISOString() });
  await list();
  world.schedule();
  await world.run(SECONDS_PER_DAY);
  const before = amountsSoFar(stage);
  const usageBefore = usagesOf(stage);
  // An organization's list is made again by the calls of a reader, which has no organization here.
  await list();
  live(stage);
  await world.run(SECONDS_PER_DAY);
  const after = amountsSoFar(stage);
  const stored = world.tables.size(world.stateTable) + world.tables.size(world.scoresTable);
  endQuietly(world);
  const amounts = addAmounts(after, timesAmounts(before, -1));
  return {
    accounts,
    regions,
    amounts: { ...timesAmounts(amounts, DAYS_PER_MONTH), storedGigabyte: stored / 2 ** 30, recoveryGigabyte: stored / 2 ** 30 },
    byService: usagesOf(stage, usageBefore),
  };
}

/** Lets the configuration items of a day arrive, and resources change that only the sweep sees. */
function live({ world, estate }: Stage): void {
  const perDay = Math.round(PROFILE.itemsPerMonth / DAYS_PER_MONTH);
  const begin = world.clock.now();
  for (const [offset, accountId] of estate.accountIds.entries()) {
    for (let index = 0; index < perDay; index++) {
      const at = begin + ((index + offset / estate.accountIds.length) * SECONDS_PER_DAY * 1000) / perDay;
      const moves = index % Math.round(1 / PROFILE.moving) === 0;
      world.clock.at(at, () => {
        const item = moves ? estate.change(accountId, index, at) : estate.repeat(accountId, index * 13, at);
        world.put('IngestionChanges', eventOf(item), accountId);
      });
    }
    for (let index = 0; index < PROFILE.movedPerSweep; index++) estate.change(accountId, index * 11 + 5, begin);
  }
}

function amountsSoFar({ world }: Stage): Amounts {
  const queues = [...world.queues.values()].map(({ usage, outline }) => ({
    requests: usage.sent + usage.received + usage.deleted + usage.fromRules,
    outline,
  }));
  const requests = (of: (outline: Outline['queues'][number]) => boolean): number =>
    queues.filter(({ outline }) => of(outline)).reduce((sum, each) => sum + each.requests, 0);
  const usages = world.services.map((service) => world.functionOf(service).usage);
  const sum = (of: (usage: (typeof usages)[number]) => number): number => usages.reduce((total, usage) => total + of(usage), 0);
  const invocations = sum((usage) => usage.invocations);
  return {
    readUnit: sum(({ readUnits }) => readUnits),
    writeUnit: sum(({ writeUnits }) => writeUnits),
    invocation: invocations,
    gigabyteSecond: sum(({ gigabyteSeconds }) => gigabyteSeconds),
    standardRequest: requests(({ isFifo, isFair }) => !isFifo && !isFair),
    fairRequest: requests(({ isFair }) => isFair),
    fifoRequest: requests(({ isFifo }) => isFifo),
    // Each configuration item goes from the bus of its account and Region to that of csmm.
    event:
      world.events +
      queues.reduce(
        (total, { outline }) =>
          total + (outline.id.includes('IngestionChanges') ? (world.queues.get(outline.id)?.usage.fromRules ?? 0) : 0),
        0,
      ),
    logGigabyte: (sum(({ loggedBytes }) => loggedBytes) + invocations * PROFILE.bytesOfLambda) / 2 ** 30,
    metric: world.metricHours / HOURS_PER_MONTH,
    trace: invocations,
  };
}

/** Usage of the functions, or usage since an earlier time. */
const usagesOf = ({ world }: Stage, since: Day['byService'] = {}): Day['byService'] =>
  Object.fromEntries(
    world.services.map((service) => {
      const { invocations, readUnits, writeUnits, gigabyteSeconds } = world.functionOf(service).usage;
      const before = since[service];
      return [
        service,
        {
          invocations: invocations - (before?.invocations ?? 0),
          readUnits: readUnits - (before?.readUnits ?? 0),
          writeUnits: writeUnits - (before?.writeUnits ?? 0),
          gigabyteSeconds: gigabyteSeconds - (before?.gigabyteSeconds ?? 0),
        },
      ];
    }),
  );

/** Monthly cost of a deployment without changes, in one account with no other Region. */
export function fixedAmounts(outline: Outline, regions: number): Amounts {
  const asks = (isFifo: boolean): number => {
    const readers = outline.queueReaders.filter(({ queue }) => outline.queues.find(({ id }) => id === queue)?.isFifo === isFifo).length;
    return (readers * PROFILE.idlePollers * SECONDS_PER_DAY * DAYS_PER_MONTH) / PROFILE.pollSeconds;
  };
  return {
    // Each other Region has a stack with an alarm.
    alarm: outline.alarms + regions - 1,
    dashboard: outline.dashboards,
    standardRequest: asks(false),
    fifoRequest: asks(true),
  };
}

/** A line of the bill, in USD a month. */
export interface Bill {
  readonly accounts: number;
  readonly regions: number;
  readonly lines: Readonly<Record<string, number>>;
  readonly total: number;
}

const LINES: Readonly<Record<string, readonly (keyof Amounts)[]>> = {
  Lambda: ['gigabyteSecond', 'invocation'],
  'DynamoDB requests': ['readUnit', 'writeUnit', 'streamRead'],
  'DynamoDB storage and recovery': ['storedGigabyte', 'recoveryGigabyte'],
  SQS: ['standardRequest', 'fairRequest', 'fifoRequest'],
  EventBridge: ['event'],
  CloudWatch: ['alarm', 'metric', 'dashboard', 'logGigabyte'],
  'X-Ray': ['trace'],
  'S3 requests of the readers': ['bucketList', 'bucketGet'],
};

/**
 * Returns the bill of a deployment of any size.
 *
 * @param idle a day without accounts
 * @param day a day of some accounts. All others are copies
 */
export function billOf(
  outline: Outline,
  { idle, day, accounts }: { readonly idle: Day; readonly day: Day; readonly accounts: number },
): Bill {
  const perAccount = timesAmounts(addAmounts(day.amounts, timesAmounts(idle.amounts, -1)), 1 / day.accounts);
  const read = timesAmounts({ bucketList: 1, bucketGet: PROFILE.buckets * PROFILE.callsPerBucket }, DAYS_PER_MONTH);
  const used = addAmounts(idle.amounts, timesAmounts(addAmounts(perAccount, read), accounts), fixedAmounts(outline, day.regions));
  const seconds = SECONDS_PER_DAY * DAYS_PER_MONTH;
  const runs = used.trace ?? 0;
  // No metric has an account as a dimension: more accounts only make more hours of the same metrics have a value.
  const metric = accounts <= day.accounts ? (day.amounts.metric ?? 0) : Math.max(day.amounts.metric ?? 0, outline.metrics);
  const amounts: Amounts = { ...used, metric, trace: runs <= seconds ? runs : seconds + PROFILE.sampled * (runs - seconds) };
  const lines = Object.fromEntries(
    Object.entries(LINES).map(([name, parts]) => [name, costOf(Object.fromEntries(parts.map((part) => [part, amounts[part] ?? 0])))]),
  );
  return { accounts, regions: day.regions, lines, total: costOf(amounts) };
}
