import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../cli/files.ts';
import { type InputRecord, readRecords, recordsIn } from '../../cli/records.ts';
import { directoryOf } from './support.ts';

async function all(records: AsyncIterable<InputRecord>): Promise<InputRecord[]> {
  const found: InputRecord[] = [];
  for await (const record of records) found.push(record);
  return found;
}

async function* chunks(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

/** `line: document`, or `line! error`, in short. */
const told = (record: InputRecord): string =>
  'document' in record ? `${record.line}: ${JSON.stringify(record.document)}` : `${record.line}! ${record.error}`;

const read = async (...parts: readonly (string | Uint8Array)[]): Promise<string[]> =>
  (await all(recordsIn(chunks(...parts), 'a.json'))).map(told);

const broken = (line: number) => expect.stringMatching(new RegExp(`^${line}! not valid JSON: .{5,120}$`));

describe('documents in a text', () => {
  it.each<[string, string, unknown[]]>([
    ['one a line', '{"a":1}\n{"b":2}\n', ['1: {"a":1}', '2: {"b":2}']],
    ['one a line without a last line feed', '{"a":1}\n{"b":2}', ['1: {"a":1}', '2: {"b":2}']],
    ['with CRLF', '{"a":1}\r\n{\r\n"b":2\r\n}\r\n', ['1: {"a":1}', '2: {"b":2}']],
    ['with a byte order mark', '\uFEFF{"a":1}\n', ['1: {"a":1}']],
    ['with a byte order mark before many lines', '\uFEFF{\n"a":1\n}\n', ['1: {"a":1}']],
    ['with blank lines', '\n \n{"a":1}\n\n\t\n{"b":2}\n\n', ['3: {"a":1}', '6: {"b":2}']],
    ['one over many lines', '{\n  "a": {\n    "b": [1, "}{", "\\"]"]\n  }\n}\n', ['1: {"a":{"b":[1,"}{","\\"]"]}}']],
    ['many over many lines', '{\n  "a": 1\n}\n{\n  "b": [\n    {}\n  ]\n}\n', ['1: {"a":1}', '4: {"b":[{}]}']],
    ['one a line and over many lines, mixed', '{"a":1}\n{\n  "b": 2\n}\n{"c":3}\n', ['1: {"a":1}', '2: {"b":2}', '5: {"c":3}']],
    ['several on one line', '{"a":1}{"b":2} {"c":\n3}{"d":4}\n', ['1: {"a":1}', '1: {"b":2}', '1: {"c":3}', '2: {"d":4}']],
    ['in a list on one line', '[{"a":1},{"b":2}]\n', ['1: {"a":1}', '1: {"b":2}']],
    ['in a list, one a line', '[\n{"a":1},\n{"b":2}\n]\n', ['2: {"a":1}', '3: {"b":2}']],
    ['in a pretty list', '[\n  {\n    "a": [1]\n  },\n  {\n    "b": 2\n  }\n]\n', ['2: {"a":[1]}', '5: {"b":2}']],
    ['in lists that follow each other', '[{"a":1}]\n[\n  {"b":2}\n]\n{"c":3}', ['1: {"a":1}', '3: {"b":2}', '5: {"c":3}']],
    ['in a list inside of a document', '{"items":[\n{"a":1},\n{"b":2}\n]}\n', ['1: {"items":[{"a":1},{"b":2}]}']],
    ['in a list inside of a list', '[\n  [{"a":1}],\n  []\n]\n', ['2: [{"a":1}]', '3: []']],
    ['that are no objects', '1\n"a,b"\nnull\n[\n  7, "x]",\n  null\n]\n', ['1: 1', '2: "a,b"', '3: null', '5: 7', '5: "x]"', '6: null']],
    ['in an empty list', '[]\n[\n]\n', []],
    ['in nothing', '', []],
    ['in white space', '\n \r\n\t', []],
    ['with an own key __proto__', '{"__proto__":{"a":1}}', ['1: {"__proto__":{"a":1}}']],
  ])('are found %s', async (_, text, expected) => {
    expect(await read(text)).toEqual(expected);
    const bytes = Buffer.from(text);
    expect(await read(...Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))).toEqual(expected);
  });

  it('finds characters that are split between two chunks', async () => {
    const bytes = Buffer.from('{"a":"é€😀"}\n');
    for (let at = 0; at <= bytes.length; at++) expect(await read(bytes.subarray(0, at), bytes.subarray(at))).toEqual(['1: {"a":"é€😀"}']);
  });

  it('reads a line of 5 MB', async () => {
    const [record, ...rest] = await all(recordsIn(chunks(`{"a":"${'x'.repeat(5_000_000)}"}\n`, '{"b":2}\n'), 'a.json'));
    expect(record).toMatchObject({ line: 1, document: { a: expect.any(String) } });
    expect(rest.map(told)).toEqual(['2: {"b":2}']);
  });

  it('reads 10,000 levels of nesting, on one line and on many', async () => {
    const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
    const found = await all(recordsIn(chunks(`${deep}\n`, deep.replaceAll(':', ':\n')), 'a.json'));
    expect(found.map((record) => 'document' in record)).toEqual([true, true]);
  });
});

