import { mkdir, symlink } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { EMPTY_SETTINGS } from '../../core/settings/account-settings.ts';
import { csmm, directoryOf, lines, volumeEvent } from './support.ts';

const EXCEPTION =
  "version: 1\nexceptions:\n  - {control: cmp-l1-02, owner: web@example.com, reason: a test, ticket: T-1, expires: '2099-01-01'}\n";
const RECORDED_SETTINGS = {
  csmm: 'facts',
  version: 1,
  accountId: '111111111111',
  awsRegion: 'global',
  resourceType: 'CSMM::Settings',
  resourceId: 'csmm.yaml',
  capturedAt: '2026-06-01T00:00:00Z',
  facts: { settings: { ...EMPTY_SETTINGS, approvedRegions: ['us-east-1'] } },
};

const folderOf = (files: Readonly<Record<string, string>>) => directoryOf({ 'a.ndjson': lines(volumeEvent(1, false)), ...files });
const statusIn = async (cwd: string, ...options: string[]) => {
  const { code, stdout, stderr } = await csmm(['replay', `${cwd}/a.ndjson`, '--json', ...options], { cwd });
  return { code, stderr, status: stdout === '' ? undefined : JSON.parse(stdout).organization.controls['CMP-L1-02'].status };
};

describe('csmm.yaml in the working folder', () => {
  it('is used, and csmm says so', async () => {
    const found = await statusIn(await folderOf({ 'csmm.yaml': EXCEPTION }));
    expect(found).toMatchObject({ code: 0, status: 'NOT_APPLICABLE' });
    expect(found.stderr).toBe('csmm: using csmm.yaml from the working folder (--no-settings ignores it)\n');
  });

  it('is used for remediate too, once', async () => {
    const cwd = await folderOf({ 'csmm.yaml': EXCEPTION });
    const { stderr } = await csmm(['remediate', '--plan', `${cwd}/a.ndjson`], { cwd });
    expect(stderr.match(/using csmm\.yaml/g)).toHaveLength(1);
  });

  it('prints no warning with --quiet, which prints errors only', async () => {
    const expired = EXCEPTION.replace('2099', '2020');
    const cwd = await folderOf({ 'csmm.yaml': expired, 'other.yaml': expired });
    expect((await statusIn(cwd)).stderr).toContain('the exception has expired');
    for (const options of [[], ['--settings', `${cwd}/other.yaml`]]) {
      expect(await statusIn(cwd, '--quiet', ...options)).toEqual({ code: 0, stderr: '', status: 'FAILED' });
    }
  });

  it('is ignored with --no-settings', async () => {
    const cwd = await folderOf({ 'csmm.yaml': EXCEPTION });
    expect(await statusIn(cwd, '--no-settings')).toEqual({ code: 0, stderr: '', status: 'FAILED' });
  });

  it('gives way to --settings', async () => {
    const cwd = await folderOf({ 'csmm.yaml': EXCEPTION, 'other.yaml': 'version: 1\n' });
    expect(await statusIn(cwd, '--settings', `${cwd}/other.yaml`)).toEqual({ code: 0, stderr: '', status: 'FAILED' });
  });

  it('is refused if it is invalid, with the way out', async () => {
    const found = await statusIn(await folderOf({ 'csmm.yaml': 'version: 2\n' }));
    expect(found).toMatchObject({ code: 2, status: undefined });
    expect(found.stderr).toContain('csmm.yaml:1:10: version must be 1');
    expect(found.stderr).toContain('Fix: correct it, or pass --no-settings');
  });

  it('is refused if the name is there but is not a file, because a score without the settings would be another one', async () => {
    const cwd = await folderOf({});
    await mkdir(`${cwd}/csmm.yaml`);
    const found = await statusIn(cwd);
    expect(found).toMatchObject({ code: 2, status: undefined });
    expect(found.stderr).toBe('csmm: csmm.yaml in the working folder is not a file. Fix: remove it, or pass --no-settings\n');
    expect(await statusIn(cwd, '--no-settings')).toEqual({ code: 0, stderr: '', status: 'FAILED' });
    const linked = await folderOf({});
    await symlink('nowhere', `${linked}/csmm.yaml`);
    const broken = await statusIn(linked);
    expect(broken).toMatchObject({ code: 2, status: undefined });
    expect(broken.stderr).toMatch(
      /^csmm: cannot open csmm\.yaml in the working folder: it does not exist\. Fix: check the path, or pass --no-settings\n$/,
    );
  });

  it('is not used for the sample week', async () => {
    const cwd = await folderOf({ 'csmm.yaml': 'version: 2\n' });
    expect(await csmm(['play', '--speed', 'max'], { cwd })).toMatchObject({ code: 0, stderr: '' });
  });

  it('replaces settings in the input, and csmm says so', async () => {
    const input = lines(volumeEvent(1, false), RECORDED_SETTINGS);
    const cwd = await directoryOf({ 'a.ndjson': input, 'csmm.yaml': EXCEPTION });
    const found = await statusIn(cwd);
    expect(found.status).toBe('NOT_APPLICABLE');
    expect(found.stderr).toContain('ignored the csmm.yaml in the input, because a settings file applies');
    expect(await statusIn(cwd, '--no-settings')).toEqual({ code: 0, stderr: '', status: 'FAILED' });
  });
});
