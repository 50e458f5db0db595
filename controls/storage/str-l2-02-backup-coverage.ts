import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'STR-L2-02',
  title: 'Every stateful resource is backed up',
  pillar: 'storage',
  level: 2,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'backup-coverage',
  topic: 'backups',
  scope: 'resource',
  evidence: 'api',
  rule: 'PASS iff the resource (RDS, Aurora, attached EBS volume, EFS, DynamoDB table) has an AWS Backup recovery point no older than its recovery-point objective or service automated backups with retention of at least 7 days; FAIL otherwise; NOT_APPLICABLE when the account has no such resource or the resource is tagged ephemeral under an unexpired exemption.',
  apiFacts: ['backup:ListProtectedResources', 'backup:DescribeProtectedResource', 'rds:DescribeDBInstances'],
  parameters: { rpoHours: 24, minRetentionDays: 7 },
  triggers: {
    configTypes: [
      'AWS::RDS::DBInstance',
      'AWS::RDS::DBCluster',
      'AWS::EC2::Volume',
      'AWS::EFS::FileSystem',
      'AWS::DynamoDB::Table',
      'AWS::Backup::BackupPlan',
      'AWS::Backup::BackupSelection',
      'AWS::Backup::RecoveryPoint',
    ],
    cloudTrail: [
      {
        source: 'backup.amazonaws.com',
        names: [
          'CreateBackupPlan',
          'UpdateBackupPlan',
          'DeleteBackupPlan',
          'CreateBackupSelection',
          'DeleteBackupSelection',
          'DeleteRecoveryPoint',
        ],
      },
      { source: 'rds.amazonaws.com', names: ['CreateDBInstance', 'ModifyDBInstance'] },
    ],
    native: [{ source: 'aws.backup', detailType: 'Backup Job State Change' }],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-EnableRDSInstanceBackup',
    note: 'RDS only; others join a tag-selected backup plan (custom).',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['RDS.11', 'RDS.26', 'EC2.28', 'EFS.2', 'DynamoDB.4'],
    prowler: [
      'rds_instance_backup_enabled',
      'rds_instance_protected_by_backup_plan',
      'ec2_ebs_volume_protected_by_backup_plan',
      'efs_have_backup_enabled',
      'dynamodb_table_protected_by_backup_plan',
      'backup_plans_exist',
    ],
    nistCsf2: ['PR.DS-11'],
    awsSmmV2: [{ phase: 2, category: 'Data protection', recommendation: 'Backups' }],
    iansCsmm2: ['Data Security', 'Resilience'],
  },
};
