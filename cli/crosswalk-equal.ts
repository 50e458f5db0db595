import { DOCUMENTED_CONTROLS } from '../controls/documented.ts';

/**
 * Checks of other tools that decide exactly the same as one control, on the same resources. Their results carry over in
 * both directions. The crosswalk of a control also holds related checks, which ask for more, for less or for something else.
 *
 * Compared in November 2026 with the rules of the controls and with the published descriptions of the checks, not with their code:
 * https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html and Prowler 5.40.0.
 * Add a check only after the same comparison.
 */
export interface EqualCheck {
  readonly id: string;
  readonly tool: 'AWS Security Hub' | 'Prowler';
  readonly controlId: string;
  readonly why: string;
  /** The tool reports one result for each Region. A status speaks for all enabled Regions. */
  readonly isRegional?: true;
}

export const EQUAL_CHECKS: readonly EqualCheck[] = [
  {
    id: 'EC2.7',
    tool: 'AWS Security Hub',
    controlId: 'CMP-L1-01',
    why: 'both read the default encryption setting of each Region',
    isRegional: true,
  },
  { id: 'EC2.3', tool: 'AWS Security Hub', controlId: 'CMP-L1-02', why: 'both read Encrypted of each attached volume', isRegional: true },
  { id: 'AutoScaling.9', tool: 'AWS Security Hub', controlId: 'CMP-L2-02', why: 'both require a launch template of each group' },
  { id: 'IAM.5', tool: 'AWS Security Hub', controlId: 'IAM-L1-04', why: 'both read password and MFA of each IAM user' },
  { id: 'IAM.3', tool: 'AWS Security Hub', controlId: 'IAM-L1-06', why: 'both compare the last rotation of each active key with 90 days' },
  {
    id: 'IAM.22',
    tool: 'AWS Security Hub',
    controlId: 'IAM-L1-07',
    why: 'both compare the last use of each password and active key with 45 days',
  },
  {
    id: 'EC2.2',
    tool: 'AWS Security Hub',
    controlId: 'NET-L1-02',
    why: 'both require a default group without rules in each VPC',
    isRegional: true,
  },
  { id: 'S3.1', tool: 'AWS Security Hub', controlId: 'STR-L1-01', why: 'both require all four settings of the account' },
  { id: 'S3.14', tool: 'AWS Security Hub', controlId: 'STR-L2-01', why: 'both require versioning of each general purpose bucket' },
  { id: 'DynamoDB.2', tool: 'AWS Security Hub', controlId: 'STR-L2-03', why: 'both read PointInTimeRecoveryStatus of each table' },
  {
    id: 'ec2_instance_imdsv2_enabled',
    tool: 'Prowler',
    controlId: 'CMP-L2-01',
    why: 'both require HttpTokens = required, or a disabled endpoint',
  },
  {
    id: 'autoscaling_group_using_ec2_launch_template',
    tool: 'Prowler',
    controlId: 'CMP-L2-02',
    why: 'both require a launch template of each group',
  },
  {
    id: 'iam_root_mfa_enabled',
    tool: 'Prowler',
    controlId: 'IAM-L1-01',
    why: 'both accept MFA of the root user, or root credentials removed centrally',
  },
  {
    id: 'iam_user_mfa_enabled_console_access',
    tool: 'Prowler',
    controlId: 'IAM-L1-04',
    why: 'both read password and MFA of each IAM user',
  },
  {
    id: 'iam_rotate_access_key_90_days',
    tool: 'Prowler',
    controlId: 'IAM-L1-06',
    why: 'both compare the last rotation of each active key with 90 days',
  },
  { id: 's3_bucket_object_versioning', tool: 'Prowler', controlId: 'STR-L2-01', why: 'both require versioning of each bucket' },
  {
    id: 'dynamodb_tables_pitr_enabled',
    tool: 'Prowler',
    controlId: 'STR-L2-03',
    why: 'both read the point-in-time recovery of each table',
  },
];

/** A check of another tool that is only related to controls, and decides none of them. */
export interface RelatedCheck {
  readonly id: string;
  readonly tool: EqualCheck['tool'];
  readonly controlIds: readonly string[];
}

const comparable = (id: string): string => id.trim().toUpperCase();

const EQUAL: ReadonlyMap<string, EqualCheck> = new Map(EQUAL_CHECKS.map((check) => [comparable(check.id), check]));

/** Returns the check that decides a control, by its id in any case. */
export const equalCheck = (id: string): EqualCheck | undefined => EQUAL.get(comparable(id));

/** Returns the check of the catalogue's crosswalk with an id in any case, and the controls that it is related to. */
export function relatedCheck(id: string): RelatedCheck | undefined {
  const wanted = comparable(id);
  const names = (ids: readonly string[]): boolean => ids.some((candidate) => comparable(candidate) === wanted);
  const byProwler = DOCUMENTED_CONTROLS.filter(({ crosswalk }) => names(crosswalk.prowler));
  const related = byProwler.length > 0 ? byProwler : DOCUMENTED_CONTROLS.filter(({ crosswalk }) => names(crosswalk.securityHub));
  if (related.length === 0) return undefined;
  return { id, tool: byProwler.length > 0 ? 'Prowler' : 'AWS Security Hub', controlIds: related.map((control) => control.id) };
}
