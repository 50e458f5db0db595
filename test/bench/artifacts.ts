import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectThat, median, skip, table } from './report.ts';

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Properties?: LambdaProperties; readonly Metadata?: Record<string, string> }>>;
}

interface LambdaProperties {
  readonly Environment?: { readonly Variables?: { readonly POWERTOOLS_SERVICE_NAME?: string } };
}

/** Measures the code of each Lambda function in the synthesized app: what a deployment uploads, before it is compressed. */
export function bundles(): void {
  const app = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    execFileSync('npx', ['cdk', 'synth', '--quiet', '--output', app], { stdio: 'pipe' });
    const sizes = new Map<string, number>();
    for (const file of readdirSync(app).filter((name) => name.endsWith('.template.json'))) {
      const { Resources }: Template = JSON.parse(readFileSync(join(app, file), 'utf8'));
      for (const { Properties, Metadata } of Object.values(Resources)) {
        const name = Properties?.Environment?.Variables?.POWERTOOLS_SERVICE_NAME;
        const asset = Metadata?.['aws:asset:path'];
        if (name && asset) sizes.set(name, sizeOf(join(app, asset)));
      }
    }
    expectThat(sizes.size >= 5 && ![...sizes.values()].some((bytes) => bytes < 1_000), `code of ${sizes.size} functions was found`);
    const rows = [...sizes].sort().map(([name, bytes]) => [name, `${(bytes / 1000).toFixed(1)} KB`]);
    table(
      'Lambda functions',
      'Size of the code that a deployment uploads, with their AWS clients, minified and not compressed (1 KB = 1,000 bytes).',
      rows,
    );
  } finally {
    rmSync(app, { recursive: true });
  }
}

const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);

const ROUNDS = 5;

/** Measures the time from the start of the process to the first scorecard on a terminal. */
export async function startup(): Promise<void> {
  try {
    execFileSync('script', ['--version'], { stdio: 'ignore' });
  } catch {
    return skip('startup', 'no `script` command to give the program a terminal');
  }
  const [node, card]: [number[], number[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round++) {
    const times = [
      await secondsUntil(`${process.execPath} -p 1`, /1/),
      await secondsUntil(`${process.execPath} dist/csmm.mjs play`, /networking/i),
    ];
    // The first round has the files read from the disk.
    if (round > 0) [node, card].forEach((list, index) => void list.push(times[index] ?? Number.NaN));
  }
  expectThat(median(card) > median(node), 'a scorecard took less time than Node.js takes to start');
  table(
    `First scorecard, median of ${ROUNDS} rounds in turns`,
    'Elapsed time from the start of `node dist/csmm.mjs play`, which `npm start` runs after a build, to the scorecard on a terminal.',
    [
      ['Node.js, to print a number', `${median(node).toFixed(2)} s`],
      ['csmm, to print a scorecard', `${median(card).toFixed(2)} s`, 'target 2 s'],
    ],
  );
}

/** @throws Error if the command ends without a match of `shown` */
function secondsUntil(command: string, shown: RegExp): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const terminal = spawn('script', ['-qfec', command, '/dev/null'], { env: { ...process.env, TERM: 'xterm' } });
    let output = '';
    terminal.once('error', reject);
    terminal.once('close', () => reject(new Error(`"${command}" ended without ${shown}: ${output.slice(-500)}`)));
    terminal.stdout.on('data', (chunk) => {
      output += chunk;
      if (!shown.test(output)) return;
      resolve((performance.now() - start) / 1000);
      terminal.stdout.removeAllListeners();
      terminal.kill();
    });
  });
}
