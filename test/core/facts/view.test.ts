import { describe, expect, it } from 'vitest';
import { factParser } from '../../../core/facts/parser.ts';
import { count, flag, listOf, mapOf, text } from '../../../core/facts/shape.ts';
import { type Complaints, View } from '../../../core/facts/view.ts';

function view(value: unknown) {
  const complaints: Complaints = { last: undefined };
  return { of: new View(value, complaints, undefined, 'configuration'), complaints };
}

describe('a view', () => {
  it.each<[string, unknown, string[], unknown]>([
    ['as it is spelled', { encrypted: 1 }, ['encrypted'], 1],
    ['in PascalCase', { Encrypted: 1 }, ['encrypted'], 1],
    ['in camelCase', { encrypted: 1 }, ['Encrypted'], 1],
    ['as it is spelled before the other case', { encrypted: 1, Encrypted: 2 }, ['encrypted'], 1],
    ['under the first name that exists', { b: 2, c: 3 }, ['a', 'b', 'c'], 2],
    ['that is null under a name before others', { a: null, b: 2 }, ['a', 'b'], null],
    ['not in any other case', { ENCRYPTED: 1 }, ['encrypted'], undefined],
    ['not of an object without it', {}, ['encrypted'], undefined],
    ['not if it is inherited', {}, ['constructor', 'toString', '__proto__', 'hasOwnProperty'], undefined],
    ['of its own, with any name', JSON.parse('{"__proto__":1}'), ['__proto__'], 1],
    ['not of a list', ['x'], ['0', 'length'], undefined],
    ['not of a text', 'text', ['length', '0'], undefined],
    ['not of null', null, ['a'], undefined],
  ])('finds a member %s', (_, value, keys, found) => {
    const { of, complaints } = view(value);
    expect(of.at(...keys).raw()).toBe(found);
    expect(complaints.last).toBe(typeof value === 'string' || Array.isArray(value) ? 'configuration is not an object' : undefined);
  });

  it.each<[string, unknown, unknown, string | undefined]>([
    ['a text that has one', 'NONE', false, undefined],
    ['another text', 'AES', undefined, 'configuration is not one of KMS, NONE'],
    ['the name of an inherited member', 'toString', undefined, 'configuration is not one of KMS, NONE'],
    ['a value that is no text', true, undefined, 'configuration is not text'],
    ['nothing', null, undefined, undefined],
  ])('gives the meaning of %s', (_, value, meaning, complaint) => {
    const { of, complaints } = view(value);
    expect([of.meaning({ KMS: true, NONE: false }), complaints.last]).toEqual([meaning, complaint]);
  });

  it.each<[keyof View & ('text' | 'flag' | 'number'), unknown, unknown]>([
    ['text', 'a', 'a'],
    ['text', '', ''],
    ['text', 7, 'complaint'],
    ['text', ['a'], 'complaint'],
    ['flag', true, true],
    ['flag', false, false],
    ['flag', 'true', true],
    ['flag', 'false', false],
    ['flag', 'True', 'complaint'],
    ['flag', 1, 'complaint'],
    ['flag', 0, 'complaint'],
    ['flag', '', 'complaint'],
    ['flag', {}, 'complaint'],
    ['number', 22, 22],
    ['number', '22', 22],
    ['number', '22.0', 22],
    ['number', -1, -1],
    ['number', '', 'complaint'],
    ['number', ' ', 'complaint'],
    ['number', 'x', 'complaint'],
    ['number', Number.POSITIVE_INFINITY, 'complaint'],
    ['number', Number.NaN, 'complaint'],
    ['number', '1e999', 'complaint'],
    ['number', [22], 'complaint'],
    ['number', true, 'complaint'],
    ['text', null, undefined],
    ['flag', undefined, undefined],
    ['number', null, undefined],
  ])('reads a %s from %j', (kind, value, expected) => {
    const { of, complaints } = view({ a: value });
    expect(of.at('a')[kind]()).toBe(expected === 'complaint' ? undefined : expected);
    expect(complaints.last).toEqual(
      expected === 'complaint' ? expect.stringMatching(/^configuration\.a is not (text|a boolean|a number)$/) : undefined,
    );
  });

  it('reads a list, and complains about any other value', () => {
    const { of, complaints } = view({ a: [1, 'x'], b: { 0: 1 }, c: 'x', d: null });
    expect(
      of
        .at('a')
        .list()
        ?.map((element) => element.raw()),
    ).toEqual([1, 'x']);
    expect(of.at('d').list()).toBeUndefined();
    expect(complaints.last).toBeUndefined();
    expect(of.at('b').list()).toBeUndefined();
    expect(complaints.last).toBe('configuration.b is not a list');
    expect(of.at('c').list()).toBeUndefined();
    expect(complaints.last).toBe('configuration.c is not a list');
    expect(
      view({ e: [1, null] })
        .of.at('e')
        .list(),
    ).toBeUndefined();
  });

  it('names the position in its complaint', () => {
    const { of, complaints } = view({ rules: [{ ports: [{ from: {} }] }] });
    of.at('rules').list()?.[0]?.at('ports').list()?.[0]?.at('from').number();
    expect(complaints.last).toBe('configuration.rules[0].ports[0].from is not a number');
  });

  it.each<[string, unknown, unknown]>([
    ['an object', '{"a":1}', { a: 1 }],
    ['a URL-encoded object', '%7B%22a%22%3A%22%25%22%7D', { a: '%' }],
    ['null', 'null', null],
    ['other values stay as they are', { a: 1 }, { a: 1 }],
    ['nothing, as it is', undefined, undefined],
  ])('reads JSON in a text: %s', (_, value, parsed) => {
    const { of, complaints } = view(value);
    expect(of.json().raw()).toEqual(parsed);
    expect(complaints.last).toBeUndefined();
  });

  it.each(['', '{', '{"a":1', 'hello', '%', '%E0%A4%A', '%7B'])('complains about a text that is not JSON: %j', (text) => {
    const { of, complaints } = view({ a: text });
    expect(of.at('a').json().exists).toBe(false);
    expect(complaints.last).toBe('configuration.a is not JSON');
  });

  it.each<[unknown, boolean, boolean]>([
    [undefined, false, false],
    [null, false, false],
    [0, true, false],
    ['', true, false],
    [[], true, false],
    [{}, true, true],
  ])('distinguishes absent values and objects: %j', (value, exists, isObject) => {
    const { of } = view(value);
    expect([of.exists, of.isObject]).toEqual([exists, isObject]);
  });
});

