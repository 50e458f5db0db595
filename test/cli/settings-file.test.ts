import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../cli/exit.ts';
import { readSettingsFile, readSettingsText } from '../../cli/settings-file.ts';
import { CONTROLS } from '../../controls/index.ts';
import { REMEDIES } from '../../controls/remedies.ts';
import { DEFAULT_BUDGET, DEFAULT_MAX_RISK, ruleFor } from '../../core/remediation/decide/rules.ts';
import { known } from '../../core/remediation/model/known.ts';
import { RISKS } from '../../core/remediation/model/remedy.ts';
import { settingsFor } from '../../core/settings/account-settings.ts';
import { REMEDIATION_MODES, WEEKDAYS } from '../../core/settings/document.ts';
import schema from '../../schemas/csmm.schema.json' with { type: 'json' };
import { directoryOf } from './support.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const NOW = '2026-11-22T00:00:00.000Z';
const read = (text: string) => readSettingsText(text, 'csmm.yaml', NOW);

/** What is wrong with a text. */
async function problemsOf(text: string): Promise<readonly string[]> {
  const thrown = await read(text).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(UsageError);
  return (thrown as UsageError).problems;
}

const TERMS = 'owner: a, reason: b, ticket: c, expires: 2027-01-31';
const remediation = (more: string, rules = '[{mode: plan, controls: [STR-L2-01]}]') =>
  `version: 1\nremediation: {${more}, rules: ${rules}}\n`;
const rule = (more: string) => `version: 1\nremediation: {rules: [{mode: plan, controls: [STR-L2-01], ${more}}]}\n`;
const exception = (more: string, terms = TERMS) => `version: 1\nexceptions:\n  - {${more}, ${terms}}\n`;

const page = readFileSync(join(root, 'docs/settings.md'), 'utf8');

describe('the page of settings', () => {
  const [, example = ''] = page.match(/^```yaml\n([\s\S]*?)^```/m) ?? [];
  const columns = [...page.matchAll(/^\| `(\w+)[.`]/gm)].map((row) => row[1]);

  it('shows an example that is read without a warning', async () => {
    const { document, warnings } = await read(example);
    expect(warnings).toEqual([]);
    expect(Object.keys(document).sort()).toEqual(Object.keys(schema.properties).sort());
    const settings = settingsFor(document, '111111111111');
    expect(settings.rootTasks).toHaveLength(1);
    expect(settings.exceptions.map(({ controlId, expires }) => [controlId, expires])).toEqual([['STR-L1-02', '2027-02-01T00:00:00.000Z']]);
    expect(settingsFor(document, '333333333333').exceptions.map(({ controlId }) => controlId)).toEqual(['STR-L2-01', 'STR-L2-02']);
  });

  it('shows rules of remediation that decide as the page says', async () => {
    const { remediation } = (await read(example)).document;
    const finding = { controlId: 'STR-L2-01', accountId: '111111111111', region: 'eu-west-1', tags: known({}), units: known([]) };
    const modeOf = (other: Partial<Parameters<typeof ruleFor>[1]>) => {
      const match = ruleFor(remediation, { ...finding, ...other });
      return match.kind === 'rule' ? match.rule.mode : match.kind;
    };
    expect(modeOf({})).toBe('auto');
    expect(modeOf({ accountId: '333333333333' })).toBe('off');
    expect(modeOf({ tags: known({ stage: 'production' }), units: known(['ou-abcd-11111111', 'r-abcd']) })).toBe('approve');
    expect(modeOf({ region: 'us-east-1' })).toBe('none');
    expect(modeOf({ controlId: 'CMP-L1-01' })).toBe('plan');
  });

  it('names every key of the schema, of settings, exceptions and remediation', () => {
    const { exception, remediation, remediationRule } = schema.definitions;
    const keys = [schema, exception, remediation, remediationRule].flatMap(({ properties }) => Object.keys(properties));
    expect(keys.filter((key) => !columns.includes(key) && !page.includes(`or \`${key}\``))).toEqual([]);
  });

  it('names only controls of the catalogue', () => {
    const ids = new Set(page.match(/\b[A-Z]{3}-L\d-\d{2}\b/g));
    expect(ids.size).toBeGreaterThan(10);
    expect([...ids].filter((id) => !CONTROLS.some((control) => control.id === id))).toEqual([]);
  });

  it('names the limits of the schema', () => {
    const { approvedRegions, trustedAccounts, exceptions } = schema.properties;
    expect([approvedRegions.maxItems, trustedAccounts.maxItems, exceptions.maxItems]).toEqual([100, 1000, 5000]);
    for (const limit of ['at most 100 ', 'at most 1,000 ', 'at most 5,000 ']) expect(page).toContain(limit);
    const { remediation, controls, tags } = schema.definitions;
    expect([remediation.properties.rules.maxItems, controls.maxItems, tags.maxProperties]).toEqual([200, 128, 50]);
    for (const limit of ['1 to 200 rules', '1 to 128 controls', 'at most 50 ']) expect(page).toContain(limit);
  });
});

