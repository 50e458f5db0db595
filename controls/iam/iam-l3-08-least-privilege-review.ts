import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L3-08',
  title: 'Access is reviewed on a cadence and full-admin grants are gone',
  pillar: 'iam',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'least-privilege-review',
  topic: 'least privilege reviews',
  scope: 'account',
  evidence: 'attestation',
  rule: 'Passes if a signed access-review record covering the account is at most 90 days old, no attached customer-managed policy allows Action * on Resource *, and every customer role without an exception was used in the last 90 days. Fails otherwise. Always applies.',
  why: 'Permissions grow with every project and rarely shrink. Each unused grant increases the damage of a compromised identity.',
  apiFacts: [
    'iam:GetAccountAuthorizationDetails',
    'iam:GetRole (RoleLastUsed)',
    'iam:GenerateServiceLastAccessedDetails',
    'iam:GetServiceLastAccessedDetails',
  ],
  parameters: { reviewMaxAgeDays: 90, roleUnusedDays: 90 },
  triggers: {
    configTypes: ['AWS::IAM::Policy', 'AWS::IAM::Role'],
    cloudTrail: [
      {
        source: 'iam.amazonaws.com',
        names: [
          'CreatePolicyVersion',
          'SetDefaultPolicyVersion',
          'AttachRolePolicy',
          'AttachUserPolicy',
          'AttachGroupPolicy',
          'DetachRolePolicy',
          'DeleteRole',
        ],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-DetachIAMPolicy',
    note: 'Detaches a full-admin policy after approval. The review itself is manual.',
  },
  crosswalk: {
    cisAwsV3: ['1.16'],
    cisAwsV5: ['1.15'],
    securityHub: ['IAM.1', 'IAM.21'],
    prowler: ['iam_customer_attached_policy_no_administrative_privileges', 'iam_aws_attached_policy_no_administrative_privileges'],
    nistCsf2: ['PR.AA-05', 'ID.IM-01'],
    awsSmmV2: [{ phase: 3, category: 'Identity and access management', recommendation: 'Least Privilege Review' }],
    iansCsmm2: ['IAM', 'Compliance and Audit'],
  },
  notes: 'csmm can check two of the three conditions. Only the act of review needs an attestation.',
  corroboratingSignals: [
    'Role and policy removals by human principals within 14 days of the review date (CloudTrail)',
    'Access Analyzer unused-access findings moving to ARCHIVED or RESOLVED in the window',
    'GenerateServiceLastAccessedDetails calls by the reviewer principal',
  ],
};
