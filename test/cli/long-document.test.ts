import { describe, expect, it } from 'vitest';
import { LongDocument, MAX_DEPTH, MAX_RECORD } from '../../cli/long-document.ts';
import { type InputRecord, recordsIn } from '../../cli/records.ts';

/** A text as a stream of pieces of `size` bytes. */
async function* pieces(text: string, size = 65_536): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(stream: AsyncIterable<Uint8Array>): Promise<InputRecord[]> {
  const records: InputRecord[] = [];
  for await (const record of recordsIn(stream, 'a.json')) records.push(record);
  return records;
}

/** Reads a text as a long document, in pieces of each size. */
function stream(text: string, size: number): InputRecord[] {
  const long = new LongDocument('a.json', 3);
  const bytes = Buffer.from(text);
  const records: InputRecord[] = [];
  for (let at = 0; at < bytes.length; at += size) records.push(...long.add(bytes.subarray(at, at + size)));
  return [...records, ...long.end()];
}

const documents = (records: readonly InputRecord[]): unknown[] =>
  records.map((record) => ('document' in record ? record.document : record.error));

describe('a document as a stream', () => {
  it.each<[string, string, unknown[]]>([
    ['a list', '[{"a":1}, {"b":[{}]}]', [{ a: 1 }, { b: [{}] }]],
    ['a list of other values', '[1, -2.5e3, "x", null, true, [], [1]]', [1, -2500, 'x', null, true, [], [1]]],
    ['an empty list', '[]', []],
    ['an object without a list of items', '{"a":{"configurationItems":[1]},"b":"x"}', [{ a: { configurationItems: [1] }, b: 'x' }]],
    [
      'the items of an object, and then the rest of it',
      '{"fileVersion":"1.0","configurationItems":[{"a":1},{"b":2}],"nextToken":"n"}',
      [
        { configurationItems: [{ a: 1 }] },
        { configurationItems: [{ b: 2 }] },
        { fileVersion: '1.0', configurationItems: [], nextToken: 'n' },
      ],
    ],
    ['several documents', '{"a":1}{"b":2}[3]', [{ a: 1 }, { b: 2 }, 3]],
    ['keys like those of every object', '[{"__proto__":{"a":1},"constructor":2}]', [JSON.parse('{"__proto__":{"a":1},"constructor":2}')]],
    ['characters of several bytes, and escapes', '["é€😀\\u00e9\\ud83d\\ude00\\"}"]', ['é€😀é😀"}']],
  ])('yields %s, whatever the pieces', (_, text, expected) => {
    for (const size of [1, 2, 3, 7, 1000]) expect(documents(stream(text, size))).toEqual(expected);
  });

  it('names the item at its place', () => {
    expect(stream('{"Records":[{"a":1},{"b":2}]}', 5)).toEqual([
      { file: 'a.json', line: 3, item: 1, document: { Records: [{ a: 1 }] } },
      { file: 'a.json', line: 3, item: 2, document: { Records: [{ b: 2 }] } },
      { file: 'a.json', line: 3, document: { Records: [] } },
    ]);
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['a broken value', '[{"a":1},{"b":tru}]', /^not valid JSON: .*; csmm read the items before/],
    ['no end', '[{"a":1},{"b":2', /^not valid JSON: the document that starts here has no end; csmm read the items before/],
    ['bytes that are no UTF-8', Buffer.concat([Buffer.from('[{"a":1},"'), Buffer.from([0xff, 0xfe, 0x22])]), /^not UTF-8 text; /],
    ['a million brackets', `[{"a":1},${'['.repeat(1_000_010)}`, /^not valid JSON: nested deeper than 1,000,000 levels/],
  ])('with %s gives the items before it, and a reason', (_, text, reason) => {
    const long = new LongDocument('a.json', 1);
    const records = [...long.add(Buffer.from(text)), ...long.end()];
    expect(records.at(0)).toMatchObject({ item: 1, document: { a: 1 } });
    expect(records.at(-1)).toMatchObject({ item: 2, error: expect.stringMatching(reason) });
    expect(records).toHaveLength(2);
  });

  it('rejects an item that is too large or too deep alone', () => {
    const large = `{"a":"${'x'.repeat(MAX_RECORD + 1)}"}`;
    const deep = `${'{"a":'.repeat(MAX_DEPTH + 2)}1${'}'.repeat(MAX_DEPTH + 2)}`;
    expect(documents(stream(`{"configurationItems":[{"n":1},${large},{"n":2},${deep},{"n":3}]}`, 65_536))).toEqual([
      { configurationItems: [{ n: 1 }] },
      expect.stringMatching(/^larger than 16 MB/),
      { configurationItems: [{ n: 2 }] },
      'nested deeper than 1,000 levels',
      { configurationItems: [{ n: 3 }] },
      { configurationItems: [] },
    ]);
  });
});

const ITEM = { a: 'x'.repeat(1000) };
const MANY = 6000;
const items = Array.from({ length: MANY }, (_, n) => ({ ...ITEM, n }));

