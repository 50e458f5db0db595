import { readStatements } from './actions.ts';
import { READERS } from './readers/index.ts';

export interface PolicyOptions {
  /** For the credentials with which a scan begins, where it reads other accounts through a role of this name. */
  readonly roleName?: string;
  /** Whether the accounts are asked of AWS Organizations. */
  readonly organization?: boolean;
}

/** Any: the policy is printed before anybody is asked where it will stand. */
const PARTITION = '*';

/** The IAM policy that a scan needs: the actions of all readers, and those that find accounts and Regions. */
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
