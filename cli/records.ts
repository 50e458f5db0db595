import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ITEM_LISTS } from '../core/events/intake.ts';
import { fileProblem, InputError } from './files.ts';
import { type InputFile, inputFiles } from './input-files.ts';
import type { CliIo } from './io.ts';
import { LongDocument } from './long-document.ts';
import type { InputRecord, RecordPlace } from './summary.ts';

export type { InputRecord } from './summary.ts';

/**
 * Reads JSON documents from a file, from standard input for `-`, or from the files in a folder: see {@link inputFiles}. Each can be
 * compressed with gzip. A file holds documents one per line, documents over several lines, or a list of them. Memory holds one
 * document at a time. csmm reads the lists of a longer one as a stream.
 *
 * @throws InputError if the path cannot be read.
 */
export async function* readRecords(path: string, stdin?: CliIo['stdin']): AsyncGenerator<InputRecord> {
  for (const file of await inputFiles(path)) yield* readFileRecords(file, stdin);
}

/** Reads the JSON documents of one file. Yields an error for what cannot be read. */
export async function* readFileRecords({ path, problem }: InputFile, stdin?: CliIo['stdin']): AsyncGenerator<InputRecord> {
  const file = path === '-' ? '(stdin)' : path;
  if (problem !== undefined) {
    yield { file, line: 0, error: problem };
    return;
  }
  try {
    yield* recordsIn(uncompressed(path === '-' ? bytesOf(stdin ?? process.stdin) : createReadStream(path)), file);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    yield { file, line: 0, error: `cannot be read: ${fileProblem(cause)}` };
  }
}

async function* bytesOf(stream: CliIo['stdin']): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

/** First bytes of other forms than UTF-8 text and gzip, each with its name and fix. */
const OTHER_FORMS: readonly (readonly [bytes: readonly number[], problem: string])[] = [
  [[0xff, 0xfe], 'it is UTF-16 text. Fix: save it as UTF-8 (in PowerShell: Out-File -Encoding utf8)'],
  [[0xfe, 0xff], 'it is UTF-16 text. Fix: save it as UTF-8'],
  [[0x50, 0x4b, 0x03, 0x04], 'it is a zip archive. Fix: unpack it first'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'it is compressed with zstd. Fix: decompress it first'],
  [[0xfd, 0x37, 0x7a, 0x58], 'it is compressed with xz. Fix: decompress it first'],
  [[0x42, 0x5a, 0x68], 'it is compressed with bzip2. Fix: decompress it first'],
  [[0x50, 0x41, 0x52, 0x31], 'it is a Parquet file. Fix: pass the files that AWS Config wrote'],
];
/** https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1 */
const GZIP = [0x1f, 0x8b];

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean => start.every((byte, index) => bytes[index] === byte);

/** Decompresses a stream if its first bytes are those of gzip. @throws Error if they are those of another form. */
async function* uncompressed(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done) return;
  const other = OTHER_FORMS.find(([start]) => startsWith(first.value, start));
  if (other) throw new Error(other[1]);
  const all = async function* (): AsyncGenerator<Uint8Array> {
    for (let chunk: IteratorResult<Uint8Array> = first; !chunk.done; chunk = await chunks.next()) yield chunk.value;
  };
  if (!startsWith(first.value, GZIP)) {
    yield* all();
    return;
  }
  const gunzip = createGunzip();
  // An error of either end also ends the iteration below, with itself.
  pipeline(Readable.from(all()), gunzip, () => {});
  yield* gunzip;
}

/** Maximum length of a document that csmm parses as a whole, in bytes. It reads a longer one as a stream. */
const MAX_WHOLE = 4_000_000;
/** Number of bytes without a document after which csmm leaves a file: a compressed file of 1 MB can hold 1 GB of nothing. */
const MAX_BARREN = 256_000_000;

