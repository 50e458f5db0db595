import { LEVELS, type Level, PILLARS, type Pillar, SEVERITY_POINTS } from '../model.ts';
import { atLeast, type Fraction, fraction, multiply, subtract, ZERO } from './fraction.ts';
import {
  type Cell,
  cellOf,
  countPoints,
  GATE,
  type Gates,
  type Grid,
  gatesOf,
  headlineLevel,
  mapGrid,
  meanCell,
  overallShare,
  type Points,
  rowsOf,
  type ScoredControl,
  type Statuses,
  statusOf,
  weightReader,
} from './grid.ts';
import type { WeightedAccount } from './scorecard.ts';

/** A level of a pillar that a fix unlocks. */
export interface Unlock {
  readonly pillar: Pillar;
  readonly level: Level;
}

/** The effect on the score if some failing controls pass in every account. Scores are exact, 0 to 100. */
export interface Fix {
  readonly controlIds: readonly string[];
  /** `overallAfter` minus the overall score. Never negative. */
  readonly gain: Fraction;
  readonly overallAfter: Fraction;
  readonly levelAfter: Level;
  /** The newly unlocked levels in which csmm evaluates at least one control. */
  readonly unlocks: readonly Unlock[];
}

export interface Advice {
  /** One fix for each failing control, the largest gain first. Within equal gain the worst severity is first. */
  readonly controls: readonly Fix[];
  /** The smallest set of failing controls that unlocks a further level; `undefined` if no set does. */
  readonly gate: Fix | undefined;
  /** Returns the effect of fixing several controls together. */
  readonly together: (controlIds: readonly string[]) => Fix;
}

/** Returns advice for one account. */
export function adviseAccount(controls: readonly ScoredControl[], statuses: Statuses): Advice {
  const points = countPoints(controls, statuses);
  return advise(
    controls,
    (id) => statusOf(statuses, id) === 'FAILED',
    (pillar, level, fixed) => cellOf(fixPoints(points[pillar][level], fixed, statuses)),
  );
}

/** Returns advice for an organization. A fix of a control counts in every account in which the control fails. */
export function adviseOrganization(controls: readonly ScoredControl[], accounts: readonly WeightedAccount[]): Advice {
  const exact = weightReader();
  const members = accounts.map(({ statuses, weight }) => ({
    statuses,
    points: countPoints(controls, statuses),
    weight: exact(weight),
  }));
  const full = countPoints(controls, new Map());
  const fails = (id: string): boolean => accounts.some(({ statuses }) => statusOf(statuses, id) === 'FAILED');
  return advise(controls, fails, (pillar, level, fixed) =>
    meanCell(
      members.map(({ statuses, points, weight }) => ({ ...fixPoints(points[pillar][level], fixed, statuses), weight })),
      full[pillar][level].possible,
    ),
  );
}

/** Returns a cell after some of its controls were fixed. */
type CellAfter = (pillar: Pillar, level: Level, fixed: readonly ScoredControl[]) => Cell;

/** Returns points after the failing ones of some controls were fixed. Leaves `criticalFailed`, which only the strict profile uses. */
function fixPoints(points: Points, fixed: readonly ScoredControl[], statuses: Statuses): Points {
  const gained = fixed.reduce((sum, { id, severity }) => sum + (statusOf(statuses, id) === 'FAILED' ? SEVERITY_POINTS[severity] : 0), 0);
  return gained === 0 ? points : { ...points, earned: points.earned + gained, open: points.open - gained };
}

function advise(controls: readonly ScoredControl[], fails: (id: string) => boolean, cellAfter: CellAfter): Advice {
  const failing = controls.filter(({ id }) => fails(id));
  const grid = mapGrid((pillar, level) => cellAfter(pillar, level, []));
  const gates = gatesOf(grid, 'standard');
  const before = { grid, gates, overall: multiply(overallShare(grid, gates.unlocked), HUNDRED) };
  const fixOf = (fixed: readonly ScoredControl[]): Fix => fix(before, fixed, cellAfter);
  const ranked = failing.map((control) => ({ control, fix: fixOf([control]) })).sort(byGain);
  return {
    controls: ranked.map((each) => each.fix),
    gate: nextGate(before, failing, cellAfter, fixOf),
    together: (controlIds) => fixOf(failing.filter(({ id }) => controlIds.includes(id))),
  };
}

