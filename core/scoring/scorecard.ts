import {
  type ControlStatus,
  LEVEL_NAMES,
  LEVEL_WEIGHTS,
  LEVELS,
  type Level,
  PILLAR_WEIGHTS,
  PILLARS,
  type Pillar,
  SEVERITY_POINTS,
  type Severity,
} from '../model.ts';
import { add, atLeast, divide, type Fraction, fraction, fromDecimal, multiply, oneDecimal, ZERO } from './fraction.ts';

/** What scoring needs to know of a control. */
export interface ScoredControl {
  readonly id: string;
  readonly pillar: Pillar;
  readonly level: Level;
  readonly severity: Severity;
}

/** Statuses by control id. A control that is not named is `NO_DATA`. */
export type Statuses = ReadonlyMap<string, ControlStatus>;

/** One level of one pillar. Points are severity points; an organization's earned points may have a fraction. */
export interface LevelScore {
  readonly level: Level;
  /** 0 to 100; `null` where nothing is applicable. Shown as measured, also where the level is locked. */
  readonly score: number | null;
  readonly earned: number;
  readonly possible: number;
  /** At least 80 % of the points are earned. */
  readonly achieved: boolean;
  /** Every level below is achieved. A locked level adds nothing to the pillar's score. */
  readonly unlocked: boolean;
}

export interface PillarScore {
  /** 0 to 100; `null` where no level has anything applicable. */
  readonly score: number | null;
  /** The highest unlocked level. */
  readonly level: Level;
  readonly levels: readonly LevelScore[];
}

/** One level across all pillars. */
export interface LevelRow {
  readonly level: Level;
  readonly name: string;
  /** 0 to 100; `null` where the row is locked or nothing is applicable. */
  readonly score: number | null;
  readonly locked: boolean;
  /** What a locked row waits for. */
  readonly reason: string | null;
}

/** The headline of a scorecard under another reading of the gates. */
export interface Headline {
  readonly overall: number;
  readonly level: Level;
}

/** The score of an account or of an organization. Scores are 0 to 100 with one decimal, rounded down. */
export interface Scorecard {
  readonly overall: number;
  /** The overall score if no level were locked. */
  readonly potential: number;
  /** Share of the applicable severity points whose status is known, 0 to 100. */
  readonly coverage: number;
  readonly level: Level;
  readonly levelName: string;
  /** The same, where a level with a failing critical control is not achieved, whatever its percentage. */
  readonly strict: Headline;
  readonly levels: readonly LevelRow[];
  readonly pillars: Readonly<Record<Pillar, PillarScore>>;
}

/** An organization's scorecard. In its weakest link a control passes only where it passes in every account. */
export interface OrganizationScorecard extends Scorecard {
  readonly weakestLink: Headline;
}

/** A level is achieved from this share of its points on. */
const GATE = fraction(4, 5);

/** A cell: one level of one pillar. `score` (0 to 1) is `undefined` where nothing is applicable. */
interface Cell {
  readonly score: Fraction | undefined;
  /** Severity points with which the cell counts in its row. */
  readonly possible: number;
  readonly criticalFailed: boolean;
}

type Grid = Readonly<Record<Pillar, Readonly<Record<Level, Cell>>>>;

interface Points {
  earned: number;
  possible: number;
  known: number;
  criticalFailed: boolean;
}

/** Scores one account from its control statuses. */
export function scoreAccount(controls: readonly ScoredControl[], statuses: Statuses): Scorecard {
  const points = countPoints(controls, statuses);
  const grid = mapGrid((pillar, level) => {
    const { earned, possible, criticalFailed } = points[pillar][level];
    return { score: possible === 0 ? undefined : fraction(earned, possible), possible, criticalFailed };
  });
  return toScorecard(grid, coverage([{ points, weight: fraction(1) }]));
}

/** One account of an organization. `weight` is its share in the means; more than 0. */
export interface WeightedAccount {
  readonly statuses: Statuses;
  readonly weight: number;
}

/**
 * Scores an organization: each cell is the weighted mean over the accounts in which it is not empty, gated and summed as
 * an account's cell is. In a row it counts with the catalogue's full points.
 */
