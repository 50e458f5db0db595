import { isoOf, millisecondsOf } from '../../instant.ts';

/** Returns the time some minutes after another, ISO-8601 UTC with milliseconds. The empty string is before all times and stays empty. */
export const minutesAfter = (instant: string, minutes: number): string =>
  instant === '' ? '' : isoOf(millisecondsOf(instant) + minutes * 60_000);
