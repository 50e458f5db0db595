/** Thrown for a text that is not JSON, or that has a key twice. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  constructor(message: string, line: number, column: number) {
    super(`${message} at line ${line}, column ${column}`);
  }
}

/**
 * Parses JSON as `JSON.parse` does, but names the place of an error and rejects a key that is there twice.
 *
 * @throws JsonError if the text is not valid.
 */
export function parseJson(source: string): unknown {
  const text = source.replace(/^\uFEFF/, '');
  const problem = new Scanner(text).problem();
  if (problem) {
    const before = text.slice(0, problem.offset).split('\n');
    throw new JsonError(problem.message, before.length, (before.at(-1) ?? '').length + 1);
  }
  return JSON.parse(text);
}

interface Problem {
  readonly message: string;
  readonly offset: number;
}

/** Maximum depth of a document, so that a hostile one cannot exhaust the stack. */
const MAX_DEPTH = 100;
const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Checks JSON (RFC 8259) without building the document. */
class Scanner {
  #at = 0;
  #depth = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  problem(): Problem | undefined {
    try {
      this.#value();
      if (this.#at < this.#text.length) this.#fail('unexpected text after the document');
      return undefined;
    } catch (thrown) {
      if (thrown instanceof Unexpected) return { message: thrown.message, offset: thrown.offset };
      throw thrown;
    }
  }

  #value(): void {
    this.#take(SPACE);
    if (this.#depth > MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH} levels`);
    this.#depth++;
    if (this.#next('{')) this.#object();
    else if (this.#next('[')) this.#list(() => this.#value(), ']');
    else if (this.#string() === undefined && this.#take(SCALAR) === undefined) this.#fail('expected a value');
    this.#depth--;
    this.#take(SPACE);
  }

  #object(): void {
    const keys = new Set<string>();
    this.#list(() => {
      const start = this.#at;
      const literal = this.#string() ?? this.#fail('expected a key in double quotes');
      const key: string = JSON.parse(literal);
      if (keys.has(key)) this.#fail(`the key ${JSON.stringify(key.slice(0, 60))} is there twice, again`, start);
      keys.add(key);
      this.#take(SPACE);
      if (!this.#next(':')) this.#fail('expected a colon');
      this.#value();
    }, '}');
  }

  #list(element: () => void, end: string): void {
    this.#take(SPACE);
    if (this.#next(end)) return;
    do {
      this.#take(SPACE);
      element();
    } while (this.#next(','));
    if (!this.#next(end)) this.#fail(`expected a comma or ${end}`);
  }

  /** Takes a string. Steps over its parts, because one pattern for a long string exhausts the stack. */
  #string(): string | undefined {
    const start = this.#at;
    if (!this.#next('"')) return undefined;
    do this.#take(PLAIN);
    while (this.#take(ESCAPE) !== undefined);
    if (this.#next('"')) return this.#text.slice(start, this.#at);
    this.#at = start;
    return undefined;
  }

  #next(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0];
    this.#at += taken?.length ?? 0;
    return taken;
  }

  #fail(message: string, offset = this.#at): never {
    throw new Unexpected(offset >= this.#text.length ? `${message}, but the text ends` : message, offset);
  }
}

class Unexpected extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}