export function scoreOrganization(controls: readonly ScoredControl[], accounts: readonly WeightedAccount[]): OrganizationScorecard {
  const members = accounts.map(({ statuses, weight }) => ({ points: countPoints(controls, statuses), weight: fromDecimal(weight) }));
  const full = countPoints(controls, new Map());
  const grid = mapGrid((pillar, level) => {
    const cells = members.map(({ points, weight }) => ({ ...points[pillar][level], weight }));
    const score = weightedMean(cells);
    return {
      score,
      possible: score === undefined ? 0 : full[pillar][level].possible,
      criticalFailed: cells.some((cell) => cell.criticalFailed),
    };
  });
  const weakest = scoreAccount(controls, combineStatuses(controls, accounts));
  return { ...toScorecard(grid, coverage(members)), weakestLink: { overall: weakest.overall, level: weakest.level } };
}

/** The status of each control over several accounts: the worst one that applies. */
export function combineStatuses(controls: readonly ScoredControl[], accounts: readonly { readonly statuses: Statuses }[]): Statuses {
  const WORST_FIRST = ['FAILED', 'NO_DATA', 'PASSED', 'NOT_APPLICABLE'] as const;
  return new Map(
    controls.map(({ id }) => {
      const found = new Set(accounts.map(({ statuses }) => statuses.get(id) ?? 'NO_DATA'));
      return [id, WORST_FIRST.find((status) => found.has(status)) ?? 'NO_DATA'];
    }),
  );
}

function countPoints(controls: readonly ScoredControl[], statuses: Statuses): Record<Pillar, Record<Level, Points>> {
  const points = mapGrid<Points>(() => ({ earned: 0, possible: 0, known: 0, criticalFailed: false }));
  for (const { id, pillar, level, severity } of controls) {
    const status = statuses.get(id) ?? 'NO_DATA';
    if (status === 'NOT_APPLICABLE') continue;
    const cell = points[pillar][level];
    cell.possible += SEVERITY_POINTS[severity];
    if (status === 'PASSED') cell.earned += SEVERITY_POINTS[severity];
    if (status !== 'NO_DATA') cell.known += SEVERITY_POINTS[severity];
    if (status === 'FAILED' && severity === 'critical') cell.criticalFailed = true;
  }
  return points;
}

/** Sums by denominator first, so that the exact mean of ten thousand accounts takes a handful of additions. */
function weightedMean(cells: readonly { earned: number; possible: number; weight: Fraction }[]): Fraction | undefined {
  const earnedByPossible = new Map<number, Fraction>();
  let weights = ZERO;
  for (const { earned, possible, weight } of cells) {
    if (possible === 0) continue;
    weights = add(weights, weight);
    earnedByPossible.set(possible, add(earnedByPossible.get(possible) ?? ZERO, multiply(weight, fraction(earned))));
  }
  if (weights.n === 0n) return undefined;
  let sum = ZERO;
  for (const [possible, earned] of earnedByPossible) sum = add(sum, divide(earned, fraction(possible)));
  return divide(sum, weights);
}

