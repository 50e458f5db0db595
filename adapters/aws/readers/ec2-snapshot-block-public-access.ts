import { EC2Client, GetSnapshotBlockPublicAccessStateCommand, paginateDescribeSnapshots } from '@aws-sdk/client-ec2';
import { attempt } from '../failures.ts';
import { EC2_LAG } from './lags.ts';
import type { Reader } from './reader.ts';

/**
 * Block public access for the EBS snapshots of a Region, and whether it has any snapshots. AWS Config identifies the setting by
 * the account, as CloudFormation does:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-snapshotblockpublicaccess.html
 */
export const ec2SnapshotBlockPublicAccess: Reader = {
  id: 'ec2-snapshot-block-public-access',
  scope: 'region',
  lists: ['AWS::EC2::SnapshotBlockPublicAccess'],
  permissions: ['ec2:DescribeSnapshots', 'ec2:GetSnapshotBlockPublicAccessState'],
  // The first snapshot of an account does not refresh it: until the next read, a control may be NOT_APPLICABLE although it would pass.
  refreshedBy: [{ source: 'ec2.amazonaws.com', names: ['EnableSnapshotBlockPublicAccess', 'DisableSnapshotBlockPublicAccess'] }],
  lag: EC2_LAG,
  read: async function* ({ accountId, clients, region }) {
    const client = clients(EC2Client, region);
    const { State } = await client.send(new GetSnapshotBlockPublicAccessStateCommand({}));
    const OwnsSnapshots = await attempt(() => ownsSnapshots(client));
    yield { resourceType: 'AWS::EC2::SnapshotBlockPublicAccess', resourceId: accountId, configuration: { State, OwnsSnapshots } };
  },
};

/** Whether the account owns a snapshot. Pages of EC2 may be empty before the last one. */
async function ownsSnapshots(client: EC2Client): Promise<boolean> {
  for await (const { Snapshots = [] } of paginateDescribeSnapshots({ client }, { OwnerIds: ['self'], MaxResults: 5 })) {
    if (Snapshots.length > 0) return true;
  }
  return false;
}