/** Reads the JSON documents of one UTF-8 text as they arrive. Yields an error for each broken part, and continues. */
export async function* recordsIn(stream: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<InputRecord> {
  const text = new Text(file);
  let barren = 0;
  for await (const { bytes, endsLine } of linesOf(stream)) {
    barren += bytes.length + 1;
    for (const record of text.add(bytes, endsLine)) {
      if ('document' in record) barren = 0;
      yield record;
    }
    if (barren > MAX_BARREN) {
      yield { file, line: text.line, error: `no record in ${MAX_BARREN / 1e6} MB of text; csmm reads no further in this file` };
      return;
    }
  }
  yield* text.end();
}

/** A text whose documents fit in memory, or are read as a stream. */
class Text {
  line = 0;
  #startsLine = true;
  #long: LongDocument | undefined;
  readonly #file: string;
  readonly #finder: ReturnType<typeof documentFinder>;

  constructor(file: string) {
    this.#file = file;
    this.#finder = documentFinder(file);
  }

  /** Adds a line, or a piece of one. */
  *add(bytes: Buffer, endsLine: boolean): Generator<InputRecord> {
    const startsLine = this.#startsLine;
    this.#startsLine = endsLine;
    if (startsLine) this.line++;
    if (startsLine && this.#long?.failed && beginsDocument(bytes)) this.#long = undefined;
    const content = startsLine && this.line === 1 && startsWith(bytes, BYTE_ORDER_MARK) ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
    const isWhole = endsLine && this.#finder.size + bytes.length <= MAX_WHOLE;
    if (this.#long || !isWhole) yield* this.#addToLong(content, endsLine);
    else if (isUtf8(content)) yield* this.#finder.line(content.toString(), this.line);
    else yield* this.#finder.unreadable(this.line, content.includes(0) ? 'not UTF-8 text, but perhaps UTF-16' : 'not UTF-8 text');
  }

  *#addToLong(bytes: Buffer, endsLine: boolean): Generator<InputRecord> {
    let piece = bytes;
    if (!this.#long) {
      const { text, line } = this.#finder.takeOpen(this.line);
      this.#long = new LongDocument(this.#file, line);
      yield* this.#long.add(Buffer.from(text));
      if (text === '[') piece = withoutComma(bytes);
    }
    yield* this.#long.add(piece);
    if (!endsLine) return;
    yield* this.#long.add(LINE_END);
    if (this.#long.isComplete && !this.#long.failed) this.#long = undefined;
  }

  *end(): Generator<InputRecord> {
    yield* this.#long ? this.#long.end() : this.#finder.end();
  }
}

const LINE_FEED = 10;
const LINE_END = Buffer.from('\n');
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

const beginsDocument = (bytes: Buffer): boolean => bytes[0] === 0x7b || bytes[0] === 0x5b;
const withoutComma = (bytes: Buffer): Buffer => bytes.subarray(/^[\s,]*/.exec(bytes.subarray(0, 100).toString('latin1'))?.[0].length);

/** Yields lines without their line feed, and a line that is too long to hold in pieces. */
async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<{ readonly bytes: Buffer; readonly endsLine: boolean }> {
  let begun: Uint8Array[] = [];
  let size = 0;
  const take = (): Buffer => {
    const bytes = Buffer.concat(begun);
    [begun, size] = [[], 0];
    return bytes;
  };
  for await (const chunk of stream) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      begun.push(chunk.subarray(from, end));
      yield { bytes: take(), endsLine: true };
      from = end + 1;
    }
    if (from === chunk.length) continue;
    begun.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > MAX_WHOLE) yield { bytes: take(), endsLine: false };
  }
  if (begun.length > 0) yield { bytes: take(), endsLine: true };
}

/** A document that is still incomplete. */
interface OpenDocument {
  readonly lines: string[];
  size: number;
  readonly from: number;
  /** Number of the last line so far. */
  to: number;
  /** Number of open brackets. */
  depth: number;
}

