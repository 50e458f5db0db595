import { fileURLToPath } from 'node:url';
import { type BuildOptions, type BuildResult, build, type Metafile } from 'esbuild';
import { brokenDynamicImports } from './dynamic-imports.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const OPTIONS = {
  absWorkingDir: ROOT,
  entryPoints: { csmm: 'bin/csmm.ts' },
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
} as const satisfies BuildOptions;

/**
 * Bundles the command line into `outdir`, or only in memory if `write` is false. Returns what went into the bundle.
 *
 * @throws Error if a dynamic import would not work in the bundle
 */
export async function bundleProgram(outdir: string, write = true): Promise<Metafile> {
  const { metafile }: BuildResult<{ metafile: true }> = await build({ ...OPTIONS, mainFields: [...OPTIONS.mainFields], outdir, write });
  const broken = brokenDynamicImports(metafile);
  if (broken.length > 0) {
    throw new Error(
      `the bundle would lack the names of CommonJS files that are imported dynamically: ${broken.join(', ')}. Fix: import them statically`,
    );
  }
  return metafile;
}
