import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L2-01',
  title: 'Service control policies stop tampering with security services',
  pillar: 'iam',
  level: 2,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'scp-protects-security-services',
  topic: 'SCPs',
  scope: 'organization',
  evidence: 'policy-analysis',
  rule: 'PASS iff the SCPs effective on the account (root, every OU on the path, account) deny each action in the protected set to every principal except declared exempt roles; FAIL otherwise, including for an account outside any organization; NOT_APPLICABLE for the management account, to which SCPs do not apply.',
  apiFacts: [
    'organizations:DescribeOrganization',
    'organizations:ListParents',
    'organizations:ListPoliciesForTarget',
    'organizations:DescribePolicy',
  ],
  parameters: {
    protectedActions: [
      'cloudtrail:StopLogging',
      'cloudtrail:DeleteTrail',
      'cloudtrail:UpdateTrail',
      'config:StopConfigurationRecorder',
      'config:DeleteConfigurationRecorder',
      'guardduty:DeleteDetector',
      'guardduty:DisassociateFromAdministratorAccount',
      'securityhub:DisableSecurityHub',
      'access-analyzer:DeleteAnalyzer',
      'organizations:LeaveOrganization',
    ],
  },
  triggers: {
    configTypes: [],
    cloudTrail: [
      {
        source: 'organizations.amazonaws.com',
        names: [
          'AttachPolicy',
          'DetachPolicy',
          'UpdatePolicy',
          'DeletePolicy',
          'EnablePolicyType',
          'DisablePolicyType',
          'MoveAccount',
          'LeaveOrganization',
          'RemoveAccountFromOrganization',
          'AcceptHandshake',
          'CreateAccount',
        ],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Propose the missing deny statements; attaching an SCP needs human approval.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['Account.2'],
    prowler: ['organizations_account_part_of_organizations'],
    nistCsf2: ['PR.AA-05', 'GV.PO-01'],
    awsSmmV2: [
      { phase: 2, category: 'Identity and access management', recommendation: 'GuardRails: Organizational Policies with SCPs/RCPs' },
      { phase: 2, category: 'Infrastructure protection', recommendation: 'Multi-account management' },
    ],
    iansCsmm2: ['Organization Management', 'Governance', 'IAM'],
  },
};
