import { execFileSync, spawn } from 'node:child_process';
import { bundleLambda } from '../support/lambda-bundles.ts';
import { median, table } from './report.ts';

/** Sizes of the Lambda bundles, made as the CDK makes them. */
export async function bundles(): Promise<void> {
  const rows: string[][] = [];
  for (const name of ['collect', 'score', 'notify', 'read', 'sweep']) {
    const { outputFiles } = await bundleLambda(`${name}.ts`);
    rows.push([name, `${((outputFiles[0]?.contents.length ?? 0) / 1000).toFixed(1)} KB`]);
  }
  table('Lambda bundles, minified, with their AWS clients', rows);
}

/** From the start of the process to the first scorecard on a terminal. */
export async function startup(): Promise<void> {
  try {
    execFileSync('script', ['--version'], { stdio: 'ignore' });
  } catch {
    return table('First scorecard of `npm start`: skipped, no `script` command to give it a terminal', []);
  }
  const times: number[] = [];
  for (let round = 0; round < 5; round++) times.push(await firstCard());
  table('First scorecard of `npm start`, median of 5', [['after the start of the process', `${median(times).toFixed(2)} s`, 'target 2 s']]);
}

function firstCard(): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const terminal = spawn('script', ['-qfec', `${process.execPath} dist/csmm.mjs play`, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm' },
    });
    let shown = '';
    terminal.once('error', reject);
    terminal.stdout.on('data', (chunk) => {
      shown += chunk;
      if (!/networking/i.test(shown)) return;
      resolve((performance.now() - start) / 1000);
      terminal.stdout.removeAllListeners();
      terminal.kill();
    });
  });
}
