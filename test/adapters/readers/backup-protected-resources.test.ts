import { BackupClient, BackupServiceException, ListProtectedResourcesCommand } from '@aws-sdk/client-backup';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { backupProtectedResources } from '../../../adapters/aws/readers/backup-protected-resources.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const backup = mockClient(BackupClient);
const denied = new BackupServiceException({ name: 'AccessDeniedException', $fault: 'client', $metadata: {}, message: 'no' });
const ARN = 'arn:aws:ec2:eu-west-1:111111111111:volume/vol-1';

beforeEach(() => {
  backup.reset();
});

it('tells of each resource, by its ARN, when it was last backed up', async () => {
  backup
    .on(ListProtectedResourcesCommand)
    .resolvesOnce({
      Results: [{ ResourceArn: ARN, ResourceType: 'EBS', LastBackupTime: new Date('2025-12-31T22:00:00Z') }],
      NextToken: 'more',
    })
    .resolvesOnce({ Results: [{ ResourceArn: `${ARN}2`, ResourceType: 'EBS' }] });
  expect(await readFacts(backupProtectedResources)).toEqual({
    [`AWS::Backup::ProtectedResource eu-west-1 ${ARN}`]: { facts: { lastBackupAt: '2025-12-31T22:00:00.000Z' }, missing: {} },
    [`AWS::Backup::ProtectedResource eu-west-1 ${ARN}2`]: { facts: {}, missing: { lastBackupAt: expect.stringMatching(/\S/) } },
    'CSMM::Inventory eu-west-1 AWS::Backup::ProtectedResource': { facts: { resources: 2 }, missing: {} },
  });
});

it('says that the list is not complete where a page was denied', async () => {
  backup
    .on(ListProtectedResourcesCommand)
    .resolvesOnce({ Results: [{ ResourceArn: ARN }], NextToken: 'more' })
    .rejectsOnce(denied);
  expect(await readInventory(backupProtectedResources)).toEqual({
    'AWS::Backup::ProtectedResource': expect.stringContaining('AccessDeniedException'),
  });
});
