import { LEVELS, type Level, PILLARS, type Pillar } from '../model.ts';
import { atLeast, fraction, multiply } from './fraction.ts';
import { type Cell, GATE, type Gates, type Grid, mapGrid } from './grid.ts';

/**
 * Returns the condition that unlocks a locked row: the gate to reach in the pillar that is nearest to it. Names only points that
 * evaluated controls can give. If they cannot open the row in any pillar, the reason says so.
 */
export function lockReason(grid: Grid, { achieved }: Gates, reachable: Grid<boolean>, row: Level): string {
  const below = LEVELS.filter((level) => level < row);
  const openable = PILLARS.filter((pillar) => below.every((level) => reachable[pillar][level]));
  const waiting = openable.flatMap((pillar) => {
    const level = below.find((candidate) => !achieved[pillar][candidate]);
    return level === undefined ? [] : [{ pillar, level, missing: missingPoints(grid[pillar][level]) }];
  });
  const nearest = waiting.sort((a, b) => b.level - a.level || a.missing - b.missing)[0];
  if (!nearest) return unreachable(grid, reachable, below);
  return `reach 80 % on L${nearest.level} in ${nameOf(nearest.pillar)} first: ${nearest.missing} more ${nearest.missing === 1 ? 'point' : 'points'}`;
}

/** Returns for each cell whether the controls that csmm can evaluate are enough for its gate. */
export const reachableCells = (grid: Grid): Grid<boolean> => mapGrid((pillar, level) => canReach(grid[pillar][level]));

function canReach({ score, reachable }: Cell): boolean {
  if (score === undefined || atLeast(score, GATE)) return true;
  const most = reachable();
  return most !== undefined && atLeast(most, GATE);
}

/** Names the level that stops every pillar: the highest of their first levels that cannot reach the gate. */
function unreachable(grid: Grid, reachable: Grid<boolean>, below: readonly Level[]): string {
  const stops = PILLARS.map((pillar) => below.find((level) => !reachable[pillar][level]) ?? 1);
  const level = LEVELS.findLast((candidate) => stops.includes(candidate)) ?? 1;
  return PILLARS.some((pillar) => grid[pillar][level].evaluated)
    ? `too few controls of level ${level} are evaluated yet`
    : `no control of level ${level} is evaluated yet`;
}

/** Returns the severity points, rounded up, that a cell lacks for its gate. */
function missingPoints({ score, possible }: Cell): number {
  if (score === undefined) return 0;
  const gate = multiply(GATE, fraction(possible));
  const earned = multiply(score, fraction(possible));
  const gap = gate.n * earned.d - earned.n * gate.d;
  const d = gate.d * earned.d;
  return gap <= 0n ? 0 : Number((gap + d - 1n) / d);
}

const nameOf = (pillar: Pillar): string => (pillar === 'iam' ? 'IAM' : pillar);
