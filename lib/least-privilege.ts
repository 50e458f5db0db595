import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { UNIT_PERMISSIONS } from '../adapters/aws/organization-units.ts';
import { READERS } from '../adapters/aws/readers/index.ts';

/** A permission whose resource cannot be named in full, with the reason. */
export interface Wildcard {
  readonly actions: readonly string[];
  /** The resource in the form that the rule AwsSolutions-IAM5 prints. */
  readonly resource: string;
  readonly reason: string;
}

/** Name of the role that lets the security account read evidence in a member account. */
export const MEMBER_ROLE_NAME = 'csmm-read';

/** Name of the role that lets the security account start runbooks in an account. */
export const REMEDIATION_ROLE_NAME = 'csmm-remediate';

/** Name of the role that lets the security account read a resource before and after its remediation, in a member account. */
export const REMEDIATION_READ_ROLE_NAME = 'csmm-remediate-read';

/**
 * The stack sets of a deployment: a permission needs their names before they exist. A stack set that a delegated administrator manages
 * is in the management account.
 */
const stackSet = (name: string): Wildcard => ({
  actions: ['cloudformation:ListStackInstances'],
  resource: `arn:<AWS::Partition>:cloudformation:<AWS::Region>:*:stackset/${name}:*`,
  reason: 'The ARN of a stack set contains an id, and the management account if a delegated administrator manages it.',
});

/** Names of the stack sets. */
export const STACK_SETS = { member: 'csmm-member', remediation: 'csmm-remediation' } as const;

/** Every wildcard in a policy of a deployment. Actions are always named in full. */
export const WILDCARDS = {
  tracing: {
    actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
    resource: '*',
    reason: 'X-Ray has no resource-level permission for sending traces.',
  },
  configHistory: {
    actions: ['config:GetResourceConfigHistory'],
    resource: '*',
    reason: 'AWS Config has no resource-level permission for reading the history of a resource.',
  },
  evidence: {
    actions: [...new Set(READERS.flatMap(({ permissions }) => permissions))].sort(),
    resource: '*',
    reason: 'csmm reads evidence of every resource before it knows the names, and most list calls have no resource-level permission.',
  },
  accounts: {
    actions: ['organizations:ListAccountsForParent', 'organizations:ListOrganizationalUnitsForParent'],
    resource: '*',
    reason: 'The ARNs of organizational units below the given ones contain ids that csmm knows only after it lists them.',
  },
  memberRole: {
    actions: ['sts:AssumeRole'],
    resource: `arn:<AWS::Partition>:iam::*:role/${MEMBER_ROLE_NAME}`,
    reason: 'One role name in every account of the organization: aws:ResourceOrgID keeps it there.',
  },
  remediationRole: {
    actions: ['sts:AssumeRole'],
    resource: `arn:<AWS::Partition>:iam::*:role/${REMEDIATION_ROLE_NAME}`,
    reason: 'One role name in every account of the organization: aws:ResourceOrgID keeps it there.',
  },
  remediationReadRole: {
    actions: ['sts:AssumeRole'],
    resource: `arn:<AWS::Partition>:iam::*:role/${REMEDIATION_READ_ROLE_NAME}`,
    reason: 'One role name in every account of the organization: aws:ResourceOrgID keeps it there.',
  },
  memberStacks: stackSet(STACK_SETS.member),
  remediationStacks: stackSet(STACK_SETS.remediation),
  administrators: {
    actions: ['organizations:ListDelegatedAdministrators'],
    resource: '*',
    reason: 'CloudFormation asks for it when a delegated administrator reads a stack set. It has no resource-level permission.',
  },
  calendars: {
    actions: ['ssm:GetCalendarState'],
    resource: 'arn:<AWS::Partition>:ssm:*:*:document/*',
    reason: 'The settings name the change calendars at run time, also those that other accounts share.',
  },
  units: {
    actions: UNIT_PERMISSIONS,
    resource: '*',
    reason: 'The ARNs of an account and of the organizational units above it contain ids that csmm knows only after it lists them.',
  },
} as const satisfies Readonly<Record<string, Wildcard>>;

/** Explains to cdk-nag why these wildcards below `scope` exist. Any other wildcard fails the synthesis. */
export function explainWildcards(scope: IConstruct, wildcards: readonly Wildcard[]): void {
  const reasons = new Map<string, string[]>();
  for (const { resource, actions, reason } of wildcards) {
    reasons.set(resource, [...(reasons.get(resource) ?? []), `${actions.join(', ')}: ${reason}`]);
  }
  for (const [resource, sentences] of reasons) {
    Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason: sentences.join(' ') });
  }
}
