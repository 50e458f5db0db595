import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { READERS } from '../../adapters/aws/readers/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const handlers = readdirSync(`${root}/lambdas`).filter((file) => /^(collect|score|notify|read|sweep)[.]ts$/.test(file));

describe('the bundle of each function', () => {
  it.each(handlers)('%s stays below 250 KB, without the AWS SDK', (file) => {
    const { outputFiles } = buildSync({
      absWorkingDir: root,
      entryPoints: [`lambdas/${file}`],
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node22',
      format: 'esm',
      mainFields: ['module', 'main'],
      external: ['@aws-sdk/*'],
      write: false,
    });
    expect(handlers).toHaveLength(5);
    expect(outputFiles[0]?.contents.length).toBeLessThan(250_000);
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
