import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob, overlap } from '../../../core/policy/glob.ts';

describe('a pattern of IAM', () => {
  it.each([
    ['', ''],
    ['*', ''],
    ['*', 'anything/at:all'],
    ['a*c', 'ac'],
    ['a*c', 'abcbc'],
    ['a?c', 'abc'],
    ['*b*', 'abc'],
    ['**a', 'a'],
    ['arn:aws:s3:::logs-*', 'arn:aws:s3:::logs-2026'],
    ['a.c', 'a.c'],
  ])('%j matches %j', (pattern, text) => expect(matchesGlob(pattern, text)).toBe(true));

  it.each([
    ['', 'a'],
    ['a', ''],
    ['a?c', 'ac'],
    ['a*c', 'abcd'],
    ['a.c', 'abc'],
    ['?', ''],
    ['ab*', 'a'],
  ])('%j does not match %j', (pattern, text) => expect(matchesGlob(pattern, text)).toBe(false));

  it('matches what the same regular expression matches', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, letters, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesGlob(pattern, text)).toBe(expression.test(text));
      }),
      { numRuns: 5000 },
    );
  });

  it('is decided at once where a regular expression would backtrack for ever', () => {
    expect(matchesGlob(`${'*a'.repeat(5000)}b`, 'a'.repeat(2000))).toBe(false);
  });
});

describe('two patterns of IAM', () => {
  it.each([
    ['', '', true],
    ['', '*', true],
    ['', 'a', false],
    ['', '?', false],
    ['a*', '*b', true],
    ['a*', 'b*', false],
    ['a?c', 'ab*', true],
    ['arn:aws:s3:::*', 'arn:*:s3:::logs/*', true],
    ['arn:aws:s3:::*', 'arn:aws-cn:*', false],
  ])('%j and %j match a common text: %j', (one, other, expected) => {
    expect([overlap(one, other), overlap(other, one)]).toEqual([expected, expected]);
  });

  it('match a common text if one of all short texts matches both', () => {
    const texts = [''];
    for (const text of texts) if (text.length < 6) texts.push(`${text}a`, `${text}b`);
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 3 });
    fc.assert(
      fc.property(pattern, pattern, (one, other) => {
        expect(overlap(one, other)).toBe(texts.some((text) => matchesGlob(one, text) && matchesGlob(other, text)));
      }),
      { numRuns: 2000 },
    );
  });
});
