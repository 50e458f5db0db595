import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit.ts';
import { withReportFile } from '../../cli/report-file.ts';
import { CONTROLS } from '../../controls/index.ts';
import { expectValidResult } from '../support/schemas.ts';
import { csmm, directoryOf, ioOf, lines, volumeEvent } from './support.ts';

const STATUSES = JSON.stringify({
  accounts: {
    a: { statuses: { 'NET-L1-01': 'FAILED', 'IAM-L1-01': 'PASSED', 'STR-L1-01': 'NOT_APPLICABLE' } },
    b: { statuses: { 'NET-L1-01': 'PASSED', 'IAM-L1-01': 'PASSED', 'STR-L1-01': 'PASSED' } },
  },
});
const score = (...options: string[]) => csmm(['score', '--statuses', '-', ...options], { stdin: STATUSES });
const json = async (...options: string[]) => JSON.parse((await score('--json', ...options)).stdout);

describe('the filters of a report', () => {
  it.each([
    [['--status', 'failed'], ['NET-L1-01']],
    [
      ['--status', 'failed,Passed'],
      ['IAM-L1-01', 'NET-L1-01', 'STR-L1-01'],
    ],
    [
      ['--status', 'failed', '--status', 'passed', '--pillar', 'iam,networking'],
      ['IAM-L1-01', 'NET-L1-01'],
    ],
    [
      ['--control', 'net-l1-01,root-user-mfa'],
      ['IAM-L1-01', 'NET-L1-01'],
    ],
    [['--control', 'NET-L1-01', '--status', 'passed'], []],
  ])('choose with %j the controls of the JSON', async (options, ids) => {
    const { controls } = await json(...options);
    expect(Object.keys(controls).sort()).toEqual(ids);
  });

  it('choose by severity', async () => {
    const { controls } = await json('--severity', 'LOW');
    expect(Object.keys(controls)).toEqual(CONTROLS.filter(({ severity }) => severity === 'low').map(({ id }) => id));
  });

  it('choose by the status in each account', async () => {
    const { accounts } = await json('--status', 'failed');
    expect(Object.keys(accounts.a.controls)).toEqual(['NET-L1-01']);
    expect(Object.keys(accounts.b.controls)).toEqual([]);
  });

  it('never change the score', async () => {
    const { controls: _, accounts: __, ...card } = await json('--status', 'passed', '--pillar', 'iam');
    const { controls: ___, accounts: ____, ...whole } = await json();
    expect(card).toEqual(whole);
  });

  it('list the chosen controls in the text', async () => {
    const { stdout } = await score('--status', 'passed');
    expect(stdout).toContain('2 of 101 controls match the filters');
    expect(stdout).toMatch(/IAM-L1-01 {2}PASSED/);
    expect(stdout).not.toContain('NET-L1-01');
  });

  it('choose the failing controls that csmm replay shows and prints', async () => {
    const file = `${await directoryOf({ 'a.ndjson': lines(volumeEvent(1, false)) })}/a.ndjson`;
    expect((await csmm(['replay', file, '--pillar', 'compute'])).stdout).toContain('volume is not encrypted');
    expect((await csmm(['replay', file, '--pillar', 'iam'])).stdout).not.toContain('volume is not encrypted');
    const result = JSON.parse((await csmm(['replay', file, '--status', 'failed', '--json'])).stdout);
    expectValidResult(result);
    expect(Object.keys(result.organization.controls)).toEqual(['CMP-L1-02']);
    expect(Object.keys(result.accounts['111111111111'].controls)).toEqual(['CMP-L1-02']);
  });

  it.each([
    [['--status', 'open'], 'Allowed choices are PASSED, FAILED, NOT_APPLICABLE, NO_DATA'],
    [['--severity', 'high,grave'], 'Allowed choices are critical'],
    [['--pillar', ''], 'separated by commas'],
    [['--control', 'NET-L1-99'], 'unknown control "NET-L1-99"; did you mean NET-L1-01'],
  ])('refuse %j', async (options, problem) => {
    expect(await score(...options)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(problem) });
  });
});

