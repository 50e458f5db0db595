import { EC2Client, paginateDescribeSnapshots } from '@aws-sdk/client-ec2';
import { EC2_LAG } from './lags.ts';
import type { Reader } from './reader.ts';

/**
 * EBS snapshots that the account owns and shares with everyone. An account may own hundreds of thousands of snapshots, and EC2
 * returns their permissions one by one. It can however list those that everyone may restore
 * (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html). The reader lists only these, so a complete
 * list proves that all others are not public.
 */
export const ec2PublicSnapshots: Reader = {
  id: 'ec2-public-snapshots',
  scope: 'region',
  lists: ['AWS::EC2::Snapshot'],
  permissions: ['ec2:DescribeSnapshots'],
  // A snapshot is private until its permissions are modified, so its creation changes nothing here.
  refreshedBy: [{ source: 'ec2.amazonaws.com', names: ['ModifySnapshotAttribute', 'ResetSnapshotAttribute'] }],
  lag: EC2_LAG,
  read: async function* ({ clients, region }) {
    const client = clients(EC2Client, region);
    const input = { OwnerIds: ['self'], RestorableByUserIds: ['all'], MaxResults: 1000 };
    for await (const { Snapshots = [] } of paginateDescribeSnapshots({ client }, input)) {
      for (const { SnapshotId = '', Tags } of Snapshots) {
        yield { resourceType: 'AWS::EC2::Snapshot', resourceId: SnapshotId, configuration: { RestorableByAll: true }, tags: Tags };
      }
    }
  },
};
