import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SettingsDocument } from '../../../core/settings/document.ts';
import { accountsWithExpiries, lastExpiries } from '../../../core/settings/expiry.ts';

const TERMS = { control: 'STR-L2-01', owner: 'owner@example.com', reason: 'a reason', ticket: 'T-1' };
const document = (...exceptions: { readonly expires: string; readonly accounts?: readonly string[] }[]): SettingsDocument => ({
  version: 1,
  exceptions: exceptions.map((exception) => ({ ...TERMS, ...exception })),
});
const END = '2026-06-01T12:00:00.000Z';
const due = (expires: string, from: string, to: string) => [
  ...accountsWithExpiries(document({ expires, accounts: ['111111111111'] }), from, to).named,
];

describe('the accounts of exceptions that expire', () => {
  it.each([
    ['are those with this expiry time', END, '2026-06-01T11:59:00.000Z', END, 1],
    ['are not those that had expired at the last check', END, END, '2026-06-01T12:01:00.000Z', 0],
    ['are not those that expire later', END, '2026-06-01T11:58:00.000Z', '2026-06-01T11:59:59.999Z', 0],
    ['are those that expire at the end of a day', '2026-05-31', '2026-05-31T23:59:00.000Z', '2026-06-01T00:00:00.000Z', 1],
    ['are those with a time in another time zone', '2026-06-01T14:00:00+02:00', '2026-06-01T11:59:00.000Z', END, 1],
    ['are empty if the clock went back', END, '2026-06-01T13:00:00.000Z', '2026-06-01T11:00:00.000Z', 0],
  ])('%s', (_, expires, from, to, accounts) => expect(due(expires, from, to)).toHaveLength(accounts));

  it('are all if the exception names no account', () => {
    expect(accountsWithExpiries(document({ expires: END }), '2026-06-01T00:00:00.000Z', END)).toEqual({
      everywhere: true,
      named: new Set(),
    });
    expect(accountsWithExpiries({ version: 1 }, '2026-06-01T00:00:00.000Z', END)).toEqual({ everywhere: false, named: new Set() });
  });
});

describe('the last expiry before a time', () => {
  it('is the latest that is not after it', () => {
    const instant = fc.integer({ min: 0, max: 30 }).map((second) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString());
    fc.assert(
      fc.property(fc.array(instant), instant, (ends, at) => {
        const expected = ends
          .filter((end) => end <= at)
          .sort()
          .at(-1);
        expect(lastExpiries(document(...ends.map((expires) => ({ expires }))))(at)).toBe(expected);
      }),
    );
  });
});
