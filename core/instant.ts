/** A date, a time, and a time zone. Without one the time is in UTC. */
const TIME = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * Returns a time of ISO 8601 (a blank can stand for the T) in milliseconds since 1970. Returns `NaN` for any other text, and for a time
 * that does not exist: `Date.parse` reads 2026-02-31 as 2026-03-03, and 24:00 as the next day.
 */
export function millisecondsOf(text: string): number {
  const [, year = '', month = '', day = '', time = '', zone = 'Z'] = TIME.exec(text) ?? [];
  if (time === '' || time.startsWith('24') || Number(day) > daysIn(Number(year), Number(month))) return Number.NaN;
  return Date.parse(`${year}-${month}-${day}T${time}${zone.replace(/(\d{2})(\d{2})$/, '$1:$2')}`);
}

/** Maximum time by which the clock of a source can be ahead of ours, in minutes. Nothing can be captured later. */
export const MAX_SKEW_MINUTES = 5;

/** Returns the latest capture time that csmm believes, ISO-8601 UTC with milliseconds. `now` is in milliseconds since 1970. */
export const latestBelieved = (now: number): string => isoOf(now + MAX_SKEW_MINUTES * 60_000);

/** Returns the reason why csmm does not believe a capture time. */
export const aheadOfClock = (capturedAt: string): string =>
  `the capture time ${capturedAt} is more than ${MAX_SKEW_MINUTES} minutes ahead of the clock`;

/** Returns the number of days of a month. `month` counts from 1. */
export const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** Returns a time as ISO-8601 UTC with milliseconds, or `undefined` if the text is not a time: see {@link millisecondsOf}. */
export function isoTimeOf(text: string | undefined): string | undefined {
  const milliseconds = millisecondsOf(text ?? '');
  return Number.isNaN(milliseconds) ? undefined : isoOf(milliseconds);
}

/** Returns milliseconds since 1970 as ISO-8601 UTC with milliseconds. */
export const isoOf = (milliseconds: number): string => new Date(milliseconds).toISOString();
