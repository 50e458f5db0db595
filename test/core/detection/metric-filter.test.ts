import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFilterRegex } from '../../../core/detection/filter-regex.ts';
import {
  type Condition,
  type FilterPattern,
  matchesFilter,
  parseFilterPattern,
  type Selector,
  textLiteral,
} from '../../../core/detection/metric-filter.ts';
import type { JsonValue } from '../../../core/detection/wildcard.ts';

/** The examples of the documentation, in one event. */
const EVENT: JsonValue = {
  eventType: 'UpdateTrail',
  sourceIPAddress: '111.111.111.111',
  arrayKey: ['value', 'another value'],
  objectList: [
    { name: 'a', id: 1 },
    { name: 'b', id: 2 },
  ],
  SomeObject: null,
  ThisFlag: true,
  ThatFlag: false,
  user: { id: 1, email: 'John.Stiles@example.com', 'full-name': 'John', 'cluster.name': 'c' },
  users: [{ id: 2, email: 'John.Doe@example.com' }],
  actions: ['GET', 'PUT', 'DELETE'],
  coordinates: [
    [0, 1, 2],
    [4, 5, 6],
  ],
  latency: 550.5,
  recipientAccountId: '123456789012',
  quoted: 'says "no" to \\',
};

const matches = (text: string, event: JsonValue = EVENT): boolean | 'bad syntax' => {
  const pattern = parseFilterPattern(text);
  return pattern === undefined ? 'bad syntax' : matchesFilter(pattern, event);
};

