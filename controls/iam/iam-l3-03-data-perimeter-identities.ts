import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L3-03',
  title: 'Only trusted identities can reach organization resources',
  pillar: 'iam',
  level: 3,
  severity: 'critical',
  rules: [],
});

export const page: ControlPage = {
  slug: 'data-perimeter-identities',
  topic: 'data perimeters',
  scope: 'organization',
  evidence: 'policy-analysis',
  rule: 'Passes if, for every S3 bucket, KMS key, SQS queue, Secrets Manager secret and STS-assumable role, an effective resource control policy or the resource policy itself denies principals whose aws:PrincipalOrgID differs from the organization, except AWS service principals bound by aws:SourceOrgID and declared trusted accounts. Fails otherwise. Not applicable if none of those resources exists. For an account outside an organization, aws:PrincipalAccount replaces aws:PrincipalOrgID.',
  why: 'One wrong resource policy can open data to accounts outside the organization. A perimeter stops this, whatever the single policy says.',
  apiFacts: [
    'organizations:ListPoliciesForTarget (RESOURCE_CONTROL_POLICY)',
    'organizations:DescribePolicy',
    's3:GetBucketPolicy',
    'kms:GetKeyPolicy',
    'sqs:GetQueueAttributes',
    'secretsmanager:GetResourcePolicy',
  ],
  triggers: {
    configTypes: ['AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::SQS::Queue', 'AWS::SecretsManager::Secret', 'AWS::IAM::Role'],
    cloudTrail: [
      { source: 'organizations.amazonaws.com', names: ['AttachPolicy', 'DetachPolicy', 'UpdatePolicy', 'DeletePolicy'] },
      { source: 's3.amazonaws.com', names: ['PutBucketPolicy', 'DeleteBucketPolicy'] },
      { source: 'kms.amazonaws.com', names: ['PutKeyPolicy'] },
      { source: 'sqs.amazonaws.com', names: ['SetQueueAttributes'] },
      { source: 'secretsmanager.amazonaws.com', names: ['PutResourcePolicy', 'DeleteResourcePolicy'] },
      { source: 'iam.amazonaws.com', names: ['UpdateAssumeRolePolicy', 'CreateRole'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Offer the RCP, and attach it to a canary OU first. RCPs do not apply to the management account.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['S3.6'],
    prowler: [
      's3_bucket_cross_account_access',
      'secretsmanager_has_restrictive_resource_policy',
      'dynamodb_table_cross_account_access',
      'eventbridge_bus_cross_account_access',
    ],
    nistCsf2: ['PR.AA-05', 'PR.DS-01'],
    awsSmmV2: [{ phase: 4, category: 'Identity and access management', recommendation: 'IAM Data Perimeters' }],
    iansCsmm2: ['IAM', 'Data Security'],
  },
  notes: 'RCP or SCP enforcement satisfies the resource checks (requested in Prowler #7114).',
};
