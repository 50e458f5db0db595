import { type ControlPage, defineControl } from '../../core/control.ts';
import { canonicalEvents } from '../../core/detection/activities.ts';
import { ALARM_NOTES, ALARM_REMEDIATION, ALARM_TRIGGERS, alarmOn, alarmRemedy, alarmRule } from './alarm.ts';

export default defineControl({
  id: 'MON-L2-13',
  title: 'Alarm on VPC changes',
  pillar: 'monitoring',
  level: 2,
  severity: 'low',
  rules: [alarmOn('vpc-changes')],
});

export const remedies = [/* @__PURE__ */ alarmRemedy('vpc-changes')];

export const page: ControlPage = {
  slug: 'alarm-vpc-changes',
  topic: '12 CloudWatch alarms',
  scope: 'account',
  evidence: 'api',
  rule: /* @__PURE__ */ alarmRule('VPC changes'),
  why: 'A changed VPC or a new peering connection can join networks that must stay separate, such as production and test.',
  parameters: { canonicalEvents: /* @__PURE__ */ canonicalEvents('vpc-changes') },
  triggers: ALARM_TRIGGERS,
  remediation: ALARM_REMEDIATION,
  crosswalk: {
    cisAwsV3: ['4.14'],
    cisAwsV5: ['4.14'],
    securityHub: ['CloudWatch.14'],
    prowler: ['cloudwatch_changes_to_vpcs_alarm_configured'],
    nistCsf2: ['DE.CM-01'],
    awsSmmV2: [
      { phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' },
      { phase: 3, category: 'Threat detection', recommendation: 'Custom Threat Detection capabilities (SecLake / SIEM)' },
    ],
    iansCsmm2: ['Security Monitoring'],
  },
  notes: ALARM_NOTES,
};
