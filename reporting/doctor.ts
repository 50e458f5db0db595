import { type Check, GROUPS, type Group, OUTCOMES, type Outcome } from '../core/doctor/check.ts';
import { BLANK, type Canvas, type Line, type Style, span } from './lines.ts';
import { plainText, wrap } from './plain-text.ts';

const TITLES: Readonly<Record<Group, string>> = {
  account: 'Account',
  organization: 'Organization',
  recording: 'AWS Config',
  trails: 'CloudTrail',
  quotas: 'Quotas',
  stacks: 'Stacks',
  rules: 'Event rules',
  functions: 'Functions and event sources',
  queues: 'Queues',
  alarms: 'Alarms',
  tables: 'Tables',
  'stack-sets': 'Stack sets',
  evidence: 'Evidence of the accounts',
};

const WORDS: Readonly<Record<Outcome, { readonly word: string; readonly style: Style }>> = {
  ok: { word: 'ok', style: 'good' },
  warn: { word: 'warn', style: 'accent' },
  fail: { word: 'fail', style: 'bad' },
  unread: { word: '?', style: 'accent' },
};

/** Columns of the word before a message. */
const WORD_WIDTH = 6;

/** Returns the number of checks of each outcome. */
export function countsOf(checks: readonly Check[]): Readonly<Record<Outcome, number>> {
  const counts = { ok: 0, warn: 0, fail: 0, unread: 0 };
  for (const { outcome } of checks) counts[outcome]++;
  return counts;
}

/** Returns the report of the doctor: the checks by group, each problem with its fix, and a summary. */
export function doctorLines(checks: readonly Check[], heading: readonly string[], { columns }: Canvas): Line[] {
  const groups = GROUPS.map((group) => ({ group, own: checks.filter((check) => check.group === group) })).filter(
    ({ own }) => own.length > 0,
  );
  return [
    ...heading.flatMap((text) => indented(text, columns, 1)),
    BLANK,
    ...groups.flatMap(({ group, own }) => [
      [span(` ${TITLES[group]}`, 'bold')],
      ...own.flatMap((check) => checkLines(check, columns)),
      BLANK,
    ]),
    summaryLine(countsOf(checks)),
  ];
}

function checkLines({ outcome, message, accountId, region, fix, command, group }: Check, columns: number): Line[] {
  const { word, style } = WORDS[outcome];
  // The account of the prerequisites is the one of the heading.
  const place = [group === 'stack-sets' || group === 'evidence' ? accountId : undefined, region]
    .filter((part) => part !== undefined)
    .join(' ');
  const text = place === '' ? message : `${place}: ${message}`;
  const [first = '', ...rest] = wrap(plainText(text), Math.max(20, columns - WORD_WIDTH - 3));
  return [
    [span('   '), span(word.padEnd(WORD_WIDTH), style), span(first)],
    ...rest.map((line): Line => [span(' '.repeat(WORD_WIDTH + 3) + line)]),
    ...(fix === undefined ? [] : indented(`Fix: ${fix}.`, columns, WORD_WIDTH + 3)),
    ...(command === undefined ? [] : commandLines(command, columns)),
  ];
}

/** Returns a long command on several lines that a shell reads as one. */
function commandLines(command: string, columns: number): Line[] {
  const lines = wrap(plainText(command), Math.max(20, columns - WORD_WIDTH - 7));
  return lines.map((line, index) => [span(`${' '.repeat(WORD_WIDTH + 5)}${line}${index === lines.length - 1 ? '' : ' \\'}`, 'accent')]);
}

const indented = (text: string, columns: number, indent: number): Line[] =>
  wrap(plainText(text), Math.max(20, columns - indent)).map((line) => [span(' '.repeat(indent) + line)]);

const summaryLine = (counts: Readonly<Record<Outcome, number>>): Line => [
  span(' '),
  ...OUTCOMES.flatMap((outcome, index) => [
    span(index === 0 ? '' : ' · '),
    span(
      `${counts[outcome]} ${outcome === 'unread' ? 'not checked' : WORDS[outcome].word}`,
      counts[outcome] > 0 ? WORDS[outcome].style : 'dim',
    ),
  ]),
];
