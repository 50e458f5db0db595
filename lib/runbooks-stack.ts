import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { remediationEvents } from './event-patterns.ts';
import { alarmOnForwarding, ingestBusArn } from './forward-stack.ts';
import { Forwarding } from './forwarding.ts';
import { RunbookDocuments } from './runbooks/documents.ts';
import { type Runbook, restorePolicies } from './runbooks/read.ts';

export interface RunbooksStackProps extends StackProps {
  /** Region of the ingest bus. */
  readonly homeRegion: string;
  readonly runbooks: readonly Runbook[];
  /** Whether the home Region notifies a topic of the alarms of this one. */
  readonly notifies: boolean;
}

/** The runbooks of this account in another Region. It forwards the ends of executions to the home Region. */
export class RunbooksStack extends Stack {
  constructor(scope: Construct, id: string, { homeRegion, runbooks, notifies, ...props }: RunbooksStackProps) {
    super(scope, id, props);
    const forwarding = new Forwarding(this, 'Forwarding', {
      busArn: ingestBusArn(this, homeRegion),
      patterns: remediationEvents(restorePolicies(runbooks)),
    });
    alarmOnForwarding(this, forwarding, {
      description: 'csmm could not forward ended executions or policy changes to the home Region.',
      ...(notifies && { homeRegion }),
    });
    new RunbookDocuments(this, 'Runbooks', { runbooks });
  }
}
