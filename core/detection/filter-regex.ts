/**
 * Regular expressions of CloudWatch Logs filter patterns, without their `%`: no groups, so an expression is a list of alternatives,
 * and each alternative a list of atoms. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html
 *
 * csmm does not make a `RegExp` of them: some backtrack for hours. It follows all positions at the same time, so that a match takes
 * the length of the text times the number of atoms.
 */
export interface FilterRegex {
  readonly alternatives: readonly Alternative[];
}

interface Alternative {
  /** Whether it begins with `^`. */
  readonly fromStart: boolean;
  /** Whether it ends with `$`. */
  readonly toEnd: boolean;
  readonly atoms: readonly Atom[];
}

/** One character, which can be optional or repeat. */
interface Atom {
  readonly accepts: (character: string) => boolean;
  readonly optional: boolean;
  readonly repeats: boolean;
}

/** Maximum number of atoms of an expression, after `a{3}` became `aaa`. A pattern has at most 1024 characters. */
const MAX_ATOMS = 1024;

/** Parses an expression. Returns `undefined` if its syntax is invalid or unknown. */
export function parseFilterRegex(text: string): FilterRegex | undefined {
  const alternatives: Alternative[] = [];
  const cursor = { text, at: 0 };
  let atoms = 0;
  do {
    const alternative = parseAlternative(cursor);
    if (alternative === undefined) return undefined;
    atoms += alternative.atoms.length;
    if (atoms > MAX_ATOMS) return undefined;
    alternatives.push(alternative);
  } while (take(cursor, /\|/y) !== undefined);
  return cursor.at < text.length ? undefined : { alternatives };
}

/** Whether the expression matches a part of the text. */
export const matchesFilterRegex = ({ alternatives }: FilterRegex, text: string): boolean =>
  alternatives.some((alternative) => matchesAlternative(alternative, text));

function matchesAlternative({ fromStart, toEnd, atoms }: Alternative, text: string): boolean {
  // The atoms before a position have matched the text so far.
  let positions = follow(atoms, [0]);
  for (const character of text) {
    if (positions.length === 0) return false;
    if (!toEnd && positions.includes(atoms.length)) return true;
    const next: number[] = [];
    for (const position of positions) {
      const atom = atoms[position];
      if (atom?.accepts(character)) next.push(...(atom.repeats ? [position, position + 1] : [position + 1]));
    }
    positions = follow(atoms, fromStart ? next : [0, ...next]);
  }
  return positions.includes(atoms.length);
}

/** Returns the positions, each once, with those that are reached by leaving out optional atoms. */
function follow(atoms: readonly Atom[], positions: readonly number[]): number[] {
  const reached = new Set<number>();
  for (let position of positions) {
    while (!reached.has(position)) {
      reached.add(position);
      if (atoms[position]?.optional) position += 1;
    }
  }
  return [...reached];
}

interface Cursor {
  readonly text: string;
  at: number;
}

function parseAlternative(cursor: Cursor): Alternative | undefined {
  const fromStart = take(cursor, /\^/y) !== undefined;
  const atoms: Atom[] = [];
  for (let accepts = parseCharacter(cursor); accepts !== undefined; accepts = parseCharacter(cursor)) {
    const times = parseTimes(cursor);
    if (times === undefined || Math.max(times.least, times.most ?? 0) + atoms.length > MAX_ATOMS) return undefined;
    atoms.push(...repeated(accepts, times));
  }
  const toEnd = take(cursor, /\$/y) !== undefined;
  // An empty alternative matches everything. Nobody writes one on purpose.
  return atoms.length === 0 ? undefined : { fromStart, toEnd, atoms };
}

interface Times {
  readonly least: number;
  /** `undefined` if there is no limit. */
  readonly most: number | undefined;
}

function repeated(accepts: Atom['accepts'], { least, most }: Times): Atom[] {
  const atom = (parts: Partial<Atom> = {}): Atom => ({ accepts, optional: false, repeats: false, ...parts });
  const needed = Array.from({ length: least }, () => atom());
  if (most === undefined) return [...needed, atom({ optional: true, repeats: true })];
  return [...needed, ...Array.from({ length: most - least }, () => atom({ optional: true }))];
}

