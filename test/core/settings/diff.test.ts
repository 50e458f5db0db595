import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settingsChanges } from '../../../core/settings/diff.ts';
import type { ExceptionEntry, RemediationDocument, RemediationRule, SettingsDocument } from '../../../core/settings/document.ts';

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
    ['is empty for another order', { approvedRegions: ['a', 'b'] }, { approvedRegions: ['b', 'a'] }, []],
    [
      'tells that a list is no longer declared',
      { approvedRegions: ['a'] },
      {},
      ['removed approvedRegions: a', 'removed approvedRegions: no longer declared'],
    ],
    ['distinguishes an empty list from an absent one', {}, { approvedRegions: [] }, ['added approvedRegions: declared as an empty list']],
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

  it('contains everything if no settings are applied', () => {
    expect(settingsChanges(undefined, { version: 1, backup: { minRetentionDays: 14 } })).toEqual([
      { kind: 'added', key: 'backup.minRetentionDays', text: '14' },
    ]);
  });

  it('is empty exactly if both are equal', () => {
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

describe('the difference in remediation', () => {
  const A: RemediationRule = { mode: 'plan', controls: ['STR-L2-01', 'CMP-L1-01'] };
  const B: RemediationRule = { mode: 'auto', controls: ['STR-L1-02'], regions: ['eu-west-1'] };
  const C: RemediationRule = { mode: 'off', controls: ['STR-L1-02'], tags: { team: 'b', env: '*' }, organizationalUnits: ['r-abcd'] };
  const [IS_A, IS_B, IS_C] = [
    'CMP-L1-01, STR-L2-01 in every account',
    'STR-L1-02 in every account, eu-west-1',
    'STR-L1-02 in every account, below r-abcd, tagged "env"="*", "team"="b"',
  ];
  const ORDER = 'changed remediation.rules: the order of the rules (the first match applies):';
  const section = (rules: RemediationRule[], more: Partial<RemediationDocument> = {}) => ({ remediation: { rules, ...more } });

  it.each<[string, Partial<SettingsDocument>, Partial<SettingsDocument>, string[]]>([
    [
      'tells what the first rules turn on',
      {},
      section([A, { ...B, withoutPlan: 'tried elsewhere', maxRisk: 'disruptive' }, C]),
      [
        `added remediation.rules: ${IS_A}: mode "plan: publishes what it would do"`,
        `added remediation.rules: ${IS_B}: mode "auto: remediates without an approval", maxRisk "disruptive", withoutPlan "tried elsewhere"`,
        `added remediation.rules: ${IS_C}: mode "off: does nothing"`,
      ],
    ],
    [
      'tells what a rule does now that did something else',
      section([A]),
      section([{ ...A, controls: [...A.controls].reverse(), mode: 'approve' }]),
      [`changed remediation.rules: ${IS_A}: mode "plan: publishes what it would do" → "approve: remediates after an approval"`],
    ],
    [
      'tells no order where a rule does something else in its place',
      section([A, B]),
      section([{ ...A, mode: 'off' }, B]),
      [`changed remediation.rules: ${IS_A}: mode "plan: publishes what it would do" → "off: does nothing"`],
    ],
    [
      'tells what a rule no longer says',
      section([{ ...A, maxRisk: 'disruptive' }]),
      section([A]),
      [`changed remediation.rules: ${IS_A}: maxRisk "disruptive" → none`],
    ],
    [
      'names a rule that is gone',
      section([A, C]),
      {},
      [
        `removed remediation.rules: ${IS_A}: mode "plan: publishes what it would do"`,
        `removed remediation.rules: ${IS_C}: mode "off: does nothing"`,
      ],
    ],
    ['shows another order of the rules', section([A, B, C]), section([C, A, B]), [`${ORDER} former 3, former 1, former 2`]],
    [
      'tells no order where a rule is new at the end',
      section([A]),
      section([A, C]),
      [`added remediation.rules: ${IS_C}: mode "off: does nothing"`],
    ],
    [
      'tells the order where a rule is new before another',
      section([A, B]),
      section([A, C, B]),
      [`added remediation.rules: ${IS_C}: mode "off: does nothing"`, `${ORDER} former 1, new, former 2`],
    ],
    [
      'tells another order of rules of the same scope',
      section([{ ...A, mode: 'auto' }, A]),
      section([A, { ...A, mode: 'auto' }]),
      [`${ORDER} former 2, former 1`],
    ],
    [
      'names limits',
      section([A], { budget: { perAccount: 5, perControl: 20 }, exemptTags: { csmm: 'keep' } }),
      section([A], {
        maxRisk: 'disruptive',
        budget: { perAccount: 6 },
        parameters: { alarmTopicName: 'alarms' },
        exemptTags: { csmm: '*', constructor: '*' },
      }),
      [
        'added remediation.maxRisk: disruptive',
        'changed remediation.budget.perAccount: 5 → 6',
        'removed remediation.budget.perControl: 20',
        'changed remediation.exemptTags.csmm: keep → *',
        'added remediation.exemptTags.constructor: *',
        'added remediation.parameters.alarmTopicName: alarms',
      ],
    ],
    [
      'names the plans that two persons must approve',
      section([A], { twoPerson: { risk: 'safe', accounts: ['111111111111'] } }),
      section([A], { twoPerson: { risk: 'disruptive', namedSessions: ['Approver', 'Lead'] } }),
      [
        'changed remediation.twoPerson.risk: safe → disruptive',
        'removed remediation.twoPerson.accounts: 111111111111',
        'added remediation.twoPerson.namedSessions: Approver, Lead',
      ],
    ],
    [
      'says that two persons must approve all plans, and that one is enough again',
      section([A], { twoPerson: {} }),
      section([A]),
      ['removed remediation.twoPerson.plans: all'],
    ],
    [
      'names change windows, whatever the order of their days',
      section([A], {
        changeWindows: [
          { days: ['Sat', 'Sun'], from: '22:00', to: '04:00' },
          { days: ['Mon'], from: '08:00', to: '09:00' },
        ],
      }),
      section([A], {
        changeWindows: [
          { days: ['Sun', 'Sat'], from: '22:00', to: '04:00' },
          { days: ['Tue'], from: '08:00', to: '24:00' },
        ],
      }),
      ['removed remediation.changeWindows: Mon from 08:00 to 09:00 UTC', 'added remediation.changeWindows: Tue from 08:00 to 24:00 UTC'],
    ],
    [
      'tells that there are no change windows any more',
      section([A], { changeWindows: [{ days: ['Sat'], from: '22:00', to: '04:00' }] }),
      section([A]),
      [
        'removed remediation.changeWindows: Sat from 22:00 to 04:00 of the next day UTC',
        'removed remediation.changeWindows: no longer declared',
      ],
    ],
  ])('%s', (_, before, after, expected) => expect(changes(before, after)).toEqual(expected));

  it('is empty exactly if both have the same rules in the same order', () => {
    const rules = fc.array(fc.constantFrom(A, B, C, { ...A, mode: 'auto' as const }), { maxLength: 4 });
    fc.assert(
      fc.property(rules, rules, (before, after) => {
        expect(changes(section(before), section(after)).length === 0).toBe(JSON.stringify(before) === JSON.stringify(after));
      }),
    );
  });
});
