/**
 * Bundles the command line into files that Node runs without node_modules: dist/csmm.mjs, and chunks that it loads when a command
 * needs them.
 */
import { chmod, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { brokenDynamicImports } from './build/dynamic-imports.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = process.argv[2] ?? `${root}dist`;
const outfile = join(outdir, 'csmm.mjs');

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { csmm: 'bin/csmm.ts' },
  outdir,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // The ES modules of a package, if it has both kinds: a chunk of them exports its names, and unused code is left out.
  mainFields: ['module', 'main'],
  legalComments: 'inline',
  // CommonJS packages in an ES module ask for Node's own modules by `require`.
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  logLevel: 'warning',
  metafile: true,
});
const broken = brokenDynamicImports(metafile);
if (broken.length > 0)
  throw new Error(`dynamic imports of CommonJS files, whose names are missing in the bundle; import them statically: ${broken.join(', ')}`);
const written = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
for (const chunk of await readdir(join(outdir, 'chunks'))) {
  if (!written.has(chunk)) await rm(join(outdir, 'chunks', chunk));
}
await chmod(outfile, 0o755);
