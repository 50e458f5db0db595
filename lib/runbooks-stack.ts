import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { remediationEvents } from './event-patterns.ts';
import { Forwarding } from './forwarding.ts';
import { INGEST_BUS_NAME } from './ingestion.ts';
import { alarmWhenNotEmpty } from './observability.ts';
import { RunbookDocuments } from './runbooks/documents.ts';
import { type Runbook, restorePolicies } from './runbooks/read.ts';

export interface RunbooksStackProps extends StackProps {
  /** Region of the ingest bus. */
  readonly homeRegion: string;
  readonly runbooks: readonly Runbook[];
}

/** The runbooks of this account in another Region. It forwards the ends of executions to the home Region. */
export class RunbooksStack extends Stack {
  constructor(scope: Construct, id: string, { homeRegion, runbooks, ...props }: RunbooksStackProps) {
    super(scope, id, props);
    const busArn = this.formatArn({ service: 'events', region: homeRegion, resource: 'event-bus', resourceName: INGEST_BUS_NAME });
    const { undelivered } = new Forwarding(this, 'Forwarding', { busArn, patterns: remediationEvents(restorePolicies(runbooks)) });
    alarmWhenNotEmpty(
      this,
      'UndeliveredWaiting',
      undelivered,
      'csmm could not forward ended executions or policy changes to the home Region.',
    );
    new RunbookDocuments(this, 'Runbooks', { runbooks });
  }
}
