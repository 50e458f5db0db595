import { type ControlPage, defineControl } from '../../core/control.ts';
import { canonicalEvents } from '../../core/detection/activities.ts';
import { ALARM_NOTES, ALARM_REMEDIATION, ALARM_TRIGGERS, alarmOn, alarmRemedy, alarmRule } from './alarm.ts';

export default defineControl({
  id: 'MON-L2-12',
  title: 'Alarm on route table changes',
  pillar: 'monitoring',
  level: 2,
  severity: 'low',
  rules: [alarmOn('route-table-changes')],
});

export const remedies = [/* @__PURE__ */ alarmRemedy('route-table-changes')];

export const page: ControlPage = {
  slug: 'alarm-route-table-changes',
  topic: '12 CloudWatch alarms',
  scope: 'account',
  evidence: 'api',
  rule: /* @__PURE__ */ alarmRule('route table changes'),
  why: 'A changed route can send traffic past a firewall, to the internet or to the network of an attacker.',
  parameters: { canonicalEvents: /* @__PURE__ */ canonicalEvents('route-table-changes') },
  triggers: ALARM_TRIGGERS,
  remediation: ALARM_REMEDIATION,
  crosswalk: {
    cisAwsV3: ['4.13'],
    cisAwsV5: ['4.13'],
    securityHub: ['CloudWatch.13'],
    prowler: ['cloudwatch_changes_to_network_route_tables_alarm_configured'],
    nistCsf2: ['DE.CM-01'],
    awsSmmV2: [
      { phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' },
      { phase: 3, category: 'Threat detection', recommendation: 'Custom Threat Detection capabilities (SecLake / SIEM)' },
    ],
    iansCsmm2: ['Security Monitoring'],
  },
  notes: ALARM_NOTES,
};
