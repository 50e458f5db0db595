import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type ChangesTaken, rulePatterns } from './event-patterns.ts';
import { Forwarding } from './forwarding.ts';
import { INGEST_BUS_NAME } from './ingestion.ts';
import { alarmWhenNotEmpty } from './observability.ts';

export interface ForwardStackProps extends StackProps {
  /** Region of the ingest bus. */
  readonly homeRegion: string;
  readonly changes: ChangesTaken;
}

/** Sends the changes of this account in one Region to the ingest bus in the home Region. */
export class ForwardStack extends Stack {
  constructor(scope: Construct, id: string, { homeRegion, changes, ...props }: ForwardStackProps) {
    super(scope, id, props);
    const busArn = this.formatArn({ service: 'events', region: homeRegion, resource: 'event-bus', resourceName: INGEST_BUS_NAME });
    const { undelivered } = new Forwarding(this, 'Forwarding', { busArn, patterns: rulePatterns(changes) });
    alarmWhenNotEmpty(this, 'UndeliveredWaiting', undelivered, 'Changes could not be forwarded to the home Region.');
  }
}
