import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Returns a fingerprint of the code that gives verdicts: the controls with their rules, and the facts that they read. Comments, formats
 * and pages do not change it. A release of esbuild can.
 */
export async function fingerprint(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents:
        "export { CONTROLS } from './controls/index.ts'; export * from './core/facts/index.ts'; export * from './core/evaluation/evaluate.ts';",
      resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
      loader: 'ts',
    },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    legalComments: 'none',
    write: false,
  });
  return createHash('sha256')
    .update(outputFiles[0]?.text ?? '')
    .digest('hex')
    .slice(0, 16);
}
