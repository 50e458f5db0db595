import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
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
 * the order of their names, or from standard input for `-`. Files may hold one document a line, one document over many lines, or a list.
 * Memory holds one line at a time where the file has one document a line, and else the whole file.
 *
 * @throws InputError where the path cannot be read at all.
 */
export async function* readRecords(path: string): AsyncGenerator<InputRecord> {
  for (const file of await listFiles(path)) {
    try {
      yield* readStream(file === '-' ? process.stdin : openFile(file), file === '-' ? '(stdin)' : file);
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
    const files = entries.filter((entry) => entry.isFile() && READABLE.test(entry.name)).map((entry) => join(entry.parentPath, entry.name));
    if (files.length === 0) throw new InputError(`${path} holds no .json, .ndjson or .jsonl file`);
    return files.sort();
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`cannot open ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function openFile(file: string): Readable {
  const stream = createReadStream(file);
  if (!file.endsWith('.gz')) return stream;
  const gunzip = createGunzip();
  stream.on('error', (error) => gunzip.destroy(error));
  return stream.pipe(gunzip);
}

/**
 * Line by line, as long as lines are documents. The first line that is none may begin a document of many lines (or a list):
 * then the rest is read as a whole; if that fails too, each line stands for itself again.
 */
async function* readStream(stream: Readable, file: string): AsyncGenerator<InputRecord> {
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  let pending: string[] | undefined;
  let pendingFrom = 0;
  for await (const raw of lines) {
    number++;
    const line = number === 1 ? raw.replace(/^\uFEFF/, '') : raw;
    if (pending) {
      pending.push(line);
      continue;
    }
    if (line.trim() === '') continue;
    const record = parseLine(line, file, number);
    if ('error' in record && /^\s*[[{]/.test(line)) {
      pending = [line];
      pendingFrom = number;
    } else yield* spread(record);
  }
  if (pending) yield* readWhole(pending, file, pendingFrom);
}

function* readWhole(lines: readonly string[], file: string, from: number): Generator<InputRecord> {
  const whole = parseLine(lines.join('\n'), file, from);
  if (!('error' in whole)) {
    yield* spread(whole);
    return;
  }
  yield* looksLikeLines(lines) ? eachLine(lines, file, from) : eachElement(lines, file, from);
}

/** Whether a broken text is one document a line, most of which can be read. */
const looksLikeLines = (lines: readonly string[]): boolean =>
  lines.slice(1).some((line) => /^\{.*\}\s*$/.test(line) && !('error' in parseLine(line, '', 0)));

function* eachLine(lines: readonly string[], file: string, from: number): Generator<InputRecord> {
  for (const [index, line] of lines.entries()) if (line.trim() !== '') yield* spread(parseLine(line, file, from + index));
}

/** The elements of a list that is broken somewhere: those that are whole are read, the rest is named. */
function* eachElement(lines: readonly string[], file: string, from: number): Generator<InputRecord> {
  const text = lines.join('\n');
  if (!/^\s*\[/.test(text)) {
    yield parseLine(text, file, from);
    return;
  }
  for (const { start, end } of elementsOf(text)) {
    const line = from + countLines(text, start);
    yield parseLine(text.slice(start, end), file, line);
  }
}

const countLines = (text: string, end: number): number => text.slice(0, end).split('\n').length - 1;

/** Where the elements of a list begin and end, by counting brackets outside of strings. */
function* elementsOf(text: string): Generator<{ start: number; end: number }> {
  let depth = 0;
  let start = -1;
  for (let at = text.indexOf('[') + 1; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === '{' || character === '[') {
      if (depth++ === 0) start = at;
    } else if ((character === '}' || character === ']') && --depth === 0) {
      yield { start, end: at + 1 };
      start = -1;
    }
  }
  if (start >= 0) yield { start, end: text.length };
}

function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function parseLine(line: string, file: string, number: number): InputRecord {
  try {
    return { file, line: number, document: JSON.parse(line) };
  } catch (cause) {
    return {
      file,
      line: number,
      error: `not valid JSON: ${cause instanceof Error ? cause.message.replaceAll(/\s+/g, ' ').slice(0, 120) : ''}`,
    };
  }
}

/** A list on one line is as many documents. */
function* spread(record: InputRecord): Generator<InputRecord> {
  if ('document' in record && Array.isArray(record.document)) {
    for (const document of record.document) yield { file: record.file, line: record.line, document };
  } else yield record;
}
