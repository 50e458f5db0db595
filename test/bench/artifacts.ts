import { execFileSync, spawn } from 'node:child_process';
import { buildSync } from 'esbuild';
import { median, table } from './report.ts';

/** Sizes of the Lambda bundles, made as the CDK makes them. */
export function bundles(): void {
  const rows = ['collect', 'score', 'notify'].map((name) => {
    const { outputFiles } = buildSync({
      entryPoints: [`lambdas/${name}.ts`],
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node22',
      format: 'esm',
      mainFields: ['module', 'main'],
      external: ['@aws-sdk/*'],
      write: false,
    });
    return [name, `${((outputFiles[0]?.contents.length ?? 0) / 1000).toFixed(1)} KB`, 'target 250 KB'];
  });
  table('Lambda bundles, minified, without the AWS SDK', rows);
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
