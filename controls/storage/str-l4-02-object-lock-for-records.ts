import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'STR-L4-02',
  title: 'Log, backup and record buckets are immutable',
  pillar: 'storage',
  level: 4,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'object-lock-for-records',
  topic: 'Object Lock',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if Object Lock is enabled with a default retention of at least the declared days on every bucket that is a log-archive destination, a backup target or classified as a record. Fails otherwise. Not applicable if no bucket has such a role.',
  why: 'Attackers delete logs and backups to hide their tracks and to force a ransom. During the retention, a user with full access to the account cannot remove locked objects either.',
  apiFacts: ['s3:GetObjectLockConfiguration'],
  parameters: { minRetentionDays: 365 },
  triggers: {
    configTypes: ['AWS::S3::Bucket'],
    cloudTrail: [
      {
        source: 's3.amazonaws.com',
        names: ['PutObjectLockConfiguration', 'PutBucketObjectLockConfiguration', 'CreateBucket', 'PutBucketTagging'],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'custom',
    note: 'You can enable Object Lock on an existing versioned bucket. A change of the retention needs approval.',
  },
  crosswalk: {
    cisAwsV3: ['2.1.2'],
    cisAwsV5: ['2.1.2'],
    securityHub: ['S3.15', 'S3.20'],
    prowler: ['s3_bucket_object_lock', 's3_bucket_no_mfa_delete'],
    nistCsf2: ['PR.DS-11', 'PR.DS-01', 'PR.PS-04'],
    awsSmmV2: [{ phase: 2, category: 'Data protection', recommendation: 'Backups' }],
    iansCsmm2: ['Data Security', 'Resilience', 'Compliance and Audit'],
  },
  notes: 'CIS 2.1.2 (MFA delete) is related but not equal.',
};
