import { DescribeFileSystemsCommand, FSxClient, FSxServiceException } from '@aws-sdk/client-fsx';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { fsxFileSystems } from '../../../adapters/aws/readers/fsx-file-systems.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const TYPE = 'AWS::FSx::FileSystem';
const fsx = mockClient(FSxClient);
const denied = new FSxServiceException({ name: 'AccessDeniedException', $fault: 'client', $metadata: {}, message: 'no' });

beforeEach(() => fsx.reset());

it('gives a file system the facts of an item, with the name from its tags', async () => {
  fsx.on(DescribeFileSystemsCommand).resolves({
    FileSystems: [{ FileSystemId: 'fs-1', FileSystemType: 'ONTAP', Tags: [{ Key: 'Name', Value: 'homes' }] }],
  });
  const { facts } = factsOf(TYPE, { fileSystemType: 'ONTAP' });
  expect((await readFacts(fsxFileSystems))[`${TYPE} eu-west-1 fs-1`]).toEqual({ facts, missing: {}, name: 'homes' });
});

it('lists every page', async () => {
  fsx
    .on(DescribeFileSystemsCommand)
    .resolvesOnce({ FileSystems: [{ FileSystemId: 'fs-1' }], NextToken: 'more' })
    .resolvesOnce({ FileSystems: [{ FileSystemId: 'fs-2' }] });
  expect(await readInventory(fsxFileSystems)).toEqual({ [TYPE]: 2 });
});

it('says that the list is not complete if a page was denied', async () => {
  fsx
    .on(DescribeFileSystemsCommand)
    .resolvesOnce({ FileSystems: [{ FileSystemId: 'fs-1' }], NextToken: 'more' })
    .rejectsOnce(denied);
  expect(await readInventory(fsxFileSystems)).toEqual({ [TYPE]: expect.stringContaining('AccessDeniedException') });
});
