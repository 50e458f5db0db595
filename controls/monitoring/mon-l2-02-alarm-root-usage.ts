import { type ControlPage, defineControl } from '../../core/control.ts';
import { canonicalEvents } from '../../core/detection/activities.ts';
import { ALARM_NOTES, ALARM_REMEDIATION, ALARM_TRIGGERS, alarmOn, alarmRemedy, alarmRule } from './alarm.ts';

export default defineControl({
  id: 'MON-L2-02',
  title: 'Alarm on root user activity',
  pillar: 'monitoring',
  level: 2,
  severity: 'critical',
  rules: [alarmOn('root-usage')],
});

export const remedies = [/* @__PURE__ */ alarmRemedy('root-usage')];

export const page: ControlPage = {
  slug: 'alarm-root-usage',
  topic: '12 CloudWatch alarms',
  scope: 'account',
  evidence: 'api',
  rule: /* @__PURE__ */ alarmRule('root user activity', 'one event', 'Not applicable in the aws-cn partition, which has no root users.'),
  why: 'The root user can do anything in the account, and no IAM policy limits it. Daily work never needs it, so each use is rare enough to check.',
  parameters: { canonicalEvents: /* @__PURE__ */ canonicalEvents('root-usage') },
  triggers: ALARM_TRIGGERS,
  remediation: ALARM_REMEDIATION,
  crosswalk: {
    cisAwsV3: ['4.3'],
    cisAwsV5: ['4.3'],
    securityHub: ['CloudWatch.1'],
    prowler: ['cloudwatch_log_metric_filter_root_usage'],
    nistCsf2: ['DE.CM-03', 'DE.AE-02'],
    awsSmmV2: [
      { phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' },
      { phase: 3, category: 'Threat detection', recommendation: 'Custom Threat Detection capabilities (SecLake / SIEM)' },
    ],
    iansCsmm2: ['Security Monitoring'],
  },
  notes: ALARM_NOTES,
};
