/** The expressions of DynamoDB that csmm's adapters use, over documents as `DynamoDBDocumentClient` has them. */

export type Document = Record<string, unknown>;

/** Values of the placeholders of an expression. */
export interface Placeholders {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>> | undefined;
}

type Value = (item: Document, given: Placeholders) => unknown;
type Path = (given: Placeholders) => string[];
export type Condition = (item: Document, given: Placeholders) => boolean;
type Change = (next: Document, given: Placeholders, before: Document) => void;

/** Thrown if an expression has a form that this model does not know. */
export class UnknownExpressionError extends Error {
  override readonly name = 'UnknownExpressionError';
}

const cached = <T>(compile: (text: string) => T): ((text: string) => T) => {
  const known = new Map<string, T>();
  return (text) => {
    const compiled = known.get(text) ?? compile(text);
    known.set(text, compiled);
    return compiled;
  };
};

/** Compiles a condition, a filter or a key condition. @throws UnknownExpressionError */
export const conditionOf = cached((text: string): Condition => {
  const tokens = new Tokens(text);
  const condition = anyOf(tokens);
  tokens.end();
  return condition;
});

/** Compiles an update expression to a function that returns the item after it. @throws UnknownExpressionError */
export const updateOf = cached((text: string): ((item: Document, given: Placeholders) => Document) => {
  const tokens = new Tokens(text);
  const changes: Change[] = [];
  while (!tokens.isAtEnd) {
    const clause = tokens.next().toUpperCase();
    do changes.push(changeOf(clause, tokens));
    while (tokens.takes(','));
  }
  return (item, given) => {
    const next = structuredClone(item);
    for (const change of changes) change(next, given, item);
    return next;
  };
});

class Tokens {
  private readonly tokens: readonly string[];
  private readonly text: string;
  private index = 0;

  constructor(text: string) {
    this.text = text;
    this.tokens = text.match(/[#:]?\w+|<>|<=|>=|[^\s\w]/g) ?? [];
  }

  get isAtEnd(): boolean {
    return this.index >= this.tokens.length;
  }
  get peek(): string {
    return this.tokens[this.index] ?? '';
  }
  next(): string {
    if (this.isAtEnd) throw this.unknown();
    return this.tokens[this.index++] as string;
  }
  takes(token: string): boolean {
    const isNext = this.peek.toUpperCase() === token;
    if (isNext) this.index++;
    return isNext;
  }
  expect(token: string): void {
    if (!this.takes(token)) throw this.unknown();
  }
  end(): void {
    if (!this.isAtEnd) throw this.unknown();
  }
  /** Whether the next token is a function's name. */
  get isCall(): boolean {
    return this.tokens[this.index + 1] === '(';
  }
  unknown(): UnknownExpressionError {
    return new UnknownExpressionError(`${JSON.stringify(this.text)} is not understood at ${JSON.stringify(this.peek)}`);
  }
}

function anyOf(tokens: Tokens): Condition {
  const parts = [allOf(tokens)];
  while (tokens.takes('OR')) parts.push(allOf(tokens));
  return parts.length === 1 ? (parts[0] as Condition) : (item, given) => parts.some((part) => part(item, given));
}

function allOf(tokens: Tokens): Condition {
  const parts = [single(tokens)];
  while (tokens.takes('AND')) parts.push(single(tokens));
  return parts.length === 1 ? (parts[0] as Condition) : (item, given) => parts.every((part) => part(item, given));
}

function single(tokens: Tokens): Condition {
  if (tokens.takes('NOT')) {
    const inner = single(tokens);
    return (item, given) => !inner(item, given);
  }
  if (tokens.takes('(')) {
    const inner = anyOf(tokens);
    tokens.expect(')');
    return inner;
  }
  return tokens.isCall && tokens.peek.toLowerCase() !== 'size' ? tested(tokens) : compared(tokens);
}

function tested(tokens: Tokens): Condition {
  const name = tokens.next().toLowerCase();
  tokens.expect('(');
  const first = operandOf(tokens);
  const second = tokens.takes(',') ? operandOf(tokens) : undefined;
  tokens.expect(')');
  if (name === 'attribute_exists') return (item, given) => first(item, given) !== undefined;
  if (name === 'attribute_not_exists') return (item, given) => first(item, given) === undefined;
  if (name === 'attribute_type' && second) return (item, given) => typeOf(first(item, given)) === second(item, given);
  if (name === 'begins_with' && second) {
    return (item, given) => {
      const text = first(item, given);
      return typeof text === 'string' && text.startsWith(String(second(item, given)));
    };
  }
  if (name === 'contains' && second) {
    return (item, given) => {
      const [whole, part] = [first(item, given), second(item, given)];
      if (typeof whole === 'string') return whole.includes(String(part));
      return Array.isArray(whole) ? whole.includes(part) : whole instanceof Set && whole.has(part);
    };
  }
  throw tokens.unknown();
}

/** Name of a value's type, as `attribute_type` takes it. */
function typeOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return 'NULL';
  if (Array.isArray(value)) return 'L';
  if (value instanceof Uint8Array) return 'B';
  if (value instanceof Set) return typeof [...value][0] === 'number' ? 'NS' : 'SS';
  return { string: 'S', number: 'N', boolean: 'BOOL' }[typeof value as string] ?? 'M';
}

const COMPARE: Readonly<Record<string, (a: unknown, b: unknown) => boolean>> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => typeof a === typeof b && (a as number) < (b as number),
  '<=': (a, b) => typeof a === typeof b && (a as number) <= (b as number),
  '>': (a, b) => typeof a === typeof b && (a as number) > (b as number),
  '>=': (a, b) => typeof a === typeof b && (a as number) >= (b as number),
};

