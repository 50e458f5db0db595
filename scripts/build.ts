/** Bundles the command line into one file that Node runs without node_modules: dist/csmm.mjs. */
import { chmod } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outfile = process.argv[2] ?? `${root}dist/csmm.mjs`;

await build({
  entryPoints: [`${root}bin/csmm.ts`],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  legalComments: 'inline',
  // CommonJS packages in an ES module ask for Node's own modules by `require`.
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  logLevel: 'warning',
});
await chmod(outfile, 0o755);
