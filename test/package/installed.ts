import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The package as a user has it: packed by `npm pack`, and installed from the tarball into a folder that holds nothing else. */
export interface Installed {
  /** Folder of the installed package. */
  readonly folder: string;
  /** Paths of all its files, relative to `folder`. */
  readonly files: readonly string[];
  /** Names in `node_modules` of the folder that it is installed into. */
  readonly modules: readonly string[];
  /** Runs a shell line with the installed `csmm` in a workspace of its own. */
  run(line: string, options?: RunOptions): Promise<Ran>;
  remove(): void;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Text that a user types. The line then runs on a terminal, whose output holds both streams. @default - no terminal */
  readonly typed?: string;
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Child processes at once: the machine has two cores, and the emulators need them too. */
const atOnce = pLimit(2);

/** Packs the project and installs the tarball. @throws Error with the output of npm if one of these fails */
export async function install(): Promise<Installed> {
  const base = mkdtempSync(join(tmpdir(), 'csmm-package-'));
  const [packs, home, bin] = ['packs', 'home', 'bin'].map((name) => join(base, name)) as [string, string, string];
  for (const folder of [packs, home, bin]) mkdirSync(folder);
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? home };
  await succeed('npm', ['pack', '--pack-destination', packs], { cwd: ROOT, env });
  const [tarball] = readdirSync(packs);
  const target = join(base, 'empty');
  mkdirSync(target);
  await succeed('npm', ['install', '--offline', '--no-audit', '--no-fund', join(packs, tarball ?? '')], { cwd: target, env });
  const folder = join(target, 'node_modules/csmm');

  symlinkSync(join(target, 'node_modules/.bin/csmm'), join(bin, 'csmm'));
  // `npx csmm` runs the installed program; its own start takes longer than that of csmm.
  writeFileSync(join(bin, 'npx'), '#!/bin/sh\nexec "$@"\n');
  chmodSync(join(bin, 'npx'), 0o755);
  mkdirSync(join(home, '.aws'));
  writeFileSync(join(home, '.aws/config'), '[profile audit]\nregion = eu-west-1\n');
  writeFileSync(join(home, '.aws/credentials'), '[audit]\naws_access_key_id = local\naws_secret_access_key = local\n');

  return {
    folder,
    files: readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)),
    modules: readdirSync(join(target, 'node_modules')).filter((name) => !name.startsWith('.package-lock')),
    run: (line, { env: given = {}, stdin = '', typed } = {}) =>
      atOnce(async () => {
        const cwd = workspace(base, folder);
        const [program, args] =
          typed === undefined
            ? ['bash', ['-o', 'pipefail', '-c', line]]
            : ['script', ['-qefc', `bash -o pipefail -c ${quoted(line)}`, '/dev/null']];
        const ran = await run(program as string, args as string[], {
          cwd,
          env: { PATH: `${bin}:${process.env.PATH}`, HOME: home, AWS_EC2_METADATA_DISABLED: 'true', ...given },
          stdin: typed ?? stdin,
        });
        rmSync(cwd, { recursive: true });
        return ran;
      }),
    remove: () => rmSync(base, { recursive: true }),
  };
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Makes a folder with the files that the documentation names: what a user has there at that point. */
function workspace(base: string, folder: string): string {
  const cwd = mkdtempSync(join(base, 'work-'));
  const week = join(folder, 'examples/week.ndjson');
  symlinkSync(join(folder, 'examples'), join(cwd, 'examples'));
  cpSync(join(folder, 'examples/csmm.yaml'), join(cwd, 'csmm.yaml'));
  const readable = readFileSync(week, 'utf8').split('\n').slice(0, 200).join('\n');
  mkdirSync(join(cwd, 'config'));
  for (const name of ['facts.ndjson', 'config/items.ndjson']) writeFileSync(join(cwd, name), `${readable}\n`);
  writeFileSync(join(cwd, 'orders.json'), '{"Version": "2012-10-17", "Statement": []}');
  writeFileSync(join(cwd, 'statuses.json'), '{"statuses": {"IAM-L1-01": "PASSED"}}');
  return cwd;
}

interface ProcessOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

function run(program: string, args: readonly string[], { cwd, env, stdin = '' }: ProcessOptions): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env });
    const printed = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        printed[name] += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...printed }));
    // A program that ends without reading closes its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
}

async function succeed(program: string, args: readonly string[], options: ProcessOptions): Promise<void> {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`);
}
