import { describe, expect, it } from 'vitest';
import { checkSettings } from '../../../core/settings/check.ts';
import type { RemedyTerms } from '../../../core/settings/check-remediation.ts';
import type { ExceptionEntry, RemediationDocument, RemediationRule, SettingsDocument } from '../../../core/settings/document.ts';

const NOW = '2026-11-22T00:00:00.000Z';
const EXCEPTION: ExceptionEntry = { control: 'STR-L2-01', owner: 'a', reason: 'a', ticket: 'a', expires: '2027-01-31' };
const [HERE, THERE] = ['111111111111', '222222222222'];

/** Remedies of some controls. The others are unknown. */
const REMEDIES: Readonly<Record<string, readonly RemedyTerms[]>> = {
  'IAM-L1-01': [],
  'IAM-L1-06': [{ resourceType: 'AWS::IAM::UserCredentials', risk: 'disruptive' }],
  'MON-L2-02': [{ resourceType: 'AWS::::Account', risk: 'safe' }],
  'NET-L1-01': [{ resourceType: 'AWS::EC2::SecurityGroup', risk: 'disruptive' }],
  'STR-L2-02': [
    { resourceType: 'AWS::RDS::DBInstance', risk: 'disruptive' },
    { resourceType: 'AWS::DynamoDB::Table', risk: 'safe' },
  ],
};

const check = (document: Omit<SettingsDocument, 'version'>) =>
  checkSettings({ version: 1, ...document }, NOW, (controlId) => REMEDIES[controlId]).map(({ kind, path, text, earlier }) =>
    `${kind} ${[path.join('.'), text, earlier?.join('.') ?? ''].join(' ')}`.trim(),
  );
const exceptions = (...entries: Partial<ExceptionEntry>[]) => check({ exceptions: entries.map((entry) => ({ ...EXCEPTION, ...entry })) });

describe('settings', () => {
  it('are valid if nothing is set', () => {
    expect(check({})).toEqual([]);
  });

  it.each(['approvedRegions', 'breakGlassPrincipals', 'pipelinePrincipals', 'exemptPrincipals', 'trustedAccounts'])(
    'may not repeat an entry of %s',
    (key) => {
      expect(check({ [key]: ['a', 'b', 'a'] })).toEqual([`problem ${key}.2 repeats ${key}.0`]);
    },
  );

  it('may not repeat an account or a control of an entry', () => {
    expect(exceptions({ accounts: [HERE, HERE] })).toContain('problem exceptions.0.accounts.1 repeats exceptions.0.accounts.0');
    const { control: _, ...terms } = EXCEPTION;
    expect(check({ exceptions: [{ ...terms, controls: ['a', 'a'] }] })).toEqual([
      'problem exceptions.0.controls.1 repeats exceptions.0.controls.0',
    ]);
  });

  it('allow networks, but not the whole internet', () => {
    expect(check({ expectedNetworks: ['10.0.0.0/8', '2001:db8::/32', 'vpc-0123456789abcdef0'] })).toEqual([]);
    expect(check({ expectedNetworks: ['0.0.0.0/0', '::/0', '10.0.0.0/33', '1.2.3/8'] })).toEqual([
      'problem expectedNetworks.0 is the whole internet. Fix: list only the expected networks',
      'problem expectedNetworks.1 is the whole internet. Fix: list only the expected networks',
      'problem expectedNetworks.2 is not a CIDR block such as 10.0.0.0/8',
      'problem expectedNetworks.3 is not a CIDR block such as 10.0.0.0/8',
    ]);
  });

  it.each([
    ['is valid within seven days', '2026-11-08T08:00:00Z', undefined],
    ['is a problem if it ends before it starts', '2026-11-01T08:59:59+01:00', 'problem rootTasks.0.to is not after from'],
    ['is a problem if it ends when it starts', '2026-11-01T09:00:00+01:00', 'problem rootTasks.0.to is not after from'],
    ['is a warning if it lasts longer', '2027-11-01T08:00:00Z', 'warning rootTasks.0 lasts 365 days'],
  ])('a root task %s', (_, to, expected) => {
    const [issue] = check({ rootTasks: [{ from: '2026-11-01T08:00:00Z', to, reason: 'a', ticket: 'a' }] });
    if (expected === undefined) expect(issue).toBeUndefined();
    else expect(issue).toContain(expected);
  });
});

