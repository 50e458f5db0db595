import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesFilterRegex, parseFilterRegex } from '../../../core/detection/filter-regex.ts';

const matches = (regex: string, text: string): boolean | 'bad syntax' => {
  const parsed = parseFilterRegex(regex);
  return parsed === undefined ? 'bad syntax' : matchesFilterRegex(parsed, text);
};

describe('a regular expression of a filter pattern', () => {
  it.each([
    ['AUTHORIZED', 'UNAUTHORIZED REQUEST'],
    ['^[hc]at', 'hat trick'],
    ['[hc]at$', 'the cat'],
    ['colou?r', 'color'],
    ['colou?r', 'colour'],
    ['a{3,5}', 'baaab'],
    ['^a{2}$', 'aa'],
    ['^Delete', 'DeleteTrail'],
    ['Trail$', 'DeleteTrail'],
    ['^DeleteTrail$', 'DeleteTrail'],
    ['^a{2,}$', 'aaaa'],
    ['gray|grey', 'grey'],
    ['10\\.10\\.0\\.1', '10.10.0.1'],
    ['10.10.0.1', '10a10b0c1'],
    ['ab*c', 'ac'],
    ['ab+c', 'abbbc'],
    ['\\d{1,3}\\.\\d{1,3}', 'v10.2'],
    ['\\D\\s\\S\\w\\W', 'a bc-'],
    ['\\x2e\\x41', '.A'],
    ['[\\x41-\\x43]{3}', 'ABC'],
    ['[^a-c]', 'd'],
    ['[\\d_]+-', '1_2-'],
    ['[a-]', '-'],
    ['^Create|^Delete', 'DeleteTrail'],
    ['a:b_c#d=e@f/g;h,i-j', 'a:b_c#d=e@f/g;h,i-j'],
    ['"eventName":"Stop.*"', '{"eventName":"StopLogging"}'],
  ])('%s matches %s', (regex, text) => expect(matches(regex, text)).toBe(true));

  it.each([
    ['^[hc]at', 'a hat'],
    ['^Trail', 'DeleteTrail'],
    ['Delete$', 'DeleteTrail'],
    ['^Delete$', 'DeleteTrail'],
    ['[hc]at$', 'cats'],
    ['^colou?r$', 'colouur'],
    ['^a{3,5}$', 'aa'],
    ['^a{3,5}$', 'aaaaaa'],
    ['ab+c', 'ac'],
    ['10\\.1', '10a1'],
    ['[^a-c]', 'abc'],
    ['trail', 'Trail'],
    ['a.b', 'ab'],
  ])('%s does not match %s', (regex, text) => expect(matches(regex, text)).toBe(false));

  it.each([
    '',
    '|',
    'a|',
    '(a)',
    'a**',
    'a+?',
    '*a',
    'a{2,1}',
    'a{',
    'a{1',
    '[',
    '[]',
    '[a',
    '[b-a]',
    'a^',
    'a$b',
    '\\',
    '\\q',
    '\\x1',
    'a%b',
    'a{9999}',
    '.*'.repeat(100),
    '.{21}',
  ])('has bad syntax in %s', (regex) => expect(matches(regex, 'a')).toBe('bad syntax'));

  it('matches as JavaScript does', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '1');
    const times = fc.constantFrom('', '', '?', '*', '+', '{2}', '{1,2}', '{2,}');
    const alternative = fc
      .tuple(fc.constantFrom('', '^'), fc.array(fc.tuple(atom, times), { minLength: 1, maxLength: 3 }), fc.constantFrom('', '$'))
      .map(([start, atoms, end]) => start + atoms.flat().join('') + end);
    const regex = fc.array(alternative, { minLength: 1, maxLength: 2 }).map((alternatives) => alternatives.join('|'));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(regex, text, (regex, text) => {
        expect(matches(regex, text)).toBe(new RegExp(regex).test(text));
      }),
      { numRuns: 5000 },
    );
  });

  it('does not backtrack', () => {
    const hostile = parseFilterRegex(`${'a*'.repeat(19)}b$`);
    const text = `b${'a'.repeat(2000)}`;
    const budget = { left: 1_000_000 };
    expect(hostile && matchesFilterRegex(hostile, text, budget)).toBe(false);
    expect(budget.left).toBeGreaterThan(1_000_000 - 2001 * 20 * 6);
    expect(budget.left).toBeLessThan(1_000_000 - 2001 * 19);
  });

  it('stops when the budget is exhausted', () => {
    const hostile = parseFilterRegex(`${'a*'.repeat(19)}b$`);
    const budget = { left: 1000 };
    expect(hostile && matchesFilterRegex(hostile, `b${'a'.repeat(2000)}`, budget)).toBe(false);
    expect(budget.left).toBeLessThan(0);
    expect(budget.left).toBeGreaterThan(-1000);
  });

  it.each(['ab.*cd', '^ab.*cd', 'a+b', 'ac|ad'])('searches a text for what %s needs before it follows the expression', (regex) => {
    const parsed = parseFilterRegex(regex);
    const budget = { left: 1000 };
    expect(parsed && matchesFilterRegex(parsed, 'a'.repeat(1600), budget)).toBe(false);
    expect(budget.left).toBeGreaterThan(0);
  });
});