describe('--output', () => {
  it('writes the report to the file as it would be printed without a terminal, and prints nothing', async () => {
    const folder = await directoryOf({ 'report.txt': 'old' });
    const terminal = { columns: 60, rows: 24 };
    const { code, stdout } = await csmm(['score', '--statuses', '-', '--output', `${folder}/report.txt`], { stdin: STATUSES, terminal });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(await readFile(`${folder}/report.txt`, 'utf8')).toBe((await score()).stdout);
    expect(await readdir(folder)).toEqual(['report.txt']);
  });

  it('writes JSON and events too, also quietly, and also if a gate fails', async () => {
    const folder = await directoryOf({ 'a.ndjson': lines(volumeEvent(1, false)) });
    const into = (name: string, ...options: string[]) =>
      csmm(['replay', `${folder}/a.ndjson`, '--quiet', '--output', `${folder}/${name}`, ...options]);
    expect(await into('result', '--json', '--fail-on', 'critical', '--fail-under', '99')).toMatchObject({ code: 4, stdout: '' });
    expect(JSON.parse(await readFile(`${folder}/result`, 'utf8')).input.read).toBe(1);
    expect(await into('events', '--events')).toMatchObject({ code: 0, stdout: '' });
    expect(await readFile(`${folder}/events`, 'utf8')).toContain('CSMM Score Changed');
    expect(await into('text')).toMatchObject({ code: 0, stdout: '' });
    expect(await readFile(`${folder}/text`, 'utf8')).toContain('CMP-L1-02');
  });

  it('keeps the old file, and leaves no other, if the command fails', async () => {
    const folder = await directoryOf({ 'report.txt': 'old' });
    const { code } = await csmm(['score', '--statuses', '-', '--output', `${folder}/report.txt`], { stdin: '{' });
    expect(code).toBe(2);
    expect(await readFile(`${folder}/report.txt`, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['report.txt']);
  });

  it('keeps the old file if the user stops the command', async () => {
    const folder = await directoryOf({ 'report.txt': 'old' });
    const stopped = await withReportFile(`${folder}/report.txt`, ioOf().io, async ({ stdout }) => {
      stdout.write('half a report');
      return EXIT.interrupted;
    });
    expect(stopped).toBe(EXIT.interrupted);
    expect(await readFile(`${folder}/report.txt`, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['report.txt']);
  });

  it('replaces the target of a symbolic link, and keeps its mode', async () => {
    const folder = await directoryOf({});
    await writeFile(`${folder}/target`, 'old', { mode: 0o600 });
    await symlink('target', `${folder}/link`);
    await score('--output', `${folder}/link`);
    expect(await readFile(`${folder}/target`, 'utf8')).toContain('organization');
    expect((await readdir(folder, { withFileTypes: true })).map((entry) => [entry.name, entry.isSymbolicLink()])).toEqual([
      ['link', true],
      ['target', false],
    ]);
  });

  it('creates the target of a symbolic link that has none yet', async () => {
    const folder = await directoryOf({});
    await symlink('target', `${folder}/link`);
    await score('--output', `${folder}/link`);
    expect(await readFile(`${folder}/target`, 'utf8')).toContain('organization');
    expect((await readdir(folder, { withFileTypes: true })).map((entry) => [entry.name, entry.isSymbolicLink()])).toEqual([
      ['link', true],
      ['target', false],
    ]);
    await symlink('loop', `${folder}/loop`);
    expect(await score('--output', `${folder}/loop`)).toMatchObject({ code: 2, stderr: expect.stringContaining('loop') });
  });

  it('refuses a file that the command reads or writes itself, under any name', async () => {
    const events = lines(volumeEvent(1, false));
    const folder = await directoryOf({ 'a.ndjson': events, 'statuses.json': STATUSES, 'csmm.yaml': 'version: 1\n' });
    await symlink('a.ndjson', `${folder}/link`);
    const [input, settings] = [`${folder}/a.ndjson`, `${folder}/csmm.yaml`];
    const attempts = [
      ['replay', input, '--output', input],
      ['replay', input, '--output', `${folder}/link`],
      ['replay', folder, '--output', `${folder}/./a.ndjson`],
      ['replay', input, '--settings', settings, '--output', settings],
      ['score', '--statuses', `${folder}/statuses.json`, '--output', `${folder}/statuses.json`],
      ['scan', '--record', `${folder}/new`, '--output', `${folder}/new`],
    ];
    for (const argv of attempts) {
      const { code, stdout, stderr } = await csmm(argv);
      expect({ code, stdout }, argv.join(' ')).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/the command uses this file itself\. Fix: pass another path to --output\n$/);
    }
    expect(await readFile(input, 'utf8')).toBe(events);
    expect((await csmm(['replay', input, '--no-settings', '--output', settings])).code).toBe(0);
  });

  it('refuses a directory, a device, and a folder that does not exist, before it reads any input', async () => {
    const folder = await directoryOf({});
    await mkdir(`${folder}/sub`);
    const refusals = [
      [`${folder}/sub`, 'is a directory'],
      ['/dev/null', 'is not a regular file'],
      [`${folder}/nowhere/report.txt`, `the folder ${folder}/nowhere does not exist. Fix: create it`],
      ['', '--output is empty'],
      ['-', '--output is -, not the path of a file'],
    ] as const;
    for (const [path, problem] of refusals) {
      const { code, stdout, stderr } = await csmm(['score', '--statuses', '/nowhere.json', '--output', path]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(problem);
      expect(stderr).not.toContain('nowhere.json');
    }
  });
});

describe('--quiet', () => {
  it('prints no report and no notes, but JSON, events and errors', async () => {
    const folder = await directoryOf({ 'a.ndjson': lines(volumeEvent(1, false), '{'), 'csmm.yaml': 'version: 1\n' });
    const quiet = (...options: string[]) => csmm(['replay', `${folder}/a.ndjson`, '--quiet', ...options], { cwd: folder });
    const text = await quiet();
    expect(text).toMatchObject({ code: 3, stdout: '' });
    expect(text.stderr).toMatch(/^\S*a\.ndjson:2: not valid JSON.*\n$/);
    expect(JSON.parse((await quiet('--json')).stdout).input.read).toBe(2);
    expect((await quiet('--events')).stdout).toContain('CSMM Score Changed');
  });
});

describe('JSON for a terminal', () => {
  it('escapes control and direction characters, and keeps every value', async () => {
    const name = 'a\u009b2J\u202e\u007f\u2028b\u{e0041}\u00ad';
    const item = {
      awsAccountId: '111111111111',
      awsRegion: 'eu-west-1',
      resourceType: 'AWS::AutoScaling::AutoScalingGroup',
      resourceId: 'group-1',
      configurationItemCaptureTime: '2026-01-02T03:04:05.678Z',
      configurationItemStatus: 'OK',
      configuration: { autoScalingGroupName: 'group-1', launchConfigurationName: name },
    };
    const file = `${await directoryOf({ 'a.ndjson': lines(item) })}/a.ndjson`;
    for (const option of ['--json', '--events']) {
      const { stdout } = await csmm(['replay', file, option]);
      expect(stdout).not.toMatch(/[\u007f-\u009f\u00ad\u2028\u202e\u{e0041}]/u);
      expect(stdout).toContain('a\\u009b2J\\u202e\\u007f\\u2028b\\udb40\\udc41\\u00ad');
    }
    const { organization } = JSON.parse((await csmm(['replay', file, '--json'])).stdout);
    expect(organization.controls['CMP-L2-02'].failing[0].reason).toContain(name);
  });
});