describe('exceptions', () => {
  it('that expired are a warning', () => {
    expect(exceptions({ expires: NOW }, {})).toEqual([expect.stringContaining(`warning exceptions.0.expires is in the past (${NOW})`)]);
    expect(exceptions({ expires: '2026-11-21' })).toHaveLength(1);
    expect(exceptions({ expires: '2026-11-22' })).toEqual([]);
  });

  it.each<[string, Partial<ExceptionEntry>, Partial<ExceptionEntry>]>([
    ['of the same control', {}, {}],
    ['of the same account among others', { accounts: [HERE] }, { accounts: [THERE, HERE] }],
    ['of the same Region', { region: 'eu-west-1' }, { region: 'eu-west-1', expires: '2028-01-01' }],
    [
      'of the same resource',
      { resource: { type: 'AWS::S3::Bucket', id: 'a' } },
      { resource: { type: 'AWS::S3::Bucket', id: 'a' }, owner: 'b' },
    ],
  ])('%s must not exist twice', (_, one, other) => {
    expect(exceptions(one, other)).toEqual(['problem exceptions.1 has the same scope as exceptions.0']);
  });

  it.each<[string, Partial<ExceptionEntry>, Partial<ExceptionEntry>]>([
    ['of two controls', {}, { control: 'STR-L2-02' }],
    ['of two accounts', { accounts: [HERE] }, { accounts: [THERE] }],
    ['of one account and of every account', {}, { accounts: [HERE] }],
    ['of two Regions', { region: 'eu-west-1' }, { region: 'us-east-1' }],
    ['of two resources', { resource: { type: 'AWS::S3::Bucket', id: 'a' } }, { resource: { type: 'AWS::S3::Bucket', id: 'b' } }],
  ])('%s can exist together', (_, one, other) => {
    expect(exceptions(one, other)).toEqual([]);
  });

  it('can be renewed by a second entry after the first has expired', () => {
    expect(exceptions({ expires: '2026-01-01' }, {})).toEqual([expect.stringMatching(/^warning/)]);
  });

  const many = (count: number, accounts?: readonly string[]) =>
    Array.from({ length: count }, (_, index) => ({
      resource: { type: 'AWS::S3::Bucket', id: `b-${index}` },
      ...(accounts && { accounts }),
    }));

  it('can be at most 1,000 in an account', () => {
    expect(exceptions(...many(600), ...many(400, [HERE]))).toEqual([]);
    expect(exceptions(...many(600), ...many(401, [HERE]))).toEqual([
      expect.stringContaining(
        `problem exceptions are too many: given 1001 for account ${HERE}, counted once for each control; allowed 1000. Fix: `,
      ),
    ]);
  });

  it('that are too many for every account are reported once', () => {
    expect(exceptions(...many(1001), { accounts: [HERE] })).toEqual([
      expect.stringContaining('are too many: given 1001 for every account'),
    ]);
  });

  it('can have at most 300,000 bytes in an account', () => {
    const reason = 'r'.repeat(256);
    const long = (count: number) => many(count).map((entry) => ({ ...entry, reason }));
    expect(exceptions(...long(700))).toEqual([]);
    expect(exceptions(...long(900))).toEqual([
      expect.stringMatching(/^problem {2}is too large: given \d+ bytes for every account; allowed 300000\. Fix: /),
    ]);
  });
});

