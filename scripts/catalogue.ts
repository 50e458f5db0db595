import { readFileSync, writeFileSync } from 'node:fs';
import { fingerprint } from './build/catalogue-fingerprint.ts';

/**
 * `npm run catalogue -- 2.1.0` gives the catalogue a new version. `npm run catalogue -- keep` records that the changed code gives the
 * same verdicts, so that scores still compare. docs/release.md says which of the two.
 */
const FILE = new URL('../controls/version.ts', import.meta.url);
const [given = ''] = process.argv.slice(2);
const source = readFileSync(FILE, 'utf8');
const [, current = ''] = /CATALOGUE_VERSION = '([^']*)'/.exec(source) ?? [];
if (given !== 'keep' && !/^\d+\.\d+\.\d+$/.test(given)) {
  throw new RangeError(`give a version such as 2.1.0, or "keep": the version is ${current}, given ${JSON.stringify(given)}`);
}
if (given === current) throw new RangeError(`the version is already ${current}: give the next one, or "keep"`);
const version = given === 'keep' ? current : given;
const next = source
  .replace(/CATALOGUE_VERSION = '[^']*'/, `CATALOGUE_VERSION = '${version}'`)
  .replace(/CATALOGUE_FINGERPRINT = '[^']*'/, `CATALOGUE_FINGERPRINT = '${await fingerprint()}'`);
writeFileSync(FILE, next);
process.stdout.write(`catalogue ${version}\n`);
