import { LEVEL_NAMES, LEVELS, type Level, PILLARS, type Pillar } from '../core/model.ts';
import type { ControlChange } from '../core/ports.ts';
import type { Headline, LevelRow, LevelScore, OrganizationScorecard, PillarScore, Scorecard } from '../core/scoring/scorecard.ts';
import { BLANK, type Canvas, type Line, paint, type Span, type Style, span } from './lines.ts';
import { cut, cutMiddle, displayWidth, flow, pad, plainText, wrap } from './plain-text.ts';

/** Explanations of the terms of a scorecard. */
const TERMS: readonly (readonly [term: string, meaning: string])[] = [
  ['locked', 'a level below it is not achieved, so its points do not count yet'],
  ['potential', 'the score if no level were locked'],
  ['coverage', 'share of the points whose controls have a known result'],
  ['strict', 'the score if a level with a failing critical control is not achieved'],
  ['weakest link', 'the score if a control passes only where it passes in every account'],
];

/** Returns one line for each term of a scorecard. */
export const termLines = (columns: number): Line[] =>
  TERMS.flatMap(([term, meaning]) => {
    const width = usableColumns(columns);
    const indent = width >= ONE_LINE ? 1 + 'weakest link'.length + 2 : 3;
    const [first = '', ...rest] = wrap(meaning, width - indent - 1);
    const head: Line = [span(` ${term.padEnd(indent - 1)}`, 'dim')];
    const lines = [first, ...rest].map((text): Line => [span(' '.repeat(indent)), span(text, 'dim')]);
    return width >= ONE_LINE ? [[...head, span(first, 'dim')], ...lines.slice(1)] : [head, ...lines];
  });

/** A change of the organization's score, and the control statuses behind it. */
export interface Effect {
  /** `null` for the first score. */
  readonly before: number | null;
  /** `null` if there is nothing to score any more. */
  readonly after: number | null;
  readonly controls: readonly (ControlChange & { readonly accountId: string })[];
}

export interface CardOptions extends Canvas {
  /** The scored account or organization, such as `organization · 3 accounts`. */
  readonly title?: string;
  /** Text at the right of the title, such as the time. */
  readonly aside?: string;
  /** Sentence about the strict profile, below the headline. */
  readonly strictly?: string;
  /** Paragraph for a scorecard with nothing to score. */
  readonly nothing?: string;
  /** The last changes, newest first. If absent, the scorecard has no such part. */
  readonly effects?: readonly Effect[];
  /** Number of last changes with a place, filled or not, so that a live scorecard keeps its height. */
  readonly effectLines?: number;
}

/** Minimum width of the layout, in columns. */
const MIN_COLUMNS = 40;
/** Maximum width of the layout, in columns: longer lines are hard to read. */
const MAX_COLUMNS = 110;
/** Minimum width, in columns, of a pillar and its levels on one line. */
const ONE_LINE = 60;

const PILLAR_NAMES: Readonly<Record<Pillar, string>> = {
  iam: 'IAM',
  networking: 'Networking',
  storage: 'Storage',
  compute: 'Compute',
  monitoring: 'Monitoring',
};

/** Returns the name of a pillar as the scorecard shows it. */
export const pillarName = (pillar: Pillar): string => PILLAR_NAMES[pillar];

/** Returns the number of terminal columns that the layout uses. */
export const usableColumns = (columns: number): number => Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, columns));

/** Returns a scorecard as text for a terminal. */
export const renderScorecard = (card: Scorecard | OrganizationScorecard, options: CardOptions): string =>
  paint(scorecardLines(card, options), options);

/** Returns a scorecard as lines: headline, pillars with their levels, levels with the condition that unlocks them, last changes. */
export function scorecardLines(card: Scorecard | OrganizationScorecard, options: CardOptions): Line[] {
  const layout = layoutFor(usableColumns(options.columns));
  const { overall, level } = card;
  return [
    ...titleLines(layout, options),
    ...(overall === null || level === null
      ? nothingLines(layout, options)
      : [
          ...headlineLines({ ...card, overall, level }, layout, options),
          BLANK,
          tableHead(layout),
          ...PILLARS.flatMap((pillar) => pillarLines(pillarName(pillar), card.pillars[pillar], layout)),
          BLANK,
          ...levelLines(card.levels, layout),
        ]),
    ...(options.effects ? [BLANK, [span(' Last changes', 'bold')], ...effectLines(options.effects, layout, options.effectLines)] : []),
  ];
}

