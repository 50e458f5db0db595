import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type OrganizationSettings, type Settings, takesOwnChanges } from '../core/deployment/options.ts';
import { forwardStackName, runbooksStack, VERSION_OUTPUT } from '../core/deployment/stacks.ts';
import { VERSION } from '../core/version.ts';
import type { ChangesTaken } from './event-patterns.ts';
import { Ingestion } from './ingestion.ts';
import { MemberAccounts } from './member-accounts.ts';
import { type MemberParameters, renderMemberTemplate } from './member-stack.ts';
import { Notification } from './notification.ts';
import { Observability } from './observability.ts';
import { alarmPrefix, RegionalAlarms } from './regional-alarms.ts';
import { Scoring } from './scoring.ts';
import { State } from './state.ts';
import { Sweep } from './sweep.ts';

export interface CsmmStackProps extends StackProps {
  readonly settings: Settings;
  readonly changes: ChangesTaken;
}

/** All of csmm in the security account's home Region, except the optional remediation. */
export class CsmmStack extends Stack {
  readonly state: State;
  readonly ingestion: Ingestion;
  readonly notification: Notification;

  constructor(scope: Construct, id: string, { settings, changes, ...props }: CsmmStackProps) {
    super(scope, id, { description: 'Scores the security maturity of AWS accounts on every change.', ...props });
    const { organization, logRetention, alarmTopicArn } = settings;
    const members = organization && { organizationId: organization.organizationId, externalId: externalIdOf(organization) };
    const state = new State(this, 'State', settings);
    const ingestion = new Ingestion(this, 'Ingestion', {
      state,
      resourceTypes: changes.resourceTypes,
      ownChanges: takesOwnChanges(settings),
      ...(members && { members }),
      concurrency: settings.collectConcurrency,
      logRetention,
    });
    const sweep = new Sweep(this, 'Sweep', {
      state,
      ingestion,
      apiCalls: changes.apiCalls,
      otherRegions: settings.otherRegions,
      ownChanges: takesOwnChanges(settings),
      ...(organization && members && { members: { ...members, organizationalUnits: organization.organizationalUnits } }),
      concurrency: settings.readConcurrency,
      logRetention,
    });
    const scoring = new Scoring(this, 'Scoring', { state, logRetention });
    const notification = new Notification(this, 'Notification', { state, logRetention });
    const observability = new Observability(this, 'Observability', {
      ingestion,
      sweep,
      scoring,
      notification,
      ...(alarmTopicArn && { alarmTopicArn }),
    });
    if (alarmTopicArn) this.notifyOfOtherRegions(alarmTopicArn, settings, ingestion);
    this.state = state;
    this.ingestion = ingestion;
    this.notification = notification;
    if (organization) this.reachMembers(organization, settings, changes, { state, ingestion, sweep });
    this.addOutputs({
      [VERSION_OUTPUT]: VERSION,
      IngestBusName: ingestion.bus.eventBusName,
      IngestBusArn: ingestion.bus.eventBusArn,
      EventsBusName: notification.bus.eventBusName,
      EventsBusArn: notification.bus.eventBusArn,
      StateTableName: state.state.tableName,
      ScoresTableName: state.scores.tableName,
      DashboardUrl: `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}#dashboards/dashboard/${observability.dashboard.dashboardName}`,
    });
  }

  private notifyOfOtherRegions(topicArn: string, settings: Settings, { undelivered }: Ingestion): void {
    const { homeRegion, otherRegions } = settings;
    if (homeRegion === undefined || otherRegions.length === 0 || !takesOwnChanges(settings)) return;
    const stacks = otherRegions.flatMap((region) => [forwardStackName(region, homeRegion), runbooksStack(region)]);
    new RegionalAlarms(this, 'RegionalAlarms', { topicArn, regions: otherRegions, prefixes: stacks.map(alarmPrefix), undelivered });
  }

  private reachMembers(
    organization: OrganizationSettings,
    { otherRegions, logRetention, alarmTopicArn }: Settings,
    changes: ChangesTaken,
    { state, ingestion, sweep }: { readonly state: State; readonly ingestion: Ingestion; readonly sweep: Sweep },
  ): void {
    const members = new MemberAccounts(this, 'Members', {
      stackSet: 'member',
      state,
      undelivered: sweep.undelivered,
      logRetention,
      ...(alarmTopicArn && { alarmTopicArn }),
      description: 'Sends configuration changes to the security account, and lets it read evidence that the changes do not contain.',
      organizationalUnits: organization.organizationalUnits,
      regions: [this.region, ...otherRegions],
      callAs: organization.callAs,
      template: { templateBody: renderMemberTemplate(changes) },
      parameters: {
        IngestBusArn: ingestion.bus.eventBusArn,
        CollectorRoleArn: ingestion.handler.role.roleArn,
        ReaderRoleArn: sweep.reader.role.roleArn,
        ExternalId: externalIdOf(organization),
        HomeRegion: this.region,
      } satisfies MemberParameters,
    });
    members.stackSet.node.addDependency(ingestion, sweep);
  }

  private addOutputs(outputs: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}

/**
 * Returns the external id. It is not a secret: it distinguishes a request of this deployment from a request that another party
 * tricks it into.
 */
export const externalIdOf = ({ organizationId }: OrganizationSettings): string => `csmm-${organizationId}`;
