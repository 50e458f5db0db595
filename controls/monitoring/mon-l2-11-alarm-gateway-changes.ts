import { type ControlPage, defineControl } from '../../core/control.ts';
import { canonicalEvents } from '../../core/detection/activities.ts';
import { ALARM_NOTES, ALARM_REMEDIATION, ALARM_TRIGGERS, alarmOn, alarmRemedy, alarmRule } from './alarm.ts';

export default defineControl({
  id: 'MON-L2-11',
  title: 'Alarm on network gateway changes',
  pillar: 'monitoring',
  level: 2,
  severity: 'low',
  rules: [alarmOn('gateway-changes')],
});

export const remedies = [/* @__PURE__ */ alarmRemedy('gateway-changes')];

export const page: ControlPage = {
  slug: 'alarm-gateway-changes',
  topic: '12 CloudWatch alarms',
  scope: 'account',
  evidence: 'api',
  rule: /* @__PURE__ */ alarmRule('network gateway changes'),
  why: 'A new gateway can connect a private network to the internet or to another network, and traffic then bypasses the intended inspection.',
  parameters: { canonicalEvents: /* @__PURE__ */ canonicalEvents('gateway-changes') },
  triggers: ALARM_TRIGGERS,
  remediation: ALARM_REMEDIATION,
  crosswalk: {
    cisAwsV3: ['4.12'],
    cisAwsV5: ['4.12'],
    securityHub: ['CloudWatch.12'],
    prowler: ['cloudwatch_changes_to_network_gateways_alarm_configured'],
    nistCsf2: ['DE.CM-01'],
    awsSmmV2: [
      { phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' },
      { phase: 3, category: 'Threat detection', recommendation: 'Custom Threat Detection capabilities (SecLake / SIEM)' },
    ],
    iansCsmm2: ['Security Monitoring'],
  },
  notes: ALARM_NOTES,
};
