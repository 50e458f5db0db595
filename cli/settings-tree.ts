import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { UsageError } from './exit.ts';

/** More are of no help to anybody. */
const MAX_PROBLEMS = 1000;

/** Whether a file is refused for it. */
type RemarkKind = 'problem' | 'warning';

/** What is wrong with a file, in the order of its lines. */
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

/** Deeper than any document that fits the schema. */
const MAX_DEPTH = 16;
/** Aliases (`*name`) in a file, and values after each was replaced by what it stands for: 5,000 exceptions have some 60,000. */
const MAX_ALIASES = 100;
const MAX_VALUES = 200_000;

/** Where a value stands in the file. */
export interface Place {
  readonly offset: number;
  /** Of the key, or the list element, that the value belongs to. */
  readonly keyOffset: number;
  readonly value: unknown;
  /** A single value as it is written. */
  readonly source?: string;
  /** An alias that stands for nothing. */
  readonly unread?: true;
}

/** The values of a YAML document, and where each stands, by JSON pointer. */
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

  /** The document as plain values. What cannot be read as such is a problem and `null`. */
  read(): unknown {
    return this.#read(this.#document.contents, '', 0, 0);
  }

  /** The place that is nearest to a pointer: of the value itself, or of what it should stand in. */
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
    const text = `*${alias.source} stands for nothing, since no &${alias.source} comes before it; put it in quotes if it is meant as text`;
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

/** A key as it stands in a JSON pointer (RFC 6901). */
export const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** A key of a JSON pointer as it is in the document. */
export const unescaped = (key: string): string => key.replaceAll('~1', '/').replaceAll('~0', '~');

/** The longest part of a file that a problem quotes. */
export const MAX_SHOWN = 80;

/** A text in quotes, cut where it is long. */
export const quoted = (text: string): string => JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
