import { EC2Client, paginateDescribeSecurityGroups } from '@aws-sdk/client-ec2';
import type { Reader } from './reader.ts';

/** Security groups that the account owns. */
export const ec2SecurityGroups: Reader = {
  id: 'ec2-security-groups',
  scope: 'region',
  lists: ['AWS::EC2::SecurityGroup'],
  permissions: ['ec2:DescribeSecurityGroups'],
  refreshedBy: [],
  read: async function* ({ accountId, clients, region }) {
    const client = clients(EC2Client, region);
    for await (const { SecurityGroups = [] } of paginateDescribeSecurityGroups({ client }, { MaxResults: 1000 })) {
      for (const group of SecurityGroups) {
        if ((group.OwnerId ?? accountId) !== accountId) continue;
        yield {
          resourceType: 'AWS::EC2::SecurityGroup',
          resourceId: group.GroupId ?? '',
          resourceName: group.GroupName,
          configuration: group,
          tags: group.Tags,
        };
      }
    }
  },
};
