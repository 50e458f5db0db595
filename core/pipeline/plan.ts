import { forEachAtOnce } from '../concurrency.ts';
import { millisecondsOf } from '../instant.ts';
import type { Reading } from './sweep.ts';
import { ORGANIZATION_PLACE, type Unit, unitsOf } from './unit.ts';
import { beginWalk, SLOTS, turnAt, turnWheel, type Wheel, type WheelStore, type WheelTask } from './wheel.ts';

/** A stored list of accounts: those to read, as AWS Organizations lists them, or those with a scorecard. */
export interface AccountList {
  readonly accountIds: readonly string[];
  /** ISO-8601 UTC with milliseconds. */
  readonly listedAt: string;
}

export type AccountListName = 'LISTED' | 'SCORED';

/** A read to make at a later time than a queue can wait for. */
export interface LaterReading extends Reading {
  /** ISO-8601 UTC with milliseconds. */
  readonly at: string;
}

/** Keeps reads to make later. */
export interface LaterReadings {
  /** Keeps a read. The same read for the same time is kept once. */
  keep(later: LaterReading): Promise<void>;
  /** Returns the due reads, the oldest first. */
  listDue(now: string, limit: number): Promise<readonly LaterReading[]>;
  end(later: LaterReading): Promise<void>;
}

/** Stores what the planner has done. */
export interface PlanStore extends WheelStore, LaterReadings {
  readAccounts(name: AccountListName): Promise<AccountList | undefined>;
  writeAccounts(name: AccountListName, accounts: AccountList): Promise<void>;
}

/** The queue of units. */
export interface UnitQueue {
  /** @returns the number of messages sent. */
  send(units: Iterable<Unit>): Promise<number>;
  /** Returns about how many messages wait. */
  waiting(): Promise<number>;
}

export interface PlanDependencies {
  readonly plan: PlanStore;
  readonly units: UnitQueue;
  /** Returns the accounts to read, as AWS Organizations lists them now. */
  readonly listAccounts: () => Promise<readonly string[]>;
  /** Returns the accounts with a scorecard. */
  readonly scoredAccounts: () => Promise<readonly string[]>;
  /** Returns the current time, ISO-8601 UTC with milliseconds. */
  readonly now: () => string;
  /** Returns the slot of an account, from 0 to below {@link SLOTS}. */
  readonly slotOf: (accountId: string) => number;
  readonly regions: readonly string[];
  /** Account whose credentials read the organization. */
  readonly ownAccountId: string;
  /** Whether the run has time for another step. */
  readonly hasTime: () => boolean;
}

/** Reads everything once a day, and after each deployment as fast as the queue drains. */
const SWEEP: WheelTask = { name: 'SWEEP', period: SLOTS, walks: true };
/** Looks for expired evidence once an hour. */
const EXPIRE: WheelTask = { name: 'EXPIRE', period: 12 };

/** Maximum number of units that wait in the queue. It bounds each run of the planner too. */
export const MAX_WAITING = 2000;

/**
 * Age of a list after which the planner makes it again, in hours. The readers of the organization list the accounts once a day, and
 * after the calls that change them, so the planner has to only if they fail.
 */
const MAX_AGE_HOURS = { LISTED: 26, SCORED: 24 } as const;

/** Outcome of a run of the planner. */
export interface PlanOutcome {
  /** Number of units sent, or of accounts visited. */
  readonly done: number;
  readonly wheel: Wheel;
  /** Failures of single accounts, and of lists of accounts. The others continued. */
  readonly problems: readonly unknown[];
}

/**
 * Sends the units that are due, and applies the settings to their accounts. An account has its unit in each Region once a day, and once
 * for each walk. A run sends at most {@link MAX_WAITING} units.
 *
 * @param spread applies the settings to accounts
 */
export async function sweepDue(
  spread: (accountIds: readonly string[]) => Promise<unknown>,
  dependencies: PlanDependencies,
): Promise<PlanOutcome> {
  const { units, ownAccountId, slotOf, regions, hasTime } = dependencies;
  const problems: unknown[] = [];
  const accounts = once(() => accountsBySlot(dependencies, problems));
  const waitingAtFirst = once(() => units.waiting());
  let done = 0;
  const { wheel } = await turnWheel(
    SWEEP,
    async (slots, { walk }) => {
      if (!hasTime()) return false;
      const generation = walk?.generation ?? 0;
      const { listed, others } = pick(await accounts(), slots);
      const due = [...unitsOf(listed, regions, generation)];
      if (slots.includes(slotOf(ownAccountId))) due.push({ accountId: ownAccountId, region: ORGANIZATION_PLACE, generation });
      const waiting = (await waitingAtFirst()) + done;
      if (waiting > 0 && waiting + due.length > MAX_WAITING) return false;
      await spreadEach([...listed, ...others], spread, problems);
      done += await units.send(due);
      return true;
    },
    { store: dependencies.plan, now: dependencies.now },
  );
  return { done, wheel, problems };
}

/** Applies the settings to accounts at once, or to each by itself if that fails: one account must not hold up the others. */
async function spreadEach(
  accountIds: readonly string[],
  spread: (accountIds: readonly string[]) => Promise<unknown>,
  problems: unknown[],
): Promise<void> {
  if (accountIds.length === 0) return;
  const note = (error: unknown): number => problems.push(error);
  await spread(accountIds).catch(() => forEachAtOnce(accountIds, ACCOUNTS_AT_ONCE, (accountId) => spread([accountId]).catch(note)));
}