interface Ranked {
  readonly control: ScoredControl;
  readonly fix: Pick<Fix, 'gain'>;
}

const byGain = (a: Ranked, b: Ranked): number =>
  compareGain(a.fix, b.fix) ||
  SEVERITY_POINTS[b.control.severity] - SEVERITY_POINTS[a.control.severity] ||
  a.control.level - b.control.level ||
  Number(a.control.id > b.control.id) - Number(a.control.id < b.control.id);

/** Compares two fixes for a sort with the largest gain first. */
export const compareGain = (a: Pick<Fix, 'gain'>, b: Pick<Fix, 'gain'>): number =>
  Number(!atLeast(a.gain, b.gain)) - Number(!atLeast(b.gain, a.gain));

interface Before {
  readonly grid: Grid;
  readonly gates: Gates;
  /** 0 to 100. */
  readonly overall: Fraction;
}

const HUNDRED = fraction(100);

function fix({ grid, gates, overall }: Before, fixed: readonly ScoredControl[], cellAfter: CellAfter): Fix {
  const after = mapGrid((pillar, level) => {
    const inCell = fixed.filter((control) => control.pillar === pillar && control.level === level);
    return inCell.length === 0 ? grid[pillar][level] : cellAfter(pillar, level, inCell);
  });
  const gatesAfter = gatesOf(after, 'standard');
  const overallAfter = multiply(overallShare(after, gatesAfter.unlocked), HUNDRED);
  return {
    controlIds: fixed.map(({ id }) => id),
    gain: subtract(overallAfter, overall),
    overallAfter,
    levelAfter: headlineLevel(after, rowsOf(after, gatesAfter), 'standard'),
    unlocks: PILLARS.flatMap((pillar) =>
      LEVELS.filter((level) => grid[pillar][level].evaluated && gatesAfter.unlocked[pillar][level] && !gates.unlocked[pillar][level]).map(
        (level) => ({ pillar, level }),
      ),
    ),
  };
}

/** Returns the cheapest set over all pillars: the fewest controls, then the largest gain. */
function nextGate(
  before: Before,
  failing: readonly ScoredControl[],
  cellAfter: CellAfter,
  fixOf: (fixed: readonly ScoredControl[]) => Fix,
): Fix | undefined {
  const fixes = PILLARS.flatMap((pillar) => {
    const set = gateSet(before, pillar, failing, cellAfter);
    const effect = set && fixOf(set);
    return effect && effect.unlocks.length > 0 ? [effect] : [];
  });
  return fixes.sort((a, b) => a.controlIds.length - b.controlIds.length || compareGain(a, b))[0];
}

/**
 * Returns the fewest failing controls that bring the lowest level that a pillar has not achieved to its gate. Takes the controls with
 * the most points first: within one cell their points add up, so no smaller set suffices.
 */
function gateSet({ gates }: Before, pillar: Pillar, failing: readonly ScoredControl[], cellAfter: CellAfter): ScoredControl[] | undefined {
  const level = LEVELS.find((candidate) => !gates.achieved[pillar][candidate]);
  if (level === undefined) return undefined;
  const candidates = failing
    .filter((control) => control.pillar === pillar && control.level === level)
    .map((control) => ({ control, fix: { gain: cellAfter(pillar, level, [control]).score ?? ZERO } }))
    .sort(byGain);
  const set: ScoredControl[] = [];
  for (const { control } of candidates) {
    set.push(control);
    const { score } = cellAfter(pillar, level, set);
    if (score && atLeast(score, GATE)) return set;
  }
  return undefined;
}
