import type { InputCounts, ResultDocument } from '../core/pipeline/result.ts';
import type { OrganizationScorecard, Scorecard } from '../core/scoring/scorecard.ts';
import { exceptionLines } from './exceptions.ts';
import { failingControlLines, type TitledControl } from './findings.ts';
import { BLANK, type Line, span } from './lines.ts';
import { flow } from './plain-text.ts';
import { type CardOptions, LEGEND, scorecardLines } from './terminal.ts';

/** Options of a text that shows a scorecard. */
export interface ScoreOptions extends CardOptions {
  /** Adds one line for each term of the scorecard. */
  readonly explain?: boolean;
}

/** Options of a text that shows a result document. */
export interface ResultOptions extends ScoreOptions {
  readonly catalogue: readonly TitledControl[];
  /** Returns whether the lists show a control. They show every control by default. */
  readonly shows?: (controlId: string) => boolean;
  /** Lines between the scorecard and the lists. */
  readonly story?: readonly Line[];
  /** Maximum number of failing controls, of resources for each, of exceptions and of accounts. */
  readonly limits?: Partial<ResultLimits>;
}

export interface ResultLimits {
  readonly controls: number;
  readonly resources: number;
  readonly exceptions: number;
  readonly accounts: number;
}

const LIMITS: ResultLimits = { controls: Number.POSITIVE_INFINITY, resources: 3, exceptions: 20, accounts: 20 };

/** Returns the title of an organization with its number of accounts. */
export const organizationTitle = (accounts: number): string => `organization · ${accounts} ${accounts === 1 ? 'account' : 'accounts'}`;

/** Returns a scorecard without findings as lines, as `csmm score` shows it. */
export function scoreLines(card: Scorecard | OrganizationScorecard, options: ScoreOptions): Line[] {
  return [...scorecardLines(card, options), BLANK, LEGEND];
}

/** Returns a result document as lines: the scorecard, its accounts, failing controls, exceptions and input counts. */
export function resultLines({ organization, accounts, input }: ResultDocument, options: ResultOptions): Line[] {
  const ids = Object.keys(accounts);
  const { columns, catalogue, shows = () => true, story = [] } = options;
  const limits = { ...LIMITS, ...options.limits };
  const listed = catalogue.filter(({ id }) => shows(id));
  return [
    ...scoreLines(organization, { title: organizationTitle(ids.length), ...options }),
    ...(ids.length > 1 ? [BLANK, ...accountLines(accounts, limits.accounts)] : []),
    BLANK,
    ...(story.length > 0 ? [...story, BLANK] : []),
    ...failingControlLines(listed, organization, { columns, controls: limits.controls, resources: limits.resources }),
    ...exceptionLines(listed, organization, { columns, exceptions: limits.exceptions }),
    ...inputLines(input, columns),
  ];
}

function accountLines(accounts: ResultDocument['accounts'], limit: number): Line[] {
  const sorted = Object.entries(accounts).sort(([, a], [, b]) => a.overall - b.overall);
  const rest = sorted.length - limit;
  return [
    [span(' Accounts, the weakest first', 'bold')],
    ...sorted
      .slice(0, limit)
      .map(([id, { overall, level, levelName, coverage }]) => [
        span(` ${id}  ${overall.toFixed(1).padStart(5)}  level ${level} ${levelName}`),
        span(`  coverage ${coverage.toFixed(1)} %`, 'dim'),
      ]),
    ...(rest > 0 ? [[span(` and ${rest} more`, 'dim')]] : []),
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
