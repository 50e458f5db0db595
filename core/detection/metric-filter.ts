import { type Budget, newBudget, searchOf, spend } from './budget.ts';
import { type FilterRegex, matchesFilterRegex, parseFilterRegex } from './filter-regex.ts';
import { isJsonObject, type JsonValue, matchesPieces } from './wildcard.ts';

/**
 * Filter patterns of CloudWatch Logs, evaluated on JSON log events.
 * Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html and, for details that this page no
 * longer has, https://github.com/awsdocs/amazon-cloudwatch-logs-user-guide/blob/main/doc_source/FilterAndPatternSyntax.md.
 *
 * csmm does not read space-delimited fields: whether they match a JSON text depends on the spaces in its values.
 */
export type FilterPattern =
  | { readonly kind: 'json'; readonly condition: Condition }
  /** Terms to find in the text of the event. */
  | { readonly kind: 'terms'; readonly all: readonly string[]; readonly any: readonly string[]; readonly none: readonly string[] }
  /** A regular expression to find in the text of the event. */
  | { readonly kind: 'regex'; readonly regex: FilterRegex };

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'compare'; readonly selector: Selector; readonly operator: Operator; readonly value: Literal }
  | { readonly kind: 'is'; readonly selector: Selector; readonly state: State }
  | { readonly kind: 'not-exists'; readonly selector: Selector };

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type State = 'NULL' | 'TRUE' | 'FALSE';

export type Literal =
  | { readonly kind: 'bare' | 'quoted'; readonly text: string; readonly pieces: readonly string[] }
  | { readonly kind: 'regex'; readonly text: string; readonly regex: FilterRegex };

/** Path to a value: member names, positions in a list, and at most one `*` for any member or element. */
export type Selector = readonly Step[];
export type Step = { readonly key: string } | { readonly index: number } | '*';

/** Maximum length of a pattern for PutMetricFilter, in characters. */
const MAX_LENGTH = 1024;
/** Maximum nesting of parentheses. Real patterns use fewer. */
const MAX_DEPTH = 64;

/** Parses a filter pattern. Returns `undefined` if its syntax is invalid or unknown. */
export function parseFilterPattern(text: string): FilterPattern | undefined {
  const pattern = text.trim();
  if (pattern.length > MAX_LENGTH) return undefined;
  if (pattern.startsWith('{')) return parseJsonPattern(pattern);
  if (enclosedIn(pattern, '%', '%')) {
    const regex = parseFilterRegex(pattern.slice(1, -1));
    return regex && { kind: 'regex', regex };
  }
  return parseTerms(pattern);
}

const enclosedIn = (text: string, open: string, close: string): boolean =>
  text.length >= 2 && text.startsWith(open) && text.endsWith(close);

/** Whether the pattern matches a log event that is the JSON text of `event`. The result is wrong if it exhausts the budget. */
export function matchesFilter(pattern: FilterPattern, event: JsonValue, budget = newBudget()): boolean {
  switch (pattern.kind) {
    case 'json':
      return isJsonObject(event) && holds(pattern.condition, event, budget);
    case 'terms': {
      const text = textOf(event);
      const found = (term: string) => spend(budget, searchOf(text)) && text.includes(term);
      return pattern.all.every(found) && !pattern.none.some(found) && (pattern.any.length === 0 || pattern.any.some(found));
    }
    case 'regex':
      return matchesFilterRegex(pattern.regex, textOf(event), budget);
  }
}

/** Texts by event, because thousands of patterns are tried on the same events. */
const TEXTS = new WeakMap<object, string>();

/** Returns the text of an event. CloudTrail writes its records without white space, as JSON.stringify does. */
function textOf(event: JsonValue): string {
  if (typeof event !== 'object' || event === null) return JSON.stringify(event);
  const known = TEXTS.get(event);
  if (known !== undefined) return known;
  const text = JSON.stringify(event);
  TEXTS.set(event, text);
  return text;
}

// ---- Matching

function holds(condition: Condition, event: JsonValue, budget: Budget): boolean {
  if ('of' in condition) {
    const holdsHere = (part: Condition): boolean => holds(part, event, budget);
    return condition.kind === 'and' ? condition.of.every(holdsHere) : condition.of.some(holdsHere);
  }
  const values = select(condition.selector, event);
  if (!spend(budget, COMPARISON * (1 + values.length))) return false;
  if (condition.kind === 'not-exists') return values.length === 0;
  return condition.kind === 'is' ? values.includes(STATES[condition.state]) : compare(values, condition.operator, condition.value, budget);
}

