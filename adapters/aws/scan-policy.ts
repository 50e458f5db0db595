import { readStatements } from './actions.ts';
import { READERS } from './readers/index.ts';

export interface PolicyOptions {
  /** Name of the role in other accounts. The policy then also allows its caller to assume it. */
  readonly roleName?: string;
  /** Whether the scan lists the accounts of the organization. */
  readonly organization?: boolean;
}

/** Any partition: the user prints the policy before csmm knows the account. */
const PARTITION = '*';

/** Returns the IAM policy that a scan needs: the actions of all readers, and those that list accounts and Regions. */
export function scanPolicy({ roleName, organization }: PolicyOptions = {}): object {
  const actions = new Set(READERS.flatMap(({ permissions }) => permissions));
  actions.add('ec2:DescribeRegions');
  if (organization) actions.add('organizations:ListAccounts');
  const statements = readStatements(actions, PARTITION).map((statement, index) => ({
    Sid: index === 0 ? 'CsmmScan' : `CsmmScan${index + 1}`,
    Effect: 'Allow',
    Action: statement.actions,
    Resource: statement.resource,
  }));
  const assume = {
    Sid: 'CsmmScanAccounts',
    Effect: 'Allow',
    Action: ['sts:AssumeRole'],
    Resource: `arn:${PARTITION}:iam::*:role/${roleName}`,
  };
  return { Version: '2012-10-17', Statement: roleName === undefined ? statements : [...statements, assume] };
}
