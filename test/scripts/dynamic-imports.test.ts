import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { afterAll, expect, it } from 'vitest';
import { brokenDynamicImports } from '../../scripts/build/dynamic-imports.ts';

const directory = mkdtempSync(join(tmpdir(), 'csmm-dynamic-imports-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function metafileOf(entry: string): Promise<Metafile> {
  const options = { bundle: true, splitting: true, format: 'esm', platform: 'node', metafile: true, write: false } as const;
  writeFileSync(join(directory, 'old.cjs'), 'exports.name = 1;');
  writeFileSync(join(directory, 'new.mjs'), 'export const name = 1;');
  writeFileSync(join(directory, 'entry.mjs'), entry);
  return (await build({ ...options, absWorkingDir: directory, entryPoints: ['entry.mjs'], outdir: 'out' })).metafile;
}

it('finds a dynamic import of a CommonJS file, whose chunk exports `default` only', async () => {
  expect(brokenDynamicImports(await metafileOf("const { name } = await import('./old.cjs'); console.log(name);"))).toEqual([
    'entry.mjs -> old.cjs',
  ]);
});

it('accepts a static import of it, and dynamic imports of an ES module and of a module of Node', async () => {
  const entry = "import { name } from './old.cjs'; console.log(name, await import('./new.mjs'), await import('node:fs'));";
  expect(brokenDynamicImports(await metafileOf(entry))).toEqual([]);
});