/** Steps of a comparison with one value. */
const COMPARISON = 3;

const STATES: Readonly<Record<State, JsonValue>> = { NULL: null, TRUE: true, FALSE: false };

function select(selector: Selector, event: JsonValue): readonly JsonValue[] {
  let values: readonly JsonValue[] = [event];
  for (const step of selector)
    values = values.length === 1 ? children(values[0] as JsonValue, step) : values.flatMap((value) => children(value, step));
  return values;
}

function children(value: JsonValue, step: Step): readonly JsonValue[] {
  if (typeof value !== 'object' || value === null) return [];
  if (step === '*') return Object.values(value);
  if ('index' in step) return Array.isArray(value) ? value.slice(step.index, step.index + 1) : [];
  return isJsonObject(value) && Object.hasOwn(value, step.key) ? [value[step.key] as JsonValue] : [];
}

/**
 * Whether a comparison matches. It does not match an absent value, even with `!=` (seen in the pattern test of the console:
 * https://github.com/DataBiosphere/azul/issues/5884), nor a list or an object. If the selector has a `*`, `!=` must match every
 * value, and any other operator one value: the documentation does not say, and this matches least.
 */
function compare(values: readonly JsonValue[], operator: Operator, literal: Literal, budget: Budget): boolean {
  if (operator === '=') return values.some((value) => equals(value, literal, budget) === true);
  if (operator === '!=') return values.length > 0 && values.every((value) => equals(value, literal, budget) === false);
  return values.some((value) => typeof value === 'number' && ORDERS[operator](value, Number(literal.text)));
}

const ORDERS: Readonly<Record<'<' | '<=' | '>' | '>=', (value: number, bound: number) => boolean>> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** Returns whether two values are equal, or `undefined` if they cannot be compared: then neither `=` nor `!=` matches. */
function equals(value: JsonValue, literal: Literal, budget: Budget): boolean | undefined {
  if (literal.kind === 'regex') return typeof value === 'string' ? matchesFilterRegex(literal.regex, value, budget) : undefined;
  const { kind, text, pieces } = literal;
  if (typeof value === 'string') return matchesPieces(pieces, value);
  if (typeof value === 'number') return kind === 'bare' && isNumber(text) ? value === Number(text) : matchesPieces(pieces, String(value));
  return typeof value === 'boolean' && text === '*' ? true : undefined;
}

/** `*` is a wildcard at either end of a value; within it, it stands for itself (`Ev*ent` matches only `Ev*ent`). */
function piecesOf(text: string): string[] {
  const start = text.startsWith('*') ? 1 : 0;
  const end = text.endsWith('*') ? 1 : 0;
  return [...(start === 1 ? [''] : []), text.slice(start, text.length - end), ...(end === 1 ? [''] : [])];
}

const isNumber = (text: string): boolean => /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text);

// ---- Parsing

const TERM = /([?-]?)(?:"((?:[^"\\]|\\[\s\S])*)"|(\w+))(?:\s+|$)/y;

function parseTerms(text: string): FilterPattern | undefined {
  const terms: Record<'all' | 'any' | 'none', string[]> = { all: [], any: [], none: [] };
  const cursor: Cursor = { text, at: 0 };
  while (cursor.at < text.length) {
    const match = take(cursor, TERM);
    if (match === undefined) return undefined;
    const [, sign = '', quoted, word = ''] = match;
    const list = sign === '?' ? terms.any : sign === '-' ? terms.none : terms.all;
    list.push(quoted === undefined ? word : unquote(quoted));
  }
  // The documentation advises against ?terms next to other terms, and does not say clearly what they do there.
  return terms.any.length > 0 && terms.all.length + terms.none.length > 0 ? undefined : { kind: 'terms', ...terms };
}

