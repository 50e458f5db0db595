import { isIP, isIPv4 } from 'node:net';
import { type Budget, newBudget, spend } from './budget.ts';
import { isJsonObject, type JsonValue, matchesPieces } from './wildcard.ts';

type Scalar = string | number | boolean | null;
type Test = (value: Scalar) => boolean;

/** Maximum nesting. A pattern has at most 4096 characters (PutRule), so useful patterns do not nest deeper. */
const MAX_DEPTH = 64;

/**
 * Whether an event pattern of EventBridge matches an event. EventBridge refuses invalid patterns, so a matcher that csmm does not
 * understand is newer than csmm: it counts as `unread`. A pattern that matches with `true` and not with `false` cannot be evaluated.
 * The result is wrong if it exhausts the budget.
 * Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html and
 * https://github.com/aws/event-ruler, the matcher itself.
 */
export function matchesEventPattern(pattern: unknown, event: JsonValue, unread = false, budget = newBudget()): boolean {
  return matchesFields(pattern, event, { depth: 0, unread, budget });
}

/** The place of a match, and how it proceeds. */
interface Scope {
  readonly depth: number;
  readonly unread: boolean;
  readonly budget: Budget;
}

/** Whether every field matches. An event that is absent or not an object has no fields. */
function matchesFields(pattern: unknown, event: JsonValue | undefined, scope: Scope): boolean {
  if (!isJsonObject(pattern) || scope.depth > MAX_DEPTH) return scope.unread;
  const fields = Object.entries(pattern);
  if (fields.length === 0) return scope.unread;
  return fields.every(([name, expected]) => matchesField(name, expected, event, { ...scope, depth: scope.depth + 1 }));
}

function matchesField(name: string, expected: unknown, event: JsonValue | undefined, scope: Scope): boolean {
  const { unread, budget } = scope;
  if (!spend(budget, 1)) return false;
  if (name === '$or' && Array.isArray(expected)) {
    if (expected.length < 2) return unread;
    return expected.some((branch) => matchesFields(branch, event, scope));
  }
  const actual = isJsonObject(event) && Object.hasOwn(event, name) ? (event[name] as JsonValue) : undefined;
  if (Array.isArray(expected)) {
    if (expected.length === 0) return unread;
    const values = scalars(actual);
    return expected.some((matcher) => spend(budget, isScalar(matcher) ? 1 : OPERATOR) && (matchesValue(matcher, values) ?? unread));
  }
  const candidates = Array.isArray(actual) ? actual.filter(isJsonObject) : [];
  if (candidates.length === 0) return matchesFields(expected, actual, scope);
  return candidates.some((candidate) => matchesFields(expected, candidate as JsonValue, scope));
}

/** Steps of a matcher with an operator; its list of operands can be long. */
const OPERATOR = 50;

/** Returns the values of a field: for a list those of its elements, for an object none. */
function scalars(value: JsonValue | undefined): Scalar[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap(scalars);
  return typeof value === 'object' && value !== null ? [] : [value as Scalar];
}

/** Returns whether a matcher matches, or `undefined` if csmm does not understand it. */
function matchesValue(matcher: unknown, values: readonly Scalar[]): boolean | undefined {
  if (isScalar(matcher)) return values.includes(matcher);
  const [operator, operand] = onlyEntry(matcher);
  if (operator === 'exists') return typeof operand === 'boolean' ? operand === values.length > 0 : undefined;
  const test = testOf(operator, operand);
  return test && values.some(test);
}

const isScalar = (value: unknown): value is Scalar => value === null || ['string', 'number', 'boolean'].includes(typeof value);

function onlyEntry(value: unknown): [name: string, operand: unknown] {
  const [entry, ...others] = isJsonObject(value) ? Object.entries(value) : [];
  return entry === undefined || others.length > 0 ? ['', undefined] : entry;
}

