import { type ControlPage, defineControl } from '../../core/control.ts';
import { canonicalEvents } from '../../core/detection/activities.ts';
import { ALARM_NOTES, ALARM_REMEDIATION, ALARM_TRIGGERS, alarmOn, alarmRemedy, alarmRule } from './alarm.ts';

export default defineControl({
  id: 'MON-L2-10',
  title: 'Alarm on network ACL changes',
  pillar: 'monitoring',
  level: 2,
  severity: 'low',
  rules: [alarmOn('nacl-changes')],
});

export const remedies = [/* @__PURE__ */ alarmRemedy('nacl-changes')];

export const page: ControlPage = {
  slug: 'alarm-nacl-changes',
  topic: '12 CloudWatch alarms',
  scope: 'account',
  evidence: 'api',
  rule: /* @__PURE__ */ alarmRule('network ACL changes'),
  why: 'A network ACL protects whole subnets. A changed entry can remove this second barrier for all resources in them at once.',
  parameters: { canonicalEvents: /* @__PURE__ */ canonicalEvents('nacl-changes') },
  triggers: ALARM_TRIGGERS,
  remediation: ALARM_REMEDIATION,
  crosswalk: {
    cisAwsV3: ['4.11'],
    cisAwsV5: ['4.11'],
    securityHub: ['CloudWatch.11'],
    prowler: ['cloudwatch_changes_to_network_acls_alarm_configured'],
    nistCsf2: ['DE.CM-01'],
    awsSmmV2: [
      { phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' },
      { phase: 3, category: 'Threat detection', recommendation: 'Custom Threat Detection capabilities (SecLake / SIEM)' },
    ],
    iansCsmm2: ['Security Monitoring'],
  },
  notes: ALARM_NOTES,
};
