import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lines, volumeEvent } from './support.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'csmm-bundle-'));
const bundle = join(directory, 'dist/csmm.mjs');

/** Runs the bundle far from its source and from node_modules. */
const shell = (command: string, input = ''): SpawnSyncReturns<string> =>
  spawnSync('bash', ['-o', 'pipefail', '-c', command], {
    cwd: directory,
    input,
    encoding: 'utf8',
    env: { PATH: `${directory}/bin:${process.env.PATH}`, HOME: directory },
  });

beforeAll(() => {
  mkdirSync(join(directory, 'bin'));
  symlinkSync(bundle, join(directory, 'bin/csmm'));
  symlinkSync(join(root, 'examples'), join(directory, 'examples'));
  const built = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts', dirname(bundle)], { cwd: root, encoding: 'utf8' });
  expect(built.stderr).toBe('');
  expect(built.status).toBe(0);
}, 30_000);

afterAll(() => rmSync(directory, { recursive: true }));

describe('the bundle', { timeout: 30_000 }, () => {
  it('runs as a program of its own', () => {
    const { status, stdout } = shell('csmm controls NET-L1-01');
    expect(stdout).toContain('NET-L1-01');
    expect(status).toBe(0);
  });

  it('reads a settings file', () => {
    const { status, stdout, stderr } = shell('csmm settings validate examples/csmm.yaml');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('examples/csmm.yaml');
  });

  it('reads standard input', () => {
    const { status, stdout, stderr } = shell('csmm replay - --json', lines(volumeEvent(1, false), '{'));
    expect(status).toBe(3);
    expect(stderr).toContain('(stdin):2: not valid JSON');
    expect(JSON.parse(stdout).input).toMatchObject({ read: 2, applied: 1, rejected: 1 });
  });

  it('ends quietly when its reader goes away', () => {
    const many = lines(...Array.from({ length: 3000 }, (_, n) => volumeEvent(n, n % 2 === 0)));
    const { status, stdout, stderr } = shell('csmm replay - --events | head -n 1', many);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n')).toHaveLength(2);
  });

  it('starts within two seconds', () => {
    const started = performance.now();
    expect(shell('csmm --version').status).toBe(0);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  const helps = ['', 'play', 'replay', 'score', 'controls'];
  it.skipIf(!existsSync(join(root, 'examples/week.ndjson'))).each(helps)(
    'runs every example in the help of csmm %s that asks nothing of AWS',
    (command) => {
      const help = shell(`csmm ${command} --help`).stdout;
      const examples = [...help.matchAll(/^ {2}\$ (.*?)(?: {2,}.*)?$/gm)].flatMap((match) => match[1] ?? []);
      expect(examples.length).toBeGreaterThan(1);
      for (const example of examples.filter((each) => !/^csmm (scan|remediation|settings (diff|apply|show))/.test(each))) {
        const { status, stdout, stderr } = shell(example);
        expect({ example, stderr: stderr.replaceAll(/^(\(stdin\)|\S*week\.ndjson\S*):\d+: .*\n/gm, '') }).toEqual({ example, stderr: '' });
        // The bundled week holds a line that cannot be read.
        expect([0, 3]).toContain(status);
        expect(stdout).not.toBe('');
      }
    },
  );
});
