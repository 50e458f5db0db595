import type { InputCounts, ResultDocument } from '../core/pipeline/result.ts';
import type { OrganizationScorecard, Scorecard } from '../core/scoring/scorecard.ts';
import { exceptionLines } from './exceptions.ts';
import { failingControlLines, JSON_HINT, type TitledControl } from './findings.ts';
import { BLANK, type Line, span } from './lines.ts';
import { flow } from './plain-text.ts';
import { type CardOptions, LEGEND, scorecardLines, stateOf, termLines } from './terminal.ts';

/** Options of a text that shows a scorecard. */
export interface ScoreOptions extends CardOptions {
  readonly catalogue: readonly TitledControl[];
  /** Adds one line for each term of the scorecard. */
  readonly explain?: boolean;
}

/** Options of a text that shows a result document. */
export interface ResultOptions extends ScoreOptions {
  /** Returns whether the lists show a control. They show every control by default. */
  readonly shows?: (controlId: string) => boolean;
  /** Lines between the scorecard and the lists. */
  readonly story?: readonly Line[];
  /** Maximum numbers of entries. */
  readonly limits?: Partial<ResultLimits>;
  /** Where to find the entries that a list leaves out. */
  readonly hint?: string;
}

export interface ResultLimits {
  /** Failing controls. */
  readonly controls: number;
  /** Failing resources of each control. */
  readonly resources: number;
  readonly exceptions: number;
  readonly accounts: number;
}

const LIMITS: ResultLimits = { controls: Number.POSITIVE_INFINITY, resources: 3, exceptions: 20, accounts: 20 };

type WithStatuses = { readonly controls: Readonly<Record<string, { readonly status: string }>> };

/** A scorecard with the statuses of its controls. */
export type StatusCard = (Scorecard | OrganizationScorecard) &
  WithStatuses & { readonly accounts?: Readonly<Record<string, WithStatuses>> };

/** Returns the title of an organization with its number of accounts. */
export const organizationTitle = (accounts: number): string => `organization · ${accounts} ${accounts === 1 ? 'account' : 'accounts'}`;

/** Returns a scorecard without findings as lines, as `csmm score` shows it. */
export function scoreLines(card: StatusCard, options: ScoreOptions): Line[] {
  const { catalogue, columns, explain = false } = options;
  const strictly = strictSentence(card, catalogue);
  return [
    ...scorecardLines(card, { ...options, ...(strictly !== undefined && { strictly }) }),
    ...(card.overall === null ? [] : [BLANK, LEGEND]),
    ...(explain ? termLines(columns) : []),
  ];
}

/** Returns a result document as lines: the scorecard, its accounts, what to do first, exceptions and input counts. */
export function resultLines({ organization, accounts, input }: ResultDocument, options: ResultOptions): Line[] {
  const ids = Object.keys(accounts);
  const { columns, catalogue, shows = () => true, story = [], hint = JSON_HINT } = options;
  const limits = { ...LIMITS, ...options.limits };
  const listed = catalogue.filter(({ id }) => shows(id));
  const card = { ...organization, accounts };
  return [
    ...scoreLines(card, { title: organizationTitle(ids.length), nothing: nothingBecause({ accounts, input }), ...options }),
    ...(ids.length > 1 ? [BLANK, ...accountLines(accounts, limits.accounts, hint)] : []),
    BLANK,
    ...(story.length > 0 ? [...story, BLANK] : []),
    ...failingControlLines(listed, organization, { columns, controls: limits.controls, resources: limits.resources, hint }),
    ...exceptionLines(listed, organization, { columns, exceptions: limits.exceptions, hint }),
    ...inputLines(input, columns),
  ];
}

/** Returns why a result has nothing to score, and what to do next. */
export function nothingBecause({ accounts, input: { read, rejected } }: Pick<ResultDocument, 'accounts' | 'input'>): string {
  if (Object.keys(accounts).length > 0) {
    return 'Every control is NOT_APPLICABLE in every account, so there are no points to earn. Check the exceptions in your csmm.yaml: an exception for a whole control makes it NOT_APPLICABLE.';
  }
  const next = 'Pass AWS Config items of your accounts or a record that csmm scan --record wrote, or run csmm scan.';
  if (read === 0) return `The input is empty. ${next}`;
  const records = `${read} input ${read === 1 ? 'record' : 'records'}`;
  if (rejected === read) return `csmm could not read ${read === 1 ? 'the' : 'any of the'} ${records}. ${next}`;
  return `The ${records} did not contain a resource that csmm evaluates. ${next}`;
}

/**
 * Returns a sentence for a strict level below the headline level: the failing critical control that holds the level back, and the
 * number of accounts in which it fails.
 */
function strictSentence(card: StatusCard, catalogue: readonly TitledControl[]): string | undefined {
  const { level, strict, controls, accounts } = card;
  const strictLevel = strict.level;
  if (level === null || strictLevel === null || strictLevel >= level) return undefined;
  const failing = catalogue
    .filter(({ id, severity, level: own }) => severity === 'critical' && own <= strictLevel && controls[id]?.status === 'FAILED')
    .sort((a, b) => a.level - b.level);
  const [first] = failing;
  if (!first) return undefined;
  const all = Object.values(accounts ?? {});
  const failed = all.filter((account) => account.controls[first.id]?.status === 'FAILED').length;
  const where = all.length > 1 ? ` in ${failed} of ${all.length} accounts` : '';
  const more =
    failing.length > 1 ? `, and ${failing.length - 1} more critical ${failing.length === 2 ? 'control fails' : 'controls fail'}` : '';
  return `Strictly level ${strictLevel}: critical control ${first.id} (${first.title}) fails${where}${more}.`;
}

function accountLines(accounts: ResultDocument['accounts'], limit: number, hint: string): Line[] {
  const rank = ({ overall }: Scorecard): number => overall ?? Number.POSITIVE_INFINITY;
  const sorted = Object.entries(accounts).sort(([, a], [, b]) => (rank(a) < rank(b) ? -1 : Number(rank(a) > rank(b))));
  const rest = sorted.length - limit;
  return [
    [span(' Accounts, the weakest first', 'bold')],
    ...sorted
      .slice(0, limit)
      .map(([id, card]) => [
        span(` ${id}  ${(card.overall?.toFixed(1) ?? '–').padStart(5)}  ${stateOf(card)}`),
        ...(card.overall === null ? [] : [span(`  coverage ${card.coverage.toFixed(1)} %`, 'dim')]),
      ]),
    ...(rest > 0 ? [[span(` and ${rest} more; ${hint}`, 'dim')]] : []),
  ];
}

/** Returns the input counts as lines. */
function inputLines({ read, applied, duplicate, stale, ignored, rejected }: InputCounts, columns: number): Line[] {
  const parts = [
    `Items: ${read} read`,
    `${applied} applied`,
    `${duplicate} duplicate`,
    `${stale} stale`,
    `${ignored} ignored`,
    `${rejected} unreadable`,
  ];
  return flow(parts, columns - 2).map((line) => [span(` ${line}`, 'dim')]);
}
