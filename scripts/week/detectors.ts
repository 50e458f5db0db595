/** Builders of notifications about an activity: metric filters, alarms, rules and topic subscribers. */
import { type ActivityId, canonicalEvents } from '../../core/detection/activities.ts';
import { type Finding, finding } from './aws-apis.ts';

const NAMESPACE = 'OrganizationTrail';
/** The log group that receives the trail. */
export const LOG_GROUP = 'organization-trail';

interface Spot {
  readonly accountId: string;
  readonly region: string;
}

/** Returns a metric filter in the style of the CIS AWS Foundations Benchmark. It leaves out the last `forgotten` events. */
export function metricFilter(spot: Spot, activity: ActivityId, forgotten = 0) {
  const configuration = {
    filterName: activity,
    filterPattern: patternOf(activity, forgotten),
    logGroupName: LOG_GROUP,
    metricTransformations: [{ metricName: activity, metricNamespace: NAMESPACE, metricValue: '1' }],
  };
  return finding(spot, 'AWS::Logs::MetricFilter', `${LOG_GROUP}|${activity}`, configuration);
}

export function patternOf(activity: ActivityId, forgotten = 0): string {
  if (activity === 'root-usage') {
    return '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }';
  }
  if (activity === 'console-auth-failures') return '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }';
  const names = canonicalEvents(activity);
  const wanted = names.slice(0, names.length - forgotten).map((name) => `($.eventName = ${name})`);
  return `{ ${wanted.join(' || ')} }`;
}

export function metricAlarm(spot: Spot, activity: ActivityId, topicArn: string) {
  const configuration = {
    AlarmName: activity,
    ActionsEnabled: true,
    AlarmActions: [topicArn],
    MetricName: activity,
    Namespace: NAMESPACE,
    Statistic: 'Sum',
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
  };
  return finding(spot, 'AWS::CloudWatch::MetricAlarm', activity, configuration);
}

/** Returns a composite alarm that fires with any of the alarms on some activities, and has no action. */
export function compositeAlarm(spot: Spot, name: string, activities: readonly ActivityId[]) {
  const configuration = {
    AlarmName: name,
    ActionsEnabled: true,
    AlarmActions: [],
    AlarmRule: activities.map((activity) => `ALARM("${activity}")`).join(' OR '),
  };
  return finding(spot, 'AWS::CloudWatch::CompositeAlarm', name, configuration);
}

/** Returns the number of confirmed subscribers of a topic, as text, as SNS returns it. */
export const subscriptions = (spot: Spot, topic: string, confirmed: number): Finding<{ SubscriptionsConfirmed: string }> =>
  finding(spot, 'AWS::SNS::TopicSubscriptions', `arn:aws:sns:${spot.region}:${spot.accountId}:${topic}`, {
    SubscriptionsConfirmed: String(confirmed),
  });

/** Returns a rule of the default bus that calls a Lambda function when someone deletes a key. The function posts to a chat. */
export const keyDeletionRule = (spot: Spot) =>
  finding(spot, 'AWS::Events::DefaultBusRule', `arn:aws:events:${spot.region}:${spot.accountId}:rule/key-deletion`, {
    State: 'ENABLED',
    EventPattern: JSON.stringify({
      source: ['aws.kms'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: { eventSource: ['kms.amazonaws.com'], eventName: ['DisableKey', 'ScheduleKeyDeletion'] },
    }),
    Targets: [{ Arn: `arn:aws:lambda:${spot.region}:${spot.accountId}:function:tell-the-chat` }],
  });