const unquote = (quoted: string): string => quoted.replace(/\\(["\\])/g, '$1');

function parseJsonPattern(text: string): FilterPattern | undefined {
  if (!enclosedIn(text, '{', '}')) return undefined;
  const cursor: Cursor = { text: text.slice(1, -1), at: 0 };
  const condition = parseOr(cursor, 0);
  skipSpace(cursor);
  return condition === undefined || cursor.at < cursor.text.length ? undefined : { kind: 'json', condition };
}

/** `||` binds less than `&&`, and both less than parentheses. */
const parseOr = (cursor: Cursor, depth: number): Condition | undefined =>
  parseChain(cursor, 'or', OR, () => parseChain(cursor, 'and', AND, () => parseOperand(cursor, depth)));

function parseChain(cursor: Cursor, kind: 'and' | 'or', joiner: RegExp, parsePart: () => Condition | undefined): Condition | undefined {
  const parts: Condition[] = [];
  do {
    const part = parsePart();
    if (part === undefined) return undefined;
    parts.push(part);
    skipSpace(cursor);
  } while (take(cursor, joiner) !== undefined);
  return parts.length === 1 ? parts[0] : { kind, of: parts };
}

function parseOperand(cursor: Cursor, depth: number): Condition | undefined {
  skipSpace(cursor);
  if (take(cursor, OPEN) === undefined) return parseCondition(cursor);
  const inner = depth < MAX_DEPTH ? parseOr(cursor, depth + 1) : undefined;
  skipSpace(cursor);
  return inner !== undefined && take(cursor, CLOSE) !== undefined ? inner : undefined;
}

function parseCondition(cursor: Cursor): Condition | undefined {
  const selector = parseSelector(cursor);
  if (selector === undefined) return undefined;
  skipSpace(cursor);
  const state = take(cursor, IS)?.[1];
  if (state !== undefined) return { kind: 'is', selector, state: state as State };
  if (take(cursor, NOT_EXISTS) !== undefined) return { kind: 'not-exists', selector };
  const operator = take(cursor, OPERATOR)?.[0] as Operator | undefined;
  skipSpace(cursor);
  const value = operator && parseLiteral(cursor);
  if (!operator || !value) return undefined;
  const ordering = operator !== '=' && operator !== '!=';
  return ordering && !(value.kind === 'bare' && isNumber(value.text)) ? undefined : { kind: 'compare', selector, operator, value };
}

function parseSelector(cursor: Cursor): Selector | undefined {
  if (take(cursor, ROOT) === undefined) return undefined;
  const steps: Step[] = [];
  for (let match = take(cursor, STEP); match !== undefined; match = take(cursor, STEP)) {
    const { name, index, quoted } = match.groups ?? {};
    const key = name ?? quoted?.slice(1, -1);
    steps.push(key !== undefined ? { key } : index !== undefined ? { index: Number(index) } : '*');
  }
  return steps.length === 0 || steps.filter((step) => step === '*').length > 1 ? undefined : steps;
}

function parseLiteral(cursor: Cursor): Literal | undefined {
  const match = take(cursor, LITERAL);
  if (match === undefined) return undefined;
  const [, quoted, regex, bare = ''] = match;
  if (quoted !== undefined) return textLiteral('quoted', unquote(quoted));
  if (regex === undefined) return textLiteral('bare', bare);
  const parsed = parseFilterRegex(regex);
  return parsed && { kind: 'regex', text: regex, regex: parsed };
}

/** Returns the value of a text in a comparison. */
export const textLiteral = (kind: 'bare' | 'quoted', text: string): Literal => ({ kind, text, pieces: piecesOf(text) });

/** A string and the position of the parser in it. */
interface Cursor {
  readonly text: string;
  at: number;
}

// Sticky expressions. Each one reads one token in linear time.
const OPEN = /\(/y;
const CLOSE = /\)/y;
const AND = /&&/y;
const OR = /\|\|/y;
const SPACE = /\s*/y;
const ROOT = /\$/y;
const STEP = /\.?\[(?:(?<index>\d{1,9})|\*|(?<quoted>'[^']*'|"[^"]*"))\]|\.(?:(?<name>[\w-]+)|\*)/y;
const IS = /IS\s+(NULL|TRUE|FALSE)(?![\w-])/y;
const NOT_EXISTS = /NOT\s+EXISTS(?![\w-])/y;
const OPERATOR = /!=|[<>]=?|=/y;
const LITERAL = /"((?:[^"\\]|\\[\s\S])*)"|%((?:[^%\\]|\\[\s\S])*)%|([^\s(){}[\]<>=!&|"'%,\\$]+)/y;

const skipSpace = (cursor: Cursor): void => void take(cursor, SPACE);

/** Returns the match of the sticky expression at the cursor, and advances the cursor. */
function take(cursor: Cursor, expression: RegExp): RegExpExecArray | undefined {
  expression.lastIndex = cursor.at;
  const match = expression.exec(cursor.text);
  if (match === null) return undefined;
  cursor.at = expression.lastIndex;
  return match;
}
