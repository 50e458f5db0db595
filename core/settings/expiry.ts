import type { SettingsDocument } from './document.ts';
import { endOf } from './instant.ts';

/**
 * The accounts in which an exception expires after `from` and not after `to` (ISO-8601), so that settings that were captured at
 * `from` have to be captured again: `everywhere`, or those that the exceptions name.
 *
 * @throws RangeError where an end of an exception is no time.
 */
export function accountsWithExpiries(
  { exceptions = [] }: SettingsDocument,
  from: string,
  to: string,
): { readonly everywhere: boolean; readonly named: ReadonlySet<string> } {
  const expired = exceptions.filter(({ expires }) => isWithin(Date.parse(endOf(expires)), from, to));
  return {
    everywhere: expired.some(({ accounts }) => accounts === undefined),
    named: new Set(expired.flatMap(({ accounts = [] }) => accounts)),
  };
}

const isWithin = (end: number, from: string, to: string): boolean => Date.parse(from) < end && end <= Date.parse(to);

/**
 * Gives, for a time (ISO-8601 UTC with milliseconds), the last moment up to it at which an exception of the document expired;
 * `undefined` where none had expired by then. Between two such moments the same exceptions hold.
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
