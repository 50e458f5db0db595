import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L3-01',
  title: 'Permissions flow through roles and groups, not ad-hoc policies',
  pillar: 'iam',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'rbac-no-adhoc-policies',
  topic: 'ABAC/RBAC',
  scope: 'account',
  evidence: 'policy-analysis',
  rule: 'Passes if no IAM user has an inline or directly attached policy, no customer-managed role has an inline policy that allows a wildcard action (* or service:*), and every Identity Center account assignment in the account names a group. Fails otherwise. Always applies.',
  why: 'Permissions granted to single users add up unseen and survive job changes. Roles and groups can be reviewed as a whole.',
  apiFacts: ['iam:GetAccountAuthorizationDetails', 'sso-admin:ListAccountAssignments'],
  triggers: {
    configTypes: ['AWS::IAM::User', 'AWS::IAM::Role', 'AWS::IAM::Group', 'AWS::IAM::Policy'],
    cloudTrail: [
      {
        source: 'iam.amazonaws.com',
        names: [
          'AttachUserPolicy',
          'PutUserPolicy',
          'DetachUserPolicy',
          'DeleteUserPolicy',
          'PutRolePolicy',
          'DeleteRolePolicy',
          'AddUserToGroup',
        ],
      },
      { source: 'sso.amazonaws.com', names: ['CreateAccountAssignment', 'DeleteAccountAssignment'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-RemoveUserPolicies',
    alternatives: ['AWS-DeleteIAMInlinePolicy', 'AWSConfigRemediation-ReplaceIAMInlinePolicy'],
    note: 'Covers only users. A person must review wildcard inline policies of roles.',
  },
  crosswalk: {
    cisAwsV3: ['1.15'],
    cisAwsV5: ['1.14'],
    securityHub: ['IAM.2'],
    prowler: ['iam_policy_attached_only_to_group_or_roles', 'iam_inline_policy_no_administrative_privileges'],
    nistCsf2: ['PR.AA-05'],
    awsSmmV2: [{ phase: 3, category: 'Identity and access management', recommendation: 'Least Privilege Review' }],
    iansCsmm2: ['IAM'],
  },
};
