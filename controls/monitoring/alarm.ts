import { across, type JoinRule, judgeAccount, type Remediation, type Triggers } from '../../core/control.ts';
import type { ActivityId } from '../../core/detection/activities.ts';
import { DETECTOR_TYPES, detectorAccounts, judgeDetector } from '../../core/detection/detector.ts';
import { isUntold } from '../../core/evaluation/evidence.ts';
import { SETTINGS } from '../../core/facts/settings.ts';

/** What the alarm controls have in common: they differ only in the activity that somebody must be told of. */

/** The rule of an alarm control: one verdict on the account, once anything was read of what it rests on. */
export const alarmOn = (activity: ActivityId): JoinRule =>
  across(
    [...DETECTOR_TYPES, SETTINGS],
    function* (inventory) {
      if (!isUntold(inventory, DETECTOR_TYPES)) yield judgeAccount(inventory, judgeDetector(inventory, activity));
    },
    { handlesGaps: true, elsewhere: detectorAccounts },
  );

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