describe('what is broken in a text', () => {
  it.each<[string, string, unknown[]]>([
    ['a line in the middle', '{"a":1}\n{"b":tru}\n{"c":3}\n', ['1: {"a":1}', broken(2), '3: {"c":3}']],
    ['a line that is cut off', '{"a":1}\n{"b":{"x":[1\n{"c":3}\n{"d":4}\n', ['1: {"a":1}', broken(2), '3: {"c":3}', '4: {"d":4}']],
    ['a line that is cut off after a comma', '{"b":{"x":[1,\n{"c":3}\n{"d":4}\n', [broken(1), '2: {"c":3}', '3: {"d":4}']],
    ['a line that is cut off after a comma, and one more', '{"b":[1,\n{"c":3}', [broken(1), '2: {"c":3}']],
    ['a line that is cut off in a string', '{"b":"x,\n{"c":3}\n{"d":4}\n', [broken(1), '2: {"c":3}', '3: {"d":4}']],
    ['the first line', '{"b":\n{"c":3}\n{"d":4}\n', [broken(1), '2: {"c":3}', '3: {"d":4}']],
    ['the last line', '{"a":1}\n{"b":2', ['1: {"a":1}', broken(2)]],
    ['every line', '{"a":\n{"b":[\n{"c"', [broken(1)]],
    ['text that is no JSON', 'hello\n{"a":1}\n<html>\n', [broken(1), '2: {"a":1}', broken(3)]],
    ['text behind a document', '{"a":1} and more\n{"b":2}', ['1: {"a":1}', broken(1), '2: {"b":2}']],
    ['one bracket too many', '{"a":1}}\n{"b":2}', ['1: {"a":1}', broken(1), '2: {"b":2}']],
    ['a bracket of the wrong kind', '{"a":[1}\n{"b":2}\n', [broken(1), '2: {"b":2}']],
    [
      'a document of many lines before others',
      '{\n  "a": tru\n}\n{\n  "b": 2\n}\n{\n  "c": 3\n}\n',
      [broken(1), '4: {"b":2}', '7: {"c":3}'],
    ],
    ['a document that does not end before others', '{\n  "a": 1\n{\n  "b": 2\n}\n{"c":3}\n', [broken(1), '3: {"b":2}', '6: {"c":3}']],
    ['a string that does not end in a document of many lines', '{\n  "a": "x\n}\n{"b":2}\n', [broken(1), '4: {"b":2}']],
    [
      'a list that is cut off between elements',
      '[{"a":1},{"b":2},',
      ['1: {"a":1}', '1: {"b":2}', '1! not valid JSON: the list that starts here has no end'],
    ],
    [
      'a list that is cut off in an element',
      '[\n  {\n    "a": 1\n  },\n  {\n    "b": \n',
      ['2: {"a":1}', broken(5), '1! not valid JSON: the list that starts here has no end'],
    ],
    ['an element of a list', '[\n  {"a":1},\n  {"b":tru},\n  hm,\n  {"c":3}\n]\n', ['2: {"a":1}', broken(3), broken(4), '5: {"c":3}']],
    [
      'a list that is cut off before other documents',
      '[{"a":1},{"b":\n{"c":3}\n{"d":4}\n',
      ['1: {"a":1}', broken(1), '2: {"c":3}', '3: {"d":4}', '1! not valid JSON: the list that starts here has no end'],
    ],
  ])('is named, and the rest is read: %s', async (_, text, expected) => {
    expect(await read(text)).toEqual(expected);
  });

  it('is every line that is not UTF-8, and no other', async () => {
    expect(await read('{"a":1}\n', Buffer.from([0x7b, 0xff, 0x7d, 0x0a]), '{"b":2}\n')).toEqual([
      '1: {"a":1}',
      '2! not UTF-8 text',
      '3: {"b":2}',
    ]);
    const record = (await all(recordsIn(chunks(Buffer.from('{"a":1}', 'utf16le')), 'a.json'))).map(told);
    expect(record.every((line) => line.includes('!'))).toBe(true);
    expect(await read(Buffer.from([0xff, 0xfe]), Buffer.from('{"a":1}', 'utf16le'))).toEqual(['1! not UTF-8 text, but perhaps UTF-16']);
  });

  it('keeps its message short and on one line', async () => {
    const [record] = await all(recordsIn(chunks(`{\n"a":\n${'x'.repeat(100_000)}\n}`), 'a.json'));
    expect(record).toMatchObject({ file: 'a.json', line: 1, error: expect.stringMatching(/^[^\n]{10,150}$/) });
  });
});

