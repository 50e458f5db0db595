import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type ChangesTaken, rulePatterns } from './event-patterns.ts';
import { Forwarding } from './forwarding.ts';
import { INGEST_BUS_NAME } from './ingestion.ts';
import { alarmWhenNotEmpty } from './observability.ts';
import { defaultBusArn, firesPattern } from './regional-alarms.ts';

export interface ForwardStackProps extends StackProps {
  /** Region of the ingest bus. */
  readonly homeRegion: string;
  readonly changes: ChangesTaken;
  /** Whether the home Region notifies a topic of the alarms of this one. */
  readonly notifies: boolean;
}

/** Sends the changes of this account in one Region to the ingest bus in the home Region. */
export class ForwardStack extends Stack {
  constructor(scope: Construct, id: string, { homeRegion, changes, notifies, ...props }: ForwardStackProps) {
    super(scope, id, props);
    const forwarding = new Forwarding(this, 'Forwarding', { busArn: ingestBusArn(this, homeRegion), patterns: rulePatterns(changes) });
    alarmOnForwarding(this, forwarding, {
      description: 'Changes could not be forwarded to the home Region.',
      ...(notifies && { homeRegion }),
    });
  }
}

/** Returns the ARN of the ingest bus of this account in its home Region. */
export const ingestBusArn = (scope: Construct, region: string): string =>
  Stack.of(scope).formatArn({ service: 'events', region, resource: 'event-bus', resourceName: INGEST_BUS_NAME });

/** Adds an alarm on events that could not be forwarded. If `homeRegion` is given, the default bus of that Region receives its events. */
export function alarmOnForwarding(
  stack: Stack,
  forwarding: Forwarding,
  { description, homeRegion }: { readonly description: string; readonly homeRegion?: string },
): void {
  const alarm = alarmWhenNotEmpty(stack, 'UndeliveredWaiting', forwarding.undelivered, description);
  if (homeRegion) forwarding.forward('Alarms', firesPattern([alarm]), defaultBusArn(stack, homeRegion));
}
