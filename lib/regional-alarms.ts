import { Aws, Stack } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { EventField, type EventPattern, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { eventsRole } from './forwarding.ts';

/** The event of an alarm that begins to fire. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html */
const FIRES = {
  source: ['aws.cloudwatch'],
  detailType: ['CloudWatch Alarm State Change'],
  detail: { state: { value: ['ALARM'] } },
} as const satisfies EventPattern;

/** Returns the pattern that matches when one of these alarms begins to fire. */
export const firesPattern = (alarms: readonly Alarm[]): EventPattern => ({ ...FIRES, resources: alarms.map(({ alarmArn }) => alarmArn) });

export interface RegionalAlarmsProps {
  /** ARN of a topic in the Region of this stack. */
  readonly topicArn: string;
  /** Prefixes of the names of the alarms: an alarm's name begins with that of its stack. */
  readonly prefixes: readonly string[];
  /** Regions of the alarms. */
  readonly regions: readonly string[];
  /** Queue for events that EventBridge could not deliver to the topic. */
  readonly undelivered: Queue;
}

/**
 * Notifies the topic of alarms in other Regions of this account. An alarm itself can only notify a topic in its own Region, so their
 * stacks forward its events to the default bus of this Region. If the topic or its key refuses the role, the event goes to the
 * dead-letter queue, whose alarm notifies the topic without this role.
 */
export class RegionalAlarms extends Construct {
  constructor(scope: Construct, id: string, { topicArn, prefixes, regions, undelivered }: RegionalAlarmsProps) {
    super(scope, id);
    const alarm = EventField.fromPath('$.detail.alarmName');
    const description = EventField.fromPath('$.detail.configuration.description');
    new Rule(this, 'Rule', {
      eventPattern: {
        ...FIRES,
        account: [Aws.ACCOUNT_ID],
        region: [...regions],
        detail: { ...FIRES.detail, alarmName: prefixes.map((prefix) => ({ prefix })) },
      },
      targets: [
        new SnsTopic(Topic.fromTopicArn(this, 'Topic', topicArn), {
          role: eventsRole(this),
          deadLetterQueue: undelivered,
          message: RuleTargetInput.fromText(
            `csmm alarm in ${EventField.fromPath('$.region')}, account ${EventField.fromPath('$.account')}: ${description} Alarm: ${alarm}`,
          ),
        }),
      ],
    });
  }
}

/** Returns the start of the names of all alarms of a stack. */
export const alarmPrefix = (stackName: string): string => `${stackName}-`;

/** Returns the default bus of an account in another Region, as an ARN. */
export const defaultBusArn = (scope: Construct, region: string): string =>
  Stack.of(scope).formatArn({ service: 'events', region, resource: 'event-bus', resourceName: 'default' });
