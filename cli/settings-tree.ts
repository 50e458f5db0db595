import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { UsageError } from './exit.ts';

/** Maximum number of problems in a report. */
const MAX_PROBLEMS = 1000;

/** A problem makes the file invalid. A warning does not. */
type RemarkKind = 'problem' | 'warning';

/** The problems and warnings of a file, in the order of its lines. */
export class Remarks {
  readonly #found = new Map<string, { readonly offset: number; readonly line: string; readonly kind: RemarkKind }>();
  readonly #name: string;
  readonly #position: (offset: number) => { readonly line: number; readonly col: number };

  constructor(name: string, position: (offset: number) => { readonly line: number; readonly col: number }) {
    this.#name = name;
    this.#position = position;
  }

  lineOf(offset: number): number {
    return this.#position(offset).line;
  }

  add(kind: RemarkKind, offset: number, text: string): void {
    const { line, col } = this.#position(offset);
    const remark = `${this.#name}:${line}:${col}: ${text}`;
    this.#found.set(remark, { kind, offset, line: remark });
  }

  warnings(): string[] {
    return this.#lines('warning');
  }

  /** @throws UsageError with this problem, too. */
  fail(offset: number, text: string): never {
    this.add('problem', offset, text);
    throw this.#error();
  }

  /** @throws UsageError with all problems, if there are any. */
  throwIfAny(): void {
    const error = this.#error();
    if (error.problems.length > 0) throw error;
  }

  #error(): UsageError {
    const problems = this.#lines('problem');
    const more = problems.length - MAX_PROBLEMS;
    if (more > 0) problems.splice(MAX_PROBLEMS, more, `${this.#name}: and ${more} problems more`);
    return new UsageError(problems);
  }

  #lines(wanted: RemarkKind): string[] {
    const found = [...this.#found.values()].filter(({ kind }) => kind === wanted);
    return found.sort((a, b) => a.offset - b.offset).map(({ line }) => line);
  }
}

/** Maximum depth, which no valid document reaches. */
const MAX_DEPTH = 16;
/** Maximum number of aliases (`*name`) in a file, and of values with all aliases expanded: 5,000 exceptions have about 60,000. */
const MAX_ALIASES = 100;
const MAX_VALUES = 200_000;

/** The place of a value in the file. */
export interface Place {
  readonly offset: number;
  /** Of the key, or the list element, that the value belongs to. */
  readonly keyOffset: number;
  readonly value: unknown;
  /** Text of a scalar in the file. */
  readonly source?: string;
  /** Set for an alias without an anchor. */
  readonly unread?: true;
}

/** The values of a YAML document, and the place of each in the file, by JSON pointer. */
export class Tree {
  readonly places = new Map<string, Place>();
  readonly #document: Document.Parsed;
  readonly #remarks: Remarks;
  #aliases = 0;
  #values = 0;

  constructor(document: Document.Parsed, remarks: Remarks) {
    this.#document = document;
    this.#remarks = remarks;
  }

  /** Returns the document as plain values. A value that cannot be read is a problem, and `null`. */
  read(): unknown {
    return this.#read(this.#document.contents, '', 0, 0);
  }

  /** Returns the place of a value, or of the nearest value around it. */
  placeOf(pointer: string): Place {
    const place = this.places.get(pointer);
    if (place) return place;
    return pointer === '' ? { offset: 0, keyOffset: 0, value: null } : this.placeOf(pointer.slice(0, pointer.lastIndexOf('/')));
  }

  #read(node: Node | null, pointer: string, keyOffset: number, depth: number): unknown {
    const offset = node?.range?.[0] ?? keyOffset;
    if (++this.#values > MAX_VALUES)
      return this.#remarks.fail(offset, `more than ${MAX_VALUES} values, aliases counted in full; a settings file needs fewer`);
    if (depth > MAX_DEPTH) return this.#remarks.fail(offset, `nested deeper than ${MAX_DEPTH} levels; a settings file needs fewer`);
    if (isAlias(node)) {
      if (++this.#aliases > MAX_ALIASES) return this.#remarks.fail(offset, `more than ${MAX_ALIASES} aliases; a settings file needs fewer`);
      return this.#readAlias(node, pointer, { offset, keyOffset, value: null }, depth);
    }
    const value = isMap(node)
      ? this.#mapping(node.items, pointer, depth)
      : isSeq(node)
        ? node.items.map((item, index) => this.#read(item as Node, `${pointer}/${index}`, offset, depth + 1))
        : isScalar(node)
          ? node.value
          : null;
    this.places.set(pointer, {
      offset,
      keyOffset,
      value,
      ...(isScalar(node) && node.source !== undefined && { source: node.source }),
    });
    return value;
  }

  #readAlias(alias: Alias, pointer: string, place: Place, depth: number): unknown {
    const target = alias.resolve(this.#document);
    if (target) {
      const value = this.#read(target, pointer, place.keyOffset, depth + 1);
      this.places.set(pointer, { ...place, value });
      return value;
    }
    const text = `*${alias.source} is an alias without an anchor &${alias.source} before it. Fix: put it in quotes if it is text`;
    this.#remarks.add('problem', place.offset, text);
    this.places.set(pointer, { ...place, unread: true });
    return null;
  }

  #mapping(pairs: readonly Pair[], pointer: string, depth: number): object {
    const members = new Map<string, { readonly offset: number; readonly value: unknown }>();
    for (const { key, value } of pairs) {
      const name = String(isScalar(key) ? key.value : key);
      const offset = (key as Node | null)?.range?.[0] ?? 0;
      const earlier = members.get(name);
      if (earlier) {
        const line = this.#remarks.lineOf(earlier.offset);
        this.#remarks.add('problem', offset, `the key ${quoted(name)} is there twice, first in line ${line}; keep one of the two`);
      } else members.set(name, { offset, value: this.#read(value as Node | null, `${pointer}/${escaped(name)}`, offset, depth + 1) });
    }
    return Object.fromEntries([...members].map(([name, { value }]) => [name, value]));
  }
}

/** Returns a key in the form of a JSON pointer (RFC 6901). */
export const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** Returns the key that a part of a JSON pointer names. */
export const unescaped = (key: string): string => key.replaceAll('~1', '/').replaceAll('~0', '~');

/** Maximum length of a quote from the file, in characters. */
export const MAX_SHOWN = 80;

/** Returns a text in quotes, and shortens a long one. */
export const quoted = (text: string): string => JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
