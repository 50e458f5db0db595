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

/** Parameters of the template: what the security account knows only when it is deployed. */
export const REMEDIATION_PARAMETERS = {
  IngestBusArn: 'The bus of the security account that takes the ends of executions and the changes of policies.',
  RemediatorRoleArn: 'The role of the security account that starts runbooks.',
  ExternalId: 'What the security account must say when it assumes a role.',
  HomeRegion: 'The Region in which the roles are created.',
} as const;

/** Values of the parameters of the template. */
export type RemediationParameters = Readonly<Record<keyof typeof REMEDIATION_PARAMETERS, string>>;

/** What stands in every account and Region that is put right: the runbooks, and once in each account the roles. */
export class RemediationMemberStack extends Stack {
  constructor(scope: Construct, id: string, runbooks: readonly Runbook[]) {
    super(scope, id, {
      synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
      description: 'Lets the security account put failing controls right by runbooks.',
    });
    const parameters = declareParameters(this, REMEDIATION_PARAMETERS);
    new Forwarding(this, 'Forwarding', { busArn: parameters.IngestBusArn, patterns: remediationEvents(restorePolicies(runbooks)) });
    new RunbookDocuments(this, 'Runbooks', { runbooks });
    this.createRoles(parameters, runbooks);
  }

  /** IAM is global: a second Region could not create a role of the same name. */
  private createRoles({ RemediatorRoleArn, ExternalId, HomeRegion }: RemediationParameters, runbooks: readonly Runbook[]): void {
    const condition = new CfnCondition(this, 'IsHomeRegion', { expression: Fn.conditionEquals(Aws.REGION, HomeRegion) });
    new RunbookRoles(this, 'Roles', { runbooks, remediatorArn: RemediatorRoleArn, externalId: ExternalId, condition });
    const { evidence } = WILDCARDS;
    const role = new Role(this, 'ReadRole', {
      roleName: REMEDIATION_READ_ROLE_NAME,
      description: 'Lets the security account read what it is about to put right, or has. It can change nothing.',
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
 * Bytes that a template in S3 may have.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
export const MAX_STORED_TEMPLATE_BYTES = 1_000_000;

/**
 * The template as JSON text. It is synthesized apart, as it is deployed by a stack set and never by the CDK.
 * @throws RangeError where it is larger than {@link MAX_STORED_TEMPLATE_BYTES}.
 */
export const renderRemediationTemplate = (runbooks: readonly Runbook[]): string =>
  renderTemplate((app) => new RemediationMemberStack(app, 'CsmmRemediationMember', runbooks), MAX_STORED_TEMPLATE_BYTES);