/** Returns the test of an operator, or `undefined` if the operator or operand is invalid or unknown. */
function testOf(operator: string, operand: unknown): Test | undefined {
  switch (operator) {
    case 'anything-but':
      return anythingBut(operand);
    case 'numeric':
      return numeric(operand);
    case 'cidr':
      return cidr(operand);
    default:
      return textTest(operator, operand);
  }
}

/** Returns the test of a text operator, or `undefined` if the operator or operand is invalid. */
function textTest(operator: string, operand: unknown): Test | undefined {
  if (operator === 'prefix' || operator === 'suffix') {
    const [modifier, folded] = onlyEntry(operand);
    const ignoreCase = modifier === 'equals-ignore-case';
    const affix = ignoreCase ? folded : operand;
    if (typeof affix !== 'string') return undefined;
    const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text);
    return onText((text) => (operator === 'prefix' ? fold(text).startsWith(fold(affix)) : fold(text).endsWith(fold(affix))));
  }
  if (typeof operand !== 'string') return undefined;
  if (operator === 'equals-ignore-case') return onText((text) => text.toLowerCase() === operand.toLowerCase());
  const pieces = operator === 'wildcard' ? wildcardPieces(operand) : undefined;
  return pieces && onText((text) => matchesPieces(pieces, text));
}

const onText =
  (test: (text: string) => boolean): Test =>
  (value) =>
    typeof value === 'string' && test(value);

/** `*` is any characters, `\*` an asterisk and `\\` a backslash; two `*` in a row, or a backslash before anything else, are not valid. */
function wildcardPieces(pattern: string): string[] | undefined {
  if (!/^(?:[^*\\]|\\[*\\]|\*(?!\*))*$/.test(pattern)) return undefined;
  const tokens = pattern.match(/\\[*\\]|\*|[^*\\]+/g) ?? [];
  const pieces = [''];
  for (const token of tokens) {
    if (token === '*') pieces.push('');
    else pieces.push((pieces.pop() ?? '') + (token.startsWith('\\') ? token.slice(1) : token));
  }
  return pieces;
}

/** Accepts a value, a list of strings or numbers, or one text operator with one or several operands. */
function anythingBut(operand: unknown): Test | undefined {
  if (isJsonObject(operand)) {
    const [operator, inner] = onlyEntry(operand);
    const tests = (Array.isArray(inner) ? inner : [inner]).map((one) => textTest(operator, one));
    if (tests.length === 0 || tests.includes(undefined)) return undefined;
    return onText((text) => !tests.some((test) => test?.(text)));
  }
  const excluded: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  const type = typeof excluded[0];
  if ((type !== 'string' && type !== 'number') || excluded.some((value) => typeof value !== type)) return undefined;
  return (value) => !excluded.includes(value);
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** One comparison, or the two of a range: `[">", 0, "<=", 5]`. */
function numeric(operand: unknown): Test | undefined {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) return undefined;
  const comparisons = [operand.slice(0, 2), operand.slice(2)].filter((pair) => pair.length > 0);
  const tests = comparisons.map(([sign, bound]): Test | undefined => {
    const holds = typeof sign === 'string' && Object.hasOwn(COMPARISONS, sign) ? COMPARISONS[sign] : undefined;
    return holds && typeof bound === 'number' ? (value) => typeof value === 'number' && holds(value, bound) : undefined;
  });
  return tests.includes(undefined) ? undefined : (value) => tests.every((test) => test?.(value));
}

/** An IPv6 block matches nothing, because no event that csmm tries comes from an IPv6 address. */
function cidr(operand: unknown): Test | undefined {
  if (typeof operand !== 'string') return undefined;
  const [network = '', mask = '', ...rest] = operand.split('/');
  const version = isIP(network);
  if (version === 0 || !/^\d{1,3}$/.test(mask) || Number(mask) > (version === 4 ? 32 : 128) || rest.length > 0) return undefined;
  if (version === 6) return () => false;
  const size = 2 ** (32 - Number(mask));
  const block = (address: string) => Math.floor(address.split('.').reduce((number, part) => number * 256 + Number(part), 0) / size);
  return onText((text) => isIPv4(text) && block(text) === block(network));
}
