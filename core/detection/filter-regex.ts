import { type Budget, newBudget, searchOf, spend } from './budget.ts';

/**
 * Regular expressions of CloudWatch Logs filter patterns, without their `%`: no groups, so an expression is a list of alternatives,
 * and each alternative a list of atoms. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html
 *
 * csmm does not make a `RegExp` of them: some backtrack for hours. It follows all positions at the same time, so that a match takes at
 * most the length of the text times the number of atoms.
 */
export interface FilterRegex {
  readonly alternatives: readonly Alternative[];
}

type Accepts = string | ((character: string) => boolean);

interface Alternative {
  /** Whether it begins with `^`. */
  readonly fromStart: boolean;
  /** Whether it ends with `$`. */
  readonly toEnd: boolean;
  readonly atoms: readonly Atom[];
  /** Parts of every text that it matches. */
  readonly needs: readonly string[];
  /** Whether it matches one text only, which is then all that it needs. */
  readonly isLiteral: boolean;
}

/** One character, which can be optional or repeat. */
interface Atom {
  readonly accepts: Accepts;
  readonly optional: boolean;
  readonly repeats: boolean;
}

/** Maximum number of atoms of an expression, after `a{3}` became `aaa`. A pattern has at most 1024 characters. */
const MAX_ATOMS = 1024;
/** Maximum number of atoms that accept several characters, are optional or repeat. They make a match slow, and real ones use few. */
const MAX_WIDE = 20;

/** Parses an expression. Returns `undefined` if its syntax is invalid or unknown. */
export function parseFilterRegex(text: string): FilterRegex | undefined {
  const alternatives: Alternative[] = [];
  const cursor = { text, at: 0 };
  let [atoms, wide] = [0, 0];
  do {
    const alternative = parseAlternative(cursor);
    if (alternative === undefined) return undefined;
    atoms += alternative.atoms.length;
    wide += alternative.atoms.filter(isWide).length;
    if (atoms > MAX_ATOMS || wide > MAX_WIDE) return undefined;
    alternatives.push(alternative);
  } while (take(cursor, /\|/y) !== undefined);
  return cursor.at < text.length ? undefined : { alternatives };
}

/** Whether the expression matches a part of the text. The result is wrong if it exhausts the budget. */
export const matchesFilterRegex = ({ alternatives }: FilterRegex, text: string, budget = newBudget()): boolean =>
  alternatives.some((alternative) => matchesAlternative(alternative, text, budget));

const isWide = ({ accepts, optional, repeats }: Atom): boolean => typeof accepts !== 'string' || optional || repeats;

function matchesAlternative(alternative: Alternative, text: string, budget: Budget): boolean {
  const { fromStart, toEnd, needs, isLiteral } = alternative;
  if (!spend(budget, searchOf(text) * (1 + needs.length)) || !needs.every((part) => text.includes(part))) return false;
  if (!isLiteral) return matchesAtoms(alternative, text, budget);
  const [literal = ''] = needs;
  return (!fromStart || text.startsWith(literal)) && (!toEnd || text.endsWith(literal)) && (!(fromStart && toEnd) || text === literal);
}

/** Steps of a position in the expression at one character of the text. */
const POSITION = 5;

function matchesAtoms({ fromStart, toEnd, atoms }: Alternative, text: string, budget: Budget): boolean {
  // The atoms before a position have matched the text so far. A mark of this round says that a position is already in the list.
  const marks = new Int32Array(atoms.length + 1);
  let round = 1;
  const reach = (list: number[], position: number): void => {
    for (let at = position; marks[at] !== round; at += 1) {
      marks[at] = round;
      list.push(at);
      if (!atoms[at]?.optional) return;
    }
  };
  let positions: number[] = [];
  reach(positions, 0);
  for (const character of text) {
    if (!toEnd && marks[atoms.length] === round) return true;
    if (!spend(budget, POSITION * positions.length)) return false;
    round += 1;
    const next: number[] = [];
    if (!fromStart) reach(next, 0);
    for (const position of positions) {
      const atom = atoms[position];
      if (atom === undefined || !acceptsOne(atom.accepts, character)) continue;
      if (atom.repeats) reach(next, position);
      reach(next, position + 1);
    }
    if (next.length === 0) return false;
    positions = next;
  }
  return marks[atoms.length] === round;
}

const acceptsOne = (accepts: Accepts, character: string): boolean =>
  typeof accepts === 'string' ? accepts === character : accepts(character);

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
  // An empty alternative matches everything. It is a mistake.
  if (atoms.length === 0) return undefined;
  const needs = needsOf(atoms);
  return { fromStart, toEnd, atoms, needs, isLiteral: needs[0]?.length === atoms.length };
}

/** Returns the texts of neighbouring atoms that accept one character. */
const needsOf = (atoms: readonly Atom[]): string[] =>
  atoms
    .map((atom) => (isWide(atom) ? GAP : atom.accepts))
    .join('')
    .split(GAP)
    .filter((part) => part !== '');

/** Stands for an atom that accepts several characters. No text of an event has this character. */
const GAP = '\0';

interface Times {
  readonly least: number;
  /** `undefined` if there is no limit. */
  readonly most: number | undefined;
}

function repeated(accepts: Accepts, { least, most }: Times): Atom[] {
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
function parseCharacter(cursor: Cursor): Accepts | undefined {
  if (take(cursor, /\./y)) return () => true;
  if (take(cursor, /\[/y)) return parseClass(cursor);
  return parseEscape(cursor) ?? take(cursor, /[^\\^$?*+.|()[\]{}%]/y)?.[0];
}

const WORD = /^\w$/;
const DIGIT = /^\d$/;
const WHITE = /^\s$/;
const CLASSES: Readonly<Record<string, (character: string) => boolean>> = {
  d: (character) => DIGIT.test(character),
  D: (character) => !DIGIT.test(character),
  s: (character) => WHITE.test(character),
  S: (character) => !WHITE.test(character),
  w: (character) => WORD.test(character),
  W: (character) => !WORD.test(character),
};

/** Parses `\d`, `\x2e` or an escaped symbol. Returns `undefined`, and does not move, at anything else. */
function parseEscape(cursor: Cursor): Accepts | undefined {
  const kind = take(cursor, /\\([dDsSwW])/y)?.[1];
  return kind === undefined ? escapedCharacter(cursor) : CLASSES[kind];
}

function escapedCharacter(cursor: Cursor): string | undefined {
  const [, code, symbol] = take(cursor, /\\(?:x([\da-fA-F]{2})|([^\w\s]))/y) ?? [];
  return code === undefined ? symbol : String.fromCharCode(Number.parseInt(code, 16));
}

function parseClass(cursor: Cursor): Accepts | undefined {
  const negated = take(cursor, /\^/y) !== undefined;
  const members: Accepts[] = [];
  while (take(cursor, /\]/y) === undefined) {
    const member = parseMember(cursor);
    if (member === undefined) return undefined;
    members.push(member);
  }
  if (members.length === 0) return undefined;
  return (character) => members.some((member) => acceptsOne(member, character)) !== negated;
}

/** Parses a character of a class, a range or `\d`. */
function parseMember(cursor: Cursor): Accepts | undefined {
  const first = escapedCharacter(cursor) ?? take(cursor, /[^\\[\]]/y)?.[0];
  if (first === undefined) return parseEscape(cursor);
  if (take(cursor, /-(?!\])/y) === undefined) return first;
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
