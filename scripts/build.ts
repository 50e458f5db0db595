/** Bundles the command line into files that Node runs without node_modules: dist/csmm.mjs, and chunks that it loads when a command needs them. */
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = process.argv[2] ?? `${root}dist`;
const outfile = join(outdir, 'csmm.mjs');

await rm(join(outdir, 'chunks'), { recursive: true, force: true });

await build({
  entryPoints: { csmm: `${root}bin/csmm.ts` },
  outdir,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  legalComments: 'inline',
  // CommonJS packages in an ES module ask for Node's own modules by `require`.
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  logLevel: 'warning',
});
await chmod(outfile, 0o755);