describe('a filter pattern on JSON', () => {
  it.each([
    '{ $.eventType = "UpdateTrail" }',
    '{$.eventType=UpdateTrail}',
    '  {\n\t$.eventType\n=\nUpdateTrail }\n',
    '{ $.sourceIPAddress != 123.123.* }',
    '{ $.sourceIPAddress = 111.* }',
    '{ $.eventType = *Trail }',
    '{ $.eventType = "*dateTr*" }',
    '{ $.eventType = * }',
    '{ $.arrayKey[0] = "value" }',
    '{ $.arrayKey[*] = "another value" }',
    '{ $.objectList[1].id = 2 }',
    '{ $.objectList[*].name = b }',
    '{ $.user.* = John }',
    '{ $.coordinates[0][1] = 1 }',
    '{ $.user["email"] = "John*" }',
    "{ $.user.['cluster.name'] = c }",
    '{ $.["user"].full-name = John }',
    '{ $.SomeObject IS NULL }',
    '{ $.SomeOtherObject NOT EXISTS }',
    '{ $.eventType.deeper NOT EXISTS }',
    '{ $.toString NOT EXISTS }',
    '{ $.ThisFlag IS TRUE }',
    '{ $.ThatFlag IS FALSE }',
    '{ $.ThisFlag = * }',
    '{ $.latency >= 500 }',
    '{ $.latency > +5.5e2 && $.latency <= 550.50 && $.latency < 10e3 }',
    '{ $.latency = 550.50 }',
    '{ $.latency != -1 }',
    '{ $.latency = 55* }',
    '{ $.recipientAccountId = 123456789012 }',
    '{ $.quoted = "says \\"no\\" to \\\\" }',
    '{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }',
    '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }',
    '{ (($.user.id = 2)) || ((($.user.id = 1))) }',
    '{ $.eventType = %^Update% }',
    '{ $.eventType = %[a-z]Tra% && $.user.email != %^Jane% }',
    '%"eventType":"Up[a-z]+Trail"%',
    '%^."eventType%',
  ])('matches by %s', (pattern) => expect(matches(pattern)).toBe(true));

  it.each([
    ['a misspelt value', '{ $.eventType = UpdateTrial }'],
    ['the wrong case of a value', '{ $.eventType = updatetrail }'],
    ['the wrong case of a name', '{ $.eventtype = UpdateTrail }'],
    ['a value that only begins so', '{ $.eventType = Update }'],
    ['a wildcard within a value, which stands for itself', '{ $.eventType = Up*Trail }'],
    ['a range of addresses that holds the address', '{ $.sourceIPAddress != 111.* }'],
    ['another element', '{ $.arrayKey[1] = "value" }'],
    ['an element that is not there', '{ $.arrayKey[2] = * }'],
    ['!= of something absent', '{ $.nothing != "x" }'],
    ['= of something absent', '{ $.nothing = * }'],
    ['= of a list', '{ $.actions = GET }'],
    ['!= of a list', '{ $.actions != GET }'],
    ['= of an object', '{ $.user = * }'],
    ['!= of an object', '{ $.user != x }'],
    ['!= of null', '{ $.SomeObject != x }'],
    ['!= of a flag', '{ $.ThisFlag != x }'],
    ['!= where one element of many equals', '{ $.actions[*] != GET }'],
    ['!= of no element', '{ $.nothing[*] != GET }'],
    ['NOT EXISTS of null', '{ $.SomeObject NOT EXISTS }'],
    ['NOT EXISTS of an object', '{ $.user NOT EXISTS }'],
    ['IS NULL of something absent', '{ $.nothing IS NULL }'],
    ['IS TRUE of a text', '{ $.eventType IS TRUE }'],
    ['IS FALSE of a true flag', '{ $.ThisFlag IS FALSE }'],
    ['an order of texts', '{ $.recipientAccountId > 1 }'],
    ['an order that does not hold', '{ $.latency > 550.5 }'],
    ['&& where one side fails', '{ $.user.id = 1 && $.users[0].id = 1 }'],
    ['parentheses that change the order', '{ ($.user.id = 1 || $.a = b) && $.actions[2] = nomatch }'],
    ['a regular expression that does not match', '{ $.eventType = %^Trail% }'],
    ['a regular expression with != that matches', '{ $.eventType != %Trail$% }'],
    ['a regular expression on a number', '{ $.latency = %5% }'],
    ['a regular expression with != of something absent', '{ $.nothing != %x% }'],
    ['a name that every object inherits', '{ $.constructor.name = * }'],
    ['a regular expression alone', '%CreateTrail%'],
  ])('does not match by %s', (_, pattern) => expect(matches(pattern)).toBe(false));

  it.each([
    '{',
    '}',
    '{}',
    '{ }',
    '{ $ = x }',
    '{ $.a }',
    '{ $.a = }',
    '{ $.a = x',
    '$.a = x }',
    '{ a = x }',
    '{ $.a == x }',
    '{ $.a ! x }',
    '{ $.a = x y }',
    "{ $.a = 'x' }",
    '{ $.a = “x” y }',
    '{ $.a = "x }',
    '{ $.a = %x }',
    '{ $.a = x & $.b = y }',
    '{ $.a = x && }',
    '{ && $.a = x }',
    '{ $.a = x || || $.b = y }',
    '{ ($.a = x }',
    '{ $.a = x) }',
    '{ ($.a = x) ($.b = y) }',
    '{ !($.a = x) }',
    '{ $.a > x }',
    '{ $.a > "5" }',
    '{ $.a IS }',
    '{ $.a IS NOT NULL }',
    '{ $.a EXISTS }',
    '{ $.a NOT  }',
    '{ $.aNOT EXISTS }',
    '{ $.a is null }',
    '{ $.a IN (x, y) }',
    '{ $.a[*].b[*] = x }',
    '{ $.a[-1] = x }',
    '{ $.a. b = x }',
    `{ ${'('.repeat(100)}$.a = x${')'.repeat(100)} }`,
    `{ $.a = ${'x'.repeat(1024)} }`,
    '[ip, user, ...]',
    '{ $.a = %(x)% }',
    '%%',
    'two-words',
    'ERROR ?FATAL',
    '"open',
    '- ERROR',
    'a"b"',
  ])('has bad syntax in %s', (pattern) => expect(matches(pattern)).toBe('bad syntax'));

  it('is applied to objects alone', () => {
    expect(matches('{ $.a NOT EXISTS }', 'text')).toBe(false);
    expect(matches('{ $.a NOT EXISTS }', null)).toBe(false);
    expect(matches('{ $.a NOT EXISTS }', {})).toBe(true);
  });
});

describe('a filter pattern of terms', () => {
  const event: JsonValue = { level: 'ERROR', message: 'two words' };
  it.each([
    '',
    '   ',
    '""',
    'ERROR',
    '"two words"',
    'ERROR words',
    '?FATAL ?ERROR',
    'ERROR -FATAL',
    '-FATAL',
    'ERR',
    '"\\"level\\":\\"ERROR\\""',
  ])('matches by %j', (pattern) => expect(matches(pattern, event)).toBe(true));
  it.each(['error', 'ERROR FATAL', '"words two"', '?FATAL ?WARN', 'ERROR -words', '-ERROR', '"level: ERROR"'])(
    'does not match by %j',
    (pattern) => expect(matches(pattern, event)).toBe(false),
  );
});

