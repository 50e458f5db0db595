import { isoOf, millisecondsOf } from '../../instant.ts';
import { type ChangeWindow, type Freeze, type RemediationDocument, WEEKDAYS } from '../../settings/document.ts';
import { instantOf } from '../../settings/instant.ts';

/** Times in which runbooks may start: weekly change windows, and freezes by date. Both can be in any time zone. */

/** Whether runbooks may start now, otherwise the time from which they may (ISO-8601 UTC with milliseconds) and the reason. */
export type WindowState = { readonly open: true } | { readonly open: false; readonly opensAt: string; readonly reason: string };

/** State of the change calendars that the settings name. */
export type CalendarState =
  | { readonly open: true }
  /** `opensAt` is ISO-8601 UTC with milliseconds. Absent if unknown. */
  | { readonly open: false; readonly opensAt?: string };

const MINUTE_MS = 60 * 1000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const WEEK_MS = 7 * DAY_MS;
/** 1 January 1970 was a Thursday. */
const WEEK_OF_EPOCH_MS = 4 * DAY_MS;
/** Maximum number of freezes and windows that follow each other without an open time between them. */
const MAX_STEPS = 200;

/**
 * Returns whether runbooks may start at a time (ISO-8601), otherwise the next time outside all freezes and inside a change window.
 *
 * @throws RangeError if `at` is not a valid time or a zone is unknown.
 */
export function nextStart(
  { changeWindows, freezes = [] }: Pick<RemediationDocument, 'changeWindows' | 'freezes'>,
  at: string,
): WindowState {
  const now = isoOf(millisecondsOf(instantOf(at)));
  let opensAt = now;
  let reason = '';
  for (let step = 0; step < MAX_STEPS; step++) {
    const frozen = freezes.find((freeze) => isFrozen(freeze, opensAt));
    const window = frozen ? undefined : nextWindow(changeWindows, opensAt);
    if (!frozen && window?.open !== false) break;
    reason ||= frozen ? `changes are frozen from ${frozen.from} to ${frozen.to}: ${frozen.reason}` : 'no change window is open';
    opensAt = frozen ? endOfFreeze(frozen) : window?.open === false ? window.opensAt : opensAt;
  }
  return reason === '' ? { open: true } : { open: false, opensAt, reason };
}

/** Returns a part of a time in a zone, as if it were in UTC, in milliseconds since 1970. */
function localTime(at: number, zone: string | undefined): number {
  if (zone === undefined) return at;
  const parts = new Map(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const seconds = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return seconds + (((at % 1000) + 1000) % 1000);
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  FORMATS.set(timeZone, format);
  return format;
}

/** Whether the runtime knows a time zone, such as `Europe/Berlin`. */
export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** Returns the time of a local time in a zone. In the hour that a change of the clocks skips or repeats, it is one of the possible times. */
function timeOfLocal(local: number, zone: string | undefined): number {
  const guess = local - (localTime(local, zone) - local);
  return guess - (localTime(guess, zone) - local);
}

const dateOf = (local: number): string => isoOf(local).slice(0, 10);

/** Whether a time is in a freeze. The first and the last day are part of it. */
const isFrozen = ({ from, to, zone }: Freeze, at: string): boolean => {
  const date = dateOf(localTime(millisecondsOf(at), zone));
  return from <= date && date <= to;
};

const endOfFreeze = ({ to, zone }: Freeze): string => isoOf(timeOfLocal(millisecondsOf(`${to}T00:00:00.000Z`) + DAY_MS, zone));

/**
 * Returns whether a change window is open at a time (ISO-8601), otherwise the time at which the next one opens. Without declared windows,
 * runbooks may start at any time. A window that ends when it starts never opens. If there are only such windows, `opensAt` is one week
 * later.
 *
 * @throws RangeError if `at` is not a valid time.
 */
export function nextWindow(
  windows: readonly ChangeWindow[] | undefined,
  at: string,
): { readonly open: true } | { readonly open: false; readonly opensAt: string } {
  if (windows === undefined || windows.length === 0) return { open: true };
  const now = millisecondsOf(instantOf(at));
  const openings: number[] = [now + WEEK_MS];
  for (const window of windows) {
    const local = localTime(now, window.zone);
    const sinceSunday = inWeek(local + WEEK_OF_EPOCH_MS);
    for (const { start, length } of stretchesOf(window)) {
      if (!(length > 0)) continue;
      if (inWeek(sinceSunday - start) < length) return { open: true };
      const opens = timeOfLocal(local + inWeek(start - sinceSunday), window.zone);
      // A change of the clocks must not lead to a time that has passed.
      openings.push(opens > now ? opens : now + MINUTE_MS);
    }
  }
  return { open: false, opensAt: isoOf(Math.min(...openings)) };
}

/** Returns the periods of a window. `start` is in milliseconds since Sunday 00:00, `length` in milliseconds. */
const stretchesOf = ({ days, from, to }: ChangeWindow): { readonly start: number; readonly length: number }[] => {
  const [begins, ends] = [timeOfDay(from), timeOfDay(to)];
  const length = ends < begins ? ends + DAY_MS - begins : ends - begins;
  return days.map((day) => ({ start: WEEKDAYS.indexOf(day) * DAY_MS + begins, length }));
};

/** Returns the milliseconds since midnight. */
const timeOfDay = (time: string): number => (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * MINUTE_MS;

/** Returns the remainder of a division by one week. It is never negative. */
const inWeek = (ms: number): number => ((ms % WEEK_MS) + WEEK_MS) % WEEK_MS;
