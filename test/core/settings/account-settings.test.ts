import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_SETTINGS, settingsFor, settingsSizes } from '../../../core/settings/account-settings.ts';
import type { ExceptionEntry, RootTaskEntry, SettingsDocument } from '../../../core/settings/document.ts';
import { endOf, instantOf } from '../../../core/settings/instant.ts';

const TERMS = { owner: 'web-team@example.com', reason: 'a reason', ticket: 'WEB-12', expires: '2027-01-31' };
const [HERE, THERE] = ['111111111111', '222222222222'];

describe('the settings of an account', () => {
  it('are the defaults of the catalogue without a settings file', () => {
    expect(EMPTY_SETTINGS).toEqual({
      breakGlassPrincipals: [],
      pipelinePrincipals: [],
      exemptPrincipals: [],
      trustedAccounts: [],
      expectedNetworks: [],
      rootTasks: [],
      backup: { recoveryPointHours: 36, minRetentionDays: 7 },
      targets: {},
      exceptions: [],
    });
  });

  it('contain the values for every account', () => {
    const declared = {
      approvedRegions: ['eu-west-1'],
      breakGlassPrincipals: ['arn:aws:iam::*:role/a'],
      pipelinePrincipals: ['arn:aws:iam::*:role/b'],
      exemptPrincipals: ['arn:aws:iam::*:role/c'],
      trustedAccounts: ['333333333333'],
      expectedNetworks: ['10.0.0.0/8'],
      targets: { overall: 60 },
    };
    expect(settingsFor({ version: 1, ...declared }, HERE)).toEqual({ ...EMPTY_SETTINGS, ...declared });
  });

  it('keep the default of an absent value', () => {
    expect(settingsFor({ version: 1, backup: { recoveryPointHours: 48 } }, HERE).backup).toEqual({
      recoveryPointHours: 48,
      minRetentionDays: 7,
    });
  });

  it('contain the root tasks of this account and of every account, in UTC', () => {
    const task = { from: '2026-11-01T09:00:00+01:00', to: '2026-11-01T10:00:00Z', reason: 'a reason', ticket: 'FIN-7' };
    const rootTasks: RootTaskEntry[] = [task, { ...task, accounts: [HERE] }, { ...task, accounts: [THERE] }];
    const normal = { ...task, from: '2026-11-01T08:00:00.000Z', to: '2026-11-01T10:00:00.000Z' };
    expect(settingsFor({ version: 1, rootTasks }, HERE).rootTasks).toEqual([normal, normal]);
    expect(settingsFor({ version: 1, rootTasks }, '333333333333').rootTasks).toEqual([normal]);
  });

  it('contain one exception for each control, for this account and for every account', () => {
    const exceptions: ExceptionEntry[] = [
      { ...TERMS, controls: ['STR-L2-01', 'STR-L2-02'], accounts: [HERE] },
      { ...TERMS, control: 'IAM-L1-01', accounts: [THERE] },
      { ...TERMS, control: 'STR-L1-02', region: 'eu-west-1', resource: { type: 'AWS::S3::Bucket', id: 'a' } },
    ];
    const terms = { ...TERMS, expires: '2027-02-01T00:00:00.000Z' };
    expect(settingsFor({ version: 1, exceptions }, HERE).exceptions).toEqual([
      { controlId: 'STR-L2-01', ...terms },
      { controlId: 'STR-L2-02', ...terms },
      { controlId: 'STR-L1-02', region: 'eu-west-1', resource: { type: 'AWS::S3::Bucket', id: 'a' }, ...terms },
    ]);
  });

  it('keep an exception that expired', () => {
    const exceptions = [{ ...TERMS, control: 'STR-L2-01', expires: '2001-01-01' }];
    expect(settingsFor({ version: 1, exceptions }, HERE).exceptions).toHaveLength(1);
  });

  it('reject an invalid time', () => {
    const exceptions = [{ ...TERMS, control: 'STR-L2-01', expires: 'soon' }];
    expect(() => settingsFor({ version: 1, exceptions }, HERE)).toThrow(RangeError);
  });
});

const account = fc.constantFrom(HERE, THERE, '333333333333');
const accounts = fc.option(fc.uniqueArray(account, { minLength: 1 }), { nil: undefined });
const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const withoutAbsent = <T extends object>(record: T): T => JSON.parse(JSON.stringify(record));
const entry: fc.Arbitrary<ExceptionEntry> = fc
  .record({
    controls: fc.uniqueArray(fc.constantFrom('STR-L2-01', 'STR-L2-02', 'IAM-L1-01'), { minLength: 1 }),
    accounts,
    region: fc.option(fc.constant('eu-west-1'), { nil: undefined }),
    owner: text,
    reason: text,
    ticket: text,
    expires: fc.constantFrom('2027-01-31', '2027-01-31T12:00:00+02:00'),
  })
  .map((made) => withoutAbsent(made) as ExceptionEntry);
const task: fc.Arbitrary<RootTaskEntry> = fc
  .record({ from: fc.constant('2026-11-01T08:00:00Z'), to: fc.constant('2026-11-01T09:00:00Z'), reason: text, ticket: text, accounts })
  .map((made) => withoutAbsent(made) as RootTaskEntry);
const document: fc.Arbitrary<SettingsDocument> = fc
  .tuple(fc.array(entry, { maxLength: 8 }), fc.array(task, { maxLength: 4 }))
  .map(([exceptions, rootTasks]) => ({ version: 1, exceptions, rootTasks }));

describe('the size of settings', () => {
  it('is that of the settings of an account, except for the comma after the last element', () => {
    fc.assert(
      fc.property(document, (given) => {
        for (const { accountId, exceptions, bytes } of settingsSizes(given)) {
          const settings = settingsFor(given, accountId ?? 'an account that is not named');
          expect(exceptions).toBe(settings.exceptions.length);
          const lists = [settings.exceptions, settings.rootTasks].filter((list) => list.length > 0).length;
          expect(bytes).toBe(Buffer.byteLength(JSON.stringify(settings)) + lists);
        }
      }),
    );
  });

  it('is returned for every named account and for all others', () => {
    const exceptions = [{ ...TERMS, control: 'STR-L2-01', accounts: [HERE] }];
    expect(settingsSizes({ version: 1, exceptions }).map(({ accountId }) => accountId)).toEqual([undefined, HERE]);
  });
});

describe('a time', () => {
  it('is returned in UTC with milliseconds', () => {
    expect(instantOf('2026-11-01T09:00:00+01:00')).toBe('2026-11-01T08:00:00.000Z');
    expect(() => instantOf('2026-02-30T25:00:00Z')).toThrow(RangeError);
  });

  it('is the end of the day if it is a date', () => {
    expect(endOf('2027-01-31')).toBe('2027-02-01T00:00:00.000Z');
    expect(endOf('2028-02-28')).toBe('2028-02-29T00:00:00.000Z');
    expect(endOf('2027-01-31T12:00:00Z')).toBe('2027-01-31T12:00:00.000Z');
    expect(() => endOf('2027-13-01')).toThrow(RangeError);
  });
});
