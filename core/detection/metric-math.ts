/**
 * Metric math of CloudWatch, as far as it is a weighted sum: `m1+m2`, `2*m1`, `SUM(METRICS())`, `FILL(m1,0)`.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html: a missing value counts as 0 in arithmetic.
 */
export interface WeightedSum {
  /** Factor of each metric, by its ID. */
  readonly factors: ReadonlyMap<string, number>;
  readonly constant: number;
  /** Whether `FILL` gives the series a value while its metrics have none. */
  readonly filled: boolean;
}

/** The queries of an alarm. */
export interface Queries {
  /** Expressions by ID. */
  readonly expressions: ReadonlyMap<string, string>;
  /** IDs of the metrics. */
  readonly metrics: readonly string[];
}

/** Maximum nesting of parentheses and of expressions that name another. */
const MAX_DEPTH = 20;
/** Maximum number of steps. An alarm has at most 10 expressions, and each can name another several times. */
const MAX_STEPS = 2000;

/** Returns what the query with an ID computes, or `undefined` if it is not a weighted sum or its syntax is unknown. */
export function parseMetricMath(id: string, queries: Queries): WeightedSum | undefined {
  const [series, ...others] = ofQuery(id, { queries, depth: 0, steps: { left: MAX_STEPS } }) ?? [];
  return others.length > 0 ? undefined : series;
}

interface Scope {
  readonly queries: Queries;
  readonly depth: number;
  readonly steps: { left: number };
}

interface Cursor extends Scope {
  readonly text: string;
  at: number;
}

/** One series, or an array of them, as `METRICS()` is. */
type Value = readonly WeightedSum[];

const deeper = <T extends Scope>(scope: T): T => ({ ...scope, depth: scope.depth + 1 });

function ofQuery(id: string, scope: Scope): Value | undefined {
  if (scope.queries.metrics.includes(id)) return [{ factors: new Map([[id, 1]]), constant: 0, filled: false }];
  const text = scope.queries.expressions.get(id);
  if (text === undefined || scope.depth > MAX_DEPTH) return undefined;
  const cursor: Cursor = { ...deeper(scope), text, at: 0 };
  const value = parseSum(cursor);
  return value && isEnd(cursor) ? value : undefined;
}

const isEnd = (cursor: Cursor): boolean => take(cursor, /\s*$/y) !== undefined;

function parseSum(cursor: Cursor): Value | undefined {
  let sum = parseProduct(cursor);
  for (let sign = take(cursor, /\s*([+-])/y)?.[1]; sum && sign !== undefined; sign = take(cursor, /\s*([+-])/y)?.[1]) {
    const next = parseProduct(cursor);
    sum = next && combine(sum, next, (one, other) => add(one, scale(other, sign === '+' ? 1 : -1)));
  }
  return sum;
}

function parseProduct(cursor: Cursor): Value | undefined {
  let product = parseOperand(cursor);
  for (let sign = take(cursor, /\s*([*/])/y)?.[1]; product && sign !== undefined; sign = take(cursor, /\s*([*/])/y)?.[1]) {
    const next = parseOperand(cursor);
    product = next && combine(product, next, sign === '*' ? multiply : divide);
  }
  return product;
}