function coverage(members: readonly { points: Record<Pillar, Record<Level, Points>>; weight: Fraction }[]): Fraction {
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

function mapGrid<T>(value: (pillar: Pillar, level: Level) => T): Record<Pillar, Record<Level, T>> {
  const entries = PILLARS.map((pillar) => [pillar, Object.fromEntries(LEVELS.map((level) => [level, value(pillar, level)]))]);
  return Object.fromEntries(entries) as Record<Pillar, Record<Level, T>>;
}

/** How a profile reads the gates: which cells are achieved, and which levels that unlocks. */
interface Gates {
  readonly achieved: Record<Pillar, Record<Level, boolean>>;
  readonly unlocked: Record<Pillar, Record<Level, boolean>>;
}

type Profile = 'standard' | 'strict';

function gatesOf(grid: Grid, profile: Profile): Gates {
  const achieved = mapGrid((pillar, level) => {
    const { score, criticalFailed } = grid[pillar][level];
    return (score === undefined || atLeast(score, GATE)) && !(profile === 'strict' && criticalFailed);
  });
  return { achieved, unlocked: mapGrid((pillar, level) => LEVELS.every((below) => below >= level || achieved[pillar][below])) };
}

function toScorecard(grid: Grid, covered: Fraction): Scorecard {
  const gates = gatesOf(grid, 'standard');
  const rows = LEVELS.map((level) => rowOf(grid, gates, level));
  const level = headlineLevel(grid, rows, 'standard');
  return {
    overall: percent(overall(grid, gates.unlocked)),
    potential: percent(overall(grid, undefined)),
    coverage: percent(covered),
    level,
    levelName: LEVEL_NAMES[level],
    strict: headline(grid, 'strict'),
    levels: rows.map((row) => levelRow(row, grid, gates)),
    pillars: Object.fromEntries(PILLARS.map((pillar) => [pillar, pillarScore(grid, gates, pillar)])) as Record<Pillar, PillarScore>,
  };
}

function headline(grid: Grid, profile: Profile): Headline {
  const gates = gatesOf(grid, profile);
  const rows = LEVELS.map((level) => rowOf(grid, gates, level));
  return { overall: percent(overall(grid, gates.unlocked)), level: headlineLevel(grid, rows, profile) };
}

const percent = (share: Fraction): number => oneDecimal(multiply(share, fraction(100)));

/** The share (0 to 1) of a pillar. A locked level adds nothing and stays in the denominator, so that unlocking never costs. */
function pillarShare(grid: Grid, unlocked: Gates['unlocked'] | undefined, pillar: Pillar): Fraction | undefined {
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

function overall(grid: Grid, unlocked: Gates['unlocked'] | undefined): Fraction {
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

interface Row {
  readonly level: Level;
  readonly locked: boolean;
  /** `undefined` where nothing is applicable. */
  readonly share: Fraction | undefined;
}

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

function headlineLevel(grid: Grid, rows: readonly Row[], profile: Profile): Level {
  const passesGate = ({ level, locked, share }: Row): boolean => {
    if (locked || (share !== undefined && !atLeast(share, GATE))) return false;
    return !(profile === 'strict' && PILLARS.some((pillar) => grid[pillar][level].criticalFailed));
  };
  const reached = LEVELS.filter((level) => rows.every((row) => row.level >= level || passesGate(row)));
  return reached.at(-1) ?? 1;
}

function levelRow({ level, locked, share }: Row, grid: Grid, gates: Gates): LevelRow {
  return {
    level,
    name: LEVEL_NAMES[level],
    score: locked || share === undefined ? null : percent(share),
    locked,
    reason: locked ? lockReason(grid, gates) : null,
  };
}

/** What unlocks the next level in the pillar that is nearest to it. */
function lockReason(grid: Grid, { achieved }: Gates): string {
  const waiting = PILLARS.flatMap((pillar) => {
    const level = LEVELS.find((candidate) => !achieved[pillar][candidate]);
    const missing = level && missingPoints(grid[pillar][level]);
    return level && missing !== undefined ? [{ pillar, level, missing }] : [];
  });
  waiting.sort((a, b) => b.level - a.level || a.missing - b.missing);
  const nearest = waiting[0];
  if (!nearest) return 'no level below is achieved';
  return `reach 80 % on L${nearest.level} in ${pillarName(nearest.pillar)} first: ${nearest.missing} more ${nearest.missing === 1 ? 'point' : 'points'}`;
}

/** Severity points, rounded up, between a cell and its gate. */
function missingPoints({ score, possible }: Cell): number {
  if (score === undefined) return 0;
  const gate = multiply(GATE, fraction(possible));
  const earned = multiply(score, fraction(possible));
  const gap = gate.n * earned.d - earned.n * gate.d;
  const d = gate.d * earned.d;
  return gap <= 0n ? 0 : Number((gap + d - 1n) / d);
}

const pillarName = (pillar: Pillar): string => (pillar === 'iam' ? 'IAM' : pillar);

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
