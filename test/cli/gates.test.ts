import { describe, expect, it } from 'vitest';
import { gatesOf } from '../../cli/gates.ts';
import { CONTROLS } from '../../controls/index.ts';
import { CATALOGUE_VERSION } from '../../controls/version.ts';
import { csmm, directoryOf } from './support.ts';

const all = (status: string) => Object.fromEntries(CONTROLS.map(({ id }) => [id, status]));
const score = (document: object, ...options: string[]) =>
  csmm(['score', '--statuses', '-', ...options], { stdin: JSON.stringify(document) });
const PERFECT = { statuses: all('PASSED') };
const ROOT_WITHOUT_MFA = { statuses: { ...all('PASSED'), 'IAM-L1-01': 'FAILED' } };

describe('--fail-under', () => {
  it('fails below the number and passes at it, whatever else is printed', async () => {
    const overall: number = JSON.parse((await score(ROOT_WITHOUT_MFA, '--json')).stdout).overall;
    expect(overall).toBeLessThan(100);
    expect(await score(ROOT_WITHOUT_MFA, '--fail-under', String(overall))).toMatchObject({ code: 0, stderr: '' });
    const failed = await score(ROOT_WITHOUT_MFA, '--json', '--fail-under', '100');
    expect(failed).toMatchObject({
      code: 4,
      stderr: `csmm: gate failed: --fail-under 100: the overall score is ${overall.toFixed(1)}\n`,
    });
    expect(JSON.parse(failed.stdout).overall).toBe(overall);
  });

  it('fails if there is nothing to score, also at 0', async () => {
    const gates = await gatesOf({ failUnder: 0 });
    expect(gates({ overall: null, level: null, strict: { level: null }, controls: {} })).toEqual([
      '--fail-under 0: there is nothing to score',
    ]);
  });

  it.each(['-1', '101', 'x', '', 'NaN'])('refuses %j', async (limit) => {
    expect(await score(PERFECT, `--fail-under=${limit}`)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('0 to 100'),
    });
  });
});

describe('--fail-on critical', () => {
  it('fails if a critical control fails, and names it', async () => {
    expect(await score(PERFECT, '--fail-on', 'critical')).toMatchObject({ code: 0, stderr: '' });
    expect(await score(ROOT_WITHOUT_MFA, '--fail-on', 'critical')).toMatchObject({
      code: 4,
      stderr: 'csmm: gate failed: --fail-on critical: 1 critical control fails: IAM-L1-01\n',
    });
  });

  it('passes if a control of another severity fails, or a critical one has no data', async () => {
    const low = CONTROLS.find(({ severity }) => severity === 'low')!.id;
    expect((await score({ statuses: { ...all('PASSED'), [low]: 'FAILED', 'IAM-L1-01': 'NO_DATA' } }, '--fail-on', 'critical')).code).toBe(
      0,
    );
  });

  it('fails if it fails in one of many accounts, also if a filter does not list it', async () => {
    const accounts = { a: PERFECT, b: ROOT_WITHOUT_MFA };
    expect((await score({ accounts }, '--fail-on', 'CRITICAL', '--pillar', 'storage')).code).toBe(4);
  });
});

const NO_RESULT = /it is not a result of csmm\. Fix: pass a file that csmm replay, scan or score --json printed/;

