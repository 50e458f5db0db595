import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L3-07',
  title: 'Delegated IAM administration is capped by a permissions boundary',
  pillar: 'iam',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'permission-boundaries',
  topic: 'least privilege reviews',
  scope: 'account',
  evidence: 'policy-analysis',
  rule: 'Passes if every principal outside the declared IAM administrators that can call iam:CreateRole, iam:CreateUser, iam:PutRolePolicy, iam:AttachRolePolicy or iam:CreatePolicyVersion is limited by an iam:PermissionsBoundary condition to a declared boundary and cannot remove boundaries, and no attached policy opens a known privilege-escalation path. Fails otherwise. Not applicable if only declared administrators have IAM write permissions.',
  why: 'A principal that can create roles can give itself every permission. A boundary caps what it can grant.',
  apiFacts: ['iam:GetAccountAuthorizationDetails'],
  triggers: {
    configTypes: ['AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::IAM::User'],
    cloudTrail: [
      {
        source: 'iam.amazonaws.com',
        names: [
          'PutRolePermissionsBoundary',
          'DeleteRolePermissionsBoundary',
          'PutUserPermissionsBoundary',
          'DeleteUserPermissionsBoundary',
          'CreatePolicyVersion',
          'SetDefaultPolicyVersion',
          'AttachRolePolicy',
          'PutRolePolicy',
        ],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: ['iam_policy_allows_privilege_escalation', 'iam_inline_policy_allows_privilege_escalation'],
    nistCsf2: ['PR.AA-05'],
    awsSmmV2: [{ phase: 3, category: 'Identity and access management', recommendation: 'Least Privilege Review' }],
    iansCsmm2: ['IAM'],
  },
};
