import processes from 'node:child_process';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { expect } from 'vitest';

/** Setup of the projects that `npm run test:fast` runs: their tests use no emulator, and to start a process is an error in them. */

const FIX = 'list the file in vitest.config.ts under EMULATED or PROCESSES';

const { testPath = '' } = expect.getState();
if (/\b(useMoto|inject)\(/.test(readFileSync(testPath, 'utf8'))) {
  throw new Error(`${testPath} uses an emulator, which fast tests do not have: ${FIX}`);
}

const starting = ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'] as const;
for (const name of starting) {
  const value = () => {
    throw new Error(`child_process.${name} was called in a fast test: ${FIX}`);
  };
  Object.defineProperty(processes, name, { configurable: true, value });
}
syncBuiltinESMExports();