describe('a text with a long document', () => {
  it.each<[string, string]>([
    ['on one line', JSON.stringify({ fileVersion: '1.0', configurationItems: items })],
    ['on many lines', JSON.stringify({ fileVersion: '1.0', configurationItems: items }, null, 1)],
  ])('%s is read item by item, and the text behind it too', async (_, text) => {
    const records = await all(pieces(`\uFEFF${text}\n{"after":1}\n`));
    expect(records).toHaveLength(MANY + 2);
    expect(records[0]).toMatchObject({ line: 1, item: 1, document: { configurationItems: [{ n: 0 }] } });
    expect(records[MANY - 1]).toMatchObject({ line: 1, item: MANY, document: { configurationItems: [{ n: MANY - 1 }] } });
    expect(records.slice(-2).map((record) => 'document' in record && record.document)).toEqual([
      { fileVersion: '1.0', configurationItems: [] },
      { after: 1 },
    ]);
  });

  it.each<[string, string]>([
    ['in a list on one line', JSON.stringify(items)],
    ['in a list, all on its second line', `[\n${items.map((item) => JSON.stringify(item)).join(',')}\n]`],
    ['in a list, the first on its own line', `[\n{"n":-1}\n,${items.map((item) => JSON.stringify(item)).join(',')}]`],
  ])('gives the elements %s', async (_, text) => {
    const records = await all(pieces(text));
    expect(records.filter((record) => 'document' in record).slice(-MANY)).toHaveLength(MANY);
    expect(records.filter((record) => 'error' in record)).toEqual([]);
    expect(records.at(-1)).toMatchObject({ document: { n: MANY - 1 } });
  });

  it('that is broken gives the items before, one reason, and the next document', async () => {
    const text = JSON.stringify({ configurationItems: items });
    const at = text.indexOf('"n":5000') + 4;
    for (const broken of [
      `${text.slice(0, at)}tru${text.slice(at)}`,
      JSON.stringify(JSON.parse(text), null, 1).replace('"n": 5000', '"n": tru'),
    ]) {
      const records = await all(pieces(`${broken}\n{"after":1}\n`));
      expect(records.filter((record) => 'document' in record)).toHaveLength(5001);
      expect(records.filter((record) => 'error' in record)).toEqual([expect.objectContaining({ line: 1, item: 5001 })]);
      expect(records.at(-1)).toMatchObject({ document: { after: 1 } });
    }
  });

  it('is left after 256 MB without a record', async () => {
    async function* zeros(): AsyncGenerator<Uint8Array> {
      for (let n = 0; n < 100_000; n++) yield new Uint8Array(65_536);
    }
    expect(await all(zeros())).toEqual([
      { file: 'a.json', line: 1, error: 'not valid JSON: expected a value' },
      { file: 'a.json', line: 1, error: 'no record in 256 MB of text; csmm reads no further in this file' },
    ]);
  });
});

describe('a document with a broken item', () => {
  it.each<[string, string, unknown[]]>([
    [
      'gives the items around it',
      '{"configurationItems":[{"a":1},{"b":tru},{"c":3}],"x":1}',
      [{ configurationItems: [{ a: 1 }] }, expect.stringMatching(/^not valid JSON/), { configurationItems: [{ c: 3 }] }],
    ],
    [
      'gives the items before its end, if it is cut off',
      '{"x":1,"Records": [ {"a":1} , {"b":',
      [{ Records: [{ a: 1 }] }, expect.stringMatching(/^not valid JSON/)],
    ],
    [
      'says so, if the break is outside of the items',
      '{"x":tru,"baseConfigurationItems":[{"a":1}]}',
      [{ baseConfigurationItems: [{ a: 1 }] }, 'not valid JSON around its list of items; csmm read the items'],
    ],
  ])('%s', async (_, text, expected) => {
    expect(documents(await all(pieces(text)))).toEqual(expected);
    expect(documents(await all(pieces(text.replaceAll(/([[{,])/g, '$1\n'))))).toEqual(expected);
  });
});

describe('another form of file', () => {
  it.each<[string, number[]]>([
    ['UTF-16', [0xff, 0xfe, 0x7b, 0]],
    ['a zip archive', [0x50, 0x4b, 3, 4]],
    ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
    ['xz', [0xfd, 0x37, 0x7a, 0x58]],
    ['bzip2', [0x42, 0x5a, 0x68, 0x39]],
  ])('is named: %s', async (name, bytes) => {
    const { readFileRecords } = await import('../../cli/records.ts');
    const { directoryOf } = await import('./support.ts');
    const path = `${await directoryOf({ 'a.json': Uint8Array.from(bytes) })}/a.json`;
    const records: InputRecord[] = [];
    for await (const record of readFileRecords({ path })) records.push(record);
    expect(records).toEqual([{ file: path, line: 0, error: expect.stringMatching(new RegExp(`cannot be read: it is .*${name}.*Fix: `)) }]);
  });
});
