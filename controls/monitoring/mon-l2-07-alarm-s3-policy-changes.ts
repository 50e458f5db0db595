import { type ControlPage, defineControl } from '../../core/control.ts';
import { canonicalEvents } from '../../core/detection/activities.ts';
import { ALARM_NOTES, ALARM_REMEDIATION, ALARM_TRIGGERS, alarmOn, alarmRemedy, alarmRule } from './alarm.ts';

export default defineControl({
  id: 'MON-L2-07',
  title: 'Alarm on S3 bucket policy changes',
  pillar: 'monitoring',
  level: 2,
  severity: 'medium',
  rules: [alarmOn('s3-policy-changes')],
});

export const remedies = [/* @__PURE__ */ alarmRemedy('s3-policy-changes')];

export const page: ControlPage = {
  slug: 'alarm-s3-policy-changes',
  topic: '12 CloudWatch alarms',
  scope: 'account',
  evidence: 'api',
  rule: /* @__PURE__ */ alarmRule('S3 bucket policy changes'),
  why: 'One changed bucket policy or ACL can open all objects of a bucket to the internet. An alarm shortens the time that they stay open.',
  parameters: { canonicalEvents: /* @__PURE__ */ canonicalEvents('s3-policy-changes') },
  triggers: ALARM_TRIGGERS,
  remediation: ALARM_REMEDIATION,
  crosswalk: {
    cisAwsV3: ['4.8'],
    cisAwsV5: ['4.8'],
    securityHub: ['CloudWatch.8'],
    prowler: ['cloudwatch_log_metric_filter_for_s3_bucket_policy_changes'],
    nistCsf2: ['DE.CM-09'],
    awsSmmV2: [
      { phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' },
      { phase: 3, category: 'Threat detection', recommendation: 'Custom Threat Detection capabilities (SecLake / SIEM)' },
    ],
    iansCsmm2: ['Security Monitoring'],
  },
  notes: ALARM_NOTES,
};
