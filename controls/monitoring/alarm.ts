import {
  across,
  type Inventory,
  type JoinRule,
  notApplicable,
  type Remediation,
  type Triggers,
  verdictOnAccount,
} from '../../core/control.ts';
import { type ActivityId, filterCondition } from '../../core/detection/activities.ts';
import { DETECTOR_TYPES, detectorAccounts, evaluateDetector } from '../../core/detection/detector.ts';
import { evaluatedTrails } from '../../core/detection/multi-region-trail.ts';
import { currentOf, hasNoEvidence } from '../../core/evaluation/evidence.ts';
import { accountOf, TRAIL_STATUS } from '../../core/facts/cloudtrail-trail-status.ts';
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import { TOPIC_SUBSCRIPTIONS } from '../../core/facts/sns-topic-subscriptions.ts';
import { WITHOUT_ROOT_USER } from '../../core/partitions.ts';
import {
  cannotRun,
  change,
  type Remedy,
  type RemedyContext,
  type RemedyPlan,
  remedyOfAccount,
  runWith,
} from '../../core/remediation/model/remedy.ts';

// Common parts of the alarm controls, which differ only in the activity that must notify people.

const SUMMARY = 'AWS::IAM::AccountSummary';

/** Returns the rule of an alarm control: one verdict on the account, after csmm has read any of the resource types of a detector. */
export const alarmOn = (activity: ActivityId): JoinRule =>
  across(
    [...DETECTOR_TYPES, ...(activity === 'root-usage' ? ([SUMMARY] as const) : []), SETTINGS],
    function* (inventory) {
      if (activity === 'root-usage' && currentOf(inventory, SUMMARY).some(({ facts }) => facts.partition === WITHOUT_ROOT_USER))
        yield verdictOnAccount(inventory, notApplicable('accounts in China have no root user'));
      else if (!hasNoEvidence(inventory, DETECTOR_TYPES)) yield verdictOnAccount(inventory, evaluateDetector(inventory, activity));
    },
    { handlesGaps: true, growsOld: true, elsewhere: detectorAccounts },
  );

/**
 * Returns the remedy of an alarm control. It creates a metric filter on the log group that a multi-Region trail uses in the account,
 * and an alarm that notifies the declared topic. It runs in the Region of the log group.
 */
export const alarmRemedy = (activity: ActivityId): Remedy =>
  remedyOfAccount(
    {
      runbook: 'CSMM-CreateMetricFilterAlarm',
      risk: 'safe',
      reversible: true,
      impact: 'The subscribers of the topic get a message about every such event.',
      cost: 'One CloudWatch alarm (0.10 USD a month in us-east-1) and one custom metric.',
      reads: [TRAIL_STATUS, TOPIC_SUBSCRIPTIONS],
    },
    (context) => planAlarm(activity, context),
  );