/** Begins a walk over all accounts, such as after a deployment. */
export const beginSweep = ({ plan, now }: Pick<PlanDependencies, 'plan' | 'now'>): Promise<Wheel> => beginWalk(SWEEP, { store: plan, now });

/** Number of accounts that are visited concurrently. */
const ACCOUNTS_AT_ONCE = 8;

/**
 * Calls `visit` for every account with evidence, once an hour: for those whose turn has come. One account that fails must not hold up the
 * others: its failure is reported, and its slot counts as done.
 */
export async function visitHourly(visit: (accountId: string) => Promise<unknown>, dependencies: PlanDependencies): Promise<PlanOutcome> {
  const problems: unknown[] = [];
  const accounts = once(() => accountsBySlot(dependencies, problems));
  let done = 0;
  const { wheel } = await turnWheel(
    EXPIRE,
    async (slots) => {
      if (!dependencies.hasTime()) return false;
      const { listed, others } = pick(await accounts(), slots);
      const due = [...listed, ...others];
      await forEachAtOnce(due, ACCOUNTS_AT_ONCE, (accountId) => visit(accountId).catch((error: unknown) => problems.push(error)));
      done += due.length;
      return true;
    },
    { store: dependencies.plan, now: dependencies.now },
  );
  return { done, wheel, problems };
}

/** Accounts to read, and those that are only known. */
interface Accounts {
  readonly listed: readonly string[];
  readonly others: readonly string[];
}

async function accountsBySlot(dependencies: PlanDependencies, problems: unknown[]): Promise<ReadonlyMap<number, Accounts>> {
  const { slotOf, listAccounts, scoredAccounts } = dependencies;
  const listed = await currentAccounts('LISTED', listAccounts, dependencies, problems);
  const scored = await currentAccounts('SCORED', scoredAccounts, dependencies, problems);
  const isListed = new Set(listed);
  const bySlot = new Map<number, { listed: string[]; others: string[] }>();
  for (const accountId of new Set([...listed, ...scored])) {
    const slot = slotOf(accountId);
    const accounts = bySlot.get(slot) ?? { listed: [], others: [] };
    bySlot.set(slot, accounts);
    (isListed.has(accountId) ? accounts.listed : accounts.others).push(accountId);
  }
  return bySlot;
}

const pick = (bySlot: ReadonlyMap<number, Accounts>, slots: readonly number[]): Accounts => ({
  listed: slots.flatMap((slot) => bySlot.get(slot)?.listed ?? []),
  others: slots.flatMap((slot) => bySlot.get(slot)?.others ?? []),
});

/**
 * Returns a stored list of accounts, or a new one if it is missing or too old. If the call fails, csmm uses the old one and reports the
 * failure: evidence must still expire, above all then.
 */
async function currentAccounts(
  name: AccountListName,
  list: () => Promise<readonly string[]>,
  { plan, now }: Pick<PlanDependencies, 'plan' | 'now'>,
  problems: unknown[],
): Promise<readonly string[]> {
  const stored = await plan.readAccounts(name);
  const oldest = new Date(millisecondsOf(now()) - MAX_AGE_HOURS[name] * 3_600_000).toISOString();
  if (stored && stored.listedAt > oldest) return stored.accountIds;
  try {
    const accountIds = await list();
    await plan.writeAccounts(name, { accountIds, listedAt: now() });
    return accountIds;
  } catch (error) {
    if (!stored) throw error;
    problems.push(error);
    return stored.accountIds;
  }
}

/**
 * Keeps the list of accounts that was just made. The units of accounts that are new in it are sent at once: their turn may be a day away.
 *
 * @returns the new accounts; none if there was no list before.
 */
export async function noteAccounts(
  accountIds: readonly string[],
  { plan, now, units, regions }: Pick<PlanDependencies, 'plan' | 'now' | 'units' | 'regions'>,
): Promise<readonly string[]> {
  const stored = await plan.readAccounts('LISTED');
  const known = new Set(stored?.accountIds ?? accountIds);
  const added = accountIds.filter((accountId) => !known.has(accountId));
  if (added.length > 0) await units.send(unitsOf(added, regions, 0));
  await plan.writeAccounts('LISTED', { accountIds, listedAt: now() });
  return added;
}

/** Maximum number of kept reads that one run sends. */
const DUE_AT_ONCE = 500;

/** Sends the kept reads that are due, then ends them: one may be sent twice. @returns their number. */
export async function sendDue(
  send: (readings: readonly Reading[]) => Promise<unknown>,
  { plan, now }: Pick<PlanDependencies, 'plan' | 'now'>,
): Promise<number> {
  const due = await plan.listDue(now(), DUE_AT_ONCE);
  if (due.length === 0) return 0;
  await send(due.map(({ at: _, ...reading }) => reading));
  await forEachAtOnce(due, ACCOUNTS_AT_ONCE, (later) => plan.end(later));
  return due.length;
}

/** Days after which every account was once in the sample. */
const SAMPLED_OF = 100;

/**
 * Whether an account is in the sample of a day, 1 % of all: csmm evaluates it again although nothing changed. A status that then changes
 * shows a fault.
 *
 * @param hash a hash of a text, from 0 to below the number
 */
export const isSampled = (accountId: string, now: string, hash: (text: string, below: number) => number): boolean =>
  (hash(accountId, SAMPLED_OF) + Math.floor(turnAt(now) / SLOTS)) % SAMPLED_OF === 0;

/** Makes a call once, when its answer is first needed. */
function once<T>(call: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= call();
    return answer;
  };
}
