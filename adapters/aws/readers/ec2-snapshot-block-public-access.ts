import { EC2Client, GetSnapshotBlockPublicAccessStateCommand, paginateDescribeSnapshots } from '@aws-sdk/client-ec2';
import { attempt } from '../failures.ts';
import type { Reader } from './reader.ts';

/**
 * Whether EBS snapshots of a Region can be public, and whether there are any. AWS Config names the setting by the account, as
 * CloudFormation does: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-snapshotblockpublicaccess.html
 */
export const ec2SnapshotBlockPublicAccess: Reader = {
  id: 'ec2-snapshot-block-public-access',
  scope: 'region',
  lists: ['AWS::EC2::SnapshotBlockPublicAccess'],
  permissions: ['ec2:DescribeSnapshots', 'ec2:GetSnapshotBlockPublicAccessState'],
  // The first snapshot of an account is no event to wait for: until it is read again, a control may not apply that passes.
  refreshedBy: [{ source: 'ec2.amazonaws.com', names: ['EnableSnapshotBlockPublicAccess', 'DisableSnapshotBlockPublicAccess'] }],
  read: async function* ({ accountId, clients, region }) {
    const client = clients(EC2Client, region);
    const { State } = await client.send(new GetSnapshotBlockPublicAccessStateCommand({}));
    const OwnsSnapshots = await attempt(() => ownsSnapshots(client));
    yield { resourceType: 'AWS::EC2::SnapshotBlockPublicAccess', resourceId: accountId, configuration: { State, OwnsSnapshots } };
  },
};

/** Pages of EC2 may be empty before the last. */
async function ownsSnapshots(client: EC2Client): Promise<boolean> {
  for await (const { Snapshots = [] } of paginateDescribeSnapshots({ client }, { OwnerIds: ['self'], MaxResults: 5 })) {
    if (Snapshots.length > 0) return true;
  }
  return false;
}
