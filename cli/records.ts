import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** One JSON document found in the input, or why there is none at this place. */
export type InputRecord =
  | { readonly file: string; readonly line: number; readonly document: unknown }
  | { readonly file: string; readonly line: number; readonly error: string };

/** A file that is named but cannot be opened. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/**
 * Reads JSON documents from a file, from every `.json`, `.ndjson`, `.jsonl` (and `.gz` of these) file below a directory in
 * the order of their names, or from standard input for `-`; any of them may be compressed with gzip. A file holds documents one a line, or over many lines, or a list
 * of them. Memory holds one document at a time, a whole list only where it is on one line.
 *
 * @throws InputError where the path cannot be read at all.
 */
export async function* readRecords(path: string): AsyncGenerator<InputRecord> {
  for (const file of await listFiles(path)) {
    try {
      const stream = file === '-' ? process.stdin : createReadStream(file);
      yield* recordsIn(uncompressed(stream), file === '-' ? '(stdin)' : file);
    } catch (cause) {
      yield { file, line: 0, error: `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}` };
    }
  }
}

const READABLE = /\.(json|ndjson|jsonl)(\.gz)?$/;

async function listFiles(path: string): Promise<string[]> {
  if (path === '-') return [path];
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && READABLE.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
    if (files.length === 0) throw new InputError(`${path} holds no .json, .ndjson or .jsonl file`);
    return files.sort();
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`cannot open ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The text behind a stream that may be compressed with gzip, which its first two bytes tell. */
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

/** Reads the JSON documents of one text, UTF-8, as they arrive. What is broken is named, and the rest goes on. */
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

/** A document whose end has not come yet. */
interface OpenDocument {
  readonly lines: string[];
  readonly from: number;
  /** Number of the newest line. */
  to: number;
  /** Brackets that are open. */
  depth: number;
}

/**
 * Finds documents in lines. A line that is a document by itself is the fast path. Else brackets outside of strings tell
 * where documents begin and end; the elements of a list are documents too.
 */
function documentFinder(file: string) {
  let open: OpenDocument | undefined;
  /** The line where a list began of which the end has not come. */
  let list: number | undefined;

  const problem = (number: number, error: string): InputRecord => ({ file, line: number, error });

  /** Gives up the open document. A last line that is a document by itself was never part of it. */
  function* giveUp(): Generator<InputRecord> {
    if (!open) return;
    const { lines, from, to } = open;
    open = undefined;
    const last = lines.length > 1 ? parse(lines.at(-1) ?? '', file, to) : undefined;
    const isDocument = last !== undefined && 'document' in last && isBracketed(last.document);
    yield parse((isDocument ? lines.slice(0, -1) : lines).join('\n'), file, from);
    if (isDocument) yield* spread(last);
  }

  /** Reads on in the open document, or opens one. Returns where in the line it ends. */
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

  /** Steps over what stands between documents. Returns where in the line to go on. */
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
      if (open && isBegunAnew(open.lines.at(-1) ?? '', line)) yield* giveUp();
      const alone = open || list !== undefined ? undefined : parse(line, file, number);
      if (alone && 'document' in alone) yield* spread(alone);
      else yield* scan(line, number);
    },
    *unreadable(number: number, error: string): Generator<InputRecord> {
      yield* giveUp();
      yield problem(number, error);
    },
    *end(): Generator<InputRecord> {
      yield* giveUp();
      if (list !== undefined) yield problem(list, 'not valid JSON: the list that begins here has no end');
    },
  };
}

/** Whether a line begins a bracket where the line before lets none come: then a document was left unfinished before it. */
const isBegunAnew = (previous: string, line: string): boolean => /^\s*[[{]/.test(line) && !/[,:[]\s*$/.test(previous);

const isBracketed = (document: unknown): boolean => typeof document === 'object' && document !== null;

/** Where the brackets of which `depth` are open are all closed, or the end of the line. */
function followBrackets(line: string, from: number, depth: number): { readonly end: number; readonly depth: number } {
  for (let at = from; at < line.length; at++) {
    const character = line[at];
    if (character === '"') at = endOfString(line, at);
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return { end: at + 1, depth };
  }
  return { end: line.length, depth };
}

/** Strings end with their line at the latest. */
function endOfString(line: string, from: number): number {
  for (let at = from + 1; at < line.length; at++) {
    if (line[at] === '\\') at++;
    else if (line[at] === '"') return at;
  }
  return line.length;
}

/** Where an element ends that is neither an object nor a list. */
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

/** A list on one line is as many documents. */
function* spread(record: InputRecord): Generator<InputRecord> {
  if ('document' in record && Array.isArray(record.document)) {
    for (const document of record.document) yield { file: record.file, line: record.line, document };
  } else yield record;
}
