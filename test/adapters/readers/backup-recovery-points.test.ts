import {
  BackupClient,
  BackupServiceException,
  ListBackupVaultsCommand,
  ListRecoveryPointsByBackupVaultCommand,
} from '@aws-sdk/client-backup';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { backupRecoveryPoints } from '../../../adapters/aws/readers/backup-recovery-points.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const backup = mockClient(BackupClient);
const denied = new BackupServiceException({ name: 'AccessDeniedException', $fault: 'client', $metadata: {}, message: 'no' });
const arn = (name: string) => `arn:aws:backup:eu-west-1:111111111111:recovery-point:${name}`;

beforeEach(() => {
  backup.reset();
  backup
    .on(ListBackupVaultsCommand)
    .resolvesOnce({ BackupVaultList: [{ BackupVaultName: 'a' }], NextToken: 'more' })
    .resolvesOnce({ BackupVaultList: [{ BackupVaultName: 'b' }] });
  backup
    .on(ListRecoveryPointsByBackupVaultCommand, { BackupVaultName: 'a' })
    .resolvesOnce({ RecoveryPoints: [{ RecoveryPointArn: arn('1'), IsEncrypted: true, CreationDate: new Date(0) }], NextToken: 'more' })
    .resolvesOnce({ RecoveryPoints: [{ RecoveryPointArn: arn('2'), IsEncrypted: false }] });
  backup
    .on(ListRecoveryPointsByBackupVaultCommand, { BackupVaultName: 'b' })
    .resolves({ RecoveryPoints: [{ RecoveryPointArn: arn('3') }] });
});

it('gives the points of every page of every vault the facts that AWS Config has of them', async () => {
  expect(await readFacts(backupRecoveryPoints)).toEqual({
    [`AWS::Backup::RecoveryPoint eu-west-1 ${arn('1')}`]: factsOf('AWS::Backup::RecoveryPoint', { IsEncrypted: true }),
    [`AWS::Backup::RecoveryPoint eu-west-1 ${arn('2')}`]: factsOf('AWS::Backup::RecoveryPoint', { IsEncrypted: false }),
    [`AWS::Backup::RecoveryPoint eu-west-1 ${arn('3')}`]: factsOf('AWS::Backup::RecoveryPoint', {}, { source: 'api' }),
    'CSMM::Inventory eu-west-1 AWS::Backup::RecoveryPoint': { facts: { resources: 3 }, missing: {} },
  });
});

it("says that the list is not complete where a vault's policy denies its points", async () => {
  backup.on(ListRecoveryPointsByBackupVaultCommand, { BackupVaultName: 'b' }).rejects(denied);
  expect(await readInventory(backupRecoveryPoints)).toEqual({
    'AWS::Backup::RecoveryPoint': expect.stringContaining('AccessDeniedException'),
  });
});
