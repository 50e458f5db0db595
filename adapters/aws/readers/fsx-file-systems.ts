import { FSxClient, paginateDescribeFileSystems } from '@aws-sdk/client-fsx';
import type { Reader } from './reader.ts';

/** FSx file systems of every type. */
export const fsxFileSystems: Reader = {
  id: 'fsx-file-systems',
  scope: 'region',
  notEverywhere: true,
  lists: ['AWS::FSx::FileSystem'],
  permissions: ['fsx:DescribeFileSystems'],
  refreshedBy: [{ source: 'fsx.amazonaws.com', names: ['CreateFileSystem', 'CreateFileSystemFromBackup', 'DeleteFileSystem'] }],
  read: async function* ({ clients, region }) {
    const client = clients(FSxClient, region);
    for await (const { FileSystems = [] } of paginateDescribeFileSystems({ client, pageSize: 100 }, {})) {
      for (const fileSystem of FileSystems) {
        yield {
          resourceType: 'AWS::FSx::FileSystem',
          resourceId: fileSystem.FileSystemId ?? '',
          configuration: fileSystem,
          tags: fileSystem.Tags,
        };
      }
    }
  },
};
