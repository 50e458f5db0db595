import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('a settings file', () => {
  it('is loaded, with its parsers, only by a command that reads one', () => {
    const script =
      "import('./cli/run.ts').then(() => console.log(Object.keys(require('node:module')._cache).filter((file) => /node_modules.(ajv|yaml)/.test(file)).length))";
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--eval', script], { cwd: root, encoding: 'utf8' });
    expect(stdout.trim(), stderr).toBe('0');
  });
});