describe('a parser of facts', () => {
  const item = (changes: object) => ({
    resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::EC2::Volume', resourceId: 'vol-1' },
    capturedAt: '2026-01-01T00:00:00.000Z',
    state: 'recorded' as const,
    configuration: undefined,
    supplementaryConfiguration: undefined,
    tags: undefined,
    relationships: undefined,
    ...changes,
  });
  const shapes = { a: count, b: flag, tags: mapOf(text), related: listOf(text) };
  const parser = factParser<{ a?: number; b?: boolean; tags?: Readonly<Record<string, string>>; related?: readonly string[] }>(shapes, {
    a: ({ configuration }) => configuration.at('a').number(),
    b: ({ supplementary }) => supplementary.at('b').flag(),
    tags: ({ tags }) => tags(),
    related: ({ related }) => related('AWS::EC2::Instance'),
  });

  it('returns every fact, or a reason for a missing one', () => {
    const { facts, missing } = parser.parse(item({ configuration: { a: 'x' }, supplementaryConfiguration: '{"b":false}' }));
    expect(facts).toEqual({ b: false, related: [] });
    expect(missing).toEqual({ a: 'configuration.a is not a number', tags: 'not in the configuration item' });
    expect(parser.names).toEqual(['a', 'b', 'tags', 'related']);
  });

  it.each<[string, unknown]>([
    ['text', 'garbage'],
    ['a number', 7],
    ['a list', [1]],
    ['null', null],
    ['the text null', 'null'],
  ])('reads no fact from %s', (_, configuration) => {
    expect(parser.parse(item({ configuration, supplementaryConfiguration: configuration })).facts).toEqual({ related: [] });
  });

  it.each<[string, unknown, unknown]>([
    ['an object', { team: 'shop', n: 7 }, { team: 'shop', n: '' }],
    ['a list', [{ key: 'team', value: 'shop' }, { Key: 'x' }, { tagKey: 'y', tagValue: 'z' }], { team: 'shop', x: '', y: 'z' }],
    ['JSON text', '{"team":"shop"}', { team: 'shop' }],
    ['a list with an element that is not a tag', [{ key: 'team', value: 'shop' }, 7], undefined],
    ['a text', 'team=shop', undefined],
    ['null', null, undefined],
  ])('reads tags from %s', (_, tags, expected) => {
    expect(parser.parse(item({ tags })).facts.tags).toEqual(expected);
  });

  it('keeps a tag with the key __proto__ as a tag', () => {
    const { tags } = parser.parse(item({ tags: JSON.parse('{"__proto__":"x","constructor":"y"}') })).facts as { tags: object };
    expect(Object.entries(tags)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(Object.getPrototypeOf(tags)).toBe(Object.prototype);
  });

  it.each<[string, unknown]>([
    [
      'a list',
      [
        { resourceType: 'AWS::EC2::Instance', resourceId: 'i-1' },
        { resourceType: 'AWS::EC2::Instance', resourceName: 'n' },
      ],
    ],
    ['JSON text', '[{"resourceType":"AWS::EC2::Instance","resourceId":"i-1"},{"ResourceType":"AWS::EC2::Instance","ResourceName":"n"}]'],
    [
      'a list with other things',
      [
        { resourceType: 'AWS::EC2::VPC', resourceId: 'v' },
        { resourceType: 'AWS::EC2::Instance', resourceId: 'i-1' },
        { resourceType: 'AWS::EC2::Instance', resourceId: null, resourceName: 'n' },
      ],
    ],
  ])('reads related resources from %s', (_, relationships) => {
    expect(parser.parse(item({ relationships })).facts.related).toEqual(['i-1', 'n']);
  });
});
