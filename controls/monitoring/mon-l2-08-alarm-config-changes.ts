import { type ControlPage, defineControl } from '../../core/control.ts';
import { canonicalEvents } from '../../core/detection/activities.ts';
import { ALARM_NOTES, ALARM_REMEDIATION, ALARM_TRIGGERS, alarmOn, alarmRemedy, alarmRule } from './alarm.ts';

export default defineControl({
  id: 'MON-L2-08',
  title: 'Alarm on AWS Config configuration changes',
  pillar: 'monitoring',
  level: 2,
  severity: 'medium',
  rules: [alarmOn('config-changes')],
});

export const remedies = [/* @__PURE__ */ alarmRemedy('config-changes')];

export const page: ControlPage = {
  slug: 'alarm-config-changes',
  topic: '12 CloudWatch alarms',
  scope: 'account',
  evidence: 'api',
  rule: /* @__PURE__ */ alarmRule('AWS Config configuration changes'),
  why: 'Without a running recorder, AWS Config misses changes, and every control that depends on it loses its evidence. Attackers turn it off for this reason.',
  parameters: { canonicalEvents: /* @__PURE__ */ canonicalEvents('config-changes') },
  triggers: ALARM_TRIGGERS,
  remediation: ALARM_REMEDIATION,
  crosswalk: {
    cisAwsV3: ['4.9'],
    cisAwsV5: ['4.9'],
    securityHub: ['CloudWatch.9'],
    prowler: ['cloudwatch_log_metric_filter_and_alarm_for_aws_config_configuration_changes_enabled'],
    nistCsf2: ['DE.CM-09'],
    awsSmmV2: [
      { phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' },
      { phase: 3, category: 'Threat detection', recommendation: 'Custom Threat Detection capabilities (SecLake / SIEM)' },
    ],
    iansCsmm2: ['Security Monitoring'],
  },
  notes: ALARM_NOTES,
};