describe('any filter pattern', () => {
  const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
  const printSelector = (selector: Selector) =>
    `$${selector.map((step) => (step === '*' ? '.*' : 'key' in step ? `["${step.key}"]` : `[${step.index}]`)).join('')}`;
  const print = (condition: Condition, space: string): string => {
    switch (condition.kind) {
      case 'and':
      case 'or':
        return condition.of.map((part) => `(${print(part, space)})`).join(`${space}${condition.kind === 'and' ? '&&' : '||'}${space}`);
      case 'is':
        return `${printSelector(condition.selector)} IS ${condition.state}`;
      case 'not-exists':
        return `${printSelector(condition.selector)} NOT EXISTS`;
      case 'compare': {
        const { kind, text } = condition.value;
        const value = kind === 'quoted' ? quote(text) : kind === 'regex' ? `%${text}%` : text;
        return [printSelector(condition.selector), condition.operator, value].join(space);
      }
    }
  };

  const key = fc.constantFrom('a', 'b.c', 'd-e', '').map((key) => ({ key }));
  const index = fc.nat(3).map((index) => ({ index }));
  const selector: fc.Arbitrary<Selector> = fc
    .tuple(key, fc.array(fc.oneof(key, index), { maxLength: 2 }), fc.constantFrom<Selector>([], ['*']))
    .map(([first, rest, last]) => [first, ...rest, ...last]);
  const literal = fc.oneof(
    fc
      .string({ unit: fc.constantFrom('a', '*', '"', '\\', ' ', ')', '|', '}', '%'), maxLength: 5 })
      .map((text) => textLiteral('quoted', text)),
    fc.constantFrom('a', '*', 'a.b*', '12', '-1.5e3').map((text) => textLiteral('bare', text)),
    fc.constantFrom('[ab]', 'a+', '\\%').map((text) => ({ kind: 'regex' as const, text, regex: parseFilterRegex(text)! })),
  );
  const leaf: fc.Arbitrary<Condition> = fc.oneof(
    fc.record({ kind: fc.constant('compare' as const), selector, operator: fc.constantFrom('=' as const, '!=' as const), value: literal }),
    fc.record({
      kind: fc.constant('compare' as const),
      selector,
      operator: fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const),
      value: fc.constantFrom('0', '+12', '-1.5e-3').map((text) => textLiteral('bare', text)),
    }),
    fc.record({ kind: fc.constant('is' as const), selector, state: fc.constantFrom('NULL' as const, 'TRUE' as const, 'FALSE' as const) }),
    fc.record({ kind: fc.constant('not-exists' as const), selector }),
  );
  const condition = fc.letrec<{ condition: Condition }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), of: fc.array(tie('condition'), { minLength: 2, maxLength: 3 }) }),
    ),
  })).condition;

  it('is read as what was written', () => {
    fc.assert(
      fc.property(condition, fc.constantFrom('', ' ', '\n  '), (condition, space) => {
        const text = `{${print(condition, space)}}`;
        fc.pre(text.length <= 1024);
        // As JSON, because a regular expression has functions.
        expect(JSON.stringify(parseFilterPattern(text))).toEqual(JSON.stringify({ kind: 'json', condition } satisfies FilterPattern));
      }),
      { numRuns: 2000 },
    );
  });

  it('is read and applied, or is refused, whatever it says', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('{', '}', '(', ')', '$', '.', '[', ']', '*', '"', '\\', '%', '&&', '||', '=', '!', ' ', 'a', '1', '-', '?'),
      maxLength: 60,
    });
    const nested = hostile.map((text) => `{ $.a = ${text} }`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), hostile, nested), fc.jsonValue(), (text, event) => {
        const pattern = parseFilterPattern(text);
        if (pattern !== undefined) expect(typeof matchesFilter(pattern, event as JsonValue)).toBe('boolean');
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    '('.repeat(1022),
    '"'.repeat(1022),
    '$.a=*||'.repeat(145),
    `$.a="${'\\'.repeat(1000)}`,
    `$${'.*'.repeat(500)}=a`,
    ' '.repeat(1022),
  ])('is refused when it is hostile: %.20s', (inner) => expect(parseFilterPattern(`{${inner}}`)).toBeUndefined());
});
