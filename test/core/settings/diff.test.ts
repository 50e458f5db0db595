import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settingsChanges } from '../../../core/settings/diff.ts';
import type { ExceptionEntry, SettingsDocument } from '../../../core/settings/document.ts';

const changes = (before: Partial<SettingsDocument>, after: Partial<SettingsDocument>) =>
  settingsChanges({ version: 1, ...before }, { version: 1, ...after }).map(({ kind, key, text }) => `${kind} ${key}: ${text}`);

const EXCEPTION: ExceptionEntry = {
  control: 'STR-L1-02',
  accounts: ['222222222222', '111111111111'],
  region: 'eu-west-1',
  resource: { type: 'AWS::S3::Bucket', id: 'public-website' },
  owner: 'web-team@example.com',
  reason: 'the website',
  ticket: 'WEB-12',
  expires: '2027-01-31',
};
const SCOPE = 'STR-L1-02 on AWS::S3::Bucket public-website in 111111111111, 222222222222, eu-west-1';

describe('the difference between two documents', () => {
  it.each<[string, Partial<SettingsDocument>, Partial<SettingsDocument>, string[]]>([
    [
      'names the words of a list',
      { trustedAccounts: ['111111111111'] },
      { trustedAccounts: ['222222222222'] },
      ['removed trustedAccounts: 111111111111', 'added trustedAccounts: 222222222222'],
    ],
    ['is none in another order', { approvedRegions: ['a', 'b'] }, { approvedRegions: ['b', 'a'] }, []],
    [
      'tells that a list is no longer declared',
      { approvedRegions: ['a'] },
      {},
      ['removed approvedRegions: a', 'removed approvedRegions: no longer declared'],
    ],
    ['tells an empty list from none', {}, { approvedRegions: [] }, ['added approvedRegions: declared, with nothing in it']],
    [
      'names single values',
      { targets: { iam: 80, overall: 50 } },
      { targets: { iam: 90, storage: 60 } },
      ['changed targets.iam: 80 → 90', 'removed targets.overall: 50', 'added targets.storage: 60'],
    ],
    [
      'names an exception that is new',
      {},
      { exceptions: [EXCEPTION] },
      [`added exceptions: ${SCOPE}: expires "2027-01-31", owner "web-team@example.com", ticket "WEB-12", reason "the website"`],
    ],
    [
      'names what changed of an exception',
      { exceptions: [EXCEPTION] },
      { exceptions: [{ ...EXCEPTION, expires: '2027-06-30' }] },
      [`changed exceptions: ${SCOPE}: expires "2027-01-31" → "2027-06-30"`],
    ],
    [
      'tells a second entry for the same from a changed one',
      { exceptions: [EXCEPTION] },
      { exceptions: [EXCEPTION, { ...EXCEPTION, expires: '2027-06-30' }] },
      [`added exceptions: ${SCOPE}: expires "2027-06-30", owner "web-team@example.com", ticket "WEB-12", reason "the website"`],
    ],
    [
      'names a root task that is gone',
      { rootTasks: [{ from: 'f', to: 't', reason: 'r', ticket: 'k' }] },
      {},
      ['removed rootTasks: in every account from f: to "t", reason "r", ticket "k"'],
    ],
  ])('%s', (_, before, after, expected) => expect(changes(before, after)).toEqual(expected));

  it('is all of it where nothing is applied', () => {
    expect(settingsChanges(undefined, { version: 1, backup: { minRetentionDays: 14 } })).toEqual([
      { kind: 'added', key: 'backup.minRetentionDays', text: '14' },
    ]);
  });

  it('is none exactly where both say the same', () => {
    const words = fc.option(fc.uniqueArray(fc.constantFrom('a', 'b')), { nil: undefined });
    const exceptions = fc.array(
      fc
        .record({ control: fc.constantFrom('STR-L1-02', 'STR-L2-01'), expires: fc.constantFrom('2027-01-31', '2027-06-30') })
        .map((changed) => ({ ...EXCEPTION, ...changed })),
      { maxLength: 3 },
    );
    const document = fc
      .record({ version: fc.constant(1 as const), approvedRegions: words, exceptions })
      .map(({ approvedRegions, ...rest }): SettingsDocument => ({ ...rest, ...(approvedRegions && { approvedRegions }) }));
    const told = ({ approvedRegions, exceptions = [] }: SettingsDocument) =>
      JSON.stringify([approvedRegions && [...approvedRegions].sort(), exceptions.map((entry) => JSON.stringify(entry)).sort()]);
    fc.assert(
      fc.property(document, document, (before, after) => {
        expect(settingsChanges(before, after).length === 0).toBe(told(before) === told(after));
        expect(settingsChanges(after, before).length === 0).toBe(told(before) === told(after));
      }),
    );
  });
});
