import { CONTROLS } from '../controls/index.ts';
import { CATALOGUE_VERSION } from '../controls/version.ts';
import { LEVELS } from '../core/model.ts';
import { plainText } from '../reporting/plain-text.ts';
import type { GateCondition } from './commands/options.ts';
import { messageOf, UsageError } from './exit.ts';
import { readText } from './files.ts';

/** Options that make a command exit with {@link EXIT.gate}, so that a pipeline stops. */
export interface GateOptions {
  /** Lowest overall score that passes. */
  readonly failUnder?: number;
  readonly failOn?: readonly GateCondition[];
  /** Path of an earlier result, as `--json` prints it. */
  readonly baseline?: string;
}

/** The parts of a scorecard that gates read. `null`: there is nothing to score. */
interface Levels {
  readonly level: number | null;
}
export interface GatedCard extends Levels {
  readonly overall: number | null;
  readonly strict: Levels;
  readonly controls: Readonly<Record<string, { readonly status: string }>>;
  /** Scorecards of the accounts of an organization, by account id. */
  readonly accounts?: Readonly<Record<string, Levels>>;
}

/** The levels of an earlier result. */
interface Baseline extends Levels {
  readonly path: string;
  readonly accounts: ReadonlyMap<string, Levels>;
}

/** Evaluates the gates that some options ask for. Returns one line for each gate that fails. */
export type Gates = (card: GatedCard) => readonly string[];

/** Returns the gates of some options. Reads the baseline now, so that a mistake does not cost a scan. @throws UsageError */
export async function gatesOf({ failUnder, failOn = [], baseline: path }: GateOptions): Promise<Gates> {
  const comparesLevels = failOn.includes('level-lost');
  if (path !== undefined && !comparesLevels) {
    throw new UsageError('--baseline has no effect: --fail-on level-lost is missing. Fix: add --fail-on level-lost, or remove --baseline');
  }
  const baseline = path === undefined ? undefined : await readBaseline(path);
  return (card) => [
    ...(failUnder === undefined ? [] : tooLow(card, failUnder)),
    ...(failOn.includes('critical') ? criticalFailures(card) : []),
    ...(comparesLevels ? lostLevels(card, baseline) : []),
  ];
}

function tooLow({ overall }: GatedCard, limit: number): string[] {
  if (overall === null) return [`--fail-under ${limit}: there is nothing to score`];
  return overall < limit ? [`--fail-under ${limit}: the overall score is ${overall.toFixed(1)}`] : [];
}

function criticalFailures({ controls }: GatedCard): string[] {
  const failing = CONTROLS.filter(({ id, severity }) => severity === 'critical' && controls[id]?.status === 'FAILED').map(({ id }) => id);
  if (failing.length === 0) return [];
  return [
    `--fail-on critical: ${failing.length} critical ${failing.length === 1 ? 'control fails' : 'controls fail'}: ${failing.join(', ')}`,
  ];
}

/** Returns the levels that are lost since the baseline or, without one, to failing critical controls. */
function lostLevels(card: GatedCard, baseline: Baseline | undefined): string[] {
  if (!baseline) {
    if (!isLower(card.strict, card)) return [];
    return [`--fail-on level-lost: level ${card.level} is level ${card.strict.level} in the strict score: critical controls fail`];
  }
  const accounts = Object.entries(card.accounts ?? {}).flatMap(([id, now]) => {
    const before = baseline.accounts.get(id);
    return before && isLower(now, before) ? [`account ${id}, ${change(before, now)}`] : [];
  });
  const lost = [...(isLower(card, baseline) ? [change(baseline, card)] : []), ...accounts];
  return lost.length === 0 ? [] : [`--fail-on level-lost: ${lost.join('; ')} (baseline: ${plainText(baseline.path)})`];
}

const isLower = (now: Levels, before: Levels): boolean => (now.level ?? 0) < (before.level ?? 0);
const change = (before: Levels, now: Levels): string => `level ${before.level} before, ${now.level ?? 'nothing to score'} now`;

async function readBaseline(path: string): Promise<Baseline> {
  const result = record(await parsed(path));
  const card = record(result?.organization) ?? result;
  const level = levelOf(card);
  if (level === undefined || !isScore(card?.overall)) {
    throw new UsageError(
      `invalid baseline ${path}: it is not a result of csmm. Fix: pass a file that csmm replay, scan or score --json printed`,
    );
  }
  checkCatalogue(result?.catalogueVersion, path);
  const accounts = Object.entries(record(result?.accounts) ?? {}).flatMap(([id, account]) => {
    const found = levelOf(record(account));
    return found === undefined ? [] : [[id, { level: found }] as const];
  });
  return { path, level, accounts: new Map(accounts) };
}

/** Levels compare only within one version of the catalogue. @throws UsageError if the baseline is of another one. */
function checkCatalogue(version: unknown, path: string): void {
  if (version === CATALOGUE_VERSION) return;
  const given = typeof version === 'string' ? `has catalogue ${plainText(version.slice(0, 30))}` : 'does not name its catalogue';
  throw new UsageError(
    `cannot compare with the baseline ${path}: it ${given}, and this csmm has ${CATALOGUE_VERSION}. Their levels do not compare. Fix: make a new baseline with this csmm and --json`,
  );
}

async function parsed(path: string): Promise<unknown> {
  const text = await readText(path, 'the baseline ');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `cannot read the baseline ${path}: ${messageOf(error)}. Fix: pass a file that csmm replay, scan or score --json printed`,
    );
  }
}

const record = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;

function levelOf(card: Readonly<Record<string, unknown>> | undefined): number | null | undefined {
  const level = card?.level;
  return level === null || LEVELS.some((allowed) => allowed === level) ? (level as number | null) : undefined;
}

const isScore = (value: unknown): boolean => value === null || (typeof value === 'number' && value >= 0 && value <= 100);
