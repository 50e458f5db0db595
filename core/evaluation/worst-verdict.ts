import type { Verdict } from '../control.ts';
import type { Compliance } from '../model.ts';

/** A failure outweighs unknown data, which outweighs a pass. `NOT_APPLICABLE` has no weight. */
const WORST_FIRST: readonly Compliance[] = ['NON_COMPLIANT', 'INSUFFICIENT_DATA', 'COMPLIANT', 'NOT_APPLICABLE'];

/** Returns the worst of several verdicts on one resource; the first of equal ones. */
export function worstOf(first: Verdict, ...others: readonly Verdict[]): Verdict {
  return others.reduce((worst, verdict) => (rank(verdict) < rank(worst) ? verdict : worst), first);
}

const rank = ({ compliance }: Verdict): number => WORST_FIRST.indexOf(compliance);
