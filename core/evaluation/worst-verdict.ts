import type { Verdict } from '../control.ts';
import type { Compliance } from '../model.ts';

/** A failure outweighs what is not known, which outweighs a pass; what does not apply weighs nothing. */
const WORST_FIRST: readonly Compliance[] = ['NON_COMPLIANT', 'INSUFFICIENT_DATA', 'COMPLIANT', 'NOT_APPLICABLE'];

/** The verdict that decides over several on the parts of one resource, the first of its kind. `undefined` where there is none. */
export function worstOf(verdicts: readonly Verdict[]): Verdict | undefined {
  for (const worst of WORST_FIRST) {
    const found = verdicts.find(({ compliance }) => compliance === worst);
    if (found) return found;
  }
  return undefined;
}
