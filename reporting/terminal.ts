import { LEVEL_NAMES, LEVELS, PILLARS, type Pillar } from '../core/model.ts';
import type { ControlChange } from '../core/ports.ts';
import type { Headline, LevelRow, LevelScore, OrganizationScorecard, PillarScore, Scorecard } from '../core/scoring/scorecard.ts';
import { BLANK, type Canvas, type Line, paint, type Span, type Style, span } from './lines.ts';
import { cut, cutMiddle, displayWidth, flow, pad, plainText, wrap } from './plain-text.ts';

/** A change of the organization's score, and the control statuses behind it. */
export interface Effect {
  /** `null` for the first score. */
  readonly before: number | null;
  readonly after: number;
  readonly controls: readonly (ControlChange & { readonly accountId: string })[];
}

export interface CardOptions extends Canvas {
  /** What is scored, such as `organization · 3 accounts`. */
  readonly title?: string;
  /** What stands at the right of the title, such as the time. */
  readonly aside?: string;
  /** The last changes, newest first. Left out, the card has no such part. */
  readonly effects?: readonly Effect[];
  /** How many lines the last changes take, filled or not, so that a live card keeps its height. */
  readonly effectLines?: number;
}

/** Lines narrower than this are cut rather than arranged. */
const MIN_COLUMNS = 60;
/** Lines wider than this are hard to follow with the eye. */
const MAX_COLUMNS = 110;

const PILLAR_NAMES: Readonly<Record<Pillar, string>> = {
  iam: 'IAM',
  networking: 'Networking',
  storage: 'Storage',
  compute: 'Compute',
  monitoring: 'Monitoring',
};

/** A pillar as a reader knows it. */
export const pillarName = (pillar: Pillar): string => PILLAR_NAMES[pillar];

/** The columns that an output uses of a terminal. */
export const usableColumns = (columns: number): number => Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, columns));

/** A scorecard as text for a terminal. */
export const renderScorecard = (card: Scorecard | OrganizationScorecard, options: CardOptions): string =>
  paint(scorecardLines(card, options), options);

/** A scorecard as lines: headline, pillars with their levels, levels with what the locked ones wait for, last changes. */
export function scorecardLines(card: Scorecard | OrganizationScorecard, options: CardOptions): Line[] {
  const layout = layoutFor(usableColumns(options.columns));
  return [
    ...titleLines(layout, options),
    ...headlineLines(card, layout),
    BLANK,
    tableHead(layout),
    ...PILLARS.map((pillar) => pillarLine(pillarName(pillar), card.pillars[pillar], layout)),
    BLANK,
    ...levelLines(card.levels, layout),
    ...(options.effects ? [BLANK, [span(' Last changes', 'bold')], ...effectLines(options.effects, layout, options.effectLines)] : []),
  ];
}

/** The meaning of the marks in a scorecard. */
export const LEGEND: Line = [
  span(' ■', 'good'),
  span(' achieved  ', 'dim'),
  span('□', 'accent'),
  span(' in work  ', 'dim'),
  span('· locked, counts 0  – empty', 'dim'),
];

interface Layout {
  readonly columns: number;
  /** Width of a pillar's bar. */
  readonly bar: number;
  /** Spaces between the cells of a pillar's levels. */
  readonly gap: number;
}

const NAME = 10;
const LEVEL_LABEL = 13;
const CELL = 5;
const SCORE = 5;

function layoutFor(columns: number): Layout {
  const gap = columns >= 96 ? 3 : columns >= 76 ? 2 : 1;
  const cells = LEVELS.length * CELL + (LEVELS.length - 1) * gap;
  return { columns, gap, bar: columns - 1 - (1 + NAME + 2 + 2 + SCORE + 2 + cells) };
}

function titleLines({ columns }: Layout, { title, aside = '' }: CardOptions): Line[] {
  if (title === undefined) return [];
  const left = ` csmm · ${plainText(title)}`;
  const space = columns - 1 - displayWidth(left) - displayWidth(aside);
  return [[span(left, 'dim'), span(' '.repeat(Math.max(2, space))), span(aside, 'dim')], BLANK];
}