describe('--fail-on level-lost', () => {
  const levelTwo = { statuses: Object.fromEntries(CONTROLS.filter(({ level }) => level === 1).map(({ id }) => [id, 'PASSED'])) };
  const resultOf = async (document: object, ...options: string[]) => (await score(document, '--json', ...options)).stdout;

  it('fails if the level is lower than in the baseline, and passes if it is the same or higher', async () => {
    const folder = await directoryOf({ 'perfect.json': await resultOf(PERFECT), 'two.json': await resultOf(levelTwo) });
    const against = (document: object, baseline: string) =>
      score(document, '--fail-on', 'level-lost', '--baseline', `${folder}/${baseline}`);
    expect(await against(levelTwo, 'perfect.json')).toMatchObject({
      code: 4,
      stderr: `csmm: gate failed: --fail-on level-lost: level 5 before, 2 now (baseline: ${folder}/perfect.json)\n`,
    });
    expect((await against(levelTwo, 'two.json')).code).toBe(0);
    expect((await against(PERFECT, 'two.json')).code).toBe(0);
  });

  it('fails if one account loses a level, and ignores accounts that are only in one result', async () => {
    const before = { accounts: { a: { weight: 100, ...PERFECT }, b: PERFECT, gone: PERFECT } };
    const folder = await directoryOf({ 'before.json': await resultOf(before, '--control', 'NET-L1-01') });
    const options = ['--fail-on', 'level-lost', '--baseline', `${folder}/before.json`];
    const after = { accounts: { a: { weight: 100, ...PERFECT }, b: levelTwo } };
    expect(await score(after, ...options)).toMatchObject({ code: 4, stderr: expect.stringContaining('account b, level 5 before, 2 now') });
    expect((await score({ accounts: { a: { weight: 100, ...PERFECT }, added: levelTwo } }, ...options)).code).toBe(0);
  });

  it('reads the baseline of a replay or scan, and a result without a score', async () => {
    const folder = await directoryOf({
      'replay.json': JSON.stringify({ catalogueVersion: CATALOGUE_VERSION, organization: { overall: 55.5, level: 3 }, accounts: {} }),
      'nothing.json': JSON.stringify({ catalogueVersion: CATALOGUE_VERSION, organization: { overall: null, level: null }, accounts: {} }),
    });
    const against = (baseline: string) => score(levelTwo, '--fail-on', 'level-lost', '--baseline', `${folder}/${baseline}`);
    expect((await against('replay.json')).code).toBe(4);
    expect((await against('nothing.json')).code).toBe(0);
    const gates = await gatesOf({ failOn: ['level-lost'], baseline: `${folder}/replay.json` });
    expect(gates({ overall: null, level: null, strict: { level: null }, controls: {} })[0]).toContain(
      'level 3 before, nothing to score now',
    );
  });

  it.each([
    ['of another catalogue', '1.0.0', 'it has catalogue 1.0.0, and'],
    ['of a release that named none', undefined, 'it does not name its catalogue, and'],
    ['with a version that is no text', 2, 'it does not name its catalogue, and'],
  ])('compares with no baseline %s, whether a level is lost or not', async (_, catalogueVersion, problem) => {
    const folder = await directoryOf({
      'high.json': JSON.stringify({ catalogueVersion, organization: { overall: 90, level: 5 }, accounts: {} }),
      'low.json': JSON.stringify({ catalogueVersion, overall: 1, level: 1 }),
    });
    for (const name of ['high.json', 'low.json']) {
      const refused = await score(levelTwo, '--fail-on', 'level-lost', '--baseline', `${folder}/${name}`);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toBe(
        `csmm: cannot compare with the baseline ${folder}/${name}: ${problem} this csmm has ${CATALOGUE_VERSION}. Their levels do not compare. Fix: make a new baseline with this csmm and --json\n`,
      );
    }
  });

  it('compares with the strict level if there is no baseline', async () => {
    expect((await score(PERFECT, '--fail-on', 'level-lost')).code).toBe(0);
    expect(await score(ROOT_WITHOUT_MFA, '--fail-on', 'level-lost,critical')).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/level 5 is level 1 in the strict score.*critical controls fail/),
    });
  });

  it.each([
    ['a file that does not exist', 'nowhere.json', /nowhere\.json: it does not exist\. Fix: check the path/],
    ['a folder', '', /: it is a folder\. Fix: pass a file/],
    ['a file that is not JSON', 'text.json', /cannot read the baseline .* Fix: pass a file that csmm replay, scan or score --json printed/],
    ['a file that is not a result', 'other.json', NO_RESULT],
    ['a log line with a level', 'log.json', NO_RESULT],
    ['a document with a level and no score', 'level.json', NO_RESULT],
  ])('refuses %s before it reads any input', async (_, name, problem) => {
    const folder = await directoryOf({
      'text.json': 'level 3',
      'other.json': '{"level": "3"}',
      'log.json': '{"level": 30, "overall": 1}',
      'level.json': '{"level": 3}',
    });
    const { code, stdout, stderr } = await score(PERFECT, '--fail-on', 'level-lost', '--baseline', `${folder}/${name}`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(problem);
  });

  it('refuses a baseline that nothing compares with, and an unknown condition', async () => {
    expect(await score(PERFECT, '--baseline', 'x.json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--fail-on level-lost'),
    });
    expect(await score(PERFECT, '--fail-on', 'high')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Allowed choices are critical, level-lost'),
    });
  });
});

describe('a gate of csmm replay', () => {
  it('takes precedence over a partial result', async () => {
    const week = 'examples/week.ndjson';
    expect((await csmm(['replay', week, '--quiet', '--fail-under', '0'])).code).toBe(3);
    const failed = await csmm(['replay', week, '--events', '--fail-under', '99', '--fail-on', 'critical']);
    expect(failed.code).toBe(4);
    expect(failed.stderr).toContain('--fail-under 99');
    expect(failed.stderr).toContain('--fail-on critical');
  });
});