describe('the schema of remediation', () => {
  const { remediation, remediationRule, risk, changeWindow } = schema.definitions;

  it('has the words of its types', () => {
    expect(remediationRule.properties.mode.enum).toEqual(REMEDIATION_MODES);
    expect(risk.enum).toEqual(RISKS);
    expect(changeWindow.properties.days.items.enum).toEqual(WEEKDAYS);
  });

  it('has the defaults that hold', () => {
    const { perAccount, perControl } = remediation.properties.budget.properties;
    expect({ perAccount: perAccount.default, perControl: perControl.default }).toEqual(DEFAULT_BUDGET);
    expect(risk.default).toBe(DEFAULT_MAX_RISK);
    const [, ofRisk] = page.match(/^\| `maxRisk` .* \| `(\w+)` \|$/m) ?? [];
    const figures = [...page.matchAll(/^\| `budget\.\w+` .* \| (\d+) \|$/gm)].map((row) => Number(row[1]));
    expect([ofRisk, ...figures]).toEqual([DEFAULT_MAX_RISK, DEFAULT_BUDGET.perAccount, DEFAULT_BUDGET.perControl]);
  });
});

describe('a settings file', () => {
  it('may say nothing but its version', async () => {
    expect(await read('version: 1')).toEqual({ document: { version: 1 }, warnings: [] });
  });

  it('is read from its path, with or without a byte order mark and carriage returns', async () => {
    const directory = await directoryOf({ 'csmm.yaml': '\uFEFFversion: 1\r\napprovedRegions: [eu-west-1]\r\n' });
    const { document } = await readSettingsFile(join(directory, 'csmm.yaml'));
    expect(document).toEqual({ version: 1, approvedRegions: ['eu-west-1'] });
  });

  it('may repeat a list by an alias', async () => {
    const text = `version: 1\nexceptions:\n  - {control: STR-L2-01, accounts: &web ['111111111111'], ${TERMS}}\n  - {control: STR-L2-02, accounts: *web, ${TERMS}}\n`;
    expect((await read(text)).document.exceptions?.map(({ accounts }) => accounts)).toEqual([['111111111111'], ['111111111111']]);
  });

  it('keeps an exception that expired, and warns', async () => {
    const { document, warnings } = await read(
      exception('control: STR-L2-01', 'owner: a, reason: b, ticket: c, expires: 2026-11-22T00:00:00Z'),
    );
    expect(document.exceptions).toHaveLength(1);
    expect(warnings).toEqual([
      expect.stringMatching(/^csmm\.yaml:3:\d+: exceptions\[0\]\.expires is in the past \(2026-11-22T00:00:00Z\)/),
    ]);
  });

  it('warns of a type of resource that the control does not judge', async () => {
    const { warnings } = await read(exception('control: STR-L2-01, resource: {type: AWS::S3::Bukcet, id: a}'));
    expect(warnings).toEqual([
      'csmm.yaml:3:43: exceptions[0].resource.type is "AWS::S3::Bukcet", which STR-L2-01 does not evaluate; did you mean AWS::S3::Bucket?',
    ]);
    expect((await read(exception('control: STR-L2-01, resource: {type: AWS::S3::Bucket, id: a}'))).warnings).toEqual([]);
    expect((await read(exception("control: STR-L2-01, resource: {type: 'AWS::::Account', id: a}"))).warnings).toEqual([]);
  });

  it.each([
    ['a mode, of which YAML 1.1 would make a truth value', rule('').replace('plan', 'off')],
    ['conditions', rule("accounts: ['111111111111'], regions: [global, eu-west-1], organizationalUnits: [ou-abcd-11111111, r-abcd]")],
    [
      'a tag of any letters, and one of any value',
      rule("tags: {'größe/π: 1': 'klein, ja', 'aws:cloudformation:stack-name': '*', __proto__: ''}"),
    ],
    ['the longest tag', rule(`tags: {${'k'.repeat(128)}: ${'v'.repeat(256)}}`)],
    ['a reason for auto', rule('').replace('plan, ', 'auto, withoutPlan: tried it all, ')],
    ['a whole day', remediation("changeWindows: [{days: [Sun], from: '00:00', to: '24:00'}]")],
    ['a window over midnight, not in quotes', remediation('changeWindows: [{days: [Sun], from: 22:00, to: 04:30}]')],
    ['the greatest budget', remediation('budget: {perAccount: 1000, perControl: 1}')],
    ['the longest name of a topic', remediation(`parameters: {alarmTopicName: ${'a'.repeat(256)}}`)],
  ])('may have remediation with %s', async (_, text) => {
    expect((await read(text)).warnings).toEqual([]);
  });

  it('keeps remediation as it is written', async () => {
    const { remediation } = (await read(rule("tags: {'a/b': '*', __proto__: x}"))).document;
    expect(remediation?.rules.map(({ tags }) => Object.entries(tags ?? {}))).toEqual([
      [
        ['a/b', '*'],
        ['__proto__', 'x'],
      ],
    ]);
  });

  it('rejects a rule of remediation that never decides, and names both', async () => {
    const rules = '\n  - {mode: plan, controls: [STR-L2-01]}\n  - {mode: off, controls: [STR-L2-01], regions: [eu-west-1]}\n';
    await expect(read(`version: 1\nremediation:\n  rules:${rules}`)).rejects.toThrow(
      /csmm\.yaml:5:28: remediation\.rules\[1\]\.controls\[0\] never applies: all findings that it matches are already matched by remediation\.rules\[0\] in line 4/,
    );
  });

  it('warns of exempt tags that differ only in case, and names the place', async () => {
    expect((await read(remediation("exemptTags: {'csmm/keep': '*', 'csmm/Keep': '*'}"))).warnings).toEqual([
      expect.stringMatching(
        /^csmm\.yaml:2:59: remediation\.exemptTags\["csmm\/Keep"\] has a key that differs only in case from "csmm\/keep"/,
      ),
    ]);
  });

  it.each([
    ['is empty', 'version: 1\nremediation:', '2:13: remediation must be a mapping with rules and optionally maxRisk,'],
    ['has no rules', 'version: 1\nremediation: {maxRisk: safe}', '2:14: remediation has no rules; add rules: a list of rules'],
    [
      'has an empty list of rules',
      remediation('maxRisk: safe', '[]'),
      'remediation.rules must be a list of rules (the first rule that matches',
    ],
    [
      'has too many rules',
      remediation('maxRisk: safe', `[${'{mode: off, controls: [STR-L2-01], accounts: ["111111111111"]},'.repeat(201)}]`),
      'remediation.rules has 201 entries; 200 are allowed',
    ],
    [
      'has a key too many',
      remediation('rule: []'),
      '2:15: unknown key "rule"; did you mean rules? Allowed in remediation: rules, maxRisk,',
    ],
    [
      'names an unknown control',
      remediation('maxRisk: safe', '[{mode: plan, controls: [STR-L2-1]}]'),
      'remediation.rules[0].controls[0]: unknown control "STR-L2-1"; did you mean STR-L2-01',
    ],
    [
      'names an unknown control with the form of an id',
      remediation('maxRisk: safe', '[{mode: plan, controls: [STR-L2-99]}]'),
      'remediation.rules[0].controls[0]: unknown control "STR-L2-99"',
    ],
    [
      'names an unknown control that is to be off',
      remediation('maxRisk: safe', '[{mode: off, controls: [nonsense]}]'),
      'remediation.rules[0].controls[0]: unknown control "nonsense"; csmm controls',
    ],
    [
      'has a rule without a mode',
      remediation('maxRisk: safe', '[{controls: [STR-L2-01]}]'),
      'remediation.rules[0] has no mode; add mode: off (csmm does nothing), plan',
    ],
    [
      'has a rule without controls',
      remediation('maxRisk: safe', '[{mode: plan}]'),
      'remediation.rules[0] has no controls; add controls: a list of control IDs',
    ],
    [
      'has another mode',
      remediation('maxRisk: safe', '[{mode: on, controls: [STR-L2-01]}]'),
      'remediation.rules[0].mode must be off (csmm does nothing), plan',
    ],
    [
      'has another mode of truth',
      remediation('maxRisk: safe', '[{mode: false, controls: [STR-L2-01]}]'),
      'remediation.rules[0].mode must be off (csmm does nothing), plan',
    ],
    [
      'has another risk',
      remediation('maxRisk: high'),
      'remediation.maxRisk must be safe, disruptive or destructive (the maximum risk), not "high"',
    ],
    [
      'has an account that is a number',
      rule('accounts: [111111111111]'),
      "remediation.rules[0].accounts[0] must be an account ID of 12 digits in quotes, such as '111111111111', not the number 111111111111; put it in quotes",
    ],
    [
      'has a unit that is none',
      rule('organizationalUnits: [ou-1]'),
      'remediation.rules[0].organizationalUnits[0] must be the ID of an organizational unit such as ou-abcd-11111111',
    ],
    [
      'has a Region that is none',
      rule('regions: [europe]'),
      'remediation.rules[0].regions[0] must be a Region such as eu-west-1, or global, not "europe"',
    ],
    [
      'has an empty list of Regions',
      rule('regions: []'),
      'remediation.rules[0].regions must be a list of Regions, with global for resources without a Region',
    ],
    ['has no tag', rule('tags: {}'), 'remediation.rules[0].tags must be a mapping of 1 to 50 tag keys to values, not a mapping'],
    [
      'has too many tags',
      rule(`tags: {${Array.from({ length: 51 }, (_, index) => `k${index}: v`).join(', ')}}`),
      'remediation.rules[0].tags must be a mapping of 1 to 50 tag keys',
    ],
    [
      'has a wildcard in the value of a tag',
      rule("tags: {'a/b': 'web-*'}"),
      'remediation.rules[0].tags["a/b"] must be a tag value of at most 256 characters without *, or',
    ],
    [
      'has a wildcard in the key of a tag',
      rule("tags: {'team/*': x}"),
      'a key of remediation.rules[0].tags must be a tag key of at most 128 characters without *, not "team/*"',
    ],
    [
      'has a tag without a key',
      remediation("exemptTags: {'': x}"),
      'a key of remediation.exemptTags must be a tag key of at most 128 characters without *, not ""',
    ],
    [
      'has a tag whose key is too long',
      remediation(`exemptTags: {${'k'.repeat(129)}: x}`),
      'a key of remediation.exemptTags must be a tag key',
    ],
    [
      'has a tag whose value is too long',
      remediation(`exemptTags: {a: ${'v'.repeat(257)}}`),
      'remediation.exemptTags.a is 257 characters long; 256 are allowed',
    ],
    [
      'has a tag whose value is a truth value',
      remediation('exemptTags: {keep: true}'),
      "remediation.exemptTags.keep must be a tag value of at most 256 characters without *, or '*' for any value, not the true; put it in quotes, 'true'",
    ],
    [
      'has a budget of nothing',
      remediation('budget: {perAccount: 0}'),
      'remediation.budget.perAccount must be a whole number from 1 to 1000',
    ],
    [
      'has a budget of too much',
      remediation('budget: {perControl: 1001}'),
      'remediation.budget.perControl must be a whole number from 1 to 1000',
    ],
    [
      'has no change window',
      remediation('changeWindows: []'),
      'remediation.changeWindows must be a list of windows in which runbooks may start',
    ],
    [
      'has a change window without days',
      remediation("changeWindows: [{from: '08:00', to: '09:00'}]"),
      'remediation.changeWindows[0] has no days; add days: a list of the days',
    ],
    [
      'has a day that is none',
      remediation("changeWindows: [{days: [Sonntag], from: '08:00', to: '09:00'}]"),
      'remediation.changeWindows[0].days[0] must be Sun, Mon,',
    ],
    [
      'begins at no time',
      remediation("changeWindows: [{days: [Sun], from: '24:00', to: '09:00'}]"),
      'remediation.changeWindows[0].from must be a time of day, in quotes, such as \'22:00\', not "24:00"',
    ],
    [
      'ends at no time',
      remediation("changeWindows: [{days: [Sun], from: '08:00', to: '8:60'}]"),
      'remediation.changeWindows[0].to must be a time of day',
    ],
    [
      'ends at a number',
      remediation("changeWindows: [{days: [Sun], from: '08:00', to: 900}]"),
      "remediation.changeWindows[0].to must be a time of day, in quotes, such as '04:30' (before from: on the next day; '24:00': the end of the day), not the number 900; put it in quotes",
    ],
    [
      'never opens',
      remediation("changeWindows: [{days: [Sun], from: '08:00', to: '08:00'}]"),
      'remediation.changeWindows[0].to equals from (08:00), so the window never opens',
    ],
    [
      'gives no sentence for auto',
      rule('withoutPlan: becauseIsaidso'),
      'remediation.rules[0].withoutPlan must be a sentence of 10 to 256 characters',
    ],
    [
      'gives a short reason for auto',
      rule('withoutPlan: I say so'),
      'remediation.rules[0].withoutPlan must be a sentence of 10 to 256 characters',
    ],
    [
      'names a topic by its ARN',
      remediation("parameters: {alarmTopicName: 'arn:aws:sns:eu-west-1:111111111111:alarms'}"),
      'remediation.parameters.alarmTopicName must be the name (not the ARN) of a standard SNS topic',
    ],
    [
      'repeats a day',
      remediation("changeWindows: [{days: [Sun, Sun], from: '08:00', to: '09:00'}]"),
      'remediation.changeWindows[0].days[1] repeats remediation.changeWindows[0].days[0] in line 2; keep one of the two',
    ],
  ])('is refused where its remediation %s', async (_, text, expected) => {
    const problems = await problemsOf(text);
    expect(problems).toEqual([expect.stringMatching(/^csmm\.yaml:2:\d+: ./)]);
    expect(problems[0]).toContain(expected);
  });

  it('is refused where a control that only a person can put right is to be', async () => {
    const byHand = CONTROLS.find(({ id }) => !Object.hasOwn(REMEDIES, id))!.id;
    expect(await problemsOf(remediation('maxRisk: safe', `[{mode: auto, controls: [STR-L2-01, ${byHand}]}]`))).toEqual([
      expect.stringContaining(`remediation.rules[0].controls[1] is ${byHand}, which has no runbook. Fix: remove it or set mode off`),
    ]);
    expect((await read(remediation('maxRisk: safe', `[{mode: off, controls: [${byHand}]}]`))).warnings).toEqual([]);
  });

  it.each([
    ['is there twice', 'version: 1\nversion: 1', '2:1: the key "version" is there twice, first in line 1; keep one of the two'],
    [
      'is misspelled',
      'version: 1\naprovedRegions: []',
      '2:1: unknown key "aprovedRegions"; did you mean approvedRegions? Allowed in the file: version,',
    ],
    [
      'is misspelled below',
      'version: 1\ntargets: {overal: 60}',
      '2:11: unknown key "overal"; did you mean overall? Allowed in targets: overall, iam,',
    ],
    ['is that of an object', 'version: 1\n__proto__: {a: 1}', '2:1: unknown key "__proto__"'],
    ['is YAML 1.1’s merge', 'version: 1\n<<: {targets: {}}', '2:1: unknown key "<<"'],
    ['is no text', 'version: 1\n? [a]\n: 1', '2:3: not valid YAML: '],
  ])('is refused where a key %s', async (_, text, expected) => {
    expect(await problemsOf(text)).toEqual([expect.stringContaining(`csmm.yaml:${expected}`)]);
  });

  it.each([
    ['the file is empty', '', '1:1: the file must be a mapping of settings that starts with version: 1, not empty'],
    ['the file is a list', '- version: 1', '1:1: the file must be a mapping of settings that starts with version: 1, not a list'],
    ['no version is given', 'targets: {}', '1:1: the file has no version; add version: 1 (the version of this format)'],
    ['the version is another', 'version: 2', '1:10: version must be 1 (the version of this format), not the number 2'],
    [
      'a Region is none',
      'version: 1\napprovedRegions: [global]',
      '2:19: approvedRegions[0] must be a Region such as eu-west-1, not "global"',
    ],
    [
      'a list is empty that would leave nothing to judge',
      'version: 1\napprovedRegions: []',
      '2:18: approvedRegions must be a list of approved Regions',
    ],
    ['a list is a single text', 'version: 1\ntrustedAccounts: a', '2:18: trustedAccounts must be a list of IDs of trusted accounts'],
    [
      'an account id is a number',
      'version: 1\ntrustedAccounts:\n  - 011111111111',
      "3:5: trustedAccounts[0] must be an account ID of 12 digits in quotes, such as '111111111111', not the number 11111111111; put it in quotes, '011111111111', because YAML reads",
    ],
    [
      'everybody is a principal for emergencies',
      "version: 1\nbreakGlassPrincipals: ['*']",
      '2:24: breakGlassPrincipals[0] must be the ARN of a user',
    ],
    [
      'every kind of principal is',
      "version: 1\nbreakGlassPrincipals: ['arn:aws:iam::*:*']",
      '2:24: breakGlassPrincipals[0] must be the ARN of a user',
    ],
    ['a network is none', 'version: 1\nexpectedNetworks: [vpc-1]', '2:20: expectedNetworks[0] must be a CIDR block'],
    ['a network is everything', 'version: 1\nexpectedNetworks: [0.0.0.0/0]', '2:20: expectedNetworks[0] is the whole internet'],
    [
      'a figure is out of range',
      'version: 1\nbackup: {recoveryPointHours: 0}',
      '2:30: backup.recoveryPointHours must be a whole number of hours from 1 to 8784',
    ],
    ['a figure is broken', 'version: 1\nbackup: {minRetentionDays: 1.5}', '2:28: backup.minRetentionDays must be a whole number of days'],
    ['a target is above 100', 'version: 1\ntargets: {iam: 101}', '2:16: targets.iam must be a score from 0 to 100, not the number 101'],
    [
      'a task ends before it begins',
      'version: 1\nrootTasks: [{from: 2026-11-01T08:00:00Z, to: 2026-11-01T07:00:00Z, reason: a, ticket: b}]',
      '2:46: rootTasks[0].to is not after from, 2026-11-01T08:00:00Z',
    ],
    [
      'an alias stands for nothing',
      'version: 1\nbreakGlassPrincipals: [*role]',
      '2:24: *role is an alias without an anchor &role before it. Fix: put it in quotes',
    ],
    [
      'a control is unknown',
      exception('control: str-l2-1'),
      '3:15: exceptions[0].control: unknown control "str-l2-1"; did you mean STR-L2-01',
    ],
    [
      'one of the controls is unknown',
      exception('controls: [STR-L2-01, nonsense]'),
      '3:28: exceptions[0].controls[1]: unknown control "nonsense"; csmm controls lists all',
    ],
    [
      'a control is a number',
      exception('control: 7'),
      '3:15: exceptions[0].control must be a control ID such as STR-L2-01, not the number 7',
    ],
    ['an exception names no control', exception('region: global'), '3:5: exceptions[0] must have either control or controls'],
    [
      'an exception names control and controls',
      exception('control: STR-L2-01, controls: [STR-L2-02]'),
      '3:5: exceptions[0] must have either control or controls, not both',
    ],
    [
      'an exception is nothing',
      'version: 1\nexceptions:\n  -',
      '3:4: exceptions[0] must be a mapping with control, owner, reason, ticket and expires, not empty',
    ],
    [
      'an exception names no account',
      exception('control: STR-L2-01, accounts: []'),
      '3:36: exceptions[0].accounts must be a list of account IDs (if absent, every account), not an empty list',
    ],
    [
      'a resource has no id',
      exception('control: STR-L2-01, resource: {type: AWS::S3::Bucket}'),
      '3:36: exceptions[0].resource has no id; add id: the resource ID',
    ],
    [
      'a reason is blank',
      exception('control: STR-L2-01', 'owner: a, reason: " ", ticket: b, expires: 2027-01-31'),
      'exceptions[0].reason must be a reason of at most 256 characters, not " "',
    ],
    [
      'a reason is too long',
      exception('control: STR-L2-01', `owner: a, reason: ${'é'.repeat(257)}, ticket: b, expires: 2027-01-31`),
      'exceptions[0].reason is 257 characters long; 256 are allowed',
    ],
  ])('is refused where %s', async (_, text, expected) => {
    expect(await problemsOf(text)).toEqual([expect.stringMatching(/^csmm\.yaml:\d+:\d+: ./)]);
    expect((await problemsOf(text))[0]).toContain(expected);
  });

  it.each(['owner', 'reason', 'ticket', 'expires'])('is refused where an exception has no %s', async (key) => {
    const terms = TERMS.split(', ').filter((term) => !term.startsWith(key));
    expect(await problemsOf(exception('control: STR-L2-01', terms.join(', ')))).toEqual([
      expect.stringContaining(`csmm.yaml:3:5: exceptions[0] has no ${key}; add ${key}: `),
    ]);
  });

  it.each([
    'soon',
    '2027-02-30',
    '2027-01-31T00:00:00',
    '2027-01-31T00:00Z',
    '2027-01-31 00:00:00Z',
    '2026-12-31T23:59:60Z',
    '31.01.2027',
    '2027',
    '""',
  ])('is refused where an exception expires %s', async (expires) => {
    const [problem, ...others] = await problemsOf(exception('control: STR-L2-01', `owner: a, reason: b, ticket: c, expires: ${expires}`));
    expect(problem).toContain('exceptions[0].expires must be a time with a time zone, such as 2027-01-31T00:00:00Z, or a date');
    expect(others).toEqual([]);
  });

  it('is refused with everything that is wrong, in the order of its lines', async () => {
    const text = `${exception('control: STR-L2-1')}  - {control: STR-L2-01, ${TERMS}}\n  - {control: STR-L2-01, ${TERMS}}\ntrustedAccounts: [1]\nversion: 1\ntargets: {x: 1}\n`;
    expect((await problemsOf(text)).map((problem) => problem.split(' ')[0])).toEqual([
      'csmm.yaml:3:15:',
      'csmm.yaml:5:5:',
      'csmm.yaml:6:19:',
      'csmm.yaml:7:1:',
      'csmm.yaml:8:11:',
    ]);
  });

  it('names a place in the file, whatever before it is wrong', async () => {
    const [, second] = await problemsOf(
      `version: 1\nexceptions:\n  - []\n  - {control: STR-L2-01, ${TERMS}}\n  - {control: STR-L2-01, ${TERMS}}\n`,
    );
    expect(second).toBe('csmm.yaml:5:5: exceptions[2] has the same scope as exceptions[1] in line 4; keep one of the two');
  });

  it.each([
    ['a list is left open', 'version: 1\ntargets: [', /^csmm\.yaml:2:\d+: not valid YAML: /],
    ['a tab is indentation', 'version: 1\ntargets:\n\toverall: 1', /^csmm\.yaml:3:1: not valid YAML: Tabs/],
    [
      'there are two documents',
      'version: 1\n---\nversion: 1',
      /^csmm\.yaml:2:1: not valid YAML: a second document begins here\. Fix: keep one/,
    ],
    ['a tag asks for something', 'version: !!js/function 1', /^csmm\.yaml:1:10: not valid YAML: Unresolved tag/],
  ])('is refused where it is no YAML: %s', async (_, text, expected) => {
    expect((await problemsOf(text))[0]).toMatch(expected);
  });

  it('reads no YAML 1.1, in which yes is true and a date no text', async () => {
    const { document } = await read(
      `%YAML 1.1\n---\n${exception('control: STR-L2-01', 'owner: yes, reason: no, ticket: on, expires: 2027-01-31')}`,
    );
    expect(document.exceptions?.[0]).toMatchObject({ owner: 'yes', reason: 'no', ticket: 'on', expires: '2027-01-31' });
  });

  it.each([
    [
      'aliases multiply',
      `a: &a [x]\n${[...'bcdefghijklmno'].map((name, index) => `${name}: &${name} [${`*${'abcdefghijklmno'[index]},`.repeat(7)}]`).join('\n')}`,
      /nested deeper|more than 100 aliases|more than 200000 values/,
    ],
    ['an alias holds itself', 'a: &a [*a]', /nested deeper than 16 levels/],
    ['aliases are many', `a: &a [x]\nb: [${'*a,'.repeat(101)}]`, /more than 100 aliases/],
    ['values are many', `a: &a [${'x,'.repeat(3000)}]\nb: [${'*a,'.repeat(99)}]`, /more than 200000 values/],
    ['lists are deep', `a: ${'['.repeat(20)}${']'.repeat(20)}`, /nested deeper than 16 levels/],
    ['lists are very deep', `a: ${'['.repeat(100_000)}`, /^csmm\.yaml:1:53: nested deeper than 50 levels\. Fix: /],
    ['keys are very deep', `version: 1\nx: ${': '.repeat(400_000)}`, /^csmm\.yaml:2:\d+: nested deeper than 50 levels\. Fix: /],
    ['mappings are very deep', `x: ${'{a: '.repeat(100_000)}`, /nested deeper than 50 levels/],
  ])('is refused where %s', async (_, text, expected) => {
    expect((await problemsOf(text)).join('\n')).toMatch(expected);
  });

  it('is refused where it is no text, too large, or not there', async () => {
    const directory = await directoryOf({
      latin: Buffer.from('version: 1 # \xe9', 'latin1'),
      wide: Buffer.from('version: 1é', 'utf16le'),
      large: Buffer.alloc(1_000_001, '#'),
    });
    await expect(readSettingsFile(join(directory, 'latin'))).rejects.toThrow('not UTF-8 text; save the file as UTF-8');
    await expect(readSettingsFile(join(directory, 'wide'))).rejects.toThrow('not UTF-8 text');
    await expect(readSettingsFile(join(directory, 'large'))).rejects.toThrow('larger than 1000000 bytes');
    await expect(readSettingsFile(join(directory, 'missing'))).rejects.toThrow(`cannot open ${join(directory, 'missing')}`);
    await expect(readSettingsFile(directory)).rejects.toThrow(UsageError);
  });

  it('is refused for too many exceptions of one account', async () => {
    const entries = Array.from(
      { length: 1001 },
      (_, index) => `  - {control: STR-L2-01, resource: {type: AWS::S3::Bucket, id: b-${index}}, ${TERMS}}\n`,
    );
    expect(await problemsOf(`version: 1\nexceptions:\n${entries.join('')}`)).toEqual([
      expect.stringContaining('csmm.yaml:2:1: exceptions are too many: given 1001 for every account'),
    ]);
  });

  it('is a usage error or settings of every account, whatever it says', async () => {
    const word = fc.constantFrom(
      'version: 1',
      'exceptions:',
      '  - ',
      'control: STR-L2-01',
      '\n',
      ', ',
      '{',
      '}',
      '[',
      ']',
      TERMS,
      '*a',
      '&a ',
      'rootTasks: ',
      'from: 2026-11-01T08:00:00Z',
      '# ',
      '"',
      '? ',
      '!',
      'backup: ',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.array(word, { maxLength: 20 }).map((words) => words.join('')),
    );
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        try {
          const { document } = await read(given);
          expect(settingsFor(document, '111111111111').backup).toBeDefined();
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(UsageError);
          for (const problem of (thrown as UsageError).problems) expect(problem).toMatch(/^csmm\.yaml:[1-9]\d*:[1-9]\d*: ./);
        }
      }),
    );
  });
});
