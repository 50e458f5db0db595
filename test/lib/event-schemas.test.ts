import { describe, expect, it } from 'vitest';
import { readEventSchemas } from '../../lib/event-schemas.ts';

/** Keywords of JSON Schema draft 4 that the schemas may use: https://json-schema.org/draft-04/schema */
const DRAFT_4 = new Set([
  '$schema',
  'title',
  'description',
  'type',
  'enum',
  'required',
  'properties',
  'additionalProperties',
  'items',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'minLength',
  'pattern',
]);

function keywordsOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]) => {
    if (keyword === 'properties') return [keyword, ...Object.values(value as object).flatMap(keywordsOf)];
    return [keyword, ...(keyword === 'items' || keyword === 'additionalProperties' ? keywordsOf(value) : [])];
  });
}

describe('the schemas for the registry', () => {
  it('are those of the three events', () => {
    expect(readEventSchemas().map(({ name }) => name)).toEqual([
      'control-status-changed',
      'level-changed',
      'remediation-changed',
      'score-changed',
    ]);
  });

  it.each(readEventSchemas().map(({ name, content }) => [name, content] as const))(
    '%s is written in draft 4, the only dialect that the registry knows',
    (_, content) => {
      expect(content).toMatchObject({ $schema: 'http://json-schema.org/draft-04/schema#' });
      expect(keywordsOf(content).filter((keyword) => !DRAFT_4.has(keyword))).toEqual([]);
    },
  );
});