function planAlarm(activity: ActivityId, { inventory, declared: { alarmTopicName } }: RemedyContext): RemedyPlan {
  if (alarmTopicName === undefined) {
    return cannotRun('settings declare no alarm topic; create one with a confirmed subscription and set alarmTopicName to its name');
  }
  const logGroupArn = ownLogGroup(inventory);
  if (logGroupArn === undefined) {
    return cannotRun(
      'no trail that counts for IAM-L2-04 sends its events to a log group of this account; configure one, or create the alarm where the events arrive',
    );
  }
  const [, partition = '', , region = '', accountId = '', , logGroupName = ''] = logGroupArn.split(':');
  const topicArn = `arn:${partition}:sns:${region}:${accountId}:${alarmTopicName}`;
  const topic = currentOf(inventory, TOPIC_SUBSCRIPTIONS).find(({ resource }) => resource.resourceId === topicArn);
  if (!topic) return cannotRun(`topic ${topicArn} was not found; create it and confirm a subscription`);
  if (!topic.facts.confirmed) return cannotRun(`topic ${topicArn} has no known confirmed subscription; confirm one`);
  const key = topic.facts.kmsMasterKeyId;
  if (key === undefined) return cannotRun(`encryption of topic ${topicArn} was not read`);
  if (AWS_MANAGED_KEY.test(key)) {
    return cannotRun(
      `topic ${topicArn} uses key ${key}, which does not let alarms publish; use a customer managed key that allows CloudWatch`,
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
    [
      change(`metric filter ${name}`, 'absent', `on the log group ${logGroupName}`),
      change(`alarm ${name}`, 'absent', `notifies ${topicArn}`),
    ],
    { region, touches: [{ accountId, region, resourceType: 'AWS::Logs::LogGroup', resourceId: logGroupName }] },
  );
}

/**
 * Alias of the AWS managed key of SNS. Its policy allows no other service and cannot be changed.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
 */
const AWS_MANAGED_KEY = /(^|:)alias\/aws\/sns$/;

/** Returns the ARN of a log group of the account that receives the events of a compliant trail. Returns `undefined` if no trail has one. */
const ownLogGroup = (inventory: Inventory): string | undefined =>
  evaluatedTrails(inventory)
    .filter(({ verdict }) => verdict.compliance === 'COMPLIANT')
    .flatMap(({ trail }) => trail.facts.logGroupArn ?? [])
    .find((arn) => accountOf(arn) === inventory.accountId);

export const ALARM_TRIGGERS: Triggers = {
  cloudTrail: [
    { source: 'logs.amazonaws.com', names: ['PutMetricFilter', 'DeleteMetricFilter', 'DeleteLogGroup'] },
    {
      source: 'monitoring.amazonaws.com',
      names: ['PutMetricAlarm', 'PutCompositeAlarm', 'DeleteAlarms', 'DisableAlarmActions', 'EnableAlarmActions'],
    },
    { source: 'sns.amazonaws.com', names: ['Subscribe', 'ConfirmSubscription', 'Unsubscribe', 'CreateTopic', 'DeleteTopic'] },
    { source: 'events.amazonaws.com', names: ['PutRule', 'EnableRule', 'DisableRule', 'DeleteRule', 'PutTargets', 'RemoveTargets'] },
    { source: 'cloudtrail.amazonaws.com', names: ['UpdateTrail', 'DeleteTrail', 'StopLogging'] },
  ],
  schedule: 'rate(24 hours)',
};

export const ALARM_REMEDIATION: Remediation = {
  kind: 'custom',
  note: 'Create the filter, alarm and topic with infrastructure as code. No AWS managed runbook creates a metric filter. A similar runbook is CreateLogMetricFilterAndAlarm of ASR (Automated Security Response on AWS).',
};

/**
 * Returns the rule of an alarm control in words.
 *
 * @param activity the activity, such as `VPC changes`
 * @param limit the events at which an alarm must fire
 * @param applies the last sentence: where the control applies
 */
export const alarmRule = (activity: string, limit = 'one event', applies = 'Always applies.'): string =>
  `Passes if detectors match every canonical event of ${activity}, and no ordinary events. A metric filter on the log group of the account's multi-Region trail is a detector if its alarm fires at ${limit} and notifies a confirmed subscriber. An EventBridge rule is a detector if it is ENABLED and has an alerting target. Fails otherwise. No data if csmm does not evaluate the account that receives the trail, or cannot evaluate a pattern, an expression or an alarm that decides. ${applies}`;

const TRAIL_NOTES =
  'The trail must count for IAM-L2-04, and can send its events to another account. The filter, its metric and the alarm must be in the account and Region of its log group. Several filters, metrics and rules count together.';

const SELECTIVE_NOTES =
  'Ordinary events are reads, data events, sign-ins that succeed, and changes that applications and services of AWS make all day, such as RunInstances, CreateLogStream or CreateGrant. People who get a message for each of them do not see the few that matter, whatever the threshold. A filter for several activities, or for all changes of IAM or CloudTrail, is broad but counts.';

const ALARM_FIRES_NOTES =
  'An alarm must have its actions enabled. It must fire at one event (failed sign-ins: at most 5), within a period of at most one hour, at one data point. An alarm notifies only when its state changes, so it must leave the state ALARM when the events end. If the filter has no default value, the alarm must therefore neither treat missing data as breaching nor ignore it. csmm evaluates the statistics Sum, SampleCount, Average, Maximum and Minimum, units, and metric math that is a weighted sum, such as m1+m2, SUM(METRICS()) or FILL(m1,0). A composite alarm counts if its rule is a choice of alarms (OR). Other statistics, expressions, rules, suppressors and anomaly detection bands give no data. csmm does not find alarms on queries of logs or of PromQL, or alarms in another account than the metric.';

const TARGET_NOTES =
  'A topic needs a confirmed subscriber. A Lambda function, queue, state machine, OpsItem, incident, API destination or API in the calling account counts, although csmm does not look inside. If a rule sends it ordinary events too, csmm does not know which of them alert people. A log group or a stream does not count, because it notifies no one.';

const RULE_NOTES =
  'Without such a trail, rules must match the events where they occur: events of IAM in us-east-1, sign-ins in us-east-1, us-east-2, eu-north-1 and ap-southeast-2, all others in every approved Region. In another partition, events of IAM and sign-ins occur in one Region, such as us-gov-west-1. If no Regions are approved, every Region that csmm read counts. The rules of a receiving account count if the rules of the account forward the events to it. In a Region that the organization has closed, only rules that csmm has read before count. csmm does not follow custom event buses. A pattern does not match the canonical events if it is limited to other accounts, callers or Regions.';

export const ALARM_NOTES: string = [TRAIL_NOTES, SELECTIVE_NOTES, ALARM_FIRES_NOTES, TARGET_NOTES, RULE_NOTES].join(' ');
