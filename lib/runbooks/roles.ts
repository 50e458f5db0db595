import { Aws, type CfnCondition, CfnResource } from 'aws-cdk-lib';
import { ArnPrincipal, Effect, ManagedPolicy, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { POLICY_PERMISSIONS } from '../../adapters/aws/iam-policies.ts';
import { CHANGE_PERMISSIONS } from '../../adapters/aws/resource-changes.ts';
import { POLICY_TAG_PERMISSIONS, TAG_PERMISSIONS } from '../../adapters/aws/resource-tags.ts';
import { roleOf } from '../../core/remediation/model/remedy.ts';
import { explainWildcards, REMEDIATION_ROLE_NAME, type Wildcard } from '../least-privilege.ts';
import { grantsFor, grantsOf, toArn, toStatement, toText, UNNAMED, wildcardsOf } from './permissions.ts';
import { type Runbook, restorePolicies } from './read.ts';
import { FLOW_LOGS_GRANTS, FLOW_LOGS_ROLE_NAME } from './resources.ts';

export interface RunbookRolesProps {
  readonly runbooks: readonly Runbook[];
  /** ARN of the role of the function that starts runbooks. */
  readonly remediatorArn: string;
  /** External ID that the function passes when it assumes the role that starts them. */
  readonly externalId: string;
  /** Condition for the creation of the roles. @default - always */
  readonly condition?: CfnCondition;
}

/** Actions for executions, tags and the last change of a resource. csmm needs them in addition to the runbooks and their roles. */
const FOLLOWING = [
  'ssm:AddTagsToResource',
  'ssm:DescribeAutomationExecutions',
  'ssm:GetAutomationExecution',
  'ssm:StartAutomationExecution',
  'ssm:StopAutomationExecution',
  ...TAG_PERMISSIONS,
  ...CHANGE_PERMISSIONS,
];

/** Additional actions for the restoration of policies. */
const READING_POLICIES = [...POLICY_PERMISSIONS, ...POLICY_TAG_PERMISSIONS];

/**
 * Number of documents in one policy. Even with the longest names, a policy then has at most 6,144 characters.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const DOCUMENTS_IN_POLICY = 40;

/** The roles of an account: one for each runbook, with permissions for its calls only, and one that can only start runbooks. */
export class RunbookRoles extends Construct {
  constructor(scope: Construct, id: string, props: RunbookRolesProps) {
    super(scope, id);
    for (const runbook of props.runbooks) this.createRunbookRole(runbook);
    this.createFlowLogsRole();
    const role = this.createRemediationRole(props);
    this.allowDocuments(role, props.runbooks);
    if (props.condition) this.setCondition(props.condition);
  }

  /** https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-iam.html */
  private createRunbookRole(runbook: Runbook): void {
    const grants = grantsOf(runbook);
    const role = new Role(this, runbook.name, {
      roleName: roleOf(runbook.name),
      description: `Role of the runbook ${runbook.name} and its inverse.`,
      assumedBy: new ServicePrincipal('ssm.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: { 'aws:SourceArn': toArn(EXECUTIONS) },
        },
      }),
      inlinePolicies: { Runbook: new PolicyDocument({ statements: [...grants.map(toStatement), ...denials([runbook])] }) },
    });
    explainWildcards(role, wildcardsOf(grants));
  }

  /** https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html */
  private createFlowLogsRole(): void {
    const role = new Role(this, 'FlowLogs', {
      roleName: FLOW_LOGS_ROLE_NAME,
      description: 'Delivers the VPC flow logs that csmm enables.',
      assumedBy: new ServicePrincipal('vpc-flow-logs.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: { 'aws:SourceArn': toArn('ec2:*:ACCOUNT:vpc-flow-log/*') },
        },
      }),
      inlinePolicies: { Deliver: new PolicyDocument({ statements: FLOW_LOGS_GRANTS.map(toStatement) }) },
    });
    explainWildcards(role, wildcardsOf(FLOW_LOGS_GRANTS));
  }

  private createRemediationRole({ runbooks, remediatorArn, externalId }: RunbookRolesProps): Role {
    const actions = restorePolicies(runbooks) ? [...FOLLOWING, ...READING_POLICIES] : FOLLOWING;
    const grants = grantsFor(actions, REMEDIATION_ROLE_NAME);
    const role = new Role(this, 'Remediate', {
      roleName: REMEDIATION_ROLE_NAME,
      description: 'Allows the security account to start and follow the runbooks of csmm. It cannot change anything itself.',
      assumedBy: new ArnPrincipal(remediatorArn).withConditions({ StringEquals: { 'sts:ExternalId': externalId } }),
      inlinePolicies: {
        StartRunbooks: new PolicyDocument({
          statements: [
            ...grants.map(toStatement),
            new PolicyStatement({
              actions: ['iam:PassRole'],
              resources: runbooks.map(({ name }) => toArn(`iam::ACCOUNT:role/${roleOf(name)}`)),
              conditions: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
            }),
          ],
        }),
      },
    });
    explainWildcards(role, wildcardsOf(grants));
    return role;
  }

  /**
   * Allows the role to start only these documents. The policy names them as documents and as automation definitions, because AWS lists both
   * resource types for the action and uses either in its examples.
   * https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-identity-based-policies.html
   */
  private allowDocuments(role: Role, runbooks: readonly Runbook[]): void {
    const names = runbooks.flatMap(({ documents }) => documents.map(({ name }) => name));
    const allow = (id: string, actions: readonly string[], arns: readonly string[]) => {
      for (let start = 0; start < arns.length; start += DOCUMENTS_IN_POLICY) {
        const resources = arns.slice(start, start + DOCUMENTS_IN_POLICY);
        const policy = new ManagedPolicy(this, `${id}${start / DOCUMENTS_IN_POLICY + 1}`, {
          description: 'The runbooks that csmm may start.',
          roles: [role],
          statements: [new PolicyStatement({ actions: [...actions], resources: resources.map(toArn) })],
        });
        explainWildcards(
          policy,
          resources.map((arn): Wildcard => ({ actions, resource: toText(arn), reason: UNNAMED })),
        );
      }
    };
    const documents = names.map((name) => `ssm:*:ACCOUNT:document/${name}`);
    const definitions = names.map((name) => `ssm:*:ACCOUNT:automation-definition/${name}:*`);
    allow('Documents', ['ssm:GetDocument', 'ssm:StartAutomationExecution'], documents);
    allow('Definitions', ['ssm:StartAutomationExecution'], definitions);
  }

  private setCondition(condition: CfnCondition): void {
    for (const child of this.node.findAll()) if (child instanceof CfnResource) child.cfnOptions.condition = condition;
  }
}

const EXECUTIONS = 'ssm:*:ACCOUNT:automation-execution/*';

/** Roles and policies that no runbook may change. Otherwise a user who can start a runbook could escalate privileges with it. */
const PROTECTED = [
  'role/csmm-*',
  'role/Csmm*',
  'role/cdk-*',
  'role/stacksets-exec-*',
  'role/AWSControlTower*',
  'role/OrganizationAccountAccessRole',
  'role/aws-reserved/*',
  'role/aws-service-role/*',
  'policy/csmm-*',
  'policy/Csmm*',
  'policy/StackSet-*',
];

/** Returns the statements that deny runbooks changes of protected policies, independent of their parameters. */
const denials = (runbooks: readonly Runbook[]): PolicyStatement[] =>
  restorePolicies(runbooks)
    ? [
        new PolicyStatement({
          effect: Effect.DENY,
          actions: [...POLICY_WRITES],
          resources: PROTECTED.map((name) => toArn(`iam::ACCOUNT:${name}`)),
        }),
      ]
    : [];

const POLICY_WRITES = [
  'iam:CreatePolicyVersion',
  'iam:DeleteRolePolicy',
  'iam:PutRolePolicy',
  'iam:SetDefaultPolicyVersion',
  'iam:UpdateAssumeRolePolicy',
];