/**
 * Finds documents in lines. The fast path is a line that is a whole document. Otherwise brackets outside of strings mark
 * the start and end of a document. The elements of a list are documents too.
 */
function documentFinder(file: string) {
  let open: OpenDocument | undefined;
  /** Start line of the list that is still open. */
  let list: number | undefined;

  const problem = (number: number, error: string): InputRecord => ({ file, line: number, error });

  /** Ends the open document as broken. If its last line is a whole document, that line was not part of it. */
  function* giveUp(): Generator<InputRecord> {
    if (!open) return;
    const { lines, from, to } = open;
    open = undefined;
    const last = lines.length > 1 ? parse(lines.at(-1) ?? '', file, to) : undefined;
    const isDocument = last !== undefined && 'document' in last && isBracketed(last.document);
    yield* whole((isDocument ? lines.slice(0, -1) : lines).join('\n'), from);
    if (isDocument) yield* spread(last);
  }

  /** Adds a line to the open document, or opens one. Returns the position in the line at which the document ends. */
  function* within(line: string, from: number, number: number): Generator<InputRecord, number> {
    const document = open ?? { lines: [], size: 0, from: number, to: number, depth: 0 };
    open = document;
    const { end, depth } = followBrackets(line, from, document.depth);
    document.lines.push(line.slice(from, end));
    document.size += end - from + 1;
    document.depth = depth;
    document.to = number;
    if (depth === 0) {
      open = undefined;
      yield* whole(document.lines.join('\n'), document.from);
    }
    return end;
  }

  /** Skips the text between documents. Returns the position in the line at which to continue. */
  function* between(line: string, at: number, number: number): Generator<InputRecord, number> {
    const character = line.charAt(at);
    if (character === '[') list = number;
    else if (list !== undefined && character === ']') list = undefined;
    else if (!/\s/.test(character) && (list === undefined || character !== ',')) {
      const end = list === undefined ? line.length : endOfElement(line, at);
      yield parse(line.slice(at, end), file, number);
      return end;
    }
    return at + 1;
  }

  function* scan(line: string, number: number): Generator<InputRecord> {
    const begins = (character: string) => character === '{' || (character === '[' && list !== undefined);
    for (let at = 0; at < line.length; ) {
      at = open || begins(line.charAt(at)) ? yield* within(line, at, number) : yield* between(line, at, number);
    }
  }

  /** Yields a whole document, or the items of its list around a broken part. An element of a list is not spread. */
  function* whole(text: string, number: number): Generator<InputRecord> {
    const record = parse(text, file, number);
    const start = 'error' in record ? listStart(text) : undefined;
    if (start) yield* salvaged(text, start, { file, line: number });
    else if (list === undefined) yield* spread(record);
    else yield record;
  }

  return {
    /** Length of the document that is still open, in characters. */
    get size(): number {
      return open?.size ?? 0;
    },
    /** Returns the begin of the document that is still open, and forgets it. An open list continues as a list. */
    takeOpen(number: number): { readonly text: string; readonly line: number } {
      const found = { text: open ? `${open.lines.join('\n')}\n` : list === undefined ? '' : '[', line: open?.from ?? number };
      [open, list] = [undefined, open ? list : undefined];
      return found;
    },
    *line(line: string, number: number): Generator<InputRecord> {
      if (line.trim() === '') return;
      if (open && isNewStart(open.lines.at(-1) ?? '', line)) yield* giveUp();
      const whole = open || list !== undefined ? undefined : parse(line, file, number);
      if (whole && 'document' in whole) yield* spread(whole);
      else yield* scan(line, number);
    },
    *unreadable(number: number, error: string): Generator<InputRecord> {
      yield* giveUp();
      yield problem(number, error);
    },
    *end(): Generator<InputRecord> {
      yield* giveUp();
      if (list !== undefined) yield problem(list, 'not valid JSON: the list that starts here has no end');
    },
  };
}

