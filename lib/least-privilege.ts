import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { UNIT_PERMISSIONS } from '../adapters/aws/organization-units.ts';
import { READERS } from '../adapters/aws/readers/index.ts';

/** A permission whose resource cannot be named in full, and why. */
export interface Wildcard {
  readonly actions: readonly string[];
  /** The resource as the rule AwsSolutions-IAM5 prints it. */
  readonly resource: string;
  readonly reason: string;
}

/** Name of the role that lets the security account read evidence in a member account. */
export const MEMBER_ROLE_NAME = 'csmm-read';

/** Name of the role that lets the security account start runbooks in an account. */
export const REMEDIATION_ROLE_NAME = 'csmm-remediate';

/** Name of the role that lets the security account read what it is about to put right, or has, in a member account. */
export const REMEDIATION_READ_ROLE_NAME = 'csmm-remediate-read';

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
    reason:
      'Evidence is read of every resource there is, before anybody knows its name, and most calls that list have no resource-level permission.',
  },
  accounts: {
    actions: ['organizations:ListAccountsForParent', 'organizations:ListOrganizationalUnitsForParent'],
    resource: '*',
    reason: 'The ARNs of units below those given name ids that are known only when they are listed.',
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
  units: {
    actions: UNIT_PERMISSIONS,
    resource: '*',
    reason: 'The ARNs of an account and of the units above it name ids that are known only when they are listed.',
  },
} as const satisfies Readonly<Record<string, Wildcard>>;

/** Tells cdk-nag why these wildcards below `scope` stand. Any other wildcard fails the synthesis. */
export function explainWildcards(scope: IConstruct, wildcards: readonly Wildcard[]): void {
  const reasons = new Map<string, string[]>();
  for (const { resource, actions, reason } of wildcards) {
    reasons.set(resource, [...(reasons.get(resource) ?? []), `${actions.join(', ')}: ${reason}`]);
  }
  for (const [resource, sentences] of reasons) {
    Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason: sentences.join(' ') });
  }
}
