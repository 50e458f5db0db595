import { type ControlPage, defineControl } from '../../core/control.ts';
import { canonicalEvents } from '../../core/detection/activities.ts';
import { ALARM_NOTES, ALARM_REMEDIATION, ALARM_TRIGGERS, alarmOn, alarmRemedy, alarmRule } from './alarm.ts';

export default defineControl({
  id: 'MON-L2-04',
  title: 'Alarm on CloudTrail configuration changes',
  pillar: 'monitoring',
  level: 2,
  severity: 'high',
  rules: [alarmOn('cloudtrail-changes')],
});

export const remedies = [/* @__PURE__ */ alarmRemedy('cloudtrail-changes')];

export const page: ControlPage = {
  slug: 'alarm-cloudtrail-changes',
  topic: '12 CloudWatch alarms',
  scope: 'account',
  evidence: 'api',
  rule: /* @__PURE__ */ alarmRule('CloudTrail configuration changes'),
  why: 'Attackers stop or redirect a trail to hide their next steps. The change to the trail is the last event that you can be sure to see.',
  parameters: { canonicalEvents: /* @__PURE__ */ canonicalEvents('cloudtrail-changes') },
  triggers: ALARM_TRIGGERS,
  remediation: ALARM_REMEDIATION,
  crosswalk: {
    cisAwsV3: ['4.5'],
    cisAwsV5: ['4.5'],
    securityHub: ['CloudWatch.5'],
    prowler: ['cloudwatch_log_metric_filter_and_alarm_for_cloudtrail_configuration_changes_enabled'],
    nistCsf2: ['DE.CM-09', 'PR.PS-04'],
    awsSmmV2: [
      { phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' },
      { phase: 3, category: 'Threat detection', recommendation: 'Custom Threat Detection capabilities (SecLake / SIEM)' },
    ],
    iansCsmm2: ['Security Monitoring'],
  },
  notes: ALARM_NOTES,
};