function headlineLines(card: Scorecard | OrganizationScorecard, { columns }: Layout): Line[] {
  const facts = [`potential ${decimal(card.potential)}`, `coverage ${decimal(card.coverage)} %`];
  const differs = ({ overall, level }: Headline): boolean => overall !== card.overall || level !== card.level;
  if (differs(card.strict)) facts.push(`strict ${headline(card.strict)}`);
  if ('weakestLink' in card && differs(card.weakestLink)) facts.push(`weakest link ${headline(card.weakestLink)}`);
  return [
    [span(` ${decimal(card.overall)}`, 'bold'), span('   '), span(`Level ${card.level} ${card.levelName}`, 'bold')],
    [span(' '), ...bar(card.overall, columns - 2)],
    ...flow(facts, columns - 2).map((line) => [span(` ${line}`, 'dim')]),
  ];
}

const headline = ({ overall, level }: Headline): string => `${decimal(overall)} at level ${level}`;

function tableHead({ bar, gap }: Layout): Line {
  const cells = LEVELS.map((level) => `  L${level} `).join(' '.repeat(gap));
  return [span(`${' '.repeat(1 + NAME + 2 + bar + 2)}${'score'.padStart(SCORE)}  ${cells}`, 'dim')];
}

function pillarLine(name: string, { score, levels }: PillarScore, layout: Layout): Line {
  const cells = levels.flatMap((level, index) => [...(index > 0 ? [span(' '.repeat(layout.gap))] : []), cell(level)]);
  return [span(` ${pad(name, NAME)}  `), ...bar(score ?? 0, layout.bar), span(`  ${points(score)}  `), ...cells];
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

/** Levels locked for the same reason say it once. */
function lockedLines(label: string, reason: string | null, { columns }: Layout): Line[] {
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
const points = (score: number | null): string => (score === null ? '–' : decimal(score)).padStart(SCORE);

function effectLines(effects: readonly Effect[], layout: Layout, count = effects.length): Line[] {
  return Array.from({ length: count }, (_, index) => {
    const effect = effects[index];
    return effect ? effectLine(effect, layout) : BLANK;
  });
}

/** Below this width a change tells the new score and the difference, and not the old score. */
const ROOMY = 76;
/** Shortest piece of a reason that is worth showing. */
const MIN_REASON = 16;
const ACCOUNT = ' in 111111111111'.length;
const RESOURCE = 24;

/** `58.1 → 60.4   +2.3  NET-L1-01 PASSED  sg-0abc in 111111111111  the reason`, as far as the width allows. */
function effectLine({ before, after, controls }: Effect, { columns }: Layout): Line {
  const difference = before === null ? 0 : Math.round(after * 10) - Math.round(before * 10);
  const from = before === null || columns < ROOMY ? '' : `${decimal(before).padStart(5)} → `;
  const score = `${before === null && columns >= ROOMY ? ' '.repeat(8) : from}${decimal(after).padStart(5)}  `;
  const spans = [span(` ${score}`), span(`${signed(difference, before === null).padStart(5)}  `, toneOf(difference))];
  const change = [...controls].sort((a, b) => fitOf(b, difference) - fitOf(a, difference))[0];
  if (!change) return [...spans, span('the mean of the accounts moved', 'dim')];

  const status = STATUS_WORDS[change.to];
  const more = controls.length > 1 ? ` +${controls.length - 1} more` : '';
  spans.push(span(`${change.controlId} `), span(pad(status, 6), TONES[status]));
  const left = columns - 1 - spans.reduce((width, { text }) => width + displayWidth(text), 0) - ACCOUNT - more.length - 2;
  const resource = cutMiddle(plainText(change.resource?.resourceId ?? '(several)'), Math.min(RESOURCE, Math.max(6, left)));
  const reason = left - displayWidth(resource) - 2;
  spans.push(span(`  ${resource} in ${change.accountId}`), span(more, 'dim'));
  if (change.reason !== null && reason >= MIN_REASON) spans.push(span(`  ${cut(plainText(change.reason), reason)}`, 'dim'));
  return spans;
}

const STATUS_WORDS = { PASSED: 'PASSED', FAILED: 'FAILED', NOT_APPLICABLE: 'N/A', NO_DATA: 'NODATA' } as const;
const TONES: Readonly<Record<string, Style | undefined>> = { PASSED: 'good', FAILED: 'bad' };

/** The status changes that explain a rise are passes, those that explain a fall are failures. */
const fitOf = ({ to }: ControlChange, difference: number): number => (to === (difference < 0 ? 'FAILED' : 'PASSED') ? 1 : 0);

const toneOf = (difference: number): Style => (difference > 0 ? 'good' : difference < 0 ? 'bad' : 'dim');

function signed(tenths: number, first: boolean): string {
  if (first) return 'first';
  return `${tenths > 0 ? '+' : tenths < 0 ? '−' : '±'}${(Math.abs(tenths) / 10).toFixed(1)}`;
}
