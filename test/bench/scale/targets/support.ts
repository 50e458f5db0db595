import { synthesizeOutlines } from '../outlines.ts';
import { joined, PARTS, regionsFor, SMALL } from '../parts.ts';
import { type Results, type Target, targetsOf } from '../results.ts';
import { readTimes } from '../times.ts';
import { loadHandlers } from '../world.ts';

const NONE: Results['huge'] = { resources: 0, runSeconds: 1, runs: 0, seconds: 0, allowed: 0, unseen: 0 };

/**
 * Runs parts in a small size. All of them must have the same Regions, because a process loads the planner's handler once.
 *
 * @returns the targets, by the letters of those that the parts decide.
 */
export async function targetsIn(names: readonly string[]): Promise<(letter: string) => readonly Target[]> {
  const parts = PARTS.filter(({ name }) => names.includes(name));
  const [first] = parts;
  if (!first || parts.length !== names.length) throw new Error(`one of these parts does not exist: ${names.join(', ')}`);
  const outlines = synthesizeOutlines();
  await loadHandlers(outlines.alone, regionsFor(first));
  const found: Partial<Results>[] = [];
  for (const part of parts) found.push(await part.run({ outline: outlines.alone, times: readTimes() }, SMALL, outlines));
  const targets = targetsOf(joined([...found, { huge: NONE }], { ranOn: '', times: readTimes() }));
  return (letter) => targets.filter(({ id, found: figure }) => id === letter && figure !== 'not run');
}

/** The targets that do not hold, with their figures. */
export const missed = (targets: readonly Target[]): string[] =>
  targets.filter(({ holds }) => !holds).map(({ what, bound, found }) => `${what}: ${found}, at most ${bound}`);
