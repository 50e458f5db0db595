import type { Compliance, ControlStatus } from '../model.ts';

/** Number of resources of one account in each state, for one control. */
export interface Tally {
  readonly compliant: number;
  readonly nonCompliant: number;
  readonly notApplicable: number;
  readonly insufficientData: number;
}

export const EMPTY_TALLY: Tally = { compliant: 0, nonCompliant: 0, notApplicable: 0, insufficientData: 0 };

export const TALLY_FIELD: Readonly<Record<Compliance, keyof Tally>> = {
  COMPLIANT: 'compliant',
  NON_COMPLIANT: 'nonCompliant',
  NOT_APPLICABLE: 'notApplicable',
  INSUFFICIENT_DATA: 'insufficientData',
};

export const addTallies = (a: Tally, b: Tally): Tally => ({
  compliant: a.compliant + b.compliant,
  nonCompliant: a.nonCompliant + b.nonCompliant,
  notApplicable: a.notApplicable + b.notApplicable,
  insufficientData: a.insufficientData + b.insufficientData,
});

/** Returns `tally` with `by` more resources in one state. */
export const count = (tally: Tally, compliance: Compliance, by = 1): Tally => {
  const field = TALLY_FIELD[compliance];
  return { ...tally, [field]: tally[field] + by };
};

/**
 * Returns the status of a control in an account from the tally of its resources. A failure outweighs unknown data, and unknown
 * data outweighs a pass. An empty tally is `NO_DATA`: AWS Config never reports that a type has no resources.
 */
export function statusOf(tally: Tally): ControlStatus {
  if (tally.nonCompliant > 0) return 'FAILED';
  if (tally.insufficientData > 0) return 'NO_DATA';
  if (tally.compliant > 0) return 'PASSED';
  return tally.notApplicable > 0 ? 'NOT_APPLICABLE' : 'NO_DATA';
}
