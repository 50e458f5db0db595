import { type ControlPage, defineControl } from '../../core/control.ts';
import { canonicalEvents } from '../../core/detection/activities.ts';
import { ALARM_NOTES, ALARM_REMEDIATION, ALARM_TRIGGERS, alarmOn, alarmRemedy, alarmRule } from './alarm.ts';

export default defineControl({
  id: 'MON-L2-09',
  title: 'Alarm on security group changes',
  pillar: 'monitoring',
  level: 2,
  severity: 'medium',
  rules: [alarmOn('security-group-changes')],
});

export const remedies = [/* @__PURE__ */ alarmRemedy('security-group-changes')];

export const page: ControlPage = {
  slug: 'alarm-security-group-changes',
  topic: '12 CloudWatch alarms',
  scope: 'account',
  evidence: 'api',
  rule: /* @__PURE__ */ alarmRule('security group changes'),
  why: 'One new rule of a security group can open a service to the internet. Scanners find the open port within minutes.',
  parameters: { canonicalEvents: /* @__PURE__ */ canonicalEvents('security-group-changes') },
  triggers: ALARM_TRIGGERS,
  remediation: ALARM_REMEDIATION,
  crosswalk: {
    cisAwsV3: ['4.10'],
    cisAwsV5: ['4.10'],
    securityHub: ['CloudWatch.10'],
    prowler: ['cloudwatch_log_metric_filter_security_group_changes'],
    nistCsf2: ['DE.CM-01', 'DE.CM-09'],
    awsSmmV2: [
      { phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' },
      { phase: 3, category: 'Threat detection', recommendation: 'Custom Threat Detection capabilities (SecLake / SIEM)' },
    ],
    iansCsmm2: ['Security Monitoring'],
  },
  notes: ALARM_NOTES,
};
