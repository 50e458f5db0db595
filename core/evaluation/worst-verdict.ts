import type { Verdict } from '../control.ts';
import type { Compliance } from '../model.ts';

/** A failure outweighs what is not known, which outweighs a pass; what does not apply weighs nothing. */
const WORST_FIRST: readonly Compliance[] = ['NON_COMPLIANT', 'INSUFFICIENT_DATA', 'COMPLIANT', 'NOT_APPLICABLE'];

/** Of verdicts on the parts of one resource the one that decides over it; of several alike the first. */
export function worstOf(first: Verdict, ...others: readonly Verdict[]): Verdict {
  return others.reduce((worst, verdict) => (rank(verdict) < rank(worst) ? verdict : worst), first);
}

const rank = ({ compliance }: Verdict): number => WORST_FIRST.indexOf(compliance);