/** Explanation of the marks in a scorecard. */
export const LEGEND: Line = [
  span(' ■', 'good'),
  span(' achieved  ', 'dim'),
  span('□', 'accent'),
  span(' in progress  ', 'dim'),
  span('· locked, counts 0  – empty', 'dim'),
];

interface Layout {
  readonly columns: number;
  /** Whether a pillar and its levels are on one line. */
  readonly isWide: boolean;
  /** Width of the bar of a pillar. */
  readonly bar: number;
  /** Spaces between the cells of the levels of a pillar. */
  readonly gap: number;
}

const NAME = 10;
const LEVEL_LABEL = 13;
const CELL = 5;
const SCORE = 5;

function layoutFor(columns: number): Layout {
  const gap = columns >= 96 ? 3 : columns >= 76 ? 2 : 1;
  const isWide = columns >= ONE_LINE;
  const cells = isWide ? 2 + LEVELS.length * CELL + (LEVELS.length - 1) * gap : 0;
  return { columns, gap, isWide, bar: columns - 1 - (1 + NAME + 2 + 2 + SCORE + cells) };
}

function titleLines({ columns }: Layout, { title, aside = '' }: CardOptions): Line[] {
  if (title === undefined) return [];
  const left = ` csmm · ${plainText(title)}`;
  const space = columns - 1 - displayWidth(left) - displayWidth(aside);
  if (space < 2) return [[span(left, 'dim')], ...(aside === '' ? [] : [[span(` ${aside}`, 'dim')]]), BLANK];
  return [[span(left, 'dim'), span(' '.repeat(space)), span(aside, 'dim')], BLANK];
}

const NOTHING = 'No control applies, so there are no points to earn.';

/** Returns the paragraph that replaces a scorecard without a level and without a number. */
function nothingLines({ columns }: Layout, { nothing = NOTHING }: CardOptions): Line[] {
  return [[span(' Nothing to score', 'bold')], ...paragraph(nothing, columns)];
}

/** Returns a text in lines of the layout. */
export const paragraph = (text: string, columns: number, style?: Style): Line[] =>
  wrap(plainText(text), usableColumns(columns) - 2).map((line) => [span(` ${line}`, style)]);

type Scored<C> = C & { readonly overall: number; readonly level: Level };

function headlineLines(card: Scored<Scorecard | OrganizationScorecard>, { columns }: Layout, { strictly }: CardOptions): Line[] {
  const facts = [`potential ${points(card.potential).trim()}`, `coverage ${decimal(card.coverage)} %`];
  const differs = ({ overall, level }: Headline): boolean => overall !== card.overall || level !== card.level;
  if (differs(card.strict)) facts.push(`strict ${headline(card.strict)}`);
  if ('weakestLink' in card && differs(card.weakestLink)) facts.push(`weakest link ${headline(card.weakestLink)}`);
  return [
    [span(` Level ${card.level} ${card.levelName} — ${decimal(card.overall)}/100`, 'bold')],
    ...paragraph(meaningOf(card), columns),
    ...(strictly === undefined ? [] : paragraph(strictly, columns, 'bad')),
    [span(' '), ...bar(card.overall, columns - 2)],
    ...flow(facts, columns - 2).map((line) => [span(` ${line}`, 'dim')]),
  ];
}

/** Returns a sentence for the meaning of a headline level: the achieved level, and the points of the level in progress. */
function meaningOf(card: Scored<Scorecard>): string {
  const { level, coverage } = card;
  if (coverage === 0) return `Nothing is known yet: coverage is 0 %, and unknown controls earn no points. ${levelWords(level)}.`;
  if (level === 5 && isAchieved(card, 5)) return 'All five levels are achieved.';
  return `${levelWords(level)}. ${pointsOf(card, level)} of level ${level} are earned.`;
}

