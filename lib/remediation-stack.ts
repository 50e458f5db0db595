import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aws, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { type OrganizationSettings, type Settings, takesOwnChanges } from '../core/deployment/options.ts';
import { type CsmmStack, externalIdOf } from './csmm-stack.ts';
import { MemberAccounts, type MemberAccountsProps } from './member-accounts.ts';
import { Remediation } from './remediation-functions.ts';
import { type RemediationParameters, renderRemediationTemplate } from './remediation-member-stack.ts';
import { RemediationObservability } from './remediation-observability.ts';
import { RunbookDocuments } from './runbooks/documents.ts';
import type { Runbook } from './runbooks/read.ts';
import { RunbookRoles } from './runbooks/roles.ts';

export interface RemediationStackProps extends StackProps {
  readonly settings: Settings;
  /** The main stack, with the tables, buses and events that remediation uses. */
  readonly csmm: CsmmStack;
  readonly runbooks: readonly Runbook[];
}

/** Remediates failing controls. Deployed in the home Region of the security account. Without this stack csmm cannot change a resource. */
export class RemediationStack extends Stack {
  constructor(scope: Construct, id: string, { settings, csmm, runbooks, ...props }: RemediationStackProps) {
    super(scope, id, { description: 'Remediates failing controls of csmm with runbooks.', ...props });
    const { organization, alarmTopicArn, otherRegions } = settings;
    const ownChanges = takesOwnChanges(settings);
    const externalId = organization ? externalIdOf(organization) : `csmm-${Aws.ACCOUNT_ID}`;
    const remediation = new Remediation(this, 'Remediation', {
      state: csmm.state,
      ingestion: csmm.ingestion,
      notification: csmm.notification,
      otherRegions,
      ownChanges,
      policyRestore: settings.policyRestore,
      ...(organization && { members: { ...organization, externalId } }),
      externalId,
      logRetention: settings.logRetention,
      removeData: settings.removeData,
      customerManagedKey: settings.customerManagedKey,
    });
    const { dashboard } = new RemediationObservability(this, 'Observability', { remediation, ...(alarmTopicArn && { alarmTopicArn }) });
    if (ownChanges) {
      new RunbookDocuments(this, 'Runbooks', { runbooks });
      new RunbookRoles(this, 'Roles', { runbooks, remediatorArn: remediation.remediate.role.roleArn, externalId });
    }
    if (organization) {
      this.reachMembers(
        organization,
        settings,
        runbooks,
        { state: csmm.state, undelivered: remediation.undelivered },
        {
          IngestBusArn: csmm.ingestion.bus.eventBusArn,
          RemediatorRoleArn: remediation.remediate.role.roleArn,
          ExternalId: externalId,
          HomeRegion: this.region,
        },
      );
    }
    new CfnOutput(this, 'RemediationsTableName', { value: remediation.table.tableName });
    new CfnOutput(this, 'Commands', { value: remediation.command.addresses });
    new CfnOutput(this, 'DashboardUrl', {
      value: `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}#dashboards/dashboard/${dashboard.dashboardName}`,
    });
  }

  private reachMembers(
    { organizationalUnits, callAs }: OrganizationSettings,
    { otherRegions, logRetention, alarmTopicArn }: Settings,
    runbooks: readonly Runbook[],
    status: Pick<MemberAccountsProps, 'state' | 'undelivered'>,
    parameters: RemediationParameters,
  ): void {
    new MemberAccounts(this, 'Members', {
      stackSet: 'remediation',
      ...status,
      logRetention,
      ...(alarmTopicArn && { alarmTopicArn }),
      description: 'Allows the security account to remediate failing controls with runbooks.',
      organizationalUnits,
      regions: [this.region, ...otherRegions],
      callAs,
      parameters,
      template: { templateUrl: this.store(renderRemediationTemplate(runbooks)) },
    });
  }

  /** Returns the URL of a template that is too large for a request. The CDK uploads it to the bucket of the bootstrapped account. */
  private store(template: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'csmm-remediation-'));
    try {
      const path = join(folder, 'csmm-remediation.template.json');
      writeFileSync(path, template);
      return new Asset(this, 'MemberTemplate', { path }).httpUrl;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
