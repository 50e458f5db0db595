import { defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'STR-L1-02',
  slug: 's3-bucket-not-public',
  title: 'No bucket is public',
  pillar: 'storage',
  level: 1,
  severity: 'critical',
  topic: 'S3 public block',
  scope: 'resource',
  evidence: 'config',
  rule: 'PASS iff the effective (account and bucket) Block Public Access settings are all true, or GetBucketPolicyStatus reports IsPublic = false and no ACL grant names AllUsers or AuthenticatedUsers; FAIL otherwise; NOT_APPLICABLE when the account has no buckets.',
  apiFacts: ['s3:GetBucketPublicAccessBlock', 's3:GetBucketPolicyStatus', 's3:GetBucketAcl'],
  triggers: {
    configTypes: ['AWS::S3::Bucket'],
    cloudTrail: [
      {
        source: 's3.amazonaws.com',
        names: [
          'CreateBucket',
          'PutBucketPolicy',
          'DeleteBucketPolicy',
          'PutBucketAcl',
          'PutBucketPublicAccessBlock',
          'DeleteBucketPublicAccessBlock',
        ],
      },
    ],
    native: [{ source: 'aws.access-analyzer', detailType: 'Access Analyzer Finding' }],
    schedule: 'rate(24 hours)',
  },
  rules: [],
  remediation: {
    kind: 'managed',
    document: 'AWS-DisableS3BucketPublicReadWrite',
    alternatives: ['AWSConfigRemediation-ConfigureS3BucketPublicAccessBlock', 'AWSConfigRemediation-RemovePrincipalStarFromS3BucketPolicy'],
  },
  crosswalk: {
    cisAwsV3: ['2.1.4'],
    cisAwsV5: ['2.1.4'],
    securityHub: ['S3.2', 'S3.3', 'S3.8'],
    prowler: [
      's3_bucket_public_access',
      's3_bucket_level_public_access_block',
      's3_bucket_policy_public_write_access',
      's3_bucket_public_list_acl',
      's3_bucket_public_write_acl',
    ],
    nistCsf2: ['PR.DS-01', 'PR.AA-05'],
    awsSmmV2: [{ phase: 1, category: 'Data protection', recommendation: 'Block Public Access' }],
    iansCsmm2: ['Data Security'],
  },
});