describe('memory', () => {
  /** How many chunks were taken from the stream when each record came. */
  async function takenAt(count: number, chunk: (index: number) => string): Promise<number[]> {
    let taken = 0;
    async function* stream() {
      for (let index = 0; index < count; index++) {
        taken = index + 1;
        yield Buffer.from(chunk(index));
      }
    }
    const at: number[] = [];
    for await (const _ of recordsIn(stream(), 'a.json')) at.push(taken);
    return at;
  }
  const oneByOne = Array.from({ length: 100 }, (_, index) => index + 1);

  it.each<[string, (index: number) => string]>([
    ['one a line', (index) => `{"a":${index}}\n`],
    ['one over many lines', (index) => `{\n  "a": ${index}\n}\n`],
    ['in a list of many lines', (index) => `${index === 0 ? '[' : ','}\n  {\n    "a": ${index}\n  }`],
  ])('holds one document at a time: %s', async (_, chunk) => {
    const at = await takenAt(100, chunk);
    expect(at.slice(0, 99)).toEqual(oneByOne.slice(0, 99).map((n) => at[0]! - 1 + n));
    expect(at[0]).toBeLessThanOrEqual(2);
  });

  it('goes on document by document after a line that is cut off', async () => {
    const at = await takenAt(100, (index) => (index % 10 === 5 ? '{"a":{"b":[\n' : `{"a":${index}}\n`));
    expect(at).toHaveLength(100);
    for (const [index, taken] of at.entries()) expect(taken - index).toBeLessThanOrEqual(3);
  });
});

describe('files', () => {
  const inFiles = async (path: string): Promise<string[]> =>
    (await all(readRecords(path))).map((record) => `${record.file.slice(path.length + 1)} ${told(record)}`);

  it('are read from a directory and those below, in the order of their names, and only those of JSON', async () => {
    const directory = await directoryOf({
      'b.ndjson': '{"b":1}\n{"b":2}\n',
      'a.json': '{\n"a":1\n}',
      'c.jsonl.gz': gzipSync('{"c":1}\n'),
      'notes.txt': 'not JSON',
      'archive.gz': gzipSync('{}'),
    });
    await mkdir(join(directory, 'below'));
    await writeFile(join(directory, 'below', 'z.json.gz'), gzipSync('{"z":1}'));
    expect(await inFiles(directory)).toEqual([
      'a.json 1: {"a":1}',
      'b.ndjson 1: {"b":1}',
      'b.ndjson 2: {"b":2}',
      'below/z.json.gz 1: {"z":1}',
      'c.jsonl.gz 1: {"c":1}',
    ]);
  });

  it('are read whatever their name where they are named', async () => {
    const directory = await directoryOf({ 'notes.txt': '{"a":1}' });
    expect((await all(readRecords(join(directory, 'notes.txt')))).map(told)).toEqual(['1: {"a":1}']);
  });

  it('are read where they are empty', async () => {
    const directory = await directoryOf({ 'a.json': '', 'b.json.gz': gzipSync('') });
    expect(await inFiles(directory)).toEqual([]);
  });

  it('with gzip that is cut off are named, and the next file is read', async () => {
    const bytes = gzipSync('{"a":1}\n{"b":2}\n'.repeat(1000)).subarray(0, 40);
    const found = await inFiles(await directoryOf({ 'a.json.gz': bytes, 'b.json': '{"b":1}' }));
    expect(found.filter((line) => line.includes('!'))).toEqual([expect.stringMatching(/^a\.json\.gz \d+! cannot be read: .{5,}/)]);
    expect(found.at(-1)).toBe('b.json 1: {"b":1}');
  });

  it('are unpacked where their first bytes say gzip, whatever their name says', async () => {
    const directory = await directoryOf({ 'plain.json.gz': '{"a":1}\n', 'packed.json': gzipSync('{"b":1}\n{"b":2}\n') });
    expect(await inFiles(directory)).toEqual(['packed.json 1: {"b":1}', 'packed.json 2: {"b":2}', 'plain.json.gz 1: {"a":1}']);
  });

  it('behind a link are read, and a link that leads nowhere is named', async () => {
    const directory = await directoryOf({ 'a.txt': '{"a":1}' });
    await symlink(join(directory, 'a.txt'), join(directory, 'good.json'));
    await symlink(join(directory, 'nothing'), join(directory, 'lost.json'));
    expect(await inFiles(directory)).toEqual([
      'good.json 1: {"a":1}',
      'lost.json 0! cannot be read, as a link: it does not exist. Fix: check the path',
    ]);
  });

  it('must be there, and a directory must hold some', async () => {
    await expect(all(readRecords('/nowhere.json'))).rejects.toThrow(InputError);
    await expect(all(readRecords('/nowhere.json'))).rejects.toThrow('cannot open /nowhere.json');
    const directory = await directoryOf({ 'notes.txt': '' });
    await expect(all(readRecords(directory))).rejects.toThrow('holds no .json, .ndjson or .jsonl file');
  });
});
