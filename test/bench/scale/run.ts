/**
 * `npm run bench:scale` runs the deployed system in virtual time and prints what it finds; with `-- --write` it replaces
 * test/bench/scale-results.json, and the generated section of docs/cost.md. With names of parts it runs only these and prints.
 */
import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { forEachAtOnce } from '../../../core/concurrency.ts';
import { synthesizeOutlines } from './outlines.ts';
import { withFigures } from './page.ts';
import { FULL, joined, type Outlines, PARTS, regionsFor } from './parts.ts';
import { type Results, targetsOf } from './results.ts';
import { readTimes } from './times.ts';
import { loadHandlers } from './world.ts';

const RESULTS = 'test/bench/scale-results.json';
const PAGE = 'docs/cost.md';

/** Runs one part in this process, a child, and sends what it finds to the parent. */
async function runPart(name: string, outlines: Outlines): Promise<void> {
  const part = PARTS.find((each) => each.name === name);
  if (!part) throw new Error(`there is no part "${name}": use ${PARTS.map((each) => `"${each.name}"`).join(', ')}`);
  await loadHandlers(outlines.alone, regionsFor(part));
  process.send?.(await part.run({ outline: outlines.alone, times: readTimes() }, FULL, outlines));
}

/** Runs a part in a process of its own: the planner's Regions are those of its environment. */
async function inChild(name: string, outlines: Outlines): Promise<Partial<Results>> {
  const child = fork(fileURLToPath(import.meta.url), ['--child', name], { execArgv: ['--import', 'tsx'] });
  child.send(outlines);
  return new Promise((resolve, reject) => {
    child.on('message', (found) => resolve(found as Partial<Results>));
    child.on('exit', (code) => code !== 0 && reject(new Error(`the part "${name}" ended with ${code}`)));
  });
}

async function main(names: readonly string[], isWritten: boolean): Promise<void> {
  const begin = performance.now();
  const outlines = synthesizeOutlines();
  const parts = PARTS.filter(({ name }) => names.length === 0 || names.includes(name));
  const found: Partial<Results>[] = [];
  await forEachAtOnce(parts, availableParallelism(), async ({ name }) => {
    const result = await inChild(name, outlines);
    found.push(result);
    console.log(`${((performance.now() - begin) / 1000).toFixed(0)} s: ${name}`);
    if (names.length > 0) console.log(JSON.stringify(result, null, 2));
  });
  if (names.length > 0) return;
  const ranOn = `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}`;
  const results = joined(inOrder(found), { ranOn, times: readTimes() });
  const targets = targetsOf(results);
  for (const { id, what, bound, found, holds } of targets)
    console.log(`${holds ? 'holds' : 'FAILS'}  ${id}  ${what}: ${found} (at most ${bound})`);
  for (const { accounts, regions, total } of results.bills)
    console.log(`${accounts} × ${regions} Regions: ${total.toFixed(2)} USD a month`);
  if (isWritten) {
    writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
    writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8'), results));
  }
  if (targets.some(({ holds }) => !holds)) process.exitCode = 1;
}

/** The bills in the order of the parts, whichever ended first. */
const inOrder = (found: readonly Partial<Results>[]): readonly Partial<Results>[] =>
  [...found].sort((a, b) => (a.bills?.[0]?.regions ?? 0) - (b.bills?.[0]?.regions ?? 0));

const [first, child = ''] = process.argv.slice(2);
if (first === '--child') {
  process.once('message', (outlines) => {
    runPart(child, outlines as Outlines).then(
      () => process.disconnect(),
      (error) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
} else {
  const names = process.argv.slice(2).filter((argument) => argument !== '--write');
  await main(names, process.argv.includes('--write'));
}
