import { type ControlPage, compliant, defineControl, nonCompliant, on } from '../../core/control.ts';

const ALGORITHMS: ReadonlySet<string> = new Set(['AES256', 'aws:kms', 'aws:kms:dsse']);

const evaluateFileSystem = ({ encrypted }: { encrypted: boolean }) =>
  encrypted ? compliant('file system is encrypted') : nonCompliant('file-system-not-encrypted', 'file system is not encrypted');

export default defineControl({
  id: 'STR-L1-06',
  title: 'File systems and buckets are encrypted at rest',
  pillar: 'storage',
  level: 1,
  severity: 'medium',
  rules: [
    on('AWS::EFS::FileSystem', ['encrypted'], evaluateFileSystem),
    on('AWS::FSx::FileSystem', ['encrypted'], evaluateFileSystem),
    on('AWS::S3::Bucket', ['defaultEncryption'], ({ defaultEncryption }) =>
      ALGORITHMS.has(defaultEncryption)
        ? compliant(`bucket default encryption is ${defaultEncryption}`)
        : nonCompliant(
            'default-encryption-not-accepted',
            `bucket default encryption is ${defaultEncryption} (required: ${[...ALGORITHMS].join(' or ')})`,
          ),
    ),
  ],
});

export const page: ControlPage = {
  slug: 'file-and-object-encryption',
  topic: 'encryption',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if the EFS or FSx file system is encrypted and the bucket has a default encryption rule with AES256, aws:kms or aws:kms:dsse. Fails otherwise. Not applicable if there are no file systems or buckets.',
  why: 'Without encryption, access to the storage or to a backup is enough to read the files. An EFS file system cannot be encrypted later.',
  triggers: {
    cloudTrail: [
      { source: 'elasticfilesystem.amazonaws.com', names: ['CreateFileSystem'] },
      { source: 'fsx.amazonaws.com', names: ['CreateFileSystem', 'CreateFileSystemFromBackup'] },
      { source: 's3.amazonaws.com', names: ['CreateBucket', 'PutBucketEncryption', 'DeleteBucketEncryption'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWS-EnableS3BucketEncryption',
    note: 'The AWS document covers only buckets. An unencrypted EFS file system must be created again.',
  },
  crosswalk: {
    cisAwsV3: ['2.4.1'],
    cisAwsV5: ['2.3.1'],
    securityHub: ['EFS.1', 'EFS.8', 'S3.4'],
    prowler: ['efs_encryption_at_rest_enabled', 's3_bucket_default_encryption'],
    nistCsf2: ['PR.DS-01'],
    awsSmmV2: [{ phase: 2, category: 'Data protection', recommendation: 'Data Encryption at rest' }],
    iansCsmm2: ['Data Security'],
  },
  notes:
    'S3 encrypts new objects by default, and FSx encrypts every file system. So in practice only EFS file systems fail. csmm reads FSx, so that an account with only FSx file systems passes.',
};
