import { forEachAtOnce } from '../concurrency.ts';
import { isSampled } from './plan.ts';
import { DAY_PASSED, DRIFT, type MarkDependencies, mark } from './wanted.ts';
import { SLOTS, turnWheel, type WheelDependencies } from './wheel.ts';

/** The wheel of the joins whose verdict depends on the time: each account once a day. */
const AGING = { name: 'AGING', period: SLOTS };
/** Turns after the units of an account were sent: an hour. */
const TURNS_AFTER_UNITS = SLOTS / 24;

/** Number of accounts that are marked concurrently. */
const ACCOUNTS_AT_ONCE = 16;

export interface DailyDependencies extends MarkDependencies {
  readonly wheels: WheelDependencies['store'];
  /** Returns the current time, ISO-8601 UTC. */
  readonly now: () => string;
}

/**
 * Asks for the runs that no change asks for: joins that grow old, and a sample of accounts for a full evaluation. Each account once a day,
 * an hour after its units were sent. Catches up on missed hours, at most on a day.
 *
 * @param hash a hash of a text, from 0 to below the number
 * @returns the number of accounts.
 */
export async function markDaily(
  accountIds: Iterable<string>,
  hash: (text: string, below: number) => number,
  { wheels, now, ...dependencies }: DailyDependencies,
): Promise<number> {
  const accounts = [...accountIds].map((accountId) => ({ accountId, slot: (hash(accountId, SLOTS) + TURNS_AFTER_UNITS) % SLOTS }));
  let marked = 0;
  const work = async (slots: readonly number[]): Promise<boolean> => {
    const due = accounts.filter(({ slot }) => slots.includes(slot));
    await forEachAtOnce(due, ACCOUNTS_AT_ONCE, async ({ accountId }) => {
      // A run that looks for drift only must have nothing else to look at. The sample grows old on the next day.
      await mark(accountId, [isSampled(accountId, now(), hash) ? DRIFT : DAY_PASSED], dependencies);
      marked++;
    });
    return true;
  };
  await turnWheel(AGING, work, { store: wheels, now });
  return marked;
}