const levelWords = (level: Level): string =>
  level === 1 ? 'No level is achieved; level 1 is in progress' : `Level ${level - 1} is achieved; level ${level} is in progress`;

/** Returns the state of a scorecard for a list, such as `level 2 achieved; level 3 in progress: 0 of 58 points`. */
export function stateOf(card: Scorecard): string {
  const { level, coverage } = card;
  if (level === null) return 'nothing to score';
  if (coverage === 0) return 'nothing known yet; no level achieved';
  if (level === 5 && isAchieved(card, 5)) return 'all five levels achieved';
  return `${achievedWords(level)}; level ${level} in progress: ${pointsOf(card, level)}`;
}

const achievedWords = (level: Level): string => (level === 1 ? 'no level achieved' : `level ${level - 1} achieved`);

/** A level is achieved from this percentage on. */
const GATE = 80;

function isAchieved({ levels }: Scorecard, level: Level): boolean {
  const row = levels[level - 1];
  return row !== undefined && !row.locked && (row.score === null || row.score >= GATE);
}

/** Returns the earned and the possible points of a level over all pillars. A locked level of a pillar earns nothing. */
function pointsOf({ pillars }: Scorecard, level: Level): string {
  const cells = PILLARS.flatMap((pillar) => pillars[pillar].levels[level - 1] ?? []);
  const earned = cells.reduce((sum, cell) => sum + (cell.unlocked ? cell.earned : 0), 0);
  const possible = cells.reduce((sum, cell) => sum + cell.possible, 0);
  return `${Number(earned.toFixed(1))} of ${possible} points`;
}

const headline = ({ overall, level }: Headline): string =>
  overall === null || level === null ? 'nothing to score' : `${decimal(overall)} (${achievedWords(level)})`;

function tableHead({ bar, gap, isWide }: Layout): Line {
  const cells = LEVELS.map((level) => `  L${level} `).join(' '.repeat(gap));
  return [span(isWide ? `${' '.repeat(1 + NAME + 2 + bar + 2)}${'score'.padStart(SCORE)}  ${cells}` : `${CELL_INDENT}${cells}`, 'dim')];
}

/** Indentation of the levels on a line of their own. */
const CELL_INDENT = '   ';

function pillarLines(name: string, { score, levels }: PillarScore, layout: Layout): Line[] {
  const cells = levels.flatMap((level, index) => [...(index > 0 ? [span(' '.repeat(layout.gap))] : []), cell(level)]);
  const head = [span(` ${pad(name, NAME)}  `), ...bar(score ?? 0, layout.bar), span(`  ${points(score)}`)];
  return layout.isWide ? [[...head, span('  '), ...cells]] : [head, [span(CELL_INDENT), ...cells]];
}

function cell({ score, possible, achieved, unlocked }: LevelScore): Span {
  if (possible === 0 || score === null) return span('–    ', 'dim');
  const percent = String(Math.floor(score)).padStart(3);
  if (!unlocked) return span(`· ${percent}`, 'dim');
  return achieved ? span(`■ ${percent}`, 'good') : span(`□ ${percent}`, 'accent');
}

function levelLines(rows: readonly LevelRow[], layout: Layout): Line[] {
  return rows.flatMap((row, index) => {
    const label = pad(`L${row.level} ${LEVEL_NAMES[row.level]}`, LEVEL_LABEL);
    if (row.locked) return lockedLines(label, row.reason === rows[index - 1]?.reason ? null : row.reason, layout);
    if (row.score === null) return [[span(` ${label}  `), span('nothing applies', 'dim')]];
    return [[span(` ${label}  `), ...bar(row.score, layout.bar - (LEVEL_LABEL - NAME)), span(`  ${points(row.score)}`)]];
  });
}

