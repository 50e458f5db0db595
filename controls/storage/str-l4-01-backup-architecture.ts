import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'STR-L4-01',
  title: 'Backups are isolated, immutable and in another Region',
  pillar: 'storage',
  level: 4,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'backup-architecture',
  topic: 'Backup architecture',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if every backup plan that protects production resources copies to a vault in a different account and different Region, and the destination vault is logically air-gapped or has Vault Lock in compliance mode with the declared minimum retention. Fails otherwise. Not applicable if the account has no stateful production resource.',
  why: 'An attacker with control of an account deletes its backups first. A locked copy in another account and Region survives such an attack, and also the loss of a Region.',
  apiFacts: ['backup:ListBackupPlans', 'backup:GetBackupPlan', 'backup:DescribeBackupVault', 'backup:ListCopyJobs'],
  parameters: { minRetentionDays: 35 },
  triggers: {
    configTypes: ['AWS::Backup::BackupPlan', 'AWS::Backup::BackupVault'],
    cloudTrail: [
      {
        source: 'backup.amazonaws.com',
        names: [
          'CreateBackupPlan',
          'UpdateBackupPlan',
          'DeleteBackupPlan',
          'PutBackupVaultLockConfiguration',
          'DeleteBackupVaultLockConfiguration',
          'PutBackupVaultAccessPolicy',
          'DeleteBackupVault',
        ],
      },
    ],
    native: [{ source: 'aws.backup', detailType: 'Copy Job State Change' }],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'manual', note: 'Vault Lock in compliance mode is irreversible after its grace period.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: ['backup_vaults_exist', 'backup_plans_exist', 'backup_vaults_encrypted'],
    nistCsf2: ['PR.DS-11', 'RC.RP-03'],
    awsSmmV2: [
      { phase: 2, category: 'Data protection', recommendation: 'Backups' },
      { phase: 3, category: 'Resiliency', recommendation: 'Disaster Recovery Plan' },
      { phase: 4, category: 'Resiliency', recommendation: 'Multi-region Disaster Recovery Automation' },
    ],
    iansCsmm2: ['Resilience', 'Data Security'],
  },
};
