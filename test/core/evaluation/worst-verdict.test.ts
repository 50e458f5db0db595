import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../core/control.ts';
import { worstOf } from '../../../core/evaluation/worst-verdict.ts';
import { COMPLIANCES } from '../../../core/model.ts';

const verdict: fc.Arbitrary<Verdict> = fc.record({ compliance: fc.constantFrom(...COMPLIANCES), reason: fc.string() });
const rank = ({ compliance }: Verdict) => ['NON_COMPLIANT', 'INSUFFICIENT_DATA', 'COMPLIANT', 'NOT_APPLICABLE'].indexOf(compliance);

describe('the worst of several verdicts', () => {
  it('is one of them that no other is worse than, the first of its kind', () => {
    fc.assert(
      fc.property(verdict, fc.array(verdict), (first, others) => {
        const all = [first, ...others];
        const worst = worstOf(first, ...others);
        expect(all.every((other) => rank(other) >= rank(worst))).toBe(true);
        expect(all.find(({ compliance }) => compliance === worst.compliance)).toBe(worst);
      }),
    );
  });
});