/** Parses a quantifier. Returns `undefined` if it is not valid. */
function parseTimes(cursor: Cursor): Times | undefined {
  const [, sign, least, comma, most] = take(cursor, /([?*+])|\{(\d{1,4})(,)?(\d{1,4})?\}/y) ?? [];
  // A second quantifier, which makes the first one lazy or possessive, is not documented.
  if (take(cursor, /[?*+{]/y) !== undefined) return undefined;
  if (sign !== undefined) return { least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : undefined };
  if (least === undefined) return { least: 1, most: 1 };
  const times = { least: Number(least), most: comma === undefined ? Number(least) : most === undefined ? undefined : Number(most) };
  return (comma === undefined && most !== undefined) || (times.most !== undefined && times.most < times.least) ? undefined : times;
}

/** Parses one character, an escape, `.` or a class. Returns `undefined` at anything else. */
function parseCharacter(cursor: Cursor): Atom['accepts'] | undefined {
  if (take(cursor, /\./y)) return () => true;
  if (take(cursor, /\[/y)) return parseClass(cursor);
  return parseEscape(cursor) ?? literal(take(cursor, /[^\\^$?*+.|()[\]{}%]/y)?.[0]);
}

const literal = (wanted: string | undefined): Atom['accepts'] | undefined =>
  wanted === undefined ? undefined : (character) => character === wanted;

const WORD = /^\w$/;
const DIGIT = /^\d$/;
const WHITE = /^\s$/;
const CLASSES: Readonly<Record<string, Atom['accepts']>> = {
  d: (character) => DIGIT.test(character),
  D: (character) => !DIGIT.test(character),
  s: (character) => WHITE.test(character),
  S: (character) => !WHITE.test(character),
  w: (character) => WORD.test(character),
  W: (character) => !WORD.test(character),
};

/** Parses `\d`, `\x2e` or an escaped symbol. Returns `undefined`, and does not move, at anything else. */
function parseEscape(cursor: Cursor): Atom['accepts'] | undefined {
  const kind = take(cursor, /\\([dDsSwW])/y)?.[1];
  return kind === undefined ? literal(escapedCharacter(cursor)) : CLASSES[kind];
}

function escapedCharacter(cursor: Cursor): string | undefined {
  const [, code, symbol] = take(cursor, /\\(?:x([\da-fA-F]{2})|([^\w\s]))/y) ?? [];
  return code === undefined ? symbol : String.fromCharCode(Number.parseInt(code, 16));
}

function parseClass(cursor: Cursor): Atom['accepts'] | undefined {
  const negated = take(cursor, /\^/y) !== undefined;
  const members: Atom['accepts'][] = [];
  while (take(cursor, /\]/y) === undefined) {
    const member = parseMember(cursor);
    if (member === undefined) return undefined;
    members.push(member);
  }
  if (members.length === 0) return undefined;
  return (character) => members.some((accepts) => accepts(character)) !== negated;
}

/** Parses a character of a class, a range or `\d`. */
function parseMember(cursor: Cursor): Atom['accepts'] | undefined {
  const first = escapedCharacter(cursor) ?? take(cursor, /[^\\[\]]/y)?.[0];
  if (first === undefined) return parseEscape(cursor);
  if (take(cursor, /-(?!\])/y) === undefined) return literal(first);
  const last = escapedCharacter(cursor) ?? take(cursor, /[^\\[\]]/y)?.[0];
  return last === undefined || last < first ? undefined : (character) => character >= first && character <= last;
}

/** Returns the match of the sticky expression at the cursor, and advances the cursor. */
function take(cursor: Cursor, expression: RegExp): RegExpExecArray | undefined {
  expression.lastIndex = cursor.at;
  const match = expression.exec(cursor.text);
  if (match === null) return undefined;
  cursor.at = expression.lastIndex;
  return match;
}
