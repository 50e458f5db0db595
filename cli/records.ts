import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf } from './exit.ts';

/** A JSON document in the input, or the error at its place. */
export type InputRecord =
  | { readonly file: string; readonly line: number; readonly document: unknown }
  | { readonly file: string; readonly line: number; readonly error: string };

/** Thrown for a path that csmm cannot open. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/**
 * Reads JSON documents from a file, from standard input for `-`, or from the `.json`, `.ndjson` and `.jsonl` files (also
 * with `.gz`) below a folder, in the order of their names. Each can be compressed with gzip. A file holds documents one per
 * line, documents over several lines, or a list of them. Memory holds one document at a time, and a list on one line as a whole.
 *
 * @throws InputError if the path cannot be read.
 */
export async function* readRecords(path: string): AsyncGenerator<InputRecord> {
  for (const file of await listFiles(path)) {
    try {
      const stream = file === '-' ? process.stdin : createReadStream(file);
      yield* recordsIn(uncompressed(stream), file === '-' ? '(stdin)' : file);
    } catch (cause) {
      yield { file, line: 0, error: `cannot be read: ${messageOf(cause)}` };
    }
  }
}

const READABLE = /\.(json|ndjson|jsonl)(\.gz)?$/;

/** Returns the files that {@link readRecords} reads for a path. @throws InputError if it cannot be read. */
export async function listFiles(path: string): Promise<string[]> {
  if (path === '-') return [path];
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && READABLE.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
    if (files.length === 0) {
      throw new InputError(`${path} holds no .json, .ndjson or .jsonl file. Fix: pass another folder, or a file`);
    }
    return files.sort();
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`cannot open ${path}: ${messageOf(cause)}`, { cause });
  }
}

/** Decompresses a stream if its first two bytes are those of gzip. */
async function* uncompressed(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done) return;
  const all = async function* (): AsyncGenerator<Uint8Array> {
    for (let chunk: IteratorResult<Uint8Array> = first; !chunk.done; chunk = await chunks.next()) yield chunk.value;
  };
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield* all();
    return;
  }
  const gunzip = createGunzip();
  // An error of either end also ends the iteration below, with itself.
  pipeline(Readable.from(all()), gunzip, () => {});
  yield* gunzip;
}

/** Reads the JSON documents of one UTF-8 text as they arrive. Yields an error for each broken part, and continues. */
export async function* recordsIn(stream: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<InputRecord> {
  const finder = documentFinder(file);
  let number = 0;
  for await (const bytes of linesOf(stream)) {
    number++;
    if (!isUtf8(bytes)) yield* finder.unreadable(number, 'not UTF-8 text');
    else yield* finder.line(number === 1 ? bytes.toString().replace(/^\uFEFF/, '') : bytes.toString(), number);
  }
  yield* finder.end();
}

const LINE_FEED = 10;

async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let begun: Uint8Array[] = [];
  for await (const chunk of stream) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, end)]);
      begun = [];
      from = end + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
  }
  if (begun.length > 0) yield Buffer.concat(begun);
}

/** A document that is still incomplete. */
interface OpenDocument {
  readonly lines: string[];
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
    yield parse((isDocument ? lines.slice(0, -1) : lines).join('\n'), file, from);
    if (isDocument) yield* spread(last);
  }

  /** Adds a line to the open document, or opens one. Returns the position in the line at which the document ends. */
  function* within(line: string, from: number, number: number): Generator<InputRecord, number> {
    const document = open ?? { lines: [], from: number, to: number, depth: 0 };
    open = document;
    const { end, depth } = followBrackets(line, from, document.depth);
    document.lines.push(line.slice(from, end));
    document.depth = depth;
    document.to = number;
    if (depth === 0) {
      open = undefined;
      yield parse(document.lines.join('\n'), file, document.from);
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

  return {
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

const isBracketed = (document: unknown): boolean => typeof document === 'object' && document !== null;

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

/** Yields the elements of a list on one line as documents. */
function* spread(record: InputRecord): Generator<InputRecord> {
  if ('document' in record && Array.isArray(record.document)) {
    for (const document of record.document) yield { file: record.file, line: record.line, document };
  } else yield record;
}
