import { expect, it } from 'vitest';
import { CATALOGUE_FINGERPRINT, CATALOGUE_VERSION } from '../../controls/version.ts';
import { fingerprint } from '../../scripts/build/catalogue-fingerprint.ts';

it('gives the catalogue a new version if code changes that gives verdicts: run npm run catalogue, and see docs/release.md', async () => {
  expect([CATALOGUE_VERSION, await fingerprint()]).toEqual([CATALOGUE_VERSION, CATALOGUE_FINGERPRINT]);
});
