import {
  type ControlStatus,
  LEVEL_WEIGHTS,
  LEVELS,
  type Level,
  PILLAR_WEIGHTS,
  PILLARS,
  type Pillar,
  SEVERITY_POINTS,
  type Severity,
} from '../model.ts';
import { add, atLeast, divide, type Fraction, fraction, fromDecimal, multiply, ZERO } from './fraction.ts';

/** The part of a control that scoring uses. */
export interface ScoredControl {
  readonly id: string;
  readonly pillar: Pillar;
  readonly level: Level;
  readonly severity: Severity;
  /** The rules that evaluate the control. Empty if csmm cannot evaluate it. Absent if the statuses come from another tool. */
  readonly rules?: readonly unknown[];
}

/** Statuses by control id. A control that the map does not name is `NO_DATA`. */
export type Statuses = ReadonlyMap<string, ControlStatus>;

/** Returns the status of a control. */
export const statusOf = (statuses: Statuses, id: string): ControlStatus => statuses.get(id) ?? 'NO_DATA';

/** Severity points of one level of one pillar in one account. */
export interface Points {
  readonly earned: number;
  readonly possible: number;
  /** Points of the controls with a known status. */
  readonly known: number;
  /** Points of the controls that did not pass and that csmm can evaluate. */
  readonly open: number;
  /** Whether csmm can evaluate at least one control that applies. */
  readonly evaluated: boolean;
  readonly criticalFailed: boolean;
}

/** One level of one pillar. Shares are 0 to 1, and `undefined` if no control applies. */
export interface Cell {
  readonly score: Fraction | undefined;
  /** Returns the share if all controls that csmm can evaluate pass. */
  readonly reachable: () => Fraction | undefined;
  /** Severity points of the cell in its row. */
  readonly possible: number;
  readonly evaluated: boolean;
  readonly criticalFailed: boolean;
}

export type Grid<T = Cell> = Readonly<Record<Pillar, Readonly<Record<Level, T>>>>;

/** Share of its points from which a level is achieved. */
export const GATE = fraction(4, 5);

