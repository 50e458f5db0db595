import { DescribeBackupPolicyCommand, DescribeFileSystemsCommand, EFSClient, EFSServiceException } from '@aws-sdk/client-efs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { efsFileSystems } from '../../../adapters/aws/readers/efs-file-systems.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const efs = mockClient(EFSClient);
const failure = (name: string) => new EFSServiceException({ name, $fault: 'client', $metadata: {}, message: name });
const describedAs = (FileSystemId: string) => ({
  FileSystemId,
  OwnerId: '111111111111',
  CreationToken: 'token',
  CreationTime: new Date(0),
  LifeCycleState: 'available' as const,
  NumberOfMountTargets: 0,
  SizeInBytes: { Value: 0 },
  PerformanceMode: 'generalPurpose' as const,
  Tags: [],
  Encrypted: true,
});

beforeEach(() => {
  efs.reset();
  efs.on(DescribeFileSystemsCommand).resolves({ FileSystems: [describedAs('fs-1')] });
  efs.on(DescribeBackupPolicyCommand).resolves({ BackupPolicy: { Status: 'ENABLED' } });
});

const fileSystem = async () => (await readFacts(efsFileSystems))['AWS::EFS::FileSystem eu-west-1 fs-1'];

it('gives a file system the facts that AWS Config has of it', async () => {
  const item = { FileSystemId: 'fs-1', Encrypted: true, BackupPolicy: { Status: 'ENABLED' } };
  expect(await fileSystem()).toEqual(factsOf('AWS::EFS::FileSystem', item));
  expect((await fileSystem())?.facts).toEqual({ encrypted: true, automaticBackups: true });
});

it.each(['DISABLED', 'DISABLING', 'ENABLING'] as const)('has no automatic backups while the policy is %s', async (Status) => {
  efs.on(DescribeBackupPolicyCommand).resolves({ BackupPolicy: { Status } });
  expect((await fileSystem())?.facts).toEqual({ encrypted: true, automaticBackups: false });
});

it('has no automatic backups where EFS says that there is no policy', async () => {
  efs.on(DescribeBackupPolicyCommand).rejects(failure('PolicyNotFound'));
  expect(await fileSystem()).toEqual({ facts: { encrypted: true, automaticBackups: false }, missing: {} });
});

it('loses the fact on backups where the call for it was denied, and no other', async () => {
  efs.on(DescribeBackupPolicyCommand).rejects(failure('AccessDeniedException'));
  expect(await fileSystem()).toEqual({
    facts: { encrypted: true },
    missing: { automaticBackups: expect.stringContaining('AccessDeniedException') },
  });
});

it('lists every page', async () => {
  efs
    .on(DescribeFileSystemsCommand)
    .resolvesOnce({ FileSystems: [describedAs('fs-1')], NextMarker: 'more' })
    .resolvesOnce({ FileSystems: [describedAs('fs-2')] });
  expect(await readInventory(efsFileSystems)).toEqual({ 'AWS::EFS::FileSystem': 2 });
});

it('says that the list is not complete where a page was denied', async () => {
  efs
    .on(DescribeFileSystemsCommand)
    .resolvesOnce({ FileSystems: [describedAs('fs-1')], NextMarker: 'more' })
    .rejectsOnce(failure('AccessDeniedException'));
  expect(await readInventory(efsFileSystems)).toEqual({ 'AWS::EFS::FileSystem': expect.stringContaining('AccessDeniedException') });
});
