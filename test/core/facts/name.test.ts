import { describe, expect, it } from 'vitest';
import { parseFacts, parserOf } from '../../../core/facts/index.ts';
import type { ConfigItem } from '../../../core/facts/parser.ts';

const TYPE = 'AWS::EC2::Volume';
const parsed = (more: Partial<ConfigItem>) =>
  parseFacts(
    {
      resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: TYPE, resourceId: 'vol-1' },
      capturedAt: '2026-01-01T00:00:00.000Z',
      state: 'recorded',
      configuration: {},
      supplementaryConfiguration: {},
      tags: {},
      relationships: [],
      ...more,
    },
    parserOf(TYPE)!,
  );

describe('the name of a resource', () => {
  it.each<[string, Partial<ConfigItem>, string | undefined]>([
    ['is the resourceName of the item', { resourceName: 'orders', tags: { Name: 'tag' } }, 'orders'],
    ['is the tag Name in an object', { tags: { Name: 'tag' } }, 'tag'],
    [
      'is the tag Name in a list of AWS Config',
      {
        tags: [
          { key: 'a', value: 'b' },
          { key: 'Name', value: 'tag' },
        ],
      },
      'tag',
    ],
    ['is the tag Name in a list of an API', { tags: [{ Key: 'Name', Value: 'tag' }] }, 'tag'],
    ['is absent if the ID contains it', { resourceName: 'vol-1' }, undefined],
    ['is absent if it is empty', { resourceName: '', tags: { Name: '' } }, undefined],
    ['is absent if it is not a text', { resourceName: { toString: 'x' }, tags: [null, 7, { key: 'Name', value: ['x'] }] }, undefined],
    ['has no half of a character, and nothing that is no character', { resourceName: 'a\ud83d b\ufffe👍' }, 'a\ufffd b\ufffd👍'],
    ['is not cut within a character', { resourceName: `${'x'.repeat(255)}👍` }, `${'x'.repeat(255)}\ufffd`],
    ['is cut at 256 characters', { resourceName: 'x'.repeat(1000) }, 'x'.repeat(256)],
  ])('%s', (_, item, name) => expect(parsed(item)?.name).toBe(name));
});

describe('the reason of a missing fact', () => {
  it('names the source of the evidence', () => {
    expect(parsed({})?.missing.encrypted).toBe('not in the configuration item');
    expect(parsed({ source: 'api' })?.missing.encrypted).toBe('not in the API response');
  });
});
