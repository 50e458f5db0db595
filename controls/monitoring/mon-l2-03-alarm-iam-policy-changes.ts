import { type ControlPage, defineControl } from '../../core/control.ts';
import { canonicalEvents } from '../../core/detection/activities.ts';
import { ALARM_NOTES, ALARM_REMEDIATION, ALARM_TRIGGERS, alarmOn, alarmRemedy, alarmRule } from './alarm.ts';

export default defineControl({
  id: 'MON-L2-03',
  title: 'Alarm on IAM policy changes',
  pillar: 'monitoring',
  level: 2,
  severity: 'high',
  rules: [alarmOn('iam-policy-changes')],
});

export const remedies = [/* @__PURE__ */ alarmRemedy('iam-policy-changes')];

export const page: ControlPage = {
  slug: 'alarm-iam-policy-changes',
  topic: '12 CloudWatch alarms',
  scope: 'account',
  evidence: 'api',
  rule: /* @__PURE__ */ alarmRule('IAM policy changes'),
  why: 'A changed policy can give an attacker more privileges or a permanent way back in. An alarm shows the change before the attacker uses it.',
  parameters: { canonicalEvents: /* @__PURE__ */ canonicalEvents('iam-policy-changes') },
  triggers: ALARM_TRIGGERS,
  remediation: ALARM_REMEDIATION,
  crosswalk: {
    cisAwsV3: ['4.4'],
    cisAwsV5: ['4.4'],
    securityHub: ['CloudWatch.4'],
    prowler: ['cloudwatch_log_metric_filter_policy_changes'],
    nistCsf2: ['DE.CM-03', 'DE.CM-09'],
    awsSmmV2: [
      { phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' },
      { phase: 3, category: 'Threat detection', recommendation: 'Custom Threat Detection capabilities (SecLake / SIEM)' },
    ],
    iansCsmm2: ['Security Monitoring'],
  },
  notes: ALARM_NOTES,
};
