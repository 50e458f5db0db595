/** The terms and constants of the maturity model. docs/scoring.md defines them; a deployment cannot change them. */

export const PILLARS = ['iam', 'networking', 'storage', 'compute', 'monitoring'] as const;
export type Pillar = (typeof PILLARS)[number];

export const LEVELS = [1, 2, 3, 4, 5] as const;
export type Level = (typeof LEVELS)[number];

export const LEVEL_NAMES: Readonly<Record<Level, string>> = { 1: 'Exposed', 2: 'Guarded', 3: 'Hardened', 4: 'Verified', 5: 'Autonomous' };

/** Percentages that sum to 100. */
export const LEVEL_WEIGHTS: Readonly<Record<Level, number>> = { 1: 35, 2: 25, 3: 20, 4: 12, 5: 8 };
/** Percentages that sum to 100. */
export const PILLAR_WEIGHTS: Readonly<Record<Pillar, number>> = { iam: 30, networking: 20, storage: 20, compute: 15, monitoring: 15 };

export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];
/** Severity points, the unit in which a cell's score is earned. */
export const SEVERITY_POINTS: Readonly<Record<Severity, number>> = { critical: 4, high: 3, medium: 2, low: 1 };

/** Results of one control for one resource, in AWS Config's terms. */
export const COMPLIANCES = ['COMPLIANT', 'NON_COMPLIANT', 'NOT_APPLICABLE', 'INSUFFICIENT_DATA'] as const;
export type Compliance = (typeof COMPLIANCES)[number];

/** Results of one control for one account, in Security Hub's terms. */
export const STATUSES = ['PASSED', 'FAILED', 'NOT_APPLICABLE', 'NO_DATA'] as const;
export type ControlStatus = (typeof STATUSES)[number];

/** Region of global resources, and of lists for a whole account. */
export const GLOBAL = 'global';

/** Identifies a resource in any account. Global services use the Region {@link GLOBAL}. */
export interface ResourceRef {
  readonly accountId: string;
  readonly region: string;
  /** CloudFormation type, such as `AWS::S3::Bucket`. */
  readonly resourceType: string;
  readonly resourceId: string;
}
