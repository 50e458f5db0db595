import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../lib/deployment-options.ts';
import { csmm } from '../cli/support.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const directory = mkdtempSync(join(tmpdir(), 'csmm-readme-'));

const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, 'gm'))].map((block) => block[2] ?? '');

/** The commands that need neither AWS nor an installation. */
const commands = blocks('sh')
  .flatMap((block) => block.split('\n'))
  .filter((line) => /\bnpx csmm /.test(line) && !line.includes('./config'))
  .map((line) => line.replace(/ {2,}# .*$/, '').trim());

/** Runs a line of the README with `npx` standing for the bundle just built. */
const shell = (command: string): SpawnSyncReturns<string> =>
  spawnSync('bash', ['-o', 'pipefail', '-c', command], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { PATH: `${directory}/bin:${process.env.PATH}`, HOME: directory },
  });

beforeAll(() => {
  const bundle = join(directory, 'dist/csmm.mjs');
  mkdirSync(join(directory, 'bin'));
  symlinkSync(bundle, join(directory, 'bin/csmm'));
  symlinkSync(join(root, 'examples'), join(directory, 'examples'));
  writeFileSync(join(directory, 'bin/npx'), '#!/bin/sh\nexec "$@"\n');
  chmodSync(join(directory, 'bin/npx'), 0o755);
  const built = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts', dirname(bundle)], { cwd: root, encoding: 'utf8' });
  expect(built.status).toBe(0);
}, 60_000);

afterAll(() => rmSync(directory, { recursive: true }));

describe('the README', () => {
  it('shows commands to try', () => {
    for (const wanted of ['play --speed max', 'replay examples/week.ndjson', 'controls NET-L1-01', 'score --statuses -']) {
      expect(commands.some((command) => command.includes(wanted))).toBe(true);
    }
  });

  it.each(commands)('runs: %s', (command) => {
    const { status, stdout } = shell(command);
    // The example week holds two lines that cannot be read.
    expect([0, 3]).toContain(status);
    expect(stdout).not.toBe('');
  });

  it('shows the card as it is printed', async () => {
    const [card = ''] = blocks('text');
    expect(card).toContain('csmm · organization · 3 accounts');
    expect((await csmm(['replay', join(root, 'examples/week.ndjson')])).stdout).toContain(card);
  });
});

describe('the page of the deployment', () => {
  it('names each setting with its default', () => {
    const [, page = ''] = readFileSync(join(root, 'docs/deploy.md'), 'utf8').split(/^## Settings of the deployment$|^## Verify$/m);
    const settings = [...page.matchAll(/^\| `(\w+)` \| (\S+)/gm)].map((row) => [row[1], row[2]]);
    const asked = new Set<string>();
    const defaults = readSettings((key) => {
      asked.add(key);
      return undefined;
    });
    readSettings((key) => {
      asked.add(key);
      return { organizationId: 'o-a1b2c3d4e5', organizationalUnits: 'r-ab12' }[key];
    });
    expect(settings.map(([name]) => name).sort()).toEqual([...asked].sort());
    expect(settings).toContainEqual(['logRetentionDays', `\`${defaults.logRetention}\``]);
    expect(settings).toContainEqual(['collectConcurrency', `\`${defaults.collectConcurrency}\``]);
    expect(settings).toContainEqual(['removeData', `\`${defaults.removeData}\``]);
    expect(settings).toContainEqual(['customerManagedKey', `\`${defaults.customerManagedKey}\``]);
  });
});
