import { BackupClient, paginateListProtectedResources } from '@aws-sdk/client-backup';
import { BACKUP_LAG } from './lags.ts';
import type { Reader } from './reader.ts';

/** Resources that AWS Backup has backed up, with the time of the last backup. AWS Config has no item for it. */
export const backupProtectedResources: Reader = {
  id: 'backup-protected-resources',
  scope: 'region',
  lists: ['AWS::Backup::ProtectedResource'],
  permissions: ['backup:ListProtectedResources'],
  refreshedBy: [{ source: 'backup.amazonaws.com', names: ['DeleteRecoveryPoint'] }],
  lag: BACKUP_LAG,
  read: async function* ({ clients, region }) {
    const client = clients(BackupClient, region);
    for await (const { Results = [] } of paginateListProtectedResources({ client, pageSize: 1000 }, {})) {
      for (const resource of Results) {
        yield { resourceType: 'AWS::Backup::ProtectedResource', resourceId: resource.ResourceArn ?? '', configuration: resource };
      }
    }
  },
};
