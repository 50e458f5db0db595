import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
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
  command: 900_000,
  triage: 680_000,
  remediate: 3_200_000,
  announce: 520_000,
  relay: 700_000,
  upkeep: 700_000,
};

const isOfNode = (module: string): boolean => module.startsWith('node:') || builtinModules.includes(module);

const folder = mkdtempSync(join(tmpdir(), 'csmm-bundles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** All variables that a function requires, with values that no service accepts. */
const environment = Object.fromEntries(
  readdirSync('lambdas').flatMap((name) =>
    [...readFileSync(join('lambdas', name), 'utf8').matchAll(/requireEnv\('(\w+)'\)/g)].map(([, variable = '']) => [variable, '{}']),
  ),
);

describe('the bundle of each function', () => {
  it('is that of a function here', () => {
    const entries = readdirSync('lambdas').filter((name) => readFileSync(join('lambdas', name), 'utf8').includes('export const handler'));
    expect(entries.map((name) => name.replace(/\.ts$/, '')).sort()).toEqual(Object.keys(MAX_BYTES).sort());
  });

  it.each(Object.entries(MAX_BYTES))('%s carries all that it imports, in at most %i bytes, and loads', async (service, maxBytes) => {
    const { outputFiles, metafile } = await bundleLambda(`${service}.ts`);
    const [output] = Object.values(metafile.outputs);
    expect(output?.imports.map(({ path }) => path).filter((path) => !isOfNode(path))).toEqual([]);
    expect(Object.keys(metafile.inputs).some((input) => input.startsWith('node_modules/@aws-sdk/client-'))).toBe(true);
    expect(Object.keys(metafile.inputs).filter((input) => /^(lib|cli|adapters\/memory|reporting\/terminal)/.test(input))).toEqual([]);
    expect(outputFiles[0]?.contents.length).toBeLessThan(maxBytes);

    const file = join(folder, `${service}.mjs`);
    writeFileSync(file, outputFiles[0]?.contents ?? '');
    const script = `import(${JSON.stringify(file)}).then(({ handler }) => console.log(typeof handler))`;
    const env = { AWS_REGION: 'eu-west-1', AWS_LAMBDA_FUNCTION_NAME: service, ...environment };
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' });
    expect(stdout, stderr.slice(-500)).toBe('function\n');
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