/** Returns whether a line opens a bracket that cannot follow the line before. Then the document before is unfinished. */
const isNewStart = (previous: string, line: string): boolean => /^\s*[[{]/.test(line) && !/[,:[]\s*$/.test(previous);

const isBracketed = (document: unknown): document is Record<string, unknown> => typeof document === 'object' && document !== null;

/** Returns the position at which all `depth` open brackets are closed, or the end of the line. */
function followBrackets(line: string, from: number, depth: number): { readonly end: number; readonly depth: number } {
  for (let at = from; at < line.length; at++) {
    const character = line[at];
    if (character === '"') at = endOfString(line, at);
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return { end: at + 1, depth };
  }
  return { end: line.length, depth };
}

/** Returns the end of a string, or of the line. */
function endOfString(line: string, from: number): number {
  for (let at = from + 1; at < line.length; at++) {
    if (line[at] === '\\') at++;
    else if (line[at] === '"') return at;
  }
  return line.length;
}

/** Returns the end of an element that is neither an object nor a list. */
function endOfElement(line: string, from: number): number {
  for (let at = from; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === '"') at = endOfString(line, at);
    else if (at > from && ',]{['.includes(character)) return at;
  }
  return line.length;
}

function parse(text: string, file: string, line: number): InputRecord {
  try {
    return { file, line, document: JSON.parse(text) };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.replaceAll(/\s+/g, ' ').slice(0, 120) : '';
    return { file, line, error: `not valid JSON: ${message}` };
  }
}

/** Yields the elements of a list as documents, and those of the list in an object as an object for each, before the rest of it. */
function* spread(record: InputRecord): Generator<InputRecord> {
  const document = 'document' in record ? record.document : undefined;
  const { file, line } = record;
  if (Array.isArray(document)) {
    for (const [index, element] of document.entries()) yield { file, line, item: index + 1, document: element };
    return;
  }
  const lists = isBracketed(document) ? [...ITEM_LISTS].filter((key) => Object.hasOwn(document, key) && Array.isArray(document[key])) : [];
  if (lists.length === 0 || !isBracketed(document)) {
    yield record;
    return;
  }
  for (const key of lists) {
    for (const [index, element] of (document[key] as unknown[]).entries()) {
      yield { file, line, item: index + 1, document: { [key]: [element] } };
    }
  }
  yield { file, line, document: { ...document, ...Object.fromEntries(lists.map((key) => [key, []])) } };
}

/** A list of items in the text of a document that is not valid. */
interface ListStart {
  readonly key: string;
  /** Position after its bracket. */
  readonly at: number;
}

const LIST_START = new RegExp(`"(${[...ITEM_LISTS].join('|')})"\\s*:\\s*\\[`);

function listStart(text: string): ListStart | undefined {
  const found = LIST_START.exec(text);
  return found?.[1] === undefined ? undefined : { key: found[1], at: found.index + found[0].length };
}

/** Yields the elements of the list in a document that is not valid, each valid or not by itself. */
function* salvaged(text: string, { key, at: start }: ListStart, { file, line }: RecordPlace): Generator<InputRecord> {
  let item = 0;
  let broken = 0;
  let isLastBroken = false;
  let at = start;
  while (at < text.length && text[at] !== ']') {
    if (/[\s,]/.test(text.charAt(at))) {
      at++;
      continue;
    }
    const end = '{['.includes(text.charAt(at)) ? followBrackets(text, at, 0).end : endOfElement(text, at);
    const element = parse(text.slice(at, end), file, line);
    isLastBroken = 'error' in element;
    if (isLastBroken) broken++;
    item++;
    yield { ...element, item, ...('document' in element && { document: { [key]: [element.document] } }) };
    at = end;
  }
  if (at >= text.length) {
    if (!isLastBroken) yield { file, line, error: 'not valid JSON: the document that starts here has no end' };
  } else if (broken === 0) yield { file, line, error: 'not valid JSON around its list of items; csmm read the items' };
}
