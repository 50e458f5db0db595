import { isoTimeOf, millisecondsOf } from '../instant.ts';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Returns an RFC 3339 time as ISO-8601 UTC with milliseconds. @throws RangeError if `time` is invalid. */
export function instantOf(time: string): string {
  const instant = isoTimeOf(time);
  if (instant === undefined) throw new RangeError(`${JSON.stringify(time)} is not a time such as 2026-11-01T08:00:00Z`);
  return instant;
}

/** Returns an RFC 3339 time, or the end of a date in UTC, as ISO-8601 UTC with milliseconds. @throws RangeError if `end` is invalid. */
export function endOf(end: string): string {
  if (!DATE.test(end)) return instantOf(end);
  return new Date(millisecondsOf(instantOf(`${end}T00:00:00Z`)) + DAY_MS).toISOString();
}
