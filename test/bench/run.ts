/**
 * `npm run bench` measures everything, `npm run bench -- replay memory` the parts named, and `npm run bench -- --write` also
 * writes the figures into docs/benchmarks.md. `npm run bench -- times --write` writes only test/bench/service-times.json.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { bundles, startup } from './artifacts.ts';
import { requests, scaling } from './costs.ts';
import { figures, machine } from './report.ts';
import { scanMemory, scanning } from './scan.ts';
import { memory, throughput } from './throughput.ts';
import { times } from './times.ts';

const names = process.argv.slice(2).filter((argument) => argument !== '--write');
const isWritten = process.argv.includes('--write');

const PARTS: Readonly<Record<string, () => void | Promise<void>>> = {
  replay: throughput,
  memory,
  scoring: scaling,
  requests,
  scan: scanning,
  'scan-memory': scanMemory,
  bundles,
  startup,
  times: () => times(isWritten),
};
const DOCUMENT = 'docs/benchmarks.md';
const BLOCK = /(<!-- figures -->\n).*?(<!-- \/figures -->)/s;

const unknown = names.find((name) => !Object.hasOwn(PARTS, name));
if (unknown !== undefined) throw new Error(`there is no part "${unknown}" of the benchmarks: use ${Object.keys(PARTS).join(', ')}`);
const isOfTimes = names.length === 1 && names[0] === 'times';
if (isWritten && names.length > 0 && !isOfTimes) throw new Error('--write needs all parts: name none');

machine();
for (const [name, measure] of Object.entries(PARTS)) if (names.length === 0 || names.includes(name)) await measure();
if (isWritten && !isOfTimes) {
  const document = readFileSync(DOCUMENT, 'utf8');
  if (!BLOCK.test(document)) throw new Error(`${DOCUMENT} has no block <!-- figures --> … <!-- /figures -->`);
  const block = figures();
  writeFileSync(
    DOCUMENT,
    document.replace(BLOCK, (_, begin, end) => `${begin}\`\`\`text\n${block}\n\`\`\`\n${end}`),
  );
}
process.exit(0);
