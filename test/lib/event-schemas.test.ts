import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readEventSchemas, toDraft4 } from '../../lib/event-schemas.ts';

const $schema = 'http://json-schema.org/draft-04/schema#';

describe('a schema in draft 4', () => {
  it.each([
    ['names its dialect', { $schema: 'https://json-schema.org/draft/2020-12/schema' }, {}],
    ['has an id without a dollar sign', { $id: 'urn:x' }, { id: 'urn:x' }],
    ['says a constant as an enumeration', { const: 1 }, { enum: [1] }],
    ['says an exclusive limit in two words', { exclusiveMinimum: 0 }, { minimum: 0, exclusiveMinimum: true }],
    ['keeps its definitions under the old name', { $defs: { a: { const: 1 } } }, { definitions: { a: { enum: [1] } } }],
    ['refers to its definitions', { items: { $ref: '#/$defs/a' } }, { items: { $ref: '#/definitions/a' } }],
    [
      'keeps a property whose name is a keyword',
      { properties: { const: { type: 'string' } } },
      { properties: { const: { type: 'string' } } },
    ],
    ['keeps data that looks like a schema', { enum: [{ const: 1 }] }, { enum: [{ const: 1 }] }],
    ['leaves out remarks', { $comment: 'x', examples: [1], type: 'number' }, { type: 'number' }],
  ])('%s', (_, schema, converted) => {
    expect(toDraft4(schema)).toEqual({ ...converted, $schema });
  });

  it('is refused where draft 4 cannot say it', () => {
    expect(() => toDraft4({ properties: { a: { if: {} } } })).toThrow(/no keyword if/);
  });
});

describe('the folder of event schemas', () => {
  it('gives every schema by its name, and nothing else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'schemas-'));
    writeFileSync(join(folder, 'b.schema.json'), '{"type":"object"}');
    writeFileSync(join(folder, 'a.schema.json'), '{}');
    writeFileSync(join(folder, 'README.md'), '');
    expect(readEventSchemas(pathToFileURL(`${folder}/`))).toEqual([
      { name: 'a', content: { $schema } },
      { name: 'b', content: { type: 'object', $schema } },
    ]);
    rmSync(folder, { recursive: true });
  });

  it('may be missing', () => {
    expect(readEventSchemas(new URL('./nowhere/', import.meta.url))).toEqual([]);
  });
});
