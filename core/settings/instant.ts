const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A time of RFC 3339 as ISO-8601 UTC with milliseconds. @throws RangeError where `time` is none. */
export const instantOf = (time: string): string => new Date(time).toISOString();

/** The moment from which something no longer holds that ends at a time, or with a date: then the end of that day UTC. @throws RangeError where `end` is neither. */
export const endOf = (end: string): string => (DATE.test(end) ? new Date(Date.parse(end) + DAY_MS).toISOString() : instantOf(end));
