import { describe, expect, it } from 'vitest';
import { csmm, directoryOf, lines, volumeEvent } from './support.ts';

const PROWLER = { CheckID: 'iam_root_mfa_enabled', Status: 'FAIL', StatusExtended: 'the root user has no MFA' };
const OCSF = { status_code: 'FAIL', metadata: { event_code: 'iam_root_mfa_enabled', product: { name: 'Prowler' } }, class_uid: 2004 };
const ASFF = { SchemaVersion: '2018-10-08', ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/securityhub', GeneratorId: 'IAM.9' };
const STATUSES = { statuses: { 'IAM-L1-01': 'PASSED' } };
const ORGANIZATION = { accounts: { '111111111111': STATUSES } };

const fileOf = async (text: string): Promise<string> => `${await directoryOf({ 'a.ndjson': text })}/a.ndjson`;
const result = async (): Promise<string> => (await csmm(['replay', await fileOf(lines(volumeEvent(1, false))), '--json'])).stdout;
const plan = async (): Promise<string> =>
  (await csmm(['remediate', '--plan', await fileOf(lines(volumeEvent(1, false))), '--json'])).stdout;
const score = async (document: object): Promise<string> =>
  (await csmm(['score', '--statuses', '-', '--json'], { stdin: JSON.stringify(document) })).stdout;

const FOREIGN: readonly [string, () => Promise<string>, string][] = [
  ['a result of csmm replay', result, 'a result of csmm (--json)'],
  ['a result of csmm score', () => score(STATUSES), 'a result of csmm (--json)'],
  ['a result of csmm score for an organization', () => score(ORGANIZATION), 'a result of csmm (--json)'],
  ['a plan of csmm remediate', plan, 'a plan of csmm remediate'],
  ['findings of Prowler', async () => JSON.stringify([PROWLER]), 'a finding of Prowler'],
  ['findings of Prowler in OCSF', async () => JSON.stringify([OCSF], null, 2), 'a finding of Prowler'],
  ['a finding of Security Hub', async () => JSON.stringify(ASFF), 'a finding of AWS Security Hub'],
  ['the output of GetFindings', async () => JSON.stringify({ Findings: [ASFF] }), 'a finding of AWS Security Hub'],
];

describe('a document of another command or tool', () => {
  it.each([
    ...FOREIGN,
    ['statuses of an account', async () => JSON.stringify(STATUSES), 'statuses of controls'] as const,
    ['statuses of an organization', async () => JSON.stringify(ORGANIZATION, null, 2), 'statuses of controls'] as const,
  ])('%s: csmm replay says what it is, and what to do', async (_, document, name) => {
    const file = await fileOf(await document());
    const { code, stdout, stderr } = await csmm(['replay', file]);
    expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 3, lines: 1 });
    expect(stderr.replace(/^.*?:\d+: /, '')).toContain(`holds ${name}, not a configuration item. Fix: pass `);
    expect(stderr.startsWith(file)).toBe(true);
    expect(stdout).toContain('1 unreadable');
  });

  it.each(FOREIGN)('%s: csmm score says what it is, in one line', async (_, document, name) => {
    const { code, stdout, stderr } = await csmm(['score', '--statuses', '-'], { stdin: await document() });
    expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, stdout: '', lines: 1 });
    expect(stderr).toContain(`csmm: (stdin): holds ${name}, not statuses of controls. Fix: pass `);
  });

  it('leaves other mistakes to the reader of the format', async () => {
    expect((await csmm(['replay', await fileOf('{"a": 1}')])).stderr).toContain('holds no configuration item');
    expect((await csmm(['score', '--statuses', '-'], { stdin: '[]' })).stderr).toContain('must be an object, not a list');
    expect((await csmm(['score', '--statuses', '-'], { stdin: '{"accounts": {"a": {"weight": 1}}}' })).stderr).toContain(
      'has no "statuses"',
    );
  });
});

describe('csmm replay --events', () => {
  it.each([
    ['--status', 'failed'],
    ['--severity', 'high'],
    ['--pillar', 'iam'],
    ['--control', 'IAM-L1-01'],
  ])('refuses %s, which filters a report', async (option, value) => {
    const { code, stdout, stderr } = await csmm(['replay', await fileOf(lines(volumeEvent(1, false))), '--events', option, value]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(`csmm: ${option} has no effect with --events, which prints no report. Fix: remove one of them\n`);
  });

  it('gives the true reason if there is nothing to score', async () => {
    const { CONTROLS } = await import('../../controls/index.ts');
    const exception = (id: string) => `  - {control: ${id}, owner: a@example.com, reason: a test, ticket: T-1, expires: '2099-01-01'}\n`;
    const folder = await directoryOf({
      'a.ndjson': lines(volumeEvent(1, false)),
      'all.yaml': `version: 1\nexceptions:\n${CONTROLS.map(({ id }) => exception(id)).join('')}`,
    });
    const { code, stderr } = await csmm(['replay', `${folder}/a.ndjson`, '--events', '--settings', `${folder}/all.yaml`]);
    expect(code).toBe(3);
    expect(stderr).toContain('csmm: nothing to score: Every control is NOT_APPLICABLE in every account');
    const empty = await csmm(['replay', await fileOf(''), '--events']);
    expect(empty).toMatchObject({ code: 3, stderr: expect.stringContaining('csmm: nothing to score: The input is empty') });
  });
});