function compared(tokens: Tokens): Condition {
  const left = operandOf(tokens);
  if (tokens.takes('BETWEEN')) {
    const low = operandOf(tokens);
    tokens.expect('AND');
    const high = operandOf(tokens);
    return (item, given) => {
      const value = left(item, given);
      return !!COMPARE['>=']?.(value, low(item, given)) && !!COMPARE['<=']?.(value, high(item, given));
    };
  }
  if (tokens.takes('IN')) {
    tokens.expect('(');
    const options = [operandOf(tokens)];
    while (tokens.takes(',')) options.push(operandOf(tokens));
    tokens.expect(')');
    return (item, given) => options.some((option) => option(item, given) === left(item, given));
  }
  const compare = COMPARE[tokens.peek];
  if (!compare) throw tokens.unknown();
  tokens.next();
  const right = operandOf(tokens);
  return (item, given) => {
    const value = left(item, given);
    return value !== undefined && compare(value, right(item, given));
  };
}

/** A value: a path, a placeholder, a function of them, or a sum or difference of two. */
function operandOf(tokens: Tokens): Value {
  const left = term(tokens);
  if (tokens.takes('+')) {
    const right = term(tokens);
    return (item, given) => Number(left(item, given)) + Number(right(item, given));
  }
  if (tokens.takes('-')) {
    const right = term(tokens);
    return (item, given) => Number(left(item, given)) - Number(right(item, given));
  }
  return left;
}

function term(tokens: Tokens): Value {
  if (tokens.peek.startsWith(':')) {
    const name = tokens.next();
    return (_, given) => valueNamed(name, given);
  }
  if (!tokens.isCall) {
    const path = pathOf(tokens);
    return (item, given) => at(item, path(given));
  }
  const name = tokens.next().toLowerCase();
  tokens.expect('(');
  const first = operandOf(tokens);
  const second = tokens.takes(',') ? operandOf(tokens) : undefined;
  tokens.expect(')');
  if (name === 'if_not_exists' && second) return (item, given) => first(item, given) ?? second(item, given);
  if (name === 'list_append' && second) {
    return (item, given) => [...(first(item, given) as unknown[]), ...(second(item, given) as unknown[])];
  }
  if (name === 'size') return (item, given) => (first(item, given) as { length?: number; size?: number } | undefined)?.length ?? 0;
  throw tokens.unknown();
}

function valueNamed(name: string, { ExpressionAttributeValues: values }: Placeholders): unknown {
  if (!values || !Object.hasOwn(values, name)) throw new UnknownExpressionError(`the value ${name} is missing`);
  return values[name];
}

function pathOf(tokens: Tokens): Path {
  const parts: string[] = [tokens.next()];
  while (tokens.takes('.')) parts.push(tokens.next());
  return ({ ExpressionAttributeNames: names }) =>
    parts.map((part) => {
      if (!part.startsWith('#')) return part;
      const name = names?.[part];
      if (name === undefined) throw new UnknownExpressionError(`the name ${part} is missing`);
      return name;
    });
}

function at(item: Document, path: readonly string[]): unknown {
  let value: unknown = item;
  for (const part of path) value = (value as Document | null | undefined)?.[part];
  return value;
}

/** The map that has the last part of a path. @throws UnknownExpressionError if a part before it is missing, as DynamoDB refuses it. */
function holder(item: Document, path: readonly string[]): [map: Document, last: string] {
  const map = at(item, path.slice(0, -1));
  if (typeof map !== 'object' || map === null) throw new UnknownExpressionError(`no map at ${path.slice(0, -1).join('.')}`);
  return [map as Document, path.at(-1) ?? ''];
}

function changeOf(clause: string, tokens: Tokens): Change {
  const path = pathOf(tokens);
  if (clause === 'REMOVE') {
    return (next, given) => {
      const [map, last] = holder(next, path(given));
      delete map[last];
    };
  }
  if (clause === 'SET') tokens.expect('=');
  const value = operandOf(tokens);
  if (clause === 'SET') {
    return (next, given, before) => {
      const [map, last] = holder(next, path(given));
      map[last] = value(before, given);
    };
  }
  if (clause === 'ADD') {
    return (next, given, before) => {
      const [map, last] = holder(next, path(given));
      map[last] = added(map[last], value(before, given));
    };
  }
  if (clause === 'DELETE') {
    return (next, given, before) => {
      const [map, last] = holder(next, path(given));
      const gone = value(before, given) as Set<unknown>;
      const rest = new Set([...((map[last] as Set<unknown> | undefined) ?? [])].filter((member) => !gone.has(member)));
      if (rest.size > 0) map[last] = rest;
      else delete map[last];
    };
  }
  throw tokens.unknown();
}

function added(value: unknown, by: unknown): unknown {
  if (by instanceof Set) return new Set([...((value as Set<unknown> | undefined) ?? []), ...by]);
  return ((value as number | undefined) ?? 0) + (by as number);
}
