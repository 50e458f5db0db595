import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L4-03',
  title: 'No standing admin in production; break-glass is sealed and watched',
  pillar: 'iam',
  level: 4,
  severity: 'critical',
  rules: [],
});

export const page: ControlPage = {
  slug: 'jit-access-break-glass',
  topic: 'JIT access',
  scope: 'account',
  evidence: 'policy-analysis',
  rule: 'Passes if no human principal outside the break-glass principals has held an admin-equivalent grant in a production account continuously for more than 12 hours, every break-glass principal has MFA and an alarm on use, and every break-glass session in the last 90 days has a linked incident or change record. Fails otherwise. Not applicable to accounts outside the declared production scope.',
  why: 'Standing administrator access is always available to an attacker who takes over a laptop or a session. Short grants narrow that window to hours.',
  apiFacts: [
    'sso-admin:ListAccountAssignments',
    'sso-admin:DescribePermissionSet',
    'iam:GetAccountAuthorizationDetails',
    'cloudtrail:LookupEvents',
  ],
  parameters: { maxStandingHours: 12 },
  triggers: {
    configTypes: ['AWS::IAM::Role', 'AWS::IAM::User', 'AWS::IAM::Group'],
    cloudTrail: [
      {
        source: 'sso.amazonaws.com',
        names: [
          'CreateAccountAssignment',
          'DeleteAccountAssignment',
          'AttachManagedPolicyToPermissionSet',
          'PutInlinePolicyToPermissionSet',
          'AttachCustomerManagedPolicyReferenceToPermissionSet',
        ],
      },
      {
        source: 'iam.amazonaws.com',
        names: ['AttachRolePolicy', 'AttachUserPolicy', 'AttachGroupPolicy', 'AddUserToGroup', 'UpdateAssumeRolePolicy'],
      },
      { source: 'sts.amazonaws.com', names: ['AssumeRole', 'AssumeRoleWithSAML'] },
    ],
    schedule: 'rate(1 hour)',
  },
  remediation: {
    kind: 'custom',
    note: 'Open a proposal to revoke the standing assignment. Never remove break-glass access automatically.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['IAM.1'],
    prowler: [
      'iam_role_administratoraccess_policy',
      'iam_user_administrator_access_policy',
      'iam_group_administrator_access_policy',
      'iam_administrator_access_with_mfa',
    ],
    nistCsf2: ['PR.AA-05', 'DE.CM-03'],
    awsSmmV2: [{ phase: 4, category: 'Identity and access management', recommendation: 'Temporary Elevated Access' }],
    iansCsmm2: ['IAM', 'Incident Response'],
  },
};