describe('remediation', () => {
  const remediation = (more: Partial<RemediationDocument>) =>
    check({ remediation: { rules: [{ mode: 'plan', controls: ['b'] }], ...more } });
  const rules = (...given: Partial<RemediationRule>[]) =>
    remediation({ rules: given.map((rule) => ({ mode: 'plan', controls: ['a'], ...rule })) });
  const NEVER = (earlier: number) => `never applies: all findings that it matches are already matched by remediation.rules.${earlier}`;

  it.each(['controls', 'accounts', 'organizationalUnits', 'regions'])('may not repeat an entry of %s of a rule', (key) => {
    expect(rules({ [key]: ['a', 'b', 'a'] })).toEqual([`problem remediation.rules.0.${key}.2 repeats remediation.rules.0.${key}.0`]);
  });

  it('may not repeat a day of a change window', () => {
    expect(remediation({ changeWindows: [{ days: ['Sat', 'Sat'], from: '22:00', to: '04:00' }] })).toEqual([
      'problem remediation.changeWindows.0.days.1 repeats remediation.changeWindows.0.days.0',
    ]);
  });

  it.each(['plan', 'approve', 'auto'] as const)('may not be in mode %s for a control that has no remedy', (mode) => {
    expect(rules({ mode, controls: ['a', 'IAM-L1-01'] })).toEqual([
      'problem remediation.rules.0.controls.1 is IAM-L1-01, which has no runbook. Fix: remove it or set mode off',
    ]);
  });

  it('can turn off a control without a remedy', () => {
    expect(rules({ mode: 'off', controls: ['IAM-L1-01'] })).toEqual([]);
  });

  it('is not checked for remedies without remediesOf', () => {
    const document: SettingsDocument = { version: 1, remediation: { rules: [{ mode: 'auto', controls: ['IAM-L1-01'] }] } };
    expect(checkSettings(document, NOW)).toEqual([]);
  });

  it.each<[string, Partial<RemediationRule>, Partial<RemediationRule>]>([
    ['as one without conditions', {}, {}],
    ['as one with fewer conditions', {}, { accounts: [HERE], regions: ['eu-west-1'], organizationalUnits: ['r-abcd'], tags: { a: 'b' } }],
    ['as one for more accounts', { accounts: [HERE, THERE] }, { accounts: [THERE] }],
    ['as one for more Regions', { regions: ['eu-west-1', 'global'] }, { regions: ['global'], accounts: [HERE] }],
    ['as one for more units', { organizationalUnits: ['ou-1', 'ou-2'] }, { organizationalUnits: ['ou-2'] }],
    ['as one for any value of a tag', { tags: { a: '*' } }, { tags: { a: 'b', c: 'd' } }],
    ['as one for the same tag', { tags: { a: 'b' } }, { tags: { a: 'b' } }],
    ['with any modes', { mode: 'off' }, { mode: 'auto' }],
  ])('may not have a rule after a broader one, %s', (_, earlier, later) => {
    expect(rules(earlier, later)).toEqual([`problem remediation.rules.1.controls.0 ${NEVER(0)}`]);
  });

  it.each<[string, Partial<RemediationRule>, string]>([
    [
      'only in Regions, for a control of global resources',
      { mode: 'plan', controls: ['IAM-L1-06'], regions: ['eu-west-1'] },
      'is IAM-L1-06, whose resources are global, so no finding matches regions. Fix: add global to regions',
    ],
    [
      'only in Regions, for a finding on the account',
      { mode: 'auto', controls: ['MON-L2-02'], regions: ['eu-west-1'] },
      'is MON-L2-02, whose resources are global, so no finding matches regions. Fix: add global to regions',
    ],
    [
      'only for global resources, for a control of resources in Regions',
      { mode: 'auto', controls: ['STR-L2-02'], regions: ['global'] },
      'is STR-L2-02, whose resources are in Regions, so no finding matches regions. Fix: add Regions to regions',
    ],
    [
      'that starts nothing, because every runbook is above the maximum risk',
      { mode: 'auto', controls: ['NET-L1-01'] },
      'is NET-L1-01, whose runbooks have the risk disruptive (allowed: safe), so mode auto never starts one. Fix: set maxRisk disruptive in the rule, or mode plan',
    ],
    [
      'that no approval can start either',
      { mode: 'approve', controls: ['NET-L1-01'], maxRisk: 'safe' },
      'is NET-L1-01, whose runbooks have the risk disruptive (allowed: safe), so mode approve never starts one. Fix: set maxRisk disruptive in the rule, or mode plan',
    ],
  ])('may not have a rule %s', (_, rule, text) => {
    expect(rules(rule)).toEqual([`problem remediation.rules.0.controls.0 ${text}`]);
  });

  it.each<[string, Partial<RemediationRule>]>([
    ['for global resources', { mode: 'approve', controls: ['IAM-L1-06'], regions: ['global', 'eu-west-1'], maxRisk: 'disruptive' }],
    ['that only plans', { mode: 'plan', controls: ['NET-L1-01'] }],
    ['of which some runbooks are within the risk', { mode: 'auto', controls: ['STR-L2-02'] }],
    ['that is off', { mode: 'off', controls: ['IAM-L1-06'], regions: ['eu-west-1'] }],
  ])('can have a rule %s', (_, rule) => {
    expect(rules(rule)).toEqual([]);
  });

  it.each<[string, Partial<RemediationRule>, Partial<RemediationRule>]>([
    ['of another control', {}, { controls: ['c'] }],
    ['for every account after some', { accounts: [HERE] }, {}],
    ['for another account too', { accounts: [HERE] }, { accounts: [HERE, THERE] }],
    ['for every Region after some', { regions: ['eu-west-1'] }, { accounts: [HERE] }],
    ['of another unit', { organizationalUnits: ['ou-1'] }, { organizationalUnits: ['ou-2'] }],
    ['of another value of a tag', { tags: { a: 'b' } }, { tags: { a: 'c' } }],
    ['of any value of a tag after one', { tags: { a: 'b' } }, { tags: { a: '*' } }],
    ['without the tag', { tags: { a: '*' } }, {}],
    ['with a tag named like a property of every object', { tags: { constructor: '*' } }, { tags: { a: 'b' } }],
  ])('can have a later rule %s', (_, earlier, later) => {
    expect(rules(earlier, later)).toEqual([]);
  });

  it('names the first of several broader rules', () => {
    const [some, rest, other] = [{ regions: ['eu-west-1'] }, { controls: ['b', 'a'] }, { controls: ['c'] }];
    expect(rules({}, {}, some)).toEqual([
      `problem remediation.rules.1.controls.0 ${NEVER(0)}`,
      `problem remediation.rules.2.controls.0 ${NEVER(0)}`,
    ]);
    expect(rules(some, rest, other, { controls: ['d', 'a', 'c'] })).toEqual([
      `problem remediation.rules.3.controls.1 ${NEVER(1)}`,
      `problem remediation.rules.3.controls.2 ${NEVER(2)}`,
    ]);
  });

  it('is checked in linear time', () => {
    const accounts = Array.from({ length: 900 }, (_, index) => String(index));
    const controls = Array.from({ length: 100 }, (_, index) => `c-${index}`);
    const many = Array.from({ length: 200 }, (_, index) => ({ controls, accounts: [...accounts, `of ${index}`] }));
    expect(rules(...many)).toEqual([]);
  });

  it('may have no unknown time zone, and no freeze without a day', () => {
    const freeze = { from: '2026-12-18', to: '2027-01-04', reason: 'end of the year' };
    const window = { days: ['Mon'], from: '08:00', to: '16:00' } as const;
    expect(remediation({ freezes: [freeze, { ...freeze, zone: 'Europe/Berlin' }], changeWindows: [{ ...window, zone: 'UTC' }] })).toEqual(
      [],
    );
    expect(
      remediation({ freezes: [{ ...freeze, to: '2026-12-17', zone: 'Europe/Atlantis' }], changeWindows: [{ ...window, zone: 'Moon' }] }),
    ).toEqual([
      'problem remediation.changeWindows.0.zone is "Moon", which is not a time zone. Fix: use a name such as Europe/Berlin',
      'problem remediation.freezes.0.zone is "Europe/Atlantis", which is not a time zone. Fix: use a name such as Europe/Berlin',
      'problem remediation.freezes.0.to is before from (2026-12-18), so the freeze has no day',
    ]);
  });

  it('warns of a grace period in another mode', () => {
    expect(rules({ mode: 'approve', grace: '24h' })).toEqual([
      'warning remediation.rules.0.grace has no effect in mode approve (allowed: auto)',
    ]);
  });

  it('warns of maxRisk destructive, for all rules or for one', () => {
    expect(remediation({ maxRisk: 'destructive' })).toEqual([
      expect.stringMatching(/^warning remediation\.maxRisk is destructive, .* require approval/),
    ]);
    expect(rules({ maxRisk: 'destructive' })).toEqual([expect.stringMatching(/^warning remediation\.rules\.0\.maxRisk is destructive, /)]);
    expect(remediation({ maxRisk: 'disruptive' })).toEqual([]);
  });

  it('warns of a reason for auto in another mode', () => {
    const withoutPlan = 'tried elsewhere';
    expect(rules({ mode: 'approve', withoutPlan })).toEqual([
      'warning remediation.rules.0.withoutPlan has no effect in mode approve (allowed: auto)',
    ]);
    expect(rules({ mode: 'auto', withoutPlan }, { mode: 'auto', controls: ['c'] })).toEqual([]);
  });

  it('has no change window without a length', () => {
    const window = (from: string, to: string) => remediation({ changeWindows: [{ days: ['Sun'], from, to }] });
    expect(window('22:00', '22:00')).toEqual([
      expect.stringContaining('problem remediation.changeWindows.0.to equals from (22:00), so the window never opens'),
    ]);
    expect([...window('22:00', '21:59'), ...window('00:00', '24:00')]).toEqual([]);
  });

  it('warns of keys of exempt tags that differ only in case', () => {
    expect(remediation({ exemptTags: { 'csmm/keep': '*', 'CSMM/Keep': '*', keep: '*' } })).toEqual([
      'warning remediation.exemptTags.CSMM/Keep has a key that differs only in case from "csmm/keep". Tag keys are case-sensitive. Is this intended?',
    ]);
  });
});
