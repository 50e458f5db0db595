import type { Metafile } from 'esbuild';

/**
 * Returns the dynamic imports that the bundle cannot serve, as `importer -> imported`. A chunk that starts with a CommonJS
 * file exports `default` only, so that `(await import('package')).name` is `undefined` in the bundle and works in the source.
 */
export function brokenDynamicImports({ inputs }: Metafile): string[] {
  return Object.entries(inputs).flatMap(([importer, { imports }]) =>
    imports
      .filter(({ kind, external, path }) => kind === 'dynamic-import' && !external && inputs[path]?.format === 'cjs')
      .map(({ path }) => `${importer} -> ${path}`),
  );
}
