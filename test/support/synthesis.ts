import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import type { SynthesisName } from '../e2e/support/syntheses.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder that the app is synthesized into. */
    synthesisFolder: string;
  }
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FAILURE = 'failure.txt';

/** Starts the one synthesis of the test run. It takes seconds, in which other tests run: {@link synthesisOf} waits for it. */
export async function setup(project: TestProject): Promise<() => void> {
  // Outside the project, so that the bundles find only what they carry, as in Lambda.
  const folder = mkdtempSync(join(tmpdir(), 'csmm-cdk-out-'));
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'test/e2e/support/synthesize.ts'), folder], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  let isStopped = false;
  child.on('exit', (code) => {
    if (code !== 0 && !isStopped) writeFileSync(join(folder, FAILURE), `the synthesis ended with ${code}: ${stderr}`);
  });
  project.provide('synthesisFolder', folder);
  return () => {
    isStopped = true;
    child.kill('SIGKILL');
    for (const each of [folder, String(project.config.provide.permissionsFolder)]) rmSync(each, { recursive: true, force: true });
  };
}

/**
 * Waits for a synthesis.
 *
 * @returns the folder of the assets, and the one of the templates in it.
 * @throws Error if the synthesis has failed.
 */
export async function synthesisOf(name: SynthesisName): Promise<{ readonly assets: string; readonly templates: string }> {
  const assets = inject('synthesisFolder');
  const templates = join(assets, name);
  while (!existsSync(templates)) {
    if (existsSync(join(assets, FAILURE))) throw new Error(readFileSync(join(assets, FAILURE), 'utf8'));
    await setTimeout(100);
  }
  return { assets, templates };
}
