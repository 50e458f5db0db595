import { problemsIn } from './checks.ts';
import type { Unit } from './history.ts';
import { describeHistory, drawHistory, type History, MINUTE, REGIONS } from './history.ts';
import { createWorld } from './world.ts';

export interface Ended {
  /** What is wrong at the end. */
  readonly problems: readonly string[];
  /** The runs that died. */
  readonly deaths: readonly string[];
  readonly scorecards: number;
  readonly trimmed: number;
}

/** Lets a history happen, and compares what is left with what must be. */
export async function runHistory(history: History): Promise<Ended> {
  const world = await createWorld(history);
  try {
    const problems = await play();
    return { problems, deaths: world.deaths, scorecards: world.cards.length, trimmed: world.trimmed };
  } catch (error) {
    return { problems: [`it failed: ${(error as Error).stack}`], deaths: world.deaths, scorecards: 0, trimmed: world.trimmed };
  } finally {
    world.end();
  }

  async function play(): Promise<string[]> {
    let stuck = await world.untilQuiet();
    if (stuck !== undefined) return [`it never came to rest: ${stuck}`];
    if (history.endsWithSweep) {
      // Not before a list can tell what is gone.
      await world.clock.run(world.clock.now() + 20 * MINUTE);
      world.take(sweepOf(history), world.clock.now());
      stuck = await world.untilQuiet();
      if (stuck !== undefined) return [`it never came to rest after the last sweep: ${stuck}`];
    }
    const found = await problemsIn(world);
    if (found.length > 0 || history.later.length === 0) return found;
    // The tombstones leave. That changes nothing.
    for (const { pk, sk } of [...world.tables.items('state')])
      if (String(pk).startsWith('Z#')) world.tables.expire('state', String(pk), String(sk));
    stuck = await world.untilQuiet();
    if (stuck !== undefined) return [`it never came to rest after the tombstones had left: ${stuck}`];
    const moved = await problemsIn(world);
    if (moved.length > 0) return moved.map((problem) => `after the tombstones had left: ${problem}`);
    world.take(history.later, world.clock.now());
    stuck = await world.untilQuiet();
    return stuck === undefined
      ? (await problemsIn(world)).map((problem) => `later: ${problem}`)
      : [`it never came to rest later: ${stuck}`];
  }
}

const sweepOf = ({ accountIds }: History): Unit[] =>
  accountIds.flatMap((accountId) =>
    REGIONS.map((region, index): Unit => ({ kind: 'unit', at: index, accountId, region, copies: [{ delay: 0, gaps: {} }] })),
  );

/** Returns a part of a failing history that still fails, and needs each of its steps and faults. */
export async function shrink(history: History, fails: (history: History) => Promise<boolean>, budget = 400): Promise<History> {
  let [smallest, tries] = [history, 0];
  const attempt = async (candidate: History): Promise<boolean> => {
    if (tries++ >= budget || !(await fails(candidate))) return false;
    smallest = candidate;
    return true;
  };
  for (let isSmaller = true; isSmaller && tries < budget; ) {
    isSmaller = false;
    for (const part of ['later', 'faults', 'steps'] as const) {
      for (let size = Math.max(1, Math.ceil(smallest[part].length / 2)); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
        for (let from = 0; from < smallest[part].length; ) {
          const rest = [...smallest[part].slice(0, from), ...smallest[part].slice(from + size)];
          if (await attempt({ ...smallest, [part]: rest })) isSmaller = true;
          else from += size;
        }
      }
    }
    const involved = smallest.accountIds.filter((id) => [...smallest.steps, ...smallest.later].some((step) => accountOf(step) === id));
    if (involved.length < smallest.accountIds.length && (await attempt({ ...smallest, accountIds: involved }))) isSmaller = true;
  }
  return smallest;
}

const accountOf = (step: History['steps'][number]): string => (step.kind === 'change' ? step.item.resource.accountId : step.accountId);

/** Returns `undefined` if a seed's history ends well, else a report with the smallest history found that fails. */
export async function trySeed(seed: number): Promise<string | undefined> {
  const history = drawHistory(seed);
  const { problems } = await runHistory(history);
  if (problems.length === 0) return undefined;
  const isComplete = ({ problems }: Ended): boolean => !problems.some((problem) => problem.startsWith('the history is wrong'));
  const smallest = await shrink(history, async (candidate) => {
    const ended = await runHistory(candidate);
    return ended.problems.length > 0 && isComplete(ended);
  });
  const ended = await runHistory(smallest);
  return [
    `seed ${seed} fails: ${problems[0]}`,
    '',
    `The smallest history found that fails (${smallest.steps.length} of ${history.steps.length} steps, ${smallest.faults.length} of ${history.faults.length} faults):`,
    ...describeHistory(smallest).map((line) => `  ${line}`),
    ...ended.deaths.map((death) => `  died: ${death}`),
    'It ends with:',
    ...ended.problems.map((problem) => `  ${problem}`),
    '',
    `Run it again: npm run chaos -- --seed ${seed}`,
  ].join('\n');
}
