import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Ingestion } from './ingestion.ts';
import { MemberAccounts } from './member-accounts.ts';
import { Notification } from './notification.ts';
import { Observability } from './observability.ts';
import { Scoring } from './scoring.ts';
import { type OrganizationSettings, type Settings, takesOwnChanges } from './settings.ts';
import { State } from './state.ts';

export interface CsmmStackProps extends StackProps {
  readonly settings: Settings;
  readonly resourceTypes: readonly string[];
}

/** The whole system in the security account's home Region. */
export class CsmmStack extends Stack {
  constructor(scope: Construct, id: string, { settings, resourceTypes, ...props }: CsmmStackProps) {
    super(scope, id, { description: 'Scores the security maturity of an AWS estate on every change.', ...props });
    const { organization, logRetention, alarmTopicArn } = settings;
    const state = new State(this, 'State', settings);
    const ingestion = new Ingestion(this, 'Ingestion', {
      state,
      resourceTypes,
      ownChanges: takesOwnChanges(settings),
      ...(organization && { members: { organizationId: organization.organizationId, externalId: externalIdOf(organization) } }),
      concurrency: settings.collectConcurrency,
      logRetention,
    });
    const scoring = new Scoring(this, 'Scoring', { state, logRetention });
    const notification = new Notification(this, 'Notification', { state, logRetention });
    const observability = new Observability(this, 'Observability', {
      ingestion,
      scoring,
      notification,
      ...(alarmTopicArn && { alarmTopicArn }),
    });
    if (organization) this.reachMembers(organization, settings.otherRegions, resourceTypes, ingestion);
    this.tell({
      IngestBusName: ingestion.bus.eventBusName,
      IngestBusArn: ingestion.bus.eventBusArn,
      EventsBusName: notification.bus.eventBusName,
      EventsBusArn: notification.bus.eventBusArn,
      StateTableName: state.state.tableName,
      ScoresTableName: state.scores.tableName,
      DashboardUrl: `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}#dashboards/dashboard/${observability.dashboard.dashboardName}`,
    });
  }

  private reachMembers(
    organization: OrganizationSettings,
    otherRegions: readonly string[],
    resourceTypes: readonly string[],
    ingestion: Ingestion,
  ): void {
    const members = new MemberAccounts(this, 'Members', {
      organizationalUnits: organization.organizationalUnits,
      regions: [this.region, ...otherRegions],
      resourceTypes,
      callAs: organization.callAs,
      parameters: {
        IngestBusArn: ingestion.bus.eventBusArn,
        ReaderRoleArn: ingestion.handler.role.roleArn,
        ExternalId: externalIdOf(organization),
        HomeRegion: this.region,
      },
    });
    members.node.addDependency(ingestion);
  }

  private tell(outputs: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}

/** Not a secret: it tells a request of this deployment from one that somebody else tricks it into. */
const externalIdOf = ({ organizationId }: OrganizationSettings): string => `csmm-${organizationId}`;
