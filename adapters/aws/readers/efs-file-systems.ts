import { DescribeBackupPolicyCommand, EFSClient, type FileSystemDescription, paginateDescribeFileSystems } from '@aws-sdk/client-efs';
import { attempt, factIn } from '../failures.ts';
import { describeEach, type Observation, type Reader } from './reader.ts';

/** EFS file systems, each with a call for its automatic backups. */
export const efsFileSystems: Reader = {
  id: 'efs-file-systems',
  scope: 'region',
  lists: ['AWS::EFS::FileSystem'],
  permissions: ['elasticfilesystem:DescribeFileSystems', 'elasticfilesystem:DescribeBackupPolicy'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(EFSClient, region);
    for await (const { FileSystems = [] } of paginateDescribeFileSystems({ client, pageSize: 100 }, {})) {
      yield* describeEach(FileSystems, (fileSystem) => describeFileSystem(fileSystem, client));
    }
  },
};

async function describeFileSystem(fileSystem: FileSystemDescription, client: EFSClient): Promise<Observation> {
  const FileSystemId = fileSystem.FileSystemId ?? '';
  const policy = await attempt(() => client.send(new DescribeBackupPolicyCommand({ FileSystemId })), ['PolicyNotFound']);
  return {
    resourceType: 'AWS::EFS::FileSystem',
    resourceId: FileSystemId,
    configuration: { ...fileSystem, BackupPolicy: factIn(policy, ({ BackupPolicy }) => BackupPolicy, { Status: 'DISABLED' }) },
    tags: fileSystem.Tags,
  };
}
