/** Runs the bundled program on the streams that a shell gives it: full disks, closed pipes, folders and named pipes. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleProgram, ROOT } from '../../scripts/build/bundle.ts';
import { lines, volumeEvent } from '../cli/support.ts';

let folder: string;
/** A folder that a stranger, who is not root, may use. */
let open: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'csmm-streams-'));
  open = join(folder, 'open');
  await bundleProgram(join(folder, 'dist'));
  mkdirSync(open);
  cpSync(`${ROOT}examples`, join(folder, 'examples'), { recursive: true });
  writeFileSync(join(open, 'items.ndjson'), lines(volumeEvent(1, true), volumeEvent(2, false, 'vol-2')));
  writeFileSync(join(open, 'broken.ndjson'), '{"half":\n'.repeat(20_000));
  writeFileSync(join(open, 'statuses.json'), '{"statuses": {"IAM-L1-01": "PASSED"}}');
  writeFileSync(join(open, 'settings.yaml'), 'version: 1\n');
  spawnSync('chmod', ['-R', 'a+rX', folder]);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a shell line in which `csmm` is the program. */
function sh(line: string, options: { readonly uid?: number } = {}) {
  const script = `set -o pipefail; csmm() { "${process.execPath}" "${folder}/dist/csmm.mjs" "$@"; }; ${line}`;
  // A program that waits for ever fails the test.
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: open, encoding: 'utf8', timeout: 120_000, ...options });
  expect(stderr, line).not.toMatch(/^\s+at .*(:\d+:\d+|<anonymous>)\)?$|internal error|ENOSPC|EPIPE/m);
  return { code: status, stdout, stderr };
}

const COMMANDS: readonly (readonly [line: string, code: number])[] = [
  ['--help', 0],
  ['--version', 0],
  ['play --speed max', 0],
  ['play --file items.ndjson', 0],
  ['replay items.ndjson', 0],
  ['replay items.ndjson --json', 0],
  ['replay items.ndjson --events', 0],
  ['replay items.ndjson --fail-under 100', 4],
  ['score --statuses statuses.json', 0],
  ['score --statuses statuses.json --json', 0],
  ['controls', 0],
  ['controls NET-L1-01 --json', 0],
  ['settings validate settings.yaml', 0],
  ['remediate --plan items.ndjson', 0],
  ['remediate --plan items.ndjson --json', 0],
  ['scan --print-policy', 0],
];

describe('csmm on a stream that takes no text', { concurrent: false }, () => {
  it.each(COMMANDS)('says that the disk is full: csmm %s', (line) => {
    expect(sh(`csmm ${line} > /dev/full`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/csmm: cannot write the output: the disk is full\. Fix: free some space\n$/),
    });
  });

  it.each(COMMANDS)('ends with its own code and no word if the reader is gone: csmm %s', (line, code) => {
    expect(sh(`{ csmm ${line} 2> errors; echo $? > code; } | head -c 0; cat code; cat errors >&2`)).toEqual({
      code: 0,
      stdout: `${code}\n`,
      stderr: code === 4 ? expect.stringContaining('gate failed') : expect.any(String),
    });
  });

  it('goes on without standard error', () => {
    for (const closed of ['2> /dev/full', '2>&-', '2> >(head -c 0)']) {
      const { code, stdout } = sh(`csmm replay broken.ndjson items.ndjson --json ${closed}`);
      expect(code).toBe(3);
      expect(JSON.parse(stdout).input).toMatchObject({ applied: 2 });
    }
  });

  it('ends without standard output', () => {
    expect(sh('csmm replay items.ndjson >&-')).toMatchObject({ code: 0, stderr: '' });
  });

  it('stops early if nobody reads the events', () => {
    writeFileSync(join(folder, 'many.ndjson'), lines(...Array.from({ length: 5000 }, (_, n) => volumeEvent(n, n % 2 === 0))));
    const { code, stdout, stderr } = sh('csmm replay ../many.ndjson --events --no-settings | head -n 1');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toHaveLength(2);
  });
});

describe('csmm on an input that is no file', () => {
  it('refuses a folder as standard input', () => {
    for (const line of ['csmm replay - < .', 'csmm score --statuses - < .']) {
      expect(sh(line)).toEqual({
        code: 2,
        stdout: '',
        stderr: 'csmm: cannot read standard input: it is a folder. Fix: pass the folder as a path\n',
      });
    }
  });

  it('reads a named pipe that the user names, and never waits for one in a folder', () => {
    expect(sh('csmm replay <(cat items.ndjson)')).toMatchObject({ code: 0, stderr: expect.any(String) });
    expect(sh('csmm score --statuses <(cat statuses.json)')).toMatchObject({ code: 0, stderr: '' });
    expect(sh('cat items.ndjson | csmm replay /dev/stdin --no-settings')).toMatchObject({ code: 0, stderr: '' });
    const { code, stderr } = sh(
      'mkdir -p pipes && { [ -p pipes/a.json ] || mkfifo pipes/a.json; } && cp items.ndjson pipes && csmm replay pipes',
    );
    expect(code).toBe(3);
    expect(stderr).toContain('pipes/a.json: not read: a named pipe (FIFO) in a folder. Fix: pass its path');
  });

  it('names a folder and a file without permission, and reads the others', () => {
    sh(
      'mkdir -p closed/inside && cp items.ndjson closed && echo {} > closed/secret.json && chmod a+rX closed && chmod 0 closed/inside closed/secret.json',
    );
    const isRoot = process.getuid?.() === 0;
    const { code, stderr } = sh('csmm replay closed', isRoot ? { uid: 65_534 } : {});
    expect(code).toBe(3);
    expect(stderr).toMatch(/closed\/inside: cannot list this folder: the permissions do not allow it\. Fix: /);
    expect(stderr).toMatch(/closed\/secret\.json: cannot be read: the permissions do not allow it\. Fix: /);
    expect(sh('csmm replay closed/secret.json', isRoot ? { uid: 65_534 } : {})).toMatchObject({ code: 2, stdout: '' });
    sh('chmod -R u+rwX closed');
  });
});

describe('a long document', () => {
  it('needs little memory: a snapshot of 100 MB on one line in a heap of 60 MB', () => {
    const volume = (n: number) =>
      JSON.stringify({ ...volumeEvent(1, true, `vol-${n % 100}`).detail.configurationItem, pad: 'p'.repeat(10_000) });
    writeFileSync(
      join(folder, 'snapshot.json.gz'),
      gzipSync(`{"fileVersion":"1.0","configurationItems":[${Array.from({ length: 10_000 }, (_, n) => volume(n)).join(',')}]}`),
    );
    const { code, stdout } = sh('NODE_OPTIONS=--max-old-space-size=60 csmm replay ../snapshot.json.gz --no-settings --json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).input).toMatchObject({ read: 10_000, rejected: 0 });
  });
});
