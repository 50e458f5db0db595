import { Aws, BootstraplessSynthesizer, CfnCondition, Fn, type IStackSynthesizer, Stack } from 'aws-cdk-lib';
import { ArnPrincipal, CfnRole, PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { remediationEvents } from './event-patterns.ts';
import { Forwarding } from './forwarding.ts';
import { explainWildcards, REMEDIATION_READ_ROLE_NAME, WILDCARDS } from './least-privilege.ts';
import { declareParameters, renderTemplate } from './member-stack.ts';
import { RunbookDocuments } from './runbooks/documents.ts';
import { type Runbook, restorePolicies } from './runbooks/read.ts';
import { RunbookRoles } from './runbooks/roles.ts';

/** Parameters of the template. Their values are known only when the security account is deployed. */
export const REMEDIATION_PARAMETERS = {
  IngestBusArn: 'ARN of the event bus in the security account that receives ended executions and policy changes.',
  RemediatorRoleArn: 'ARN of the role in the security account that starts runbooks.',
  ExternalId: 'External ID that the security account passes when it assumes a role.',
  HomeRegion: 'Region in which the roles are created.',
} as const;

/** Values of the parameters of the template. */
export type RemediationParameters = Readonly<Record<keyof typeof REMEDIATION_PARAMETERS, string>>;

/** Resources in every account and Region that csmm remediates. These are the runbooks and, once in each account, the roles. */
export class RemediationMemberStack extends Stack {
  constructor(scope: Construct, id: string, runbooks: readonly Runbook[]) {
    super(scope, id, {
      synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
      description: 'Allows the security account to remediate failing controls with runbooks.',
    });
    const parameters = declareParameters(this, REMEDIATION_PARAMETERS);
    new Forwarding(this, 'Forwarding', { busArn: parameters.IngestBusArn, patterns: remediationEvents(restorePolicies(runbooks)) });
    new RunbookDocuments(this, 'Runbooks', { runbooks });
    this.createRoles(parameters, runbooks);
  }

  /** Creates the roles only in the home Region, because IAM is global and role names are unique in an account. */
  private createRoles({ RemediatorRoleArn, ExternalId, HomeRegion }: RemediationParameters, runbooks: readonly Runbook[]): void {
    const condition = new CfnCondition(this, 'IsHomeRegion', { expression: Fn.conditionEquals(Aws.REGION, HomeRegion) });
    new RunbookRoles(this, 'Roles', { runbooks, remediatorArn: RemediatorRoleArn, externalId: ExternalId, condition });
    const { evidence } = WILDCARDS;
    const role = new Role(this, 'ReadRole', {
      roleName: REMEDIATION_READ_ROLE_NAME,
      description: 'Allows the security account to read resources before and after a remediation. It cannot change anything.',
      assumedBy: new ArnPrincipal(RemediatorRoleArn).withConditions({ StringEquals: { 'sts:ExternalId': ExternalId } }),
      inlinePolicies: {
        ReadEvidence: new PolicyDocument({
          statements: [new PolicyStatement({ actions: [...evidence.actions], resources: [evidence.resource] })],
        }),
      },
    });
    if (role.node.defaultChild instanceof CfnRole) role.node.defaultChild.cfnOptions.condition = condition;
    explainWildcards(role, [evidence]);
  }
}

/**
 * Maximum size of a template in S3, in bytes.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
export const MAX_STORED_TEMPLATE_BYTES = 1_000_000;

/**
 * Returns the template as JSON. It is synthesized separately, because a stack set deploys it, not the CDK.
 *
 * @throws RangeError if it is larger than {@link MAX_STORED_TEMPLATE_BYTES}.
 */
export const renderRemediationTemplate = (runbooks: readonly Runbook[]): string =>
  renderTemplate((app) => new RemediationMemberStack(app, 'CsmmRemediationMember', runbooks), MAX_STORED_TEMPLATE_BYTES);
