import { across, type Inventory, type JoinRule, type Remediation, type Triggers, verdictOnAccount } from '../../core/control.ts';
import { type ActivityId, filterCondition } from '../../core/detection/activities.ts';
import { DETECTOR_TYPES, detectorAccounts, evaluateDetector } from '../../core/detection/detector.ts';
import { evaluatedTrails } from '../../core/detection/multi-region-trail.ts';
import { currentOf, hasNoEvidence } from '../../core/evaluation/evidence.ts';
import { accountOf, TRAIL_STATUS } from '../../core/facts/cloudtrail-trail-status.ts';
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import { TOPIC_SUBSCRIPTIONS } from '../../core/facts/sns-topic-subscriptions.ts';
import {
  cannotRun,
  type Remedy,
  type RemedyContext,
  type RemedyPlan,
  remedyOfAccount,
  runWith,
} from '../../core/remediation/model/remedy.ts';

/** What the alarm controls have in common: they differ only in the activity that somebody must be told of. */

/** The rule of an alarm control: one verdict on the account, once anything was read of what it rests on. */
export const alarmOn = (activity: ActivityId): JoinRule =>
  across(
    [...DETECTOR_TYPES, SETTINGS],
    function* (inventory) {
      if (!hasNoEvidence(inventory, DETECTOR_TYPES)) yield verdictOnAccount(inventory, evaluateDetector(inventory, activity));
    },
    { handlesGaps: true, elsewhere: detectorAccounts },
  );

/**
 * The remedy of an alarm control: a metric filter on the log group of the account's own multi-Region trail, and an alarm that tells
 * the declared topic. It runs in the Region of the log group.
 */
export const alarmRemedy = (activity: ActivityId): Remedy =>
  remedyOfAccount(
    {
      runbook: 'CSMM-CreateMetricFilterAlarm',
      risk: 'safe',
      reversible: true,
      impact: 'The subscribers of the topic are told of every such event; the metric and the alarm cost some cents a month.',
      reads: [TRAIL_STATUS, TOPIC_SUBSCRIPTIONS],
    },
    (context) => planAlarm(activity, context),
  );

function planAlarm(activity: ActivityId, { inventory, declared: { alarmTopicName } }: RemedyContext): RemedyPlan {
  if (alarmTopicName === undefined) {
    return cannotRun('no topic is declared: create one with a confirmed subscription and name it as alarmTopicName');
  }
  const logGroupArn = ownLogGroup(inventory);
  if (logGroupArn === undefined) {
    return cannotRun('no trail that records all Regions sends its events to a log group of this account: have one do so, or alarm there');
  }
  const [, partition = '', , region = '', accountId = '', , logGroupName = ''] = logGroupArn.split(':');
  const topicArn = `arn:${partition}:sns:${region}:${accountId}:${alarmTopicName}`;
  const topic = currentOf(inventory, TOPIC_SUBSCRIPTIONS).find(({ resource }) => resource.resourceId === topicArn);
  if (!topic) return cannotRun(`${topicArn} is not known: create the topic and confirm a subscription`);
  if (!topic.facts.confirmed) return cannotRun(`${topicArn} is not known to have a confirmed subscription: confirm one`);
  const key = topic.facts.kmsMasterKeyId;
  if (key === undefined) return cannotRun(`it is not known how ${topicArn} is encrypted`);
  if (AWS_MANAGED_KEY.test(key)) {
    return cannotRun(
      `${topicArn} is encrypted with ${key}, which lets no alarm publish: have it use a key of your own that admits CloudWatch`,
    );
  }
  const name = `csmm-${activity}`;
  return runWith(
    {
      LogGroupName: logGroupName,
      FilterName: name,
      FilterCondition: filterCondition(activity),
      MetricName: name,
      AlarmName: name,
      TopicArn: topicArn,
    },
    { region, touches: [{ accountId, region, resourceType: 'AWS::Logs::LogGroup', resourceId: logGroupName }] },
  );
}

/**
 * The key that SNS keeps itself, whose policy admits no other service and cannot be changed.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
 */
const AWS_MANAGED_KEY = /(^|:)alias\/aws\/sns$/;

/** ARN of a log group of the account that receives the events of a trail that counts. */
const ownLogGroup = (inventory: Inventory): string | undefined =>
  evaluatedTrails(inventory)
    .filter(({ verdict }) => verdict.compliance === 'COMPLIANT')
    .flatMap(({ trail }) => trail.facts.logGroupArn ?? [])
    .find((arn) => accountOf(arn) === inventory.accountId);

export const ALARM_API_FACTS = [
  'cloudtrail:DescribeTrails',
  'logs:DescribeMetricFilters',
  'cloudwatch:DescribeAlarms',
  'sns:GetTopicAttributes',
  'events:ListRules',
  'events:ListTargetsByRule',
];

export const ALARM_TRIGGERS: Triggers = {
  configTypes: ['AWS::CloudWatch::Alarm', 'AWS::SNS::Topic', 'AWS::Events::Rule', 'AWS::CloudTrail::Trail'],
  cloudTrail: [
    { source: 'logs.amazonaws.com', names: ['PutMetricFilter', 'DeleteMetricFilter', 'DeleteLogGroup'] },
    { source: 'monitoring.amazonaws.com', names: ['PutMetricAlarm', 'DeleteAlarms', 'DisableAlarmActions', 'EnableAlarmActions'] },
    { source: 'sns.amazonaws.com', names: ['Subscribe', 'ConfirmSubscription', 'Unsubscribe', 'CreateTopic', 'DeleteTopic'] },
    { source: 'events.amazonaws.com', names: ['PutRule', 'EnableRule', 'DisableRule', 'DeleteRule', 'PutTargets', 'RemoveTargets'] },
    { source: 'cloudtrail.amazonaws.com', names: ['UpdateTrail', 'DeleteTrail', 'StopLogging'] },
  ],
  schedule: 'rate(24 hours)',
};

export const ALARM_REMEDIATION: Remediation = {
  kind: 'custom',
  note: 'Create filter, alarm and topic by IaC (ASR CreateLogMetricFilterAndAlarm is prior art); no AWS-managed runbook creates a metric filter.',
};

/** The sentence that decides an alarm control, for one activity. */
export const alarmRule = (activity: string): string =>
  `PASS iff a detector for ${activity} exists in the account or in the account receiving its multi-Region trail: a metric filter on the log group that receives that trail whose pattern matches every canonical event of the set and whose metric feeds an alarm with actions enabled and a confirmed subscriber, or an ENABLED EventBridge rule matching the same canonical events with an alerting target; FAIL otherwise, UNKNOWN when the receiving account is outside the evaluated scope; never NOT_APPLICABLE.`;

export const ALARM_NOTES =
  'The trail is one that counts for IAM-L2-04; filter, alarm and its metric are in the account and Region of its log group. A topic needs a confirmed subscriber; a Lambda function, queue, state machine, OpsItem, incident, API destination or API in the calling account counts unseen; a log group or a stream tells nobody. Without such a trail a rule must see the events where they occur: those of IAM in us-east-1, sign-ins in us-east-1, us-east-2, eu-north-1 and ap-southeast-2, all others in every approved Region (in every Region that was read, where none are declared). The receiving account’s rules count where the account’s own rules send them the events. A pattern restricted to other accounts, callers or Regions than the canonical events come from does not match them. Thresholds and periods of alarms are not judged; composite alarms, alarms on queries and buses of another name are not followed.';