function parseOperand(cursor: Cursor): Value | undefined {
  cursor.steps.left -= 1;
  if (cursor.steps.left < 0 || cursor.depth > MAX_DEPTH) return undefined;
  const number = take(cursor, /\s*(\d+(?:\.\d+)?|\.\d+)/y)?.[1];
  if (number !== undefined) return [{ factors: new Map(), constant: Number(number), filled: false }];
  const called = take(cursor, /\s*(FILL|SUM|METRICS)\s*\(/y)?.[1];
  if (called !== undefined) return parseCall(called, cursor);
  const id = take(cursor, /\s*([a-z]\w*)/y)?.[1];
  if (id !== undefined) return ofQuery(id, deeper(cursor));
  if (take(cursor, /\s*-/y)) return within(cursor, parseOperand)?.map((series) => scale(series, -1));
  if (take(cursor, /\s*\(/y)) return closed(within(cursor, parseSum), cursor, /\s*\)/y);
  return take(cursor, /\s*\[/y) ? parseList(cursor) : undefined;
}

/** Parses one level deeper, and moves the cursor. */
function within(cursor: Cursor, parse: (cursor: Cursor) => Value | undefined): Value | undefined {
  const inner = deeper(cursor);
  const value = parse(inner);
  cursor.at = inner.at;
  return value;
}

const closed = (value: Value | undefined, cursor: Cursor, close: RegExp): Value | undefined =>
  value && take(cursor, close) ? value : undefined;

/** An array of series, after its `[`. */
function parseList(cursor: Cursor): Value | undefined {
  const list: WeightedSum[] = [];
  do {
    const value = within(cursor, parseSum);
    if (value === undefined) return undefined;
    list.push(...value);
  } while (take(cursor, /\s*,/y));
  // Two series at least: the sum of one series is a number.
  return list.length > 1 ? closed(list, cursor, /\s*\]/y) : undefined;
}

function parseCall(name: string, cursor: Cursor): Value | undefined {
  if (name === 'METRICS') {
    const call = take(cursor, /\s*(?:["']([^"']*)["'])?\s*\)/y);
    const part = call?.[1] ?? '';
    return call && cursor.queries.metrics.filter((id) => id.includes(part)).flatMap((id) => ofQuery(id, cursor) ?? []);
  }
  const value = within(cursor, parseSum);
  if (name === 'SUM') return sumOf(closed(value, cursor, /\s*\)/y));
  // Any other filler than 0 is more than "no events".
  return closed(value, cursor, /\s*,\s*0(?:\.0+)?\s*\)/y)?.map((series) => ({ ...series, filled: true }));
}

const sumOf = (value: Value | undefined): Value | undefined => {
  const [first, ...others] = value ?? [];
  return first && [others.reduce(add, first)];
};

/** Applies an operator to two series, or to a series and each one of an array. */
function combine(one: Value, other: Value, operator: (one: WeightedSum, other: WeightedSum) => WeightedSum | undefined): Value | undefined {
  const [first, second] = [one[0], other[0]];
  const results =
    other.length === 1 && second
      ? one.map((series) => operator(series, second))
      : one.length === 1 && first
        ? other.map((series) => operator(first, series))
        : [undefined];
  return results.every((result) => result !== undefined) ? results : undefined;
}

const scale = ({ factors, constant, filled }: WeightedSum, by: number): WeightedSum => ({
  factors: new Map([...factors].map(([id, factor]) => [id, factor * by])),
  constant: constant * by,
  filled,
});

function add(one: WeightedSum, other: WeightedSum): WeightedSum {
  const factors = new Map(one.factors);
  for (const [id, factor] of other.factors) factors.set(id, (factors.get(id) ?? 0) + factor);
  return { factors, constant: one.constant + other.constant, filled: one.filled || other.filled };
}

const isConstant = ({ factors }: WeightedSum): boolean => factors.size === 0;

const multiply = (one: WeightedSum, other: WeightedSum): WeightedSum | undefined =>
  isConstant(other) ? scale(one, other.constant) : isConstant(one) ? scale(other, one.constant) : undefined;

const divide = (one: WeightedSum, other: WeightedSum): WeightedSum | undefined =>
  isConstant(other) && other.constant !== 0 ? scale(one, 1 / other.constant) : undefined;

/** Returns the match of the sticky expression at the cursor, and advances the cursor. */
function take(cursor: { readonly text: string; at: number }, expression: RegExp): RegExpExecArray | undefined {
  expression.lastIndex = cursor.at;
  const match = expression.exec(cursor.text);
  if (match === null) return undefined;
  cursor.at = expression.lastIndex;
  return match;
}
