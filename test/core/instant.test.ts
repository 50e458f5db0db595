import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTime } from '../../core/events/intake.ts';
import { instant } from '../../core/facts/shape.ts';
import { daysIn, isoTimeOf, millisecondsOf } from '../../core/instant.ts';
import { endOf, instantOf } from '../../core/settings/instant.ts';

describe('a time', () => {
  it.each([
    ['2026-02-28T23:59:59Z', '2026-02-28T23:59:59.000Z'],
    ['2028-02-29T00:00:00.5Z', '2028-02-29T00:00:00.500Z'],
    ['2026-01-31T08:00:00.123456789Z', '2026-01-31T08:00:00.123Z'],
    ['2026-01-31T00:30:00+02:00', '2026-01-30T22:30:00.000Z'],
    ['2026-01-31 00:30:00+0530', '2026-01-30T19:00:00.000Z'],
    ['2026-01-31T08:00:00', '2026-01-31T08:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(isoTimeOf(text)).toBe(iso);
    expect(millisecondsOf(text)).toBe(millisecondsOf(iso));
    expect(readTime(text)).toBe(iso);
    expect(instantOf(text)).toBe(iso);
  });

  it.each([
    '2026-02-29T00:00:00Z',
    '2026-02-31T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-32T00:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T25:00:00Z',
    '2026-01-31T08:60:00Z',
    '2026-01-31T08:00:60Z',
    '2026-01-31T08:00:00+25:00',
    '2026-01-31T08:00Z',
    '2026-01-31',
    '20260131T080000Z',
    '1769846400',
    'Jan 31, 2026',
    'Sat Jan 31 2026',
    'N/A',
    '7',
    ' 2026-01-31T08:00:00Z',
    '',
  ])('%j does not exist, wherever it is read', (text) => {
    expect(millisecondsOf(text)).toBeNaN();
    expect(isoTimeOf(text)).toBeUndefined();
    expect(instant.matches(text)).toBe(false);
    expect(() => instantOf(text)).toThrow(RangeError);
  });

  it('that is absent is none', () => {
    expect(isoTimeOf(undefined)).toBeUndefined();
  });

  it('is its own text in UTC', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
        (date) => {
          expect(isoTimeOf(date.toISOString())).toBe(date.toISOString());
          expect(millisecondsOf(date.toISOString())).toBe(date.getTime());
        },
      ),
    );
  });

  it('exists for the days of its month alone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1970, max: 2400 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 31 }),
        (year, month, day) => {
          const text = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}T12:00:00Z`;
          expect(Number.isNaN(millisecondsOf(text))).toBe(day > daysIn(year, month));
        },
      ),
    );
  });
});

describe('a capture time of AWS Config', () => {
  it.each([
    ['Nov 29, 2016 7:43:20 PM', '2016-11-29T19:43:20.000Z'],
    ['Feb 29, 2028, 12:00:00 AM', '2028-02-29T00:00:00.000Z'],
    ['Feb 28, 2026 12:00:00\u202fPM', '2026-02-28T12:00:00.000Z'],
  ])('in words, %s, is %s', (text, iso) => expect(readTime(text)).toBe(iso));

  it.each([
    'Feb 29, 2026 7:43:20 PM',
    'Feb 31, 2026 7:43:20 PM',
    'Abr 1, 2026 7:43:20 PM',
    'Jan 0, 2026 7:43:20 PM',
    'Jan 1, 2026 13:43:20 PM',
    'Jan 1, 2026 0:43:20 AM',
    'Jan 1, 2026 7:60:20 AM',
  ])('in words, %s, does not exist', (text) => expect(readTime(text)).toBeUndefined());

  it.each(['2026-02-31T00:00:00.000Z', '2026-02-31T00:00:00Z', '2026-06-31T00:00:00.000Z'])('%s does not exist', (text) => {
    expect(readTime(text)).toBeUndefined();
  });
});

describe('the end of an exception', () => {
  it('is the end of its day, or its time', () => {
    expect(endOf('2026-02-28')).toBe('2026-03-01T00:00:00.000Z');
    expect(endOf('2026-02-28T08:00:00+01:00')).toBe('2026-02-28T07:00:00.000Z');
  });

  it.each(['2026-02-29', '2026-02-31', '2026-13-01', '2026-02-31T00:00:00Z', 'tomorrow'])('is never on %s', (text) => {
    expect(() => endOf(text)).toThrow(RangeError);
  });
});

/** Files that make a date of a number of milliseconds. `Date.parse` and a date of a text would read 2026-02-31 as a day of March. */
const OF_NUMBERS: Readonly<Record<string, number>> = {
  'adapters/aws/config-history.ts': 1,
  'adapters/aws/deployment.ts': 1,
  'adapters/aws/doctor/metrics.ts': 1,
  'adapters/aws/items.ts': 1,
  'adapters/aws/readers/cloudtrail-root-activity.ts': 1,
  'adapters/aws/readers/iam-credential-report.ts': 1,
  'adapters/aws/readers/run.ts': 1,
  'adapters/aws/resource-changes.ts': 1,
  'cli/recorded-lists.ts': 2,
  'cli/remediation.ts': 1,
  'cli/settings.ts': 1,
  'core/evaluation/evidence.ts': 1,
  'core/events/intake.ts': 1,
  'core/instant.ts': 2,
  'core/pipeline/collect-settings.ts': 1,
  'core/pipeline/plan.ts': 1,
  'core/pipeline/sweep.ts': 1,
  'core/settings/instant.ts': 1,
  'lambdas/triage.ts': 1,
};

describe('the sources', () => {
  const sources = ['adapters', 'bin', 'cli', 'controls', 'core', 'lambdas', 'lib', 'reporting'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  const count = (path: string, pattern: RegExp) =>
    readFileSync(path, 'utf8')
      .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
      .match(pattern)?.length ?? 0;

  it('parse a time in one place', () => {
    expect(sources.filter((path) => count(path, /Date\.parse\(/g) > 0)).toEqual(['core/instant.ts']);
  });

  it('make dates of numbers only', () => {
    const found = sources.map((path) => [path, count(path, /new Date\((?!\))/g)]).filter(([, times]) => times !== 0);
    expect(Object.fromEntries(found)).toEqual(OF_NUMBERS);
  });
});
