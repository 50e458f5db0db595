import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesEventPattern } from '../../../core/detection/event-pattern.ts';
import { type JsonValue, matchesPieces } from '../../../core/detection/wildcard.ts';

const EVENT: JsonValue = {
  source: 'aws.ec2',
  resources: ['arn:aws:ec2:us-east-1:111111111111:instance/i-0a1b2c3d'],
  empty: [],
  detail: {
    'c-count': 5,
    'x-limit': 301.8,
    'source-ip': '10.0.0.33',
    state: 'running',
    nothing: null,
    flag: true,
    blank: '',
    path: 'dir/a*b\\c.png',
    items: [
      { name: 'a', size: 1 },
      { name: 'b', size: 2 },
    ],
  },
};

const detail = (matchers: Record<string, unknown>): unknown => ({ detail: matchers });

describe('an event pattern', () => {
  it.each<[string, unknown]>([
    ['one of several values', detail({ state: ['stopped', 'running'] })],
    ['several fields', { source: ['aws.ec2'], detail: { state: ['running'] } }],
    ['a value of a list', { resources: [{ prefix: 'arn:aws:ec2:' }] }],
    ['a number, however it is written', detail({ 'x-limit': [3.018e2] })],
    ['null', detail({ nothing: [null] })],
    ['true', detail({ flag: [true] })],
    ['the empty text', detail({ blank: [''] })],
    ['a prefix', detail({ state: [{ prefix: 'run' }] })],
    ['a prefix in any case', detail({ state: [{ prefix: { 'equals-ignore-case': 'RUN' } }] })],
    ['a suffix', detail({ state: [{ suffix: 'ing' }] })],
    ['a suffix in any case', detail({ state: [{ suffix: { 'equals-ignore-case': 'ING' } }] })],
    ['a text in any case', detail({ state: [{ 'equals-ignore-case': 'Running' }] })],
    ['a wildcard', detail({ path: [{ wildcard: 'dir/*.png' }] })],
    ['an escaped asterisk and backslash', detail({ path: [{ wildcard: '*a\\*b\\\\c*' }] })],
    ['anything but a value', detail({ state: [{ 'anything-but': 'stopped' }] })],
    ['anything but some values', detail({ state: [{ 'anything-but': ['stopped', 'pending'] }] })],
    ['anything but a number', detail({ 'c-count': [{ 'anything-but': [4, 6] }] })],
    ['anything but a prefix', detail({ state: [{ 'anything-but': { prefix: 'stop' } }] })],
    ['anything but some suffixes', detail({ state: [{ 'anything-but': { suffix: ['ed', '.png'] } }] })],
    ['anything but a text in any case', detail({ state: [{ 'anything-but': { 'equals-ignore-case': ['STOPPED'] } }] })],
    ['anything but a wildcard', detail({ path: [{ 'anything-but': { wildcard: '*/lib/*' } }] })],
    ['an exact number', detail({ 'c-count': [{ numeric: ['=', 5] }] })],
    ['a range of numbers', detail({ 'c-count': [{ numeric: ['>', 0, '<=', 5] }] })],
    ['an address of a block', detail({ 'source-ip': [{ cidr: '10.0.0.0/24' }] })],
    ['any address', detail({ 'source-ip': [{ cidr: '0.0.0.0/0' }] })],
    ['a field that exists', detail({ nothing: [{ exists: true }] })],
    ['a field that does not exist', detail({ absent: [{ exists: false }] })],
    ['a field below one that does not exist', detail({ absent: { deeper: [{ exists: false }] } })],
    ['an object, of which only leaves exist', { detail: [{ exists: false }] }],
    ['two fields of one element', detail({ items: { name: ['b'], size: [2] } })],
    ['$or where one branch matches', { source: ['aws.ec2'], $or: [{ detail: { state: ['stopped'] } }, { resources: [{ exists: true }] }] }],
    ['$or within $or', detail({ $or: [{ state: ['x'] }, { state: ['running'], $or: [{ flag: [false] }, { 'c-count': [5] }] }] })],
    ['one valid matcher beside a bad one', detail({ state: [{ unknown: 1 }, 'running'] })],
  ])('matches by %s', (_, pattern) => expect(matchesEventPattern(pattern, EVENT)).toBe(true));

  it.each<[string, unknown]>([
    ['another value', detail({ state: ['stopped'] })],
    ['one field of two', { source: ['aws.ec2'], detail: { state: ['stopped'] } }],
    ['an absent field', detail({ absent: ['x'] })],
    ['anything but, of an absent field', detail({ absent: [{ 'anything-but': 'x' }] })],
    ['anything but the value', detail({ state: [{ 'anything-but': ['running', 'x'] }] })],
    ['anything but a prefix that it has', detail({ state: [{ 'anything-but': { prefix: 'run' } }] })],
    ['anything but one of two wildcards that it has', detail({ path: [{ 'anything-but': { wildcard: ['x*', 'dir/*'] } }] })],
    ['anything but texts and numbers', detail({ state: [{ 'anything-but': ['x', 1] }] })],
    ['anything but nothing', detail({ state: [{ 'anything-but': [] }] })],
    ['anything but an unknown operator', detail({ state: [{ 'anything-but': { regex: 'x' } }] })],
    ['anything but two operators', detail({ state: [{ 'anything-but': { prefix: 'x', suffix: 'y' } }] })],
    ['the number as text', detail({ 'c-count': ['5'] })],
    ['another case', detail({ state: ['Running'] })],
    ['a prefix of a number', detail({ 'c-count': [{ prefix: '5' }] })],
    ['a prefix that is a number', detail({ state: [{ prefix: 1 }] })],
    ['two wildcards in a row', detail({ path: [{ wildcard: 'dir/**' }] })],
    ['a wildcard with a bad escape', detail({ path: [{ wildcard: '\\d*' }] })],
    ['a wildcard that matches only a part', detail({ path: [{ wildcard: 'dir/*b' }] })],
    ['a range that it is not in', detail({ 'c-count': [{ numeric: ['>', 5] }] })],
    ['a range of text', detail({ state: [{ numeric: ['>', 0] }] })],
    ['a range with an unknown sign', detail({ 'c-count': [{ numeric: ['!=', 4] }] })],
    ['a range that names an inherited method', detail({ 'c-count': [{ numeric: ['toString', 4] }] })],
    ['half a range', detail({ 'c-count': [{ numeric: ['>', 0, '<'] }] })],
    ['no range', detail({ 'c-count': [{ numeric: [] }] })],
    ['another block', detail({ 'source-ip': [{ cidr: '10.0.1.0/24' }] })],
    ['a bad block', detail({ 'source-ip': [{ cidr: '10.0.0.33/33' }] })],
    ['a block of IPv6', detail({ 'source-ip': [{ cidr: '::/0' }] })],
    ['exists: false of what exists', detail({ state: [{ exists: false }] })],
    ['exists: true of an object', { detail: [{ exists: true }] }],
    ['exists: true of nothing', { empty: [{ exists: true }] }],
    ['exists as text', detail({ state: [{ exists: 'true' }] })],
    ['an unknown operator', detail({ state: [{ contains: 'run' }] })],
    ['two operators in one', detail({ state: [{ prefix: 'run', suffix: 'ing' }] })],
    ['no operator', detail({ state: [{}] })],
    ['a value that is no list', detail({ state: 'running' })],
    ['an empty list', detail({ state: [] })],
    ['no field', {}],
    ['no field within a field', { detail: {} }],
    ['two fields of two elements', detail({ items: { name: ['a'], size: [2] } })],
    ['$or where no branch matches', detail({ $or: [{ state: ['x'] }, { flag: [false] }] })],
    ['$or with one branch', detail({ $or: [{ state: ['running'] }] })],
    ['$or with an empty branch', detail({ $or: [{}, { state: ['x'] }] })],
    ['an inherited name', { constructor: { name: [{ exists: true }] } }],
    ['text', 'source'],
    ['a list', [{ source: ['aws.ec2'] }]],
    ['null', null],
    ['nothing', undefined],
  ])('does not match by %s', (_, pattern) => expect(matchesEventPattern(pattern, EVENT)).toBe(false));

  it('is applied, whatever it says', () => {
    const operand = fc.jsonValue();
    const matcher = fc.oneof(
      fc.jsonValue(),
      fc
        .tuple(
          fc.constantFrom('prefix', 'suffix', 'wildcard', 'numeric', 'cidr', 'exists', 'anything-but', 'equals-ignore-case', '__proto__'),
          operand,
        )
        .map(([operator, operand]) => ({ [operator]: operand })),
    );
    const pattern = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom('source', 'detail', '$or'), fc.oneof(fc.array(matcher), fc.jsonValue())),
    );
    fc.assert(
      fc.property(pattern, fc.jsonValue(), (pattern, event) => {
        expect(typeof matchesEventPattern(pattern, event as JsonValue)).toBe('boolean');
      }),
      { numRuns: 3000 },
    );
  });

  it('is refused where it nests beyond reason', () => {
    let pattern: unknown = ['x'];
    let event: JsonValue = 'x';
    for (let depth = 0; depth < 100_000; depth++) {
      pattern = { a: pattern };
      if (depth < 100) event = { a: event };
    }
    expect(matchesEventPattern(pattern, event)).toBe(false);
  });

  it('matches the event that it was made of', () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const name = fc.constantFrom('a', 'b', 'c');
    const tree = fc.letrec<{ tree: JsonValue }>((tie) => ({
      tree: fc.dictionary(name, fc.oneof({ maxDepth: 3 }, leaf, tie('tree')), {
        minKeys: 1,
        noNullPrototype: true,
      }) as fc.Arbitrary<JsonValue>,
    })).tree;
    const patternOf = (value: JsonValue): unknown =>
      typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, patternOf(inner)]))
        : [value];
    fc.assert(fc.property(tree, (event) => matchesEventPattern(patternOf(event), event)));
  });
});

describe('pieces of a wildcard', () => {
  it('match what the same regular expression matches', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 3 }), { minLength: 1, maxLength: 4 }),
        letters,
        (pieces, text) => {
          expect(matchesPieces(pieces, text)).toBe(new RegExp(`^${pieces.join('.*')}$`).test(text));
        },
      ),
      { numRuns: 5000 },
    );
  });
});
