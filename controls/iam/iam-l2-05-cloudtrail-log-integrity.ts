import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L2-05',
  title: 'Trail logs are validated, encrypted and unreachable by the public',
  pillar: 'iam',
  level: 2,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'cloudtrail-log-integrity',
  topic: 'CloudTrail',
  scope: 'account',
  evidence: 'api',
  rule: 'PASS iff every trail counted by IAM-L2-04 has LogFileValidationEnabled = true, a KmsKeyId, a CloudWatch Logs group with delivery in the last 24 hours, and a destination bucket that is not public; FAIL otherwise, UNKNOWN when the bucket account is outside the evaluated scope; NOT_APPLICABLE when no such trail exists (IAM-L2-04 already fails).',
  apiFacts: ['cloudtrail:DescribeTrails', 'cloudtrail:GetTrailStatus', 's3:GetBucketPolicyStatus', 's3:GetBucketPublicAccessBlock'],
  triggers: {
    configTypes: ['AWS::CloudTrail::Trail', 'AWS::S3::Bucket'],
    cloudTrail: [
      { source: 'cloudtrail.amazonaws.com', names: ['UpdateTrail', 'CreateTrail'] },
      {
        source: 's3.amazonaws.com',
        names: ['PutBucketPolicy', 'DeleteBucketPolicy', 'PutBucketAcl', 'DeleteBucketPublicAccessBlock', 'PutBucketPublicAccessBlock'],
      },
      { source: 'kms.amazonaws.com', names: ['DisableKey', 'ScheduleKeyDeletion', 'PutKeyPolicy'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-EnableCloudTrailLogFileValidation',
    alternatives: ['AWSConfigRemediation-EnableCloudTrailEncryptionWithKMS'],
    note: 'Encryption half: the alternative.',
  },
  crosswalk: {
    cisAwsV3: ['3.2', '3.5'],
    cisAwsV5: ['3.2', '3.5'],
    securityHub: ['CloudTrail.2', 'CloudTrail.4', 'CloudTrail.5', 'CloudTrail.6'],
    prowler: [
      'cloudtrail_log_file_validation_enabled',
      'cloudtrail_kms_encryption_enabled',
      'cloudtrail_cloudwatch_logging_enabled',
      'cloudtrail_logs_s3_bucket_is_not_publicly_accessible',
    ],
    nistCsf2: ['PR.PS-04', 'PR.DS-01'],
    awsSmmV2: [{ phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' }],
    iansCsmm2: ['Security Monitoring', 'Compliance and Audit'],
  },
  notes:
    'For an organization trail the bucket and log group live in another account (Prowler #2438, #383): join across accounts, never FAIL for lack of sight.',
};
