import { LEVEL_NAMES, LEVELS, type Level, PILLARS, type Pillar } from '../model.ts';
import { add, divide, type Fraction, fraction, multiply, oneDecimal, ZERO } from './fraction.ts';
import {
  cellOf,
  countPoints,
  type Gates,
  type Grid,
  gatesOf,
  headlineLevel,
  isEmpty,
  mapGrid,
  meanCell,
  overallShare,
  type Points,
  type Profile,
  pillarShare,
  type Row,
  rowsOf,
  type ScoredControl,
  type Statuses,
  statusOf,
  weightReader,
} from './grid.ts';
import { lockReason, reachableCells } from './lock-reason.ts';

export type { ScoredControl, Statuses } from './grid.ts';

/** One level of one pillar. Points are severity points; earned points of an organization may have a fraction. */
export interface LevelScore {
  readonly level: Level;
  /** 0 to 100, also for a locked level; `null` if no control applies. */
  readonly score: number | null;
  readonly earned: number;
  readonly possible: number;
  /** At least 80 % of the points are earned. */
  readonly achieved: boolean;
  /** Every level below is achieved. A locked level adds nothing to the score of the pillar. */
  readonly unlocked: boolean;
}

export interface PillarScore {
  /** 0 to 100; `null` if no control applies. */
  readonly score: number | null;
  /** The highest unlocked level. */
  readonly level: Level;
  readonly levels: readonly LevelScore[];
}

/** One level across all pillars. */
export interface LevelRow {
  readonly level: Level;
  readonly name: string;
  /** 0 to 100; `null` if the row is locked or no control applies. */
  readonly score: number | null;
  readonly locked: boolean;
  /** The condition that unlocks the row; `null` if the row is not locked. */
  readonly reason: string | null;
}

/** The headline of a scorecard under another profile. Both are `null` if there is nothing to score. */
export interface Headline {
  readonly overall: number | null;
  readonly level: Level | null;
}

/**
 * The score of an account or of an organization. Scores are 0 to 100 with one decimal, rounded down. `overall`, `potential`,
 * `level` and `levelName` are `null` if there is nothing to score: no control applies, or there is no account.
 */
export interface Scorecard {
  readonly overall: number | null;
  /** The overall score if no level were locked. */
  readonly potential: number | null;
  /** Share of the applicable severity points with a known status, 0 to 100. */
  readonly coverage: number;
  /** The level in progress. */
  readonly level: Level | null;
  readonly levelName: string | null;
  /** The headline if a level with a failing critical control is not achieved, whatever its percentage. */
  readonly strict: Headline;
  readonly levels: readonly LevelRow[];
  readonly pillars: Readonly<Record<Pillar, PillarScore>>;
}

/** The scorecard of an organization. In its weakest link a control passes only if it passes in every account. */
export interface OrganizationScorecard extends Scorecard {
  readonly weakestLink: Headline;
}

const NOTHING_TO_SCORE: Headline = { overall: null, level: null };

/** Scores one account from its control statuses. */
export function scoreAccount(controls: readonly ScoredControl[], statuses: Statuses): Scorecard {
  const points = countPoints(controls, statuses);
  const grid = mapGrid((pillar, level) => cellOf(points[pillar][level]));
  return toScorecard(grid, coverage([{ points, weight: fraction(1) }]));
}

/** One account of an organization. `weight` is its share in the means; more than 0. */
export interface WeightedAccount {
  readonly statuses: Statuses;
  readonly weight: number;
}

/**
 * Scores an organization. Each cell is the weighted mean over the accounts in which it is not empty. Gates and sums are those
 * of an account. In a row the cell counts with the full points of the catalogue.
 */
