import { type ControlPage, defineControl } from '../../core/control.ts';
import { canonicalEvents } from '../../core/detection/activities.ts';
import { ALARM_NOTES, ALARM_REMEDIATION, ALARM_TRIGGERS, alarmOn, alarmRemedy, alarmRule } from './alarm.ts';

export default defineControl({
  id: 'MON-L2-06',
  title: 'Alarm on disabling or deleting customer managed keys',
  pillar: 'monitoring',
  level: 2,
  severity: 'high',
  rules: [alarmOn('cmk-disable-delete')],
});

export const remedies = [/* @__PURE__ */ alarmRemedy('cmk-disable-delete')];

export const page: ControlPage = {
  slug: 'alarm-cmk-disable-delete',
  topic: '12 CloudWatch alarms',
  scope: 'account',
  evidence: 'api',
  rule: /* @__PURE__ */ alarmRule('disabling or scheduled deletion of customer managed keys'),
  why: 'All data encrypted with a key becomes unreadable when the key is disabled or deleted. A deletion can be canceled only during its waiting period.',
  parameters: { canonicalEvents: /* @__PURE__ */ canonicalEvents('cmk-disable-delete') },
  triggers: ALARM_TRIGGERS,
  remediation: ALARM_REMEDIATION,
  crosswalk: {
    cisAwsV3: ['4.7'],
    cisAwsV5: ['4.7'],
    securityHub: ['CloudWatch.7'],
    prowler: ['cloudwatch_log_metric_filter_disable_or_scheduled_deletion_of_kms_cmk'],
    nistCsf2: ['DE.CM-09', 'PR.DS-01'],
    awsSmmV2: [
      { phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' },
      { phase: 3, category: 'Threat detection', recommendation: 'Custom Threat Detection capabilities (SecLake / SIEM)' },
    ],
    iansCsmm2: ['Security Monitoring'],
  },
  notes: ALARM_NOTES,
};
