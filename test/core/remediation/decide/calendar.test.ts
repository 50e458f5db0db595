import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isZone, nextStart, nextWindow } from '../../../../core/remediation/decide/calendar.ts';
import { type ChangeWindow, type Freeze, WEEKDAYS } from '../../../../core/settings/document.ts';
import { runs } from '../../../support/runs.ts';

describe('change windows', () => {
  const NIGHT: ChangeWindow = { days: ['Sat'], from: '22:00', to: '04:30' };
  const OFFICE: ChangeWindow = { days: ['Mon', 'Tue'], from: '09:00', to: '17:00' };
  const SUNDAY: ChangeWindow = { days: ['Sun'], from: '00:00', to: '24:00' };

  // 2026-11-21 is a Saturday.
  it.each<[string, ChangeWindow[], string, string | true]>([
    ['open at the start', [NIGHT], '2026-11-21T22:00:00.000Z', true],
    ['open after midnight, from the day before', [NIGHT], '2026-11-22T04:29:59.999Z', true],
    ['closed at their end, for a week', [NIGHT], '2026-11-22T04:30:00.000Z', '2026-11-28T22:00:00.000Z'],
    ['closed until later that day', [NIGHT], '2026-11-21T21:59:59.999Z', '2026-11-21T22:00:00.000Z'],
    ['closed before midnight on another day', [NIGHT], '2026-11-22T22:00:00.000Z', '2026-11-28T22:00:00.000Z'],
    ['closed until the first of several opens', [NIGHT, OFFICE], '2026-11-22T12:00:00.000Z', '2026-11-23T09:00:00.000Z'],
    ['closed until the next day of the same window', [OFFICE], '2026-11-23T17:00:00.000Z', '2026-11-24T09:00:00.000Z'],
    ['open if one of several is open', [OFFICE, NIGHT], '2026-11-22T00:00:00.000Z', true],
    ['open at the end of a whole day', [SUNDAY], '2026-11-22T23:59:59.999Z', true],
    ['closed after a whole day', [SUNDAY], '2026-11-23T00:00:00.000Z', '2026-11-29T00:00:00.000Z'],
    ['open over the end of the year', [{ ...NIGHT, days: ['Thu'] }], '2027-01-01T00:00:00.000Z', true],
    ['checked in another time zone', [NIGHT], '2026-11-21T23:00:00+01:00', true],
    [
      'looked at again in a week where none ever opens',
      [{ ...NIGHT, to: '22:00' }],
      '2026-11-21T22:00:00.000Z',
      '2026-11-28T22:00:00.000Z',
    ],
    ['checked again in a week if a window has no length', [{ ...NIGHT, to: 'x' }], '2026-11-21T22:00:00.000Z', '2026-11-28T22:00:00.000Z'],
  ])('are %s', (_, windows, at, expected) => {
    expect(nextWindow(windows, at)).toEqual(expected === true ? { open: true } : { open: false, opensAt: expected });
  });

  it('are always open if no window is declared', () => {
    expect(nextWindow(undefined, '2026-11-21T22:00:00.000Z')).toEqual({ open: true });
    expect(nextWindow([], '2026-11-21T22:00:00.000Z')).toEqual({ open: true });
  });

  it.each(['', 'soon', '2026-13-01T00:00:00Z'])('reject the invalid time %j', (at) => {
    expect(() => nextWindow([NIGHT], at)).toThrow(RangeError);
  });

  const MINUTE = 60_000;
  const two = (part: number) => String(part).padStart(2, '0');
  const minute = fc.integer({ min: 0, max: 24 * 60 - 1 });
  const windows = fc.array(
    fc.record({
      days: fc.subarray([...WEEKDAYS], { minLength: 1, maxLength: 2 }),
      from: minute,
      to: fc.oneof(minute, fc.constant(24 * 60)),
    }),
    { minLength: 1, maxLength: 3 },
  );
  const written = ({ days, from, to }: { days: ChangeWindow['days']; from: number; to: number }): ChangeWindow => ({
    days,
    from: `${two(Math.floor(from / 60))}:${two(from % 60)}`,
    to: `${two(Math.floor(to / 60))}:${two(to % 60)}`,
  });
  /** Whether the minute of a time is in a window that starts on the same day or on the day before. */
  const isIn = ({ days, from, to }: { days: ChangeWindow['days']; from: number; to: number }, time: number): boolean => {
    const date = new Date(time);
    const now = date.getUTCHours() * 60 + date.getUTCMinutes();
    const [today, yesterday] = [WEEKDAYS[date.getUTCDay()]!, WEEKDAYS[(date.getUTCDay() + 6) % 7]!];
    if (from < to) return days.includes(today) && from <= now && now < to;
    return from > to && ((days.includes(today) && now >= from) || (days.includes(yesterday) && now < to));
  };

  it('are open, and open next, as a count of the minutes of a week shows', () => {
    const time = fc.integer({ min: Date.UTC(1969, 11, 1), max: Date.UTC(2100, 0) });
    fc.assert(
      fc.property(windows, time, (given, at) => {
        const isOpen = (moment: number) => given.some((window) => isIn(window, moment));
        const state = nextWindow(given.map(written), new Date(at).toISOString());
        const next = Math.floor(at / MINUTE) * MINUTE;
        const minutes = Array.from({ length: 7 * 24 * 60 }, (_, index) => next + (index + 1) * MINUTE);
        const opensAt = minutes.find(isOpen) ?? at + 7 * 24 * 60 * MINUTE;
        expect(state).toEqual(isOpen(at) ? { open: true } : { open: false, opensAt: new Date(opensAt).toISOString() });
      }),
    );
  });
});

