import { fileURLToPath } from 'node:url';
import { type BuildResult, build } from 'esbuild';
import { BUNDLING } from '../../lib/bundling.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles one file of `lambdas/` in memory with the options of the CDK app. */
export function bundleLambda(file: string): Promise<BuildResult<{ write: false; metafile: true }>> {
  const { externalModules, banner, ...options } = BUNDLING;
  return build({
    absWorkingDir: root,
    entryPoints: [`lambdas/${file}`],
    bundle: true,
    platform: 'node',
    write: false,
    metafile: true,
    external: externalModules,
    banner: { js: banner },
    logLevel: 'error',
    ...options,
    mainFields: [...options.mainFields],
  });
}
