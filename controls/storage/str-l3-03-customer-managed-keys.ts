import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'STR-L3-03',
  title: 'Sensitive stores use customer managed keys',
  pillar: 'storage',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'customer-managed-keys',
  topic: 'key mgmt architecture',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if every data store classified confidential or higher is encrypted with an enabled customer managed KMS key that the organization owns. Fails otherwise, also if an unclassified store exists in production scope. Not applicable if no store is so classified and every store is classified.',
  why: 'You cannot change the policy of an AWS managed key. With your own key, you control who can decrypt the data, and you can revoke the access at once.',
  apiFacts: ['kms:DescribeKey', 's3:GetBucketEncryption'],
  triggers: {
    configTypes: [
      'AWS::S3::Bucket',
      'AWS::RDS::DBInstance',
      'AWS::RDS::DBCluster',
      'AWS::DynamoDB::Table',
      'AWS::EFS::FileSystem',
      'AWS::KMS::Key',
    ],
    cloudTrail: [
      { source: 's3.amazonaws.com', names: ['PutBucketEncryption'] },
      { source: 'rds.amazonaws.com', names: ['CreateDBInstance'] },
      { source: 'dynamodb.amazonaws.com', names: ['CreateTable', 'UpdateTable'] },
      { source: 'kms.amazonaws.com', names: ['DisableKey', 'ScheduleKeyDeletion'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-EnableEncryptionOnDynamoDbTable',
    note: 'The AWS document covers only DynamoDB. The default key of a bucket needs a custom runbook. RDS needs a restore.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['S3.17'],
    prowler: ['s3_bucket_kms_encryption', 'dynamodb_tables_kms_cmk_encryption_enabled'],
    nistCsf2: ['PR.DS-01'],
    awsSmmV2: [{ phase: 2, category: 'Data protection', recommendation: 'Data Encryption at rest' }],
    iansCsmm2: ['Data Security'],
  },
};
