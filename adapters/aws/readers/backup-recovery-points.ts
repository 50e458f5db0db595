import { BackupClient, paginateListBackupVaults, paginateListRecoveryPointsByBackupVault } from '@aws-sdk/client-backup';
import type { Reader } from './reader.ts';

/** Recovery points of every AWS Backup vault. */
export const backupRecoveryPoints: Reader = {
  id: 'backup-recovery-points',
  scope: 'region',
  lists: ['AWS::Backup::RecoveryPoint'],
  permissions: ['backup:ListBackupVaults', 'backup:ListRecoveryPointsByBackupVault'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(BackupClient, region);
    for await (const { BackupVaultList = [] } of paginateListBackupVaults({ client, pageSize: 1000 }, {})) {
      for (const { BackupVaultName } of BackupVaultList) {
        const pages = paginateListRecoveryPointsByBackupVault({ client, pageSize: 1000 }, { BackupVaultName });
        for await (const { RecoveryPoints = [] } of pages) {
          for (const point of RecoveryPoints) {
            yield { resourceType: 'AWS::Backup::RecoveryPoint', resourceId: point.RecoveryPointArn ?? '', configuration: point };
          }
        }
      }
    }
  },
};
