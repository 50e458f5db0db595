import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EQUAL_CHECKS } from '../../cli/crosswalk-equal.ts';
import { DOCUMENTED_CONTROLS } from '../../controls/documented.ts';
import { CONTROLS } from '../../controls/index.ts';
import { csmm, directoryOf } from './support.ts';

const score = (document: unknown, ...options: string[]) =>
  csmm(['score', '--statuses', '-', ...options], { stdin: typeof document === 'string' ? document : JSON.stringify(document) });

interface Vector {
  readonly name: string;
  readonly input: object;
  readonly scorecard: { readonly overall: number | null };
}
const vectors: Vector[] = JSON.parse(readFileSync(new URL('../../conformance/vectors.json', import.meta.url), 'utf8'));

describe('csmm score', () => {
  it('gives every conformance vector its scorecard', async () => {
    for (const { name, input, scorecard } of vectors) {
      const { code, stdout } = await score(input, '--json');
      expect(code, name).toBe(scorecard.overall === null ? 3 : 0);
      expect(JSON.parse(stdout), name).toMatchObject(scorecard);
    }
  });

  it('exits with 3 if every control is NOT_APPLICABLE, and shows no level and no number', async () => {
    const { code, stdout } = await score({ statuses: Object.fromEntries(CONTROLS.map(({ id }) => [id, 'NOT_APPLICABLE'])) });
    expect(code).toBe(3);
    expect(stdout).toContain('Nothing to score');
    expect(stdout).not.toMatch(/Level \d|\/100/);
  });

  it('counts every control as evaluated, because another tool can give its status', async () => {
    const passed = CONTROLS.filter(({ level }) => level <= 2).map(({ id }) => [id, 'PASSED']);
    const { levels } = JSON.parse((await score({ statuses: Object.fromEntries(passed) }, '--json')).stdout);
    expect(levels[3].reason).toBe('reach 80 % on L3 in networking first: 9 more points');
  });

  it('explains the terms with --explain', async () => {
    expect((await score({ statuses: {} }, '--explain')).stdout).toContain('weakest link  the score');
    expect((await score({ statuses: {} })).stdout).not.toContain('weakest link  the score');
  });

  it('lists all controls, those not named as NO_DATA', async () => {
    const { controls } = JSON.parse((await score({ statuses: { 'IAM-L1-01': 'PASSED' } }, '--json')).stdout);
    expect(Object.keys(controls)).toEqual(CONTROLS.map(({ id }) => id));
    expect(controls['IAM-L1-01']).toEqual({ status: 'PASSED' });
    expect(controls['IAM-L1-02']).toEqual({ status: 'NO_DATA' });
  });

  it('gives an organization the worst status of its accounts, and each account its own scorecard', async () => {
    const accounts = { a: { weight: 2, statuses: { 'IAM-L1-01': 'PASSED' } }, b: { statuses: { 'IAM-L1-01': 'FAILED' } } };
    const document = JSON.parse((await score({ accounts }, '--json')).stdout);
    expect(document.controls['IAM-L1-01'].status).toBe('FAILED');
    expect(document.accounts.a.controls['IAM-L1-01'].status).toBe('PASSED');
    expect(document.accounts.a.overall).toBeGreaterThan(document.accounts.b.overall);
    expect(document.weakestLink).toBeDefined();
    expect(document.accounts.a.weakestLink).toBeUndefined();
  });

  it('counts an account by its weight, and as 1 where it has none', async () => {
    const everything = Object.fromEntries(CONTROLS.map(({ id }) => [id, 'PASSED']));
    const overall = async (weight?: number) =>
      JSON.parse((await score({ accounts: { a: { statuses: everything, weight }, b: { statuses: {} } } }, '--json')).stdout).overall;
    expect(await overall()).toBe(await overall(1));
    expect(await overall(4)).toBeGreaterThan(await overall(1));
  });

  it('reads a file and prints a card without --json', async () => {
    const directory = await directoryOf({ 's.json': '{"statuses": {}}' });
    const { code, stdout } = await csmm(['score', '--statuses', `${directory}/s.json`]);
    expect(code).toBe(0);
    expect(stdout).toContain('Level 1 Exposed');
    expect(stdout).toMatch(/Networking .* 0\.0/);
  });

  it.each([
    ['', 'not valid JSON: expected a value, but the text ends at line 1, column 1'],
    ['{"statuses": {"IAM-L1-01": "PASSED",}}', 'at line 1, column 37'],
    ['{"statuses": {"IAM-L1-01": "PASSED", "IAM-L1-01": "FAILED"}}', '"IAM-L1-01" is there twice'],
    ['[]', 'the document must be an object, not a list'],
    ['null', 'the document must be an object, not null'],
    ['{}', 'must have either "statuses" or "accounts"'],
    ['{"statuses": {}, "accounts": {"a": {"statuses": {}}}}', 'not both'],
    ['{"status": {}}', 'unknown key "status"; did you mean statuses?'],
    ['{"statuses": {}, "__proto__": {}}', 'unknown key "__proto__"'],
    ['{"statuses": []}', 'statuses must be an object, not a list'],
    ['{"statuses": {"IAM-L9-01": "PASSED"}}', 'unknown control "IAM-L9-01"; did you mean'],
    ['{"statuses": {"iam-l1-1": "PASSED"}}', 'unknown control "iam-l1-1"; did you mean IAM-L1-01'],
    ['{"statuses": {"iam-l1-01": "PASSED", "IAM-L1-01": "PASSED"}}', '"iam-l1-01" and "IAM-L1-01" are the same control, IAM-L1-01'],
    ['{"statuses": {"__proto__": "PASSED"}}', 'unknown control "__proto__"'],
    [
      '{"statuses": {"IAM-L1-01": "MANUAL"}}',
      'unknown status: given "MANUAL"; allowed PASSED (or PASS), FAILED (or FAIL), NOT_APPLICABLE, NO_DATA, in any case. Fix: use NO_DATA if',
    ],
    ['{"statuses": {"IAM-L1-01": "INFO"}}', 'unknown status: given "INFO"'],
    ['{"statuses": {"IAM-L1-01": ""}}', 'unknown status: given ""'],
    ['{"statuses": {"IAM-L1-01": true}}', 'unknown status: given true'],
    ['{"statuses": {"IAM-L1-01": null}}', 'unknown status: given null'],
    ['{"accounts": {}}', 'accounts is empty'],
    ['{"accounts": {"a": {}}}', 'accounts."a" has no "statuses"'],
    ['{"accounts": {"a": "PASSED"}}', 'accounts."a" must be an object, not "PASSED"'],
    ['{"accounts": {"__proto__": {"statuses": {}}}}', '"__proto__" is not an account ID'],
    ['{"accounts": {"": {"statuses": {}}}}', '"" is not an account ID'],
    ['{"accounts": {"a": {"statuses": {}, "weights": 1}}}', 'unknown key "weights"; did you mean weight?'],
    ...['0', '-1', '1e999', '"1"', 'null', '[]'].map((weight) => [
      `{"accounts": {"a": {"statuses": {}, "weight": ${weight}}}}`,
      'weight must be a number greater than 0',
    ]),
  ])('refuses %s', async (stdin, problem) => {
    const { code, stdout, stderr } = await score(stdin, '--json');
    expect(stderr).toContain(problem);
    expect(stderr).toContain('(stdin)');
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('takes ids and slugs in any case, and the statuses of other tools in any case', async () => {
    const statuses = {
      'iam-l1-01': 'pass',
      'root-no-access-keys': 'Fail',
      'IAM-L1-03': 'Passed',
      'IAM-L1-04': 'not applicable',
      'IAM-L1-05': 'no-data',
    };
    const { code, stdout, stderr } = await score({ statuses }, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { controls } = JSON.parse(stdout);
    const found = ['01', '02', '03', '04', '05'].map((number) => controls[`IAM-L1-${number}`].status);
    expect(found).toEqual(['PASSED', 'FAILED', 'PASSED', 'NOT_APPLICABLE', 'NO_DATA']);
  });

  describe('with the checks of other tools', () => {
    const statusesOf = async (statuses: object) => {
      const { code, stdout, stderr } = await score({ statuses }, '--json');
      return { code, stderr, controls: stdout === '' ? undefined : JSON.parse(stdout).controls };
    };

    it('takes those that decide the same as a control, in any case', async () => {
      const { code, stderr, controls } = await statusesOf({ IAM_ROOT_MFA_ENABLED: 'PASS', 's3.1': 'FAILED', 'AutoScaling.9': 'PASSED' });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect([controls['IAM-L1-01'], controls['STR-L1-01'], controls['CMP-L2-02']]).toEqual([
        { status: 'PASSED' },
        { status: 'FAILED' },
        { status: 'PASSED' },
      ]);
    });

    it('leaves out those that are only related, says to which controls, and exits with 3', async () => {
      const { code, stderr, controls } = await statusesOf({
        iam_root_mfa_enabled: 'PASS',
        s3_bucket_public_access: 'FAIL',
        'EC2.8': 'PASSED',
      });
      expect(code).toBe(3);
      expect(stderr).toContain('"s3_bucket_public_access" of Prowler does not count: it is related to STR-L1-02, but does not decide it');
      expect(stderr).toContain('"EC2.8" of AWS Security Hub does not count: it is related to CMP-L2-01, but does not decide it');
      expect(stderr).not.toContain('iam_root_mfa_enabled');
      expect([controls['IAM-L1-01'], controls['STR-L1-02'], controls['CMP-L2-01']]).toEqual([
        { status: 'PASSED' },
        { status: 'NO_DATA' },
        { status: 'NO_DATA' },
      ]);
    });

    it.each([
      ['PASS', 'PASSED', 'PASSED'],
      ['PASS', 'FAILED', 'FAILED'],
      ['NO_DATA', 'FAILED', 'FAILED'],
      ['NOT_APPLICABLE', 'NOT_APPLICABLE', 'NOT_APPLICABLE'],
      ['NOT_APPLICABLE', 'PASSED', 'PASSED'],
    ])('combines %s and %s of two checks of one control to %s', async (first, second, combined) => {
      const { controls, stderr } = await statusesOf({ iam_user_mfa_enabled_console_access: first, 'IAM.5': second });
      expect(controls['IAM-L1-04'].status).toBe(combined);
      expect(stderr).toBe('');
    });

    it('combines a pass and a missing result to NO_DATA, and says so', async () => {
      const { controls, stderr } = await statusesOf({ iam_user_mfa_enabled_console_access: 'NO_DATA', 'IAM-L1-04': 'PASSED' });
      expect(controls['IAM-L1-04'].status).toBe('NO_DATA');
      expect(stderr).toBe('csmm: statuses: IAM-L1-04 is NO_DATA, because "iam_user_mfa_enabled_console_access" has no result\n');
    });

    it('says that a regional check counts for all enabled Regions', async () => {
      const { code, stderr } = await statusesOf({ 'EC2.7': 'PASSED' });
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('all enabled Regions (CMP-L1-01)') });
    });

    it('takes only checks of the crosswalk of their control, and each only once', () => {
      const ids = EQUAL_CHECKS.map(({ id }) => id.toUpperCase());
      expect(new Set(ids).size).toBe(ids.length);
      for (const { id, tool, controlId } of EQUAL_CHECKS) {
        const crosswalk = DOCUMENTED_CONTROLS.find((control) => control.id === controlId)?.crosswalk;
        expect(tool === 'Prowler' ? crosswalk?.prowler : crosswalk?.securityHub, id).toContain(id);
      }
    });
  });

  it('names every problem at once, and no problem can write to the terminal', async () => {
    const statuses = { 'XXX-1': 'PASSED', 'IAM-L1-01': 'MAYBE', '\u001b[31mred': 'FAILED' };
    const { stderr } = await score({ accounts: { a: { weight: -1, statuses }, b: { statuses: 7 } } });
    for (const part of ['XXX-1', 'MAYBE', 'red', 'weight', 'accounts."b".statuses']) expect(stderr).toContain(part);
    expect(stderr.trimEnd().split('\n')).toHaveLength(5);
    expect(stderr).not.toContain('\u001b');
  });

  it('refuses a file that is not there, and a missing option', async () => {
    expect(await csmm(['score', '--statuses', '/nowhere.json'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot open /nowhere.json'),
    });
    expect(await csmm(['score'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--statuses') });
  });
});

describe('csmm score of many unknown controls', () => {
  it('lists some, and counts the others', async () => {
    const statuses = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`X${index}`, 'PASSED']));
    const { code, stderr } = await csmm(['score', '--statuses', '-'], { stdin: JSON.stringify({ statuses }) });
    expect(code).toBe(2);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1001);
    expect(stderr).toContain('and 2000 problems more');
  });
});
