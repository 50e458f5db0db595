import { EC2Client, paginateDescribeNetworkInterfaces } from '@aws-sdk/client-ec2';
import type { Reader } from './reader.ts';

/** Network interfaces that the account owns. The owner of a shared VPC also sees those of its participants. */
export const ec2NetworkInterfaces: Reader = {
  id: 'ec2-network-interfaces',
  scope: 'region',
  lists: ['AWS::EC2::NetworkInterface'],
  permissions: ['ec2:DescribeNetworkInterfaces'],
  refreshedBy: [],
  read: async function* ({ accountId, clients, region }) {
    const client = clients(EC2Client, region);
    const input = { MaxResults: 1000, IncludeManagedResources: true };
    for await (const { NetworkInterfaces = [] } of paginateDescribeNetworkInterfaces({ client }, input)) {
      for (const networkInterface of NetworkInterfaces) {
        if ((networkInterface.OwnerId ?? accountId) !== accountId) continue;
        const resourceId = networkInterface.NetworkInterfaceId ?? '';
        yield { resourceType: 'AWS::EC2::NetworkInterface', resourceId, configuration: networkInterface, tags: networkInterface.TagSet };
      }
    }
  },
};
