import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../../core/policy/glob.ts';

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
