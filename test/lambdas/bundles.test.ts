import { builtinModules } from 'node:module';
import { describe, expect, it } from 'vitest';
import { READERS } from '../../adapters/aws/readers/index.ts';
import { bundleLambda } from '../support/lambda-bundles.ts';

/**
 * Maximum size of each function's bundle, in bytes. The functions that hold every reader, and so every client that a reader
 * calls, are the large ones.
 */
const MAX_BYTES = {
  collect: 720_000,
  score: 680_000,
  notify: 520_000,
  read: 2_900_000,
  sweep: 2_900_000,
  status: 900_000,
  triage: 680_000,
  remediate: 3_200_000,
  announce: 520_000,
};

const isOfNode = (module: string): boolean => module.startsWith('node:') || builtinModules.includes(module);

describe('the bundle of each function', () => {
  it.each(Object.entries(MAX_BYTES))('%s carries all that it imports, in at most %i bytes', async (service, maxBytes) => {
    const { outputFiles, metafile } = await bundleLambda(`${service}.ts`);
    const [output] = Object.values(metafile.outputs);
    expect(output?.imports.map(({ path }) => path).filter((path) => !isOfNode(path))).toEqual([]);
    expect(Object.keys(metafile.inputs).some((input) => input.startsWith('node_modules/@aws-sdk/client-'))).toBe(true);
    expect(Object.keys(metafile.inputs).filter((input) => /^(lib|cli|adapters\/memory|reporting\/terminal)/.test(input))).toEqual([]);
    expect(outputFiles[0]?.contents.length).toBeLessThan(maxBytes);
  });
});

describe('what the readers list', () => {
  it('is listed by one reader alone, as each ends what its own list does not show', () => {
    const types = READERS.flatMap(({ lists }) => lists);
    expect(types.filter((type, index) => types.indexOf(type) !== index)).toEqual([]);
  });

  it('is named by ids that differ', () => {
    expect(new Set(READERS.map(({ id }) => id)).size).toBe(READERS.length);
  });
});