/** Returns a value for each level of each pillar. */
export function mapGrid<T>(value: (pillar: Pillar, level: Level) => T): Record<Pillar, Record<Level, T>> {
  const entries = PILLARS.map((pillar) => [pillar, Object.fromEntries(LEVELS.map((level) => [level, value(pillar, level)]))]);
  return Object.fromEntries(entries) as Record<Pillar, Record<Level, T>>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Counts the severity points of one account. */
export function countPoints(controls: readonly ScoredControl[], statuses: Statuses): Grid<Points> {
  const points = mapGrid<Mutable<Points>>(() => ({
    earned: 0,
    possible: 0,
    known: 0,
    open: 0,
    evaluated: false,
    criticalFailed: false,
  }));
  for (const { id, pillar, level, severity, rules } of controls) {
    const status = statusOf(statuses, id);
    if (status === 'NOT_APPLICABLE') continue;
    const cell = points[pillar][level];
    const worth = SEVERITY_POINTS[severity];
    const evaluated = status !== 'NO_DATA' || rules === undefined || rules.length > 0;
    cell.possible += worth;
    if (status === 'PASSED') cell.earned += worth;
    else if (evaluated) cell.open += worth;
    if (status !== 'NO_DATA') cell.known += worth;
    if (evaluated) cell.evaluated = true;
    if (status === 'FAILED' && severity === 'critical') cell.criticalFailed = true;
  }
  return points;
}

/** Returns the cell of one account. */
export const cellOf = ({ earned, open, possible, evaluated, criticalFailed }: Points): Cell => ({
  score: possible === 0 ? undefined : fraction(earned, possible),
  reachable: () => (possible === 0 ? undefined : fraction(earned + open, possible)),
  possible,
  evaluated,
  criticalFailed,
});

/** Points of one account, and the weight of the account. */
export type WeightedPoints = Points & { readonly weight: Fraction };

/**
 * Returns the cell of an organization: the weighted mean over the accounts in which the cell is not empty. `full` is the
 * number of points of the cell in the catalogue.
 */
export function meanCell(accounts: readonly WeightedPoints[], full: number): Cell {
  const score = weightedMean(accounts, ({ earned }) => earned);
  return {
    score,
    reachable: () => weightedMean(accounts, ({ earned, open }) => earned + open),
    possible: score === undefined ? 0 : full,
    evaluated: accounts.some(({ evaluated }) => evaluated),
    criticalFailed: accounts.some(({ criticalFailed }) => criticalFailed),
  };
}

/** Integer sums of the accounts with one weight and one number of possible points. */
interface Group {
  readonly weight: Fraction;
  readonly possible: number;
  accounts: number;
  points: number;
}

/** Sums integers first, so that the exact mean of ten thousand accounts needs few operations on fractions. */
function weightedMean(accounts: readonly WeightedPoints[], pointsOf: (points: Points) => number): Fraction | undefined {
  const groups = new Map<Fraction, Map<number, Group>>();
  for (const account of accounts) {
    const { possible, weight } = account;
    if (possible === 0) continue;
    const byPossible = groups.get(weight) ?? new Map<number, Group>();
    const group = byPossible.get(possible) ?? { weight, possible, accounts: 0, points: 0 };
    group.accounts++;
    group.points += pointsOf(account);
    byPossible.set(possible, group);
    groups.set(weight, byPossible);
  }
  let sum = ZERO;
  let weights = ZERO;
  for (const { weight, possible, accounts: count, points } of [...groups.values()].flatMap((each) => [...each.values()])) {
    weights = add(weights, multiply(weight, fraction(count)));
    sum = add(sum, multiply(weight, fraction(points, possible)));
  }
  return weights.n === 0n ? undefined : divide(sum, weights);
}

/** Returns a function that converts weights. Equal weights are one object, so that {@link meanCell} can sum them as integers. */
export function weightReader(): (weight: number) => Fraction {
  const known = new Map<number, Fraction>();
  return (weight) => {
    const exact = known.get(weight) ?? fromDecimal(weight);
    known.set(weight, exact);
    return exact;
  };
}

/** Returns whether no control applies anywhere, so that there is nothing to score. */
export const isEmpty = (grid: Grid): boolean => PILLARS.every((pillar) => LEVELS.every((level) => grid[pillar][level].score === undefined));

/** `strict` does not accept a level with a failing critical control. */
export type Profile = 'standard' | 'strict';

/** The achieved cells, and the levels that they unlock. */
export interface Gates {
  readonly achieved: Grid<boolean>;
  readonly unlocked: Grid<boolean>;
}

/** Returns the gates of a grid under a profile. */
export function gatesOf(grid: Grid, profile: Profile): Gates {
  const achieved = mapGrid((pillar, level) => {
    const { score, criticalFailed } = grid[pillar][level];
    return (score === undefined || atLeast(score, GATE)) && !(profile === 'strict' && criticalFailed);
  });
  return { achieved, unlocked: mapGrid((pillar, level) => LEVELS.every((below) => below >= level || achieved[pillar][below])) };
}

/**
 * Returns the score of a pillar, 0 to 1. A locked level adds nothing and stays in the denominator, so that to unlock a level
 * never lowers the score. Without `unlocked` every level counts. Returns `undefined` if no control applies.
 */
export function pillarShare(grid: Grid, unlocked: Gates['unlocked'] | undefined, pillar: Pillar): Fraction | undefined {
  let earned = ZERO;
  let weights = 0;
  for (const level of LEVELS) {
    const { score } = grid[pillar][level];
    if (score === undefined) continue;
    weights += LEVEL_WEIGHTS[level];
    if (unlocked?.[pillar][level] ?? true) earned = add(earned, multiply(score, fraction(LEVEL_WEIGHTS[level])));
  }
  return weights === 0 ? undefined : divide(earned, fraction(weights));
}

/** Returns the overall score, 0 to 1, or 0 if no control applies. */
export function overallShare(grid: Grid, unlocked: Gates['unlocked'] | undefined): Fraction {
  let earned = ZERO;
  let weights = 0;
  for (const pillar of PILLARS) {
    const share = pillarShare(grid, unlocked, pillar);
    if (share === undefined) continue;
    weights += PILLAR_WEIGHTS[pillar];
    earned = add(earned, multiply(share, fraction(PILLAR_WEIGHTS[pillar])));
  }
  return weights === 0 ? ZERO : divide(earned, fraction(weights));
}

/** One level across all pillars. */
export interface Row {
  readonly level: Level;
  readonly locked: boolean;
  /** 0 to 1; `undefined` if no control applies. */
  readonly share: Fraction | undefined;
}

/** Returns the five rows of a grid. */
export const rowsOf = (grid: Grid, gates: Gates): Row[] => LEVELS.map((level) => rowOf(grid, gates, level));

function rowOf(grid: Grid, { unlocked }: Gates, level: Level): Row {
  let earned = ZERO;
  let possible = 0;
  for (const pillar of PILLARS) {
    const cell = grid[pillar][level];
    possible += cell.possible;
    if (cell.score && unlocked[pillar][level]) earned = add(earned, multiply(cell.score, fraction(cell.possible)));
  }
  return {
    level,
    locked: PILLARS.every((pillar) => !unlocked[pillar][level]),
    share: possible === 0 ? undefined : divide(earned, fraction(possible)),
  };
}

/** Returns the headline level: the highest level such that every row below it is achieved. */
export function headlineLevel(grid: Grid, rows: readonly Row[], profile: Profile): Level {
  const isAchieved = ({ level, locked, share }: Row): boolean => {
    if (locked || (share !== undefined && !atLeast(share, GATE))) return false;
    return !(profile === 'strict' && PILLARS.some((pillar) => grid[pillar][level].criticalFailed));
  };
  const reached = LEVELS.filter((level) => rows.every((row) => row.level >= level || isAchieved(row)));
  return reached.at(-1) ?? 1;
}
