import { type ControlPage, defineControl } from '../../core/control.ts';
import { canonicalEvents } from '../../core/detection/activities.ts';
import { ALARM_NOTES, ALARM_REMEDIATION, ALARM_TRIGGERS, alarmOn, alarmRemedy, alarmRule } from './alarm.ts';

export default defineControl({
  id: 'MON-L2-05',
  title: 'Alarm on console authentication failures',
  pillar: 'monitoring',
  level: 2,
  severity: 'medium',
  rules: [alarmOn('console-auth-failures')],
});

export const remedies = [/* @__PURE__ */ alarmRemedy('console-auth-failures')];

export const page: ControlPage = {
  slug: 'alarm-console-auth-failures',
  topic: '12 CloudWatch alarms',
  scope: 'account',
  evidence: 'api',
  rule: /* @__PURE__ */ alarmRule('console authentication failures', 'five events or fewer'),
  why: 'Repeated failures at the console sign-in are an early sign of password guessing or of stolen, outdated credentials.',
  parameters: { canonicalEvents: /* @__PURE__ */ canonicalEvents('console-auth-failures') },
  triggers: ALARM_TRIGGERS,
  remediation: ALARM_REMEDIATION,
  crosswalk: {
    cisAwsV3: ['4.6'],
    cisAwsV5: ['4.6'],
    securityHub: ['CloudWatch.6'],
    prowler: ['cloudwatch_log_metric_filter_authentication_failures'],
    nistCsf2: ['DE.CM-03', 'DE.AE-02'],
    awsSmmV2: [
      { phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' },
      { phase: 3, category: 'Threat detection', recommendation: 'Custom Threat Detection capabilities (SecLake / SIEM)' },
    ],
    iansCsmm2: ['Security Monitoring'],
  },
  notes: ALARM_NOTES,
};
