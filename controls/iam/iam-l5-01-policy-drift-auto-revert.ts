import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L5-01',
  title: 'Out-of-band IAM changes are reverted automatically',
  pillar: 'iam',
  level: 5,
  severity: 'critical',
  rules: [],
});

export const page: ControlPage = {
  slug: 'policy-drift-auto-revert',
  topic: 'policy drift auto-revert',
  scope: 'account',
  evidence: 'api',
  rule: 'PASS iff every out-of-band IAM write of the last 30 days (or a recorded canary drill in that window when there was none) was followed within 15 minutes by a restoring write from a declared remediation principal; FAIL otherwise, including when there is neither an event nor a drill; never NOT_APPLICABLE.',
  apiFacts: ['cloudtrail:LookupEvents or an event-store query', 'config:GetResourceConfigHistory'],
  parameters: { windowDays: 30, revertWithinMinutes: 15 },
  triggers: {
    configTypes: ['AWS::IAM::Role', 'AWS::IAM::Policy'],
    cloudTrail: [
      {
        source: 'iam.amazonaws.com',
        names: [
          'PutRolePolicy',
          'AttachRolePolicy',
          'DetachRolePolicy',
          'CreatePolicyVersion',
          'SetDefaultPolicyVersion',
          'UpdateAssumeRolePolicy',
          'DeleteRolePermissionsBoundary',
        ],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'EventBridge rule to a revert workflow holding the approved policy snapshot.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: [],
    nistCsf2: ['PR.PS-01', 'RS.MI-01', 'DE.CM-09'],
    awsSmmV2: [
      { phase: 4, category: 'Incident response', recommendation: 'Automate deviation correction in configurations' },
      { phase: 4, category: 'Incident response', recommendation: 'Advanced security automations' },
    ],
    iansCsmm2: ['IAM', 'Compliance and Audit', 'Incident Response'],
  },
};
