import { EC2Client, paginateDescribeSubnets } from '@aws-sdk/client-ec2';
import type { Reader } from './reader.ts';

/** Subnets, including those that other accounts share. */
export const ec2Subnets: Reader = {
  id: 'ec2-subnets',
  scope: 'region',
  lists: ['AWS::EC2::Subnet'],
  permissions: ['ec2:DescribeSubnets'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(EC2Client, region);
    for await (const { Subnets = [] } of paginateDescribeSubnets({ client }, { MaxResults: 1000 })) {
      for (const subnet of Subnets) {
        yield { resourceType: 'AWS::EC2::Subnet', resourceId: subnet.SubnetId ?? '', configuration: subnet, tags: subnet.Tags };
      }
    }
  },
};
