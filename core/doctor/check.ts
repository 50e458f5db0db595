import { Unread } from '../facts/view.ts';

/** Topics of the checks, in the order of the report. */
export const GROUPS = [
  'account',
  'organization',
  'recording',
  'trails',
  'quotas',
  'stacks',
  'rules',
  'functions',
  'queues',
  'alarms',
  'tables',
  'stack-sets',
  'evidence',
] as const;
export type Group = (typeof GROUPS)[number];

/** `warn`: csmm works, but not as it should. `unread`: csmm could not check it, which is neither good nor bad. */
export const OUTCOMES = ['ok', 'warn', 'fail', 'unread'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One line of the report: what csmm checked, and what it found. */
export interface Check {
  readonly group: Group;
  /** Stable name of the check, such as `config-recorder`. */
  readonly id: string;
  readonly outcome: Outcome;
  /** One sentence without a period. It can quote text from AWS. */
  readonly message: string;
  readonly accountId?: string;
  readonly region?: string;
  /** What to do, one sentence without a period. Each problem has one. */
  readonly fix?: string;
  /** A shell line that does it, or that shows more. */
  readonly command?: string;
}

/** The subject of a check. */
export type Subject = Pick<Check, 'group' | 'id' | 'accountId' | 'region'>;

/** What to do about a problem. */
export type Fix = Required<Pick<Check, 'fix'>> & Pick<Check, 'command'>;

/** A value of AWS, or why it could not be read. */
export type Known<T> = T | Unread;

export const isKnown = <T>(value: Known<T>): value is T => !(value instanceof Unread);

export const ok = (subject: Subject, message: string): Check => ({ ...subject, outcome: 'ok', message });

export const warn = (subject: Subject, message: string, fix: Fix): Check => ({ ...subject, outcome: 'warn', message, ...fix });

export const fail = (subject: Subject, message: string, fix: Fix): Check => ({ ...subject, outcome: 'fail', message, ...fix });

const ALLOW: Fix = { fix: 'allow the action, or run the command again if AWS was busy', command: 'csmm doctor --print-policy' };

/** @param what the value that could not be read, such as `the recorder` */
export const unread = (subject: Subject, what: string, { reason }: Unread, fix: Fix = ALLOW): Check => ({
  ...subject,
  outcome: 'unread',
  message: `${what} could not be checked: ${reason}`,
  ...fix,
});

/** Returns the check of a value whose form this version does not know. */
export const unknown = (subject: Subject, what: string, value: unknown): Check =>
  unread(subject, what, new Unread(`this version of csmm does not know ${brief(JSON.stringify(value) ?? 'undefined')}`), {
    fix: 'install the newest version of csmm',
  });

/** Most problems of one kind that a report lists. */
export const MAX_LISTED = 10;

const RANK: Readonly<Record<Outcome, number>> = { fail: 0, unread: 1, warn: 2, ok: 3 };

/**
 * Returns the problems of one kind, the worst first, at most {@link MAX_LISTED} and a line that counts the others. Without problems it
 * returns `fine`, or nothing if there is nothing to say.
 *
 * @param plural the kind of thing, such as `rules`
 */
export function worstOf(problems: readonly Check[], plural: string, fine?: Check): Check[] {
  const sorted = [...problems].sort((a, b) => RANK[a.outcome] - RANK[b.outcome]);
  const [listed, rest] = [sorted.slice(0, MAX_LISTED), sorted.slice(MAX_LISTED)];
  const [first] = rest;
  if (listed.length === 0) return fine ? [fine] : [];
  if (!first) return listed;
  const { group, id, outcome } = first;
  const more = {
    group,
    id,
    outcome,
    message: `${rest.length} more ${plural} have problems`,
    fix: 'repair those above, then run csmm doctor again',
  };
  return [...listed, more];
}

/** Returns the worst outcome; `ok` without checks. */
export const worstOutcome = (checks: readonly Check[]): Outcome =>
  checks.reduce<Outcome>((worst, { outcome }) => (RANK[outcome] < RANK[worst] ? outcome : worst), 'ok');

/** Longest text of AWS in a message, in characters. */
const MAX_QUOTED = 200;

/** Returns a text of AWS on one line, cut to a length that fits a report. */
export function brief(text: string, length = MAX_QUOTED): string {
  const line = text
    .slice(0, 4 * length)
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}

/** Returns a word for a shell line. A value of AWS or of the user cannot end the word. */
export const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** Returns a count with its noun, such as `1 rule` or `3 rules`. */
export const counted = (count: number, singular: string, plural = `${singular}s`): string => `${count} ${count === 1 ? singular : plural}`;

/** Returns some names, and how many more there are. */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).map((name) => brief(name, 80));
  return names.length > most ? `${shown.join(', ')} and ${names.length - most} more` : shown.join(', ');
}

/** Returns a duration such as `3 minutes` or `2 days`, rounded down. */
export function duration(seconds: number): string {
  if (seconds < 120) return counted(Math.floor(seconds), 'second');
  if (seconds < 7200) return counted(Math.floor(seconds / 60), 'minute');
  if (seconds < 172_800) return counted(Math.floor(seconds / 3600), 'hour');
  return counted(Math.floor(seconds / 86_400), 'day');
}
