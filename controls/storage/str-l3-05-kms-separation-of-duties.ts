import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'STR-L3-05',
  title: 'Key administration and key use are separate',
  pillar: 'storage',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'kms-separation-of-duties',
  topic: 'key mgmt architecture',
  scope: 'resource',
  evidence: 'policy-analysis',
  rule: 'Passes if no principal except account root delegation can both administer (PutKeyPolicy, ScheduleKeyDeletion, CreateGrant without kms:GrantIsForAWSResource) and use (Decrypt, GenerateDataKey) the same customer managed key, no key policy allows a wildcard principal without an account or organization condition, and no attached policy allows kms:Decrypt on all keys. Fails otherwise. Not applicable if there are no customer managed keys.',
  why: 'A principal that both manages and uses a key can give itself access to all data under that key. If the duties are separate, an attacker needs two identities.',
  apiFacts: ['kms:GetKeyPolicy', 'kms:ListGrants', 'iam:GetAccountAuthorizationDetails'],
  triggers: {
    configTypes: ['AWS::KMS::Key', 'AWS::IAM::Policy', 'AWS::IAM::Role'],
    cloudTrail: [
      { source: 'kms.amazonaws.com', names: ['PutKeyPolicy', 'CreateGrant', 'CreateKey', 'ScheduleKeyDeletion'] },
      { source: 'iam.amazonaws.com', names: ['CreatePolicyVersion', 'PutRolePolicy', 'AttachRolePolicy'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'custom',
    alternatives: ['AWSConfigRemediation-CancelKeyDeletion'],
    note: 'Propose a split key policy. AWSConfigRemediation-CancelKeyDeletion cancels a pending deletion.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['KMS.1', 'KMS.2', 'KMS.3', 'KMS.5'],
    prowler: [
      'kms_key_not_publicly_accessible',
      'kms_cmk_not_deleted_unintentionally',
      'iam_policy_no_full_access_to_kms',
      'iam_inline_policy_no_full_access_to_kms',
    ],
    nistCsf2: ['PR.DS-01', 'PR.AA-05'],
    awsSmmV2: [
      { phase: 2, category: 'Data protection', recommendation: 'Data Encryption at rest' },
      { phase: 3, category: 'Identity and access management', recommendation: 'Least Privilege Review' },
    ],
    iansCsmm2: ['Data Security', 'IAM'],
  },
};
