import { describe, expect, it } from 'vitest';
import { compliant, nonCompliant } from '../../core/control.ts';

describe('a reason', () => {
  it('stays as it is up to 512 characters, and ends with … if it was longer', () => {
    expect(compliant('a'.repeat(512)).reason).toBe('a'.repeat(512));
    expect(nonCompliant('too-long', 'a'.repeat(513))).toEqual({
      compliance: 'NON_COMPLIANT',
      code: 'too-long',
      reason: `${'a'.repeat(511)}…`,
    });
  });

  it('has no character that a queue or a table refuses, whatever it quotes', () => {
    expect(nonCompliant('named', 'a\u0000b\ufffec\ud800d\te').reason).toBe('a\ufffdb\ufffdc\ufffdd\te');
  });

  it('never ends within a character', () => {
    expect(compliant(`${'a'.repeat(510)}😀😀`).reason).toBe(`${'a'.repeat(510)}…`);
  });
});
