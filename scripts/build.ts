/**
 * Bundles the command line into files that Node.js runs without node_modules: dist/csmm.mjs, chunks that it loads when a
 * command needs them, and the notices of the packages that they contain.
 */
import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { bundleProgram, ROOT } from './build/bundle.ts';
import { bundledPackages, thirdPartyNotices } from './build/packages.ts';

const outdir = process.argv[2] ?? `${ROOT}dist`;

const metafile = await bundleProgram(outdir);
await writeFile(join(outdir, 'THIRD-PARTY-NOTICES.txt'), thirdPartyNotices(bundledPackages(metafile, ROOT)));
const written = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
for (const chunk of await readdir(join(outdir, 'chunks'))) {
  if (!written.has(chunk)) await rm(join(outdir, 'chunks', chunk));
}
await chmod(join(outdir, 'csmm.mjs'), 0o755);
