import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L3-02',
  title: 'Attribute-based access is enforced and its tags are tamper-proof',
  pillar: 'iam',
  level: 3,
  severity: 'medium',
  rules: [],
});

export const page: ControlPage = {
  slug: 'abac-tag-authorization',
  topic: 'ABAC/RBAC',
  scope: 'organization',
  evidence: 'policy-analysis',
  rule: 'Passes if, for each declared ABAC key, the Identity Center access-control attributes (or session tags of every human role) carry it, at least one attached policy compares aws:PrincipalTag with aws:ResourceTag on it, and an effective SCP denies changing it to everyone except declared administrators. Fails otherwise. Not applicable if the settings declare abac.mode = rbac-only and IAM-L3-01 passes.',
  why: 'If users can change the tags that grant access, they can grant themselves access. ABAC is safe only with protected tags.',
  apiFacts: [
    'sso-admin:DescribeInstanceAccessControlAttributeConfiguration',
    'iam:GetAccountAuthorizationDetails',
    'organizations:DescribePolicy',
    'organizations:ListPoliciesForTarget',
  ],
  triggers: {
    configTypes: ['AWS::IAM::Role', 'AWS::IAM::Policy'],
    cloudTrail: [
      { source: 'iam.amazonaws.com', names: ['TagRole', 'UntagRole', 'CreatePolicyVersion', 'SetDefaultPolicyVersion'] },
      {
        source: 'sso.amazonaws.com',
        names: [
          'CreateInstanceAccessControlAttributeConfiguration',
          'UpdateInstanceAccessControlAttributeConfiguration',
          'DeleteInstanceAccessControlAttributeConfiguration',
        ],
      },
      { source: 'organizations.amazonaws.com', names: ['AttachPolicy', 'DetachPolicy', 'UpdatePolicy'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: ['organizations_tags_policies_enabled_and_attached'],
    nistCsf2: ['PR.AA-05'],
    awsSmmV2: [
      { phase: 3, category: 'Security governance', recommendation: 'Tagging strategy' },
      { phase: 3, category: 'Identity and access management', recommendation: 'Least Privilege Review' },
    ],
    iansCsmm2: ['IAM', 'Governance'],
  },
};
