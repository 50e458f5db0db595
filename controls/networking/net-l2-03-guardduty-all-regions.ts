import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'NET-L2-03',
  title: 'GuardDuty is enabled in every approved Region',
  pillar: 'networking',
  level: 2,
  severity: 'critical',
  rules: [],
});

export const page: ControlPage = {
  slug: 'guardduty-all-regions',
  topic: 'GuardDuty',
  scope: 'region',
  evidence: 'api',
  rule: 'PASS iff every approved Region has a GuardDuty detector with Status = ENABLED and all foundational data sources on; FAIL otherwise; never NOT_APPLICABLE.',
  apiFacts: ['guardduty:ListDetectors', 'guardduty:GetDetector'],
  triggers: {
    configTypes: ['AWS::GuardDuty::Detector'],
    cloudTrail: [
      {
        source: 'guardduty.amazonaws.com',
        names: ['CreateDetector', 'UpdateDetector', 'DeleteDetector', 'DisassociateFromAdministratorAccount', 'StopMonitoringMembers'],
      },
    ],
    schedule: 'rate(12 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-CreateGuardDutyDetector',
    note: 'Prefer organization auto-enable; cost applies.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['GuardDuty.1'],
    prowler: ['guardduty_is_enabled'],
    nistCsf2: ['DE.CM-01', 'DE.CM-09'],
    awsSmmV2: [{ phase: 1, category: 'Threat detection', recommendation: 'Detect Common Threats' }],
    iansCsmm2: ['Security Monitoring'],
  },
};
