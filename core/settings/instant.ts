const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Returns an RFC 3339 time as ISO-8601 UTC with milliseconds. @throws RangeError if `time` is invalid. */
export const instantOf = (time: string): string => new Date(time).toISOString();

/** Returns an RFC 3339 time, or the end of a date in UTC, as ISO-8601 UTC with milliseconds. @throws RangeError if `end` is invalid. */
export const endOf = (end: string): string => (DATE.test(end) ? new Date(Date.parse(end) + DAY_MS).toISOString() : instantOf(end));
