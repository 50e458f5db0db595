import type { Remediation, Triggers } from '../../core/control.ts';

/** What the alarm controls have in common: they differ only in the activity that somebody must be told of. */

export const ALARM_API_FACTS = [
  'cloudtrail:DescribeTrails',
  'logs:DescribeMetricFilters',
  'cloudwatch:DescribeAlarmsForMetric',
  'sns:ListSubscriptionsByTopic',
  'events:ListRules',
  'events:ListTargetsByRule',
];

export const ALARM_TRIGGERS: Triggers = {
  configTypes: ['AWS::CloudWatch::Alarm', 'AWS::SNS::Topic', 'AWS::Events::Rule', 'AWS::CloudTrail::Trail'],
  cloudTrail: [
    { source: 'logs.amazonaws.com', names: ['PutMetricFilter', 'DeleteMetricFilter', 'DeleteLogGroup'] },
    { source: 'monitoring.amazonaws.com', names: ['PutMetricAlarm', 'DeleteAlarms', 'DisableAlarmActions', 'EnableAlarmActions'] },
    { source: 'sns.amazonaws.com', names: ['Subscribe', 'Unsubscribe', 'DeleteTopic'] },
    { source: 'events.amazonaws.com', names: ['PutRule', 'DisableRule', 'DeleteRule', 'PutTargets', 'RemoveTargets'] },
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
