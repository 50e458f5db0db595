import { forEachAtOnce } from '../concurrency.ts';
import { millisecondsOf } from '../instant.ts';
import { isSampled } from './plan.ts';
import { DAY_PASSED, DRIFT, type MarkDependencies, mark } from './wanted.ts';
import { SLOTS } from './wheel.ts';

const HOURS = 24;

/**
 * Whether the joins of an account whose verdict depends on the time are due in this hour: once a day, in the hour after its units were
 * sent.
 *
 * @param slot slot of the account on the wheel
 * @param now ISO-8601 UTC
 */
export const growsOldIn = (slot: number, now: string): boolean =>
  (Math.floor((slot * HOURS) / SLOTS) + 1) % HOURS === Math.floor(millisecondsOf(now) / 3_600_000) % HOURS;

/** Number of accounts that are marked concurrently. */
const ACCOUNTS_AT_ONCE = 16;

/**
 * Asks for the runs of this hour that no change asks for: joins that grow old, and a sample of accounts for a full evaluation.
 *
 * @param hash a hash of a text, from 0 to below the number
 * @returns the number of accounts.
 */
export async function markDaily(
  accountIds: Iterable<string>,
  now: string,
  hash: (text: string, below: number) => number,
  dependencies: MarkDependencies,
): Promise<number> {
  let marked = 0;
  await forEachAtOnce(accountIds, ACCOUNTS_AT_ONCE, async (accountId) => {
    if (!growsOldIn(hash(accountId, SLOTS), now)) return;
    marked++;
    // A run that looks for drift only must have nothing else to look at. The sample grows old on the next day.
    await mark(accountId, [isSampled(accountId, now, hash) ? DRIFT : DAY_PASSED], dependencies);
  });
  return marked;
}
