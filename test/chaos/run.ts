import { parseArgs } from 'node:util';
import { trySeed } from '../support/chaos/run.ts';

/** `npm run chaos -- --seeds N [--from S]` tries N seeds; `--seed S` tries one. Ends with 1 if one fails. */
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '25' }, from: { type: 'string', default: '1' }, seed: { type: 'string' } },
});
const from = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
if (!Number.isSafeInteger(from) || !Number.isSafeInteger(count) || count < 1)
  throw new TypeError('--seeds, --from and --seed are whole numbers');

let failed = 0;
for (let seed = from; seed < from + count; seed++) {
  const report = await trySeed(seed);
  if (report === undefined) continue;
  failed++;
  console.error(`${report}\n`);
  if (failed === 3) break;
}
console.log(failed === 0 ? `${count} histories end as they must.` : `${failed} failed.`);
process.exitCode = failed === 0 ? 0 : 1;