export function scoreOrganization(controls: readonly ScoredControl[], accounts: readonly WeightedAccount[]): OrganizationScorecard {
  const exact = weightReader();
  const members = accounts.map(({ statuses, weight }) => ({ points: countPoints(controls, statuses), weight: exact(weight) }));
  const full = countPoints(controls, new Map());
  const grid = mapGrid((pillar, level) =>
    meanCell(
      members.map(({ points, weight }) => ({ ...points[pillar][level], weight })),
      full[pillar][level].possible,
    ),
  );
  const weakest = accounts.length === 0 ? NOTHING_TO_SCORE : scoreAccount(controls, combineStatuses(controls, accounts));
  return { ...toScorecard(grid, coverage(members)), weakestLink: { overall: weakest.overall, level: weakest.level } };
}

/** Returns the status of each control over several accounts: the worst one that applies. */
export function combineStatuses(controls: readonly ScoredControl[], accounts: readonly { readonly statuses: Statuses }[]): Statuses {
  const WORST_FIRST = ['FAILED', 'NO_DATA', 'PASSED', 'NOT_APPLICABLE'] as const;
  return new Map(
    controls.map(({ id }) => {
      const found = new Set(accounts.map(({ statuses }) => statusOf(statuses, id)));
      return [id, WORST_FIRST.find((status) => found.has(status)) ?? 'NO_DATA'];
    }),
  );
}

function coverage(members: readonly { points: Grid<Points>; weight: Fraction }[]): Fraction {
  let known = ZERO;
  let possible = ZERO;
  for (const { points, weight } of members) {
    const cells = PILLARS.flatMap((pillar) => LEVELS.map((level) => points[pillar][level]));
    known = add(known, multiply(weight, fraction(sum(cells.map((cell) => cell.known)))));
    possible = add(possible, multiply(weight, fraction(sum(cells.map((cell) => cell.possible)))));
  }
  return possible.n === 0n ? ZERO : divide(known, possible);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function toScorecard(grid: Grid, covered: Fraction): Scorecard {
  const gates = gatesOf(grid, 'standard');
  const rows = rowsOf(grid, gates);
  const { overall, level } = headline(grid, 'standard');
  return {
    overall,
    potential: isEmpty(grid) ? null : percent(overallShare(grid, undefined)),
    coverage: percent(covered),
    level,
    levelName: level === null ? null : LEVEL_NAMES[level],
    strict: headline(grid, 'strict'),
    levels: levelRows(rows, grid, gates),
    pillars: Object.fromEntries(PILLARS.map((pillar) => [pillar, pillarScore(grid, gates, pillar)])) as Record<Pillar, PillarScore>,
  };
}

function headline(grid: Grid, profile: Profile): Headline {
  if (isEmpty(grid)) return NOTHING_TO_SCORE;
  const gates = gatesOf(grid, profile);
  return { overall: percent(overallShare(grid, gates.unlocked)), level: headlineLevel(grid, rowsOf(grid, gates), profile) };
}

const percent = (share: Fraction): number => oneDecimal(multiply(share, fraction(100)));

function levelRows(rows: readonly Row[], grid: Grid, gates: Gates): LevelRow[] {
  const reachable = rows.some(({ locked }) => locked) ? reachableCells(grid) : undefined;
  return rows.map(({ level, locked, share }) => ({
    level,
    name: LEVEL_NAMES[level],
    score: locked || share === undefined ? null : percent(share),
    locked,
    reason: locked && reachable ? lockReason(grid, gates, reachable, level) : null,
  }));
}

function pillarScore(grid: Grid, { achieved, unlocked }: Gates, pillar: Pillar): PillarScore {
  const share = pillarShare(grid, unlocked, pillar);
  return {
    score: share === undefined ? null : percent(share),
    level: LEVELS.findLast((level) => unlocked[pillar][level]) ?? 1,
    levels: LEVELS.map((level) => {
      const { score, possible } = grid[pillar][level];
      return {
        level,
        score: score === undefined ? null : percent(score),
        earned: score === undefined ? 0 : oneDecimal(multiply(score, fraction(possible))),
        possible,
        achieved: achieved[pillar][level],
        unlocked: unlocked[pillar][level],
      };
    }),
  };
}