/** Shows a reason once if several levels are locked for it. */
function lockedLines(label: string, reason: string | null, { columns, isWide }: Layout): Line[] {
  if (!isWide) {
    const reasons = reason === null ? [] : wrap(plainText(reason), columns - 4);
    return [[span(` ${label}  locked`, 'dim')], ...reasons.map((text) => [span(`   ${text}`)])];
  }
  const indent = 1 + LEVEL_LABEL + 2 + 'locked  '.length;
  const [first = '', ...rest] = reason === null ? [''] : wrap(plainText(reason), columns - indent - 1);
  return [[span(` ${label}  locked  `, 'dim'), span(first)], ...rest.map((text) => [span(' '.repeat(indent) + text)])];
}

function bar(score: number, width: number): Span[] {
  const halves = Math.floor((score / 100) * width * 2);
  const filled = '━'.repeat(Math.floor(halves / 2)) + (halves % 2 === 1 ? '╸' : '');
  return [span(filled, 'accent'), span('─'.repeat(width - filled.length), 'dim')];
}

const decimal = (score: number): string => score.toFixed(1);
/** Returns a score in the width of its column. */
const points = (score: number | null): string => (score === null ? '–' : decimal(score)).padStart(SCORE);

function effectLines(effects: readonly Effect[], layout: Layout, count = effects.length): Line[] {
  return Array.from({ length: count }, (_, index) => {
    const effect = effects[index];
    return effect ? effectLine(effect, layout) : [BLANK];
  }).flat();
}

/** Minimum width, in columns, of a change with the old score. */
const ROOMY = 76;
/** Minimum width, in columns, of a part of a reason. */
const MIN_REASON = 16;
const ACCOUNT = ' in 111111111111'.length;
const RESOURCE = 24;

/** `58.1 → 60.4   +2.3  NET-L1-01 PASSED  sg-0abc in 111111111111  the reason`, as far as the width allows. */
function effectLine({ before, after, controls }: Effect, { columns, isWide }: Layout): Line[] {
  const difference = before === null || after === null ? 0 : Math.round(after * 10) - Math.round(before * 10);
  const from = before === null || columns < ROOMY ? '' : `${points(before)} → `;
  const score = `${before === null && columns >= ROOMY ? ' '.repeat(8) : from}${points(after)}  `;
  const change = [...controls].sort((a, b) => fitOf(b, difference) - fitOf(a, difference))[0];
  const spans = [span(` ${score}`), span(`${signed(difference, before === null || after === null).padStart(5)}  `, toneOf(difference))];
  if (!change) return [[...spans, span('the mean of the accounts moved', 'dim')]];

  const status = STATUS_WORDS[change.to];
  const more = controls.length > 1 ? ` +${controls.length - 1} more` : '';
  spans.push(span(`${change.controlId} `), span(pad(status, 6), TONES[status]));
  if (!isWide) return [[...spans, span(more, 'dim')]];
  const left = columns - 1 - spans.reduce((width, { text }) => width + displayWidth(text), 0) - ACCOUNT - more.length - 2;
  const resource = cutMiddle(plainText(change.resource?.resourceId ?? '(several)'), Math.min(RESOURCE, Math.max(6, left)));
  const reason = left - displayWidth(resource) - 2;
  spans.push(span(`  ${resource} in ${change.accountId}`), span(more, 'dim'));
  if (change.reason !== null && reason >= MIN_REASON) spans.push(span(`  ${cut(plainText(change.reason), reason)}`, 'dim'));
  return [spans];
}

const STATUS_WORDS = { PASSED: 'PASSED', FAILED: 'FAILED', NOT_APPLICABLE: 'N/A', NO_DATA: 'NODATA' } as const;
const TONES: Readonly<Record<string, Style | undefined>> = { PASSED: 'good', FAILED: 'bad' };

/** Returns 1 for a change that explains the difference: a pass explains a rise, a failure a fall. */
const fitOf = ({ to }: ControlChange, difference: number): number => (to === (difference < 0 ? 'FAILED' : 'PASSED') ? 1 : 0);

const toneOf = (difference: number): Style => (difference > 0 ? 'good' : difference < 0 ? 'bad' : 'dim');

function signed(tenths: number, first: boolean): string {
  if (first) return 'first';
  return `${tenths > 0 ? '+' : tenths < 0 ? '−' : '±'}${(Math.abs(tenths) / 10).toFixed(1)}`;
}
