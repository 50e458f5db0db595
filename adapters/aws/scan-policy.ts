import { READERS } from './readers/index.ts';

export interface PolicyOptions {
  /** For the credentials with which a scan begins, where it reads other accounts through a role of this name. */
  readonly roleName?: string;
  /** Whether the accounts are asked of AWS Organizations. */
  readonly organization?: boolean;
}

/** The IAM policy that a scan needs: the actions of all readers, and those that find accounts and Regions. */
export function scanPolicy({ roleName, organization }: PolicyOptions = {}): object {
  const actions = new Set(READERS.flatMap(({ permissions }) => permissions));
  actions.add('ec2:DescribeRegions');
  if (organization) actions.add('organizations:ListAccounts');
  const statements = [{ Sid: 'CsmmScan', Effect: 'Allow', Action: [...actions].sort(), Resource: '*' }];
  const assume = { Sid: 'CsmmScanAccounts', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: `arn:aws:iam::*:role/${roleName}` };
  return { Version: '2012-10-17', Statement: roleName === undefined ? statements : [...statements, assume] };
}