describe('a change window in a time zone', () => {
  const BERLIN: ChangeWindow = { days: ['Mon'], from: '08:00', to: '16:00', zone: 'Europe/Berlin' };

  it.each<[string, ChangeWindow, string, string | true]>([
    ['is one hour earlier in winter', BERLIN, '2026-11-23T07:00:00.000Z', true],
    ['opens one hour earlier in winter', BERLIN, '2026-11-23T06:59:00.000Z', '2026-11-23T07:00:00.000Z'],
    ['is two hours earlier in summer', BERLIN, '2026-07-20T06:00:00.000Z', true],
    ['closes two hours earlier in summer', BERLIN, '2026-07-20T14:00:00.000Z', '2026-07-27T06:00:00.000Z'],
    ['opens in summer time after winter time', BERLIN, '2026-03-27T12:00:00.000Z', '2026-03-30T06:00:00.000Z'],
    ['is on the day of the zone', { ...BERLIN, from: '00:00', to: '02:00' }, '2026-11-22T23:30:00.000Z', true],
    [
      'is on the day of a zone in the east',
      { ...BERLIN, zone: 'Asia/Kolkata', from: '00:00', to: '02:00' },
      '2026-11-22T18:30:00.000Z',
      true,
    ],
    // The clocks skip the hour from 02:00 to 03:00 on 29 March 2026.
    [
      'opens after the hour that the clocks skip',
      { ...BERLIN, days: ['Sun'], from: '02:30' },
      '2026-03-29T00:45:00.000Z',
      '2026-03-29T01:30:00.000Z',
    ],
  ])('%s', (_, window, at, expected) => {
    expect(nextWindow([window], at)).toEqual(expected === true ? { open: true } : { open: false, opensAt: expected });
  });

  it('opens at a later time, and is open then or within the hour of a change of the clocks', () => {
    const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'UTC');
    const hour = fc.integer({ min: 0, max: 23 }).map((each) => `${String(each).padStart(2, '0')}:00`);
    fc.assert(
      fc.property(
        zone,
        hour,
        fc.constantFrom(...WEEKDAYS),
        fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2028, 0) }),
        (zoneName, from, day, at) => {
          const window = {
            days: [day],
            from,
            to: from === '23:00' ? '24:00' : `${String(Number(from.slice(0, 2)) + 1).padStart(2, '0')}:00`,
            zone: zoneName,
          };
          const state = nextWindow([window], new Date(at).toISOString());
          if (state.open) return;
          expect(Date.parse(state.opensAt)).toBeGreaterThan(at);
          expect(Date.parse(state.opensAt) - at).toBeLessThanOrEqual(7 * 24 * 3600_000 + 3600_000);
          const then = nextWindow([window], state.opensAt);
          if (!then.open) expect(Date.parse(then.opensAt)).toBeGreaterThan(Date.parse(state.opensAt));
        },
      ),
      { numRuns: runs(300) },
    );
  });
});

describe('a freeze', () => {
  const XMAS: Freeze = { from: '2026-12-18', to: '2027-01-04', zone: 'Europe/Berlin', reason: 'end of the year' };
  const closed = (opensAt: string) => ({
    open: false,
    opensAt,
    reason: 'changes are frozen from 2026-12-18 to 2027-01-04: end of the year',
  });

  it.each<[string, string, ReturnType<typeof closed> | { open: true }]>([
    ['does not apply before its first day in the zone', '2026-12-17T22:59:59.999Z', { open: true }],
    ['applies from its first day in the zone', '2026-12-17T23:00:00.000Z', closed('2027-01-04T23:00:00.000Z')],
    ['applies to the end of its last day', '2027-01-04T22:59:59.999Z', closed('2027-01-04T23:00:00.000Z')],
    ['does not apply after its last day', '2027-01-04T23:00:00.000Z', { open: true }],
  ])('%s', (_, at, expected) => {
    expect(nextStart({ freezes: [XMAS] }, at)).toEqual(expected);
  });

  it('is followed by the next change window', () => {
    const changeWindows: ChangeWindow[] = [{ days: ['Mon'], from: '08:00', to: '16:00' }];
    expect(nextStart({ freezes: [XMAS], changeWindows }, '2026-12-21T09:00:00.000Z')).toEqual(closed('2027-01-11T08:00:00.000Z'));
    expect(nextStart({ freezes: [XMAS], changeWindows }, '2026-12-15T09:00:00.000Z')).toEqual({
      open: false,
      opensAt: '2027-01-11T08:00:00.000Z',
      reason: 'no change window is open',
    });
  });

  it('can follow another without a day between', () => {
    const next: Freeze = { from: '2027-01-05', to: '2027-01-05', zone: 'Europe/Berlin', reason: 'move' };
    expect(nextStart({ freezes: [next, XMAS] }, '2026-12-20T00:00:00.000Z')).toEqual(closed('2027-01-05T23:00:00.000Z'));
  });

  it('in an unknown zone is an error, which settings validate reports', () => {
    expect([isZone('Europe/Berlin'), isZone('UTC'), isZone('Europe/Atlantis')]).toEqual([true, true, false]);
    expect(() => nextStart({ freezes: [{ ...XMAS, zone: 'Europe/Atlantis' }] }, '2026-12-20T00:00:00.000Z')).toThrow(RangeError);
  });
});
