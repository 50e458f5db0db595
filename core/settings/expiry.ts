import { millisecondsOf } from '../instant.ts';
import type { SettingsDocument } from './document.ts';
import { endOf } from './instant.ts';

/**
 * Returns the accounts in which an exception expires after `from` and not after `to` (ISO-8601). Their settings must be captured again.
 * `everywhere` is true if such an exception applies to every account.
 *
 * @throws RangeError if the expiry time of an exception is invalid.
 */
export function accountsWithExpiries(
  { exceptions = [] }: SettingsDocument,
  from: string,
  to: string,
): { readonly everywhere: boolean; readonly named: ReadonlySet<string> } {
  const expired = exceptions.filter(({ expires }) => isWithin(millisecondsOf(endOf(expires)), from, to));
  return {
    everywhere: expired.some(({ accounts }) => accounts === undefined),
    named: new Set(expired.flatMap(({ accounts = [] }) => accounts)),
  };
}

const isWithin = (end: number, from: string, to: string): boolean => millisecondsOf(from) < end && end <= millisecondsOf(to);

/**
 * Returns a function from a time (ISO-8601 UTC with milliseconds) to the last expiry time of an exception up to it. The function returns
 * `undefined` if no exception had expired. Between two expiry times the live exceptions do not change.
 */
export function lastExpiries({ exceptions = [] }: SettingsDocument): (at: string) => string | undefined {
  const ends = [...new Set(exceptions.map(({ expires }) => endOf(expires)))].sort();
  return (at) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] ?? '') <= at) low = middle + 1;
      else high = middle;
    }
    return ends[low - 1];
  };
}
