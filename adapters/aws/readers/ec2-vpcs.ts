import { EC2Client, paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import type { Reader } from './reader.ts';

/** VPCs, including those that other accounts share. */
export const ec2Vpcs: Reader = {
  id: 'ec2-vpcs',
  scope: 'region',
  lists: ['AWS::EC2::VPC'],
  permissions: ['ec2:DescribeVpcs'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(EC2Client, region);
    for await (const { Vpcs = [] } of paginateDescribeVpcs({ client }, { MaxResults: 1000 })) {
      for (const vpc of Vpcs) {
        yield { resourceType: 'AWS::EC2::VPC', resourceId: vpc.VpcId ?? '', configuration: vpc, tags: vpc.Tags };
      }
    }
  },
};
