import Assembler from 'stream-json/core/assembler.js';
import { jsonParser, type Token } from 'stream-json/core/parser.js';
import { ITEM_LISTS } from '../core/events/intake.ts';
import { messageOf } from './exit.ts';
import type { InputRecord } from './summary.ts';

/** Maximum size of one record, in characters. AWS Config's largest items have a few million. */
export const MAX_RECORD = 16_000_000;
/** Maximum nesting of one record. AWS Config's items have fewer than 30 levels. */
export const MAX_DEPTH = 1_000;
/** Nesting at which csmm stops reading a document: the parser keeps one entry for each level. */
const MAX_OPEN = 1_000_000;

const CLOSING_BRACKET = '}'.charCodeAt(0);

/** A step of a document: the name of a method of {@link Assembler}, and its value. */
type Step = Exclude<Token, { name: `start${'Key' | 'String' | 'Number'}` | `end${'Key' | 'String' | 'Number'}` | `${string}Chunk` }>;

/**
 * Reads a JSON document that is too long to hold, piece by piece, with a streaming parser. Yields the elements of a list, and of the
 * {@link ITEM_LISTS} of an object, one by one, and then the rest of the object. Memory holds one element at a time.
 */
export class LongDocument {
  readonly #parse = jsonParser({ packValues: false, jsonStreaming: true });
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #place: { readonly file: string; readonly line: number };
  #depth = 0;
  /** The key or value that the parser hands over in chunks. */
  #text = '';
  #part = new Part();
  /** Key of the open list of items, `null` for the list that is the document, `undefined` if no list is open. */
  #list: string | null | undefined;
  #items = 0;
  #item: Part | undefined;
  #key = '';
  #hasContent = false;
  #failed = false;

  constructor(file: string, line: number) {
    this.#place = { file, line };
  }

  /** Whether a syntax error ended the reading. The rest of the document is of no use. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Whether every document so far is complete. */
  get isComplete(): boolean {
    return this.#failed || (this.#depth === 0 && this.#hasContent);
  }

  *add(bytes: Uint8Array): Generator<InputRecord> {
    try {
      // The parser forgets the tokens of a piece with an error. A record ends with a bracket, so it is complete in the piece before.
      for (let from = 0; from < bytes.length && !this.#failed; ) {
        const end = bytes.indexOf(CLOSING_BRACKET, from) + 1 || bytes.length;
        yield* this.#read(this.#decoder.decode(bytes.subarray(from, end), { stream: true }));
        from = end;
      }
    } catch (error) {
      yield this.#failure(error instanceof TypeError ? 'not UTF-8 text' : `not valid JSON: ${problemOf(error)}`);
    }
  }

  /** Ends the text. */
  *end(): Generator<InputRecord> {
    if (!this.isComplete) yield this.#failure('not valid JSON: the document that starts here has no end');
  }

  *#read(text: string): Generator<InputRecord> {
    // The parser returns the tokens of a text as one object, and an empty one as a symbol.
    const read = this.#parse(text);
    if (typeof read !== 'object') return;
    for (const token of read.values) {
      const step = this.#stepOf(token);
      if (step) yield* this.#take(step);
    }
  }

  /** Joins the chunks of keys, texts and numbers. Keeps none of a record that is too large. */
  #stepOf(token: Token): Step | undefined {
    const part = this.#item ?? this.#part;
    switch (token.name) {
      case 'startKey':
      case 'startString':
      case 'startNumber':
        this.#text = '';
        return undefined;
      case 'stringChunk':
      case 'numberChunk':
        part.grow(token.value.length);
        if (!part.problem) this.#text += token.value;
        return undefined;
      case 'endKey':
        return { name: 'keyValue', value: this.#text };
      case 'endString':
        return { name: 'stringValue', value: this.#text };
      case 'endNumber':
        return { name: 'numberValue', value: this.#text };
      default:
        return token;
    }
  }

  *#take(step: Step): Generator<InputRecord> {
    this.#hasContent = true;
    const opens = step.name === 'startObject' || step.name === 'startArray';
    const closes = step.name === 'endObject' || step.name === 'endArray';
    if (closes) this.#depth--;
    const level = this.#list === null ? 1 : 2;
    if (this.#list !== undefined && (this.#item !== undefined || this.#depth === level)) {
      this.#item ??= new Part();
      this.#item.take(step, this.#depth - level);
      if (this.#depth === level && !opens) yield this.#itemRecord(this.#item, this.#list);
    } else yield* this.#takeOutside(step);
    if (opens) this.#depth++;
    if (this.#depth > MAX_OPEN) throw new Error(`nested deeper than ${MAX_OPEN.toLocaleString('en')} levels`);
  }

  /** Takes a step outside of all items. */
  *#takeOutside(step: Step): Generator<InputRecord> {
    if (step.name === 'keyValue' && this.#depth === 1) this.#key = step.value;
    const isList = step.name === 'startArray' && (this.#depth === 0 || (this.#depth === 1 && ITEM_LISTS.has(this.#key)));
    if (isList) this.#list = this.#depth === 0 ? null : this.#key;
    const wasList = this.#list;
    if (step.name === 'endArray' && this.#list !== undefined) this.#list = undefined;
    this.#part.take(step, this.#depth);
    if (this.#depth > 0 || step.name === 'startObject' || step.name === 'startArray') return;
    const { value, problem } = this.#part;
    if (problem) yield { ...this.#place, error: problem };
    else if (wasList !== null) yield { ...this.#place, document: value };
    this.#part = new Part();
    this.#items = 0;
  }

  #itemRecord({ value, problem }: Part, list: string | null): InputRecord {
    this.#item = undefined;
    const place = { ...this.#place, item: ++this.#items };
    if (problem) return { ...place, error: problem };
    // A copy, because a text that is cut from a longer one keeps all of it in memory.
    const own = JSON.parse(JSON.stringify(value));
    return { ...place, document: list === null ? own : { [list]: [own] } };
  }

  #failure(error: string): InputRecord {
    this.#failed = true;
    const { line, file } = this.#place;
    return this.#items === 0
      ? { file, line, error }
      : { file, line, item: this.#items + 1, error: `${error}; csmm read the items before, and not the rest of this document` };
  }
}

/** A value that steps build, within the bounds of a record. */
class Part {
  readonly #assembler = new Assembler();
  #size = 0;
  problem: string | undefined;

  grow(characters: number): void {
    this.#size += characters;
    if (this.#size > MAX_RECORD) {
      this.problem ??= `larger than ${(MAX_RECORD / 1e6).toFixed(0)} MB, the maximum for one record. Fix: remove the part that csmm does not need`;
    }
  }

  take(step: Step, depth: number): void {
    this.grow(1);
    if (depth > MAX_DEPTH) this.problem ??= `nested deeper than ${MAX_DEPTH.toLocaleString('en')} levels`;
    if (this.problem) this.#assembler.dropToLevel(0);
    else this.#assembler.consume(step);
  }

  get value(): unknown {
    return this.#assembler.current;
  }
}

const problemOf = (error: unknown): string => messageOf(error).replace(/^Parser (cannot parse input: |has )?/, '');
