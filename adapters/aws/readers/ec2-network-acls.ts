import { EC2Client, paginateDescribeNetworkAcls } from '@aws-sdk/client-ec2';
import type { Reader } from './reader.ts';

/** Network ACLs that the account owns. */
export const ec2NetworkAcls: Reader = {
  id: 'ec2-network-acls',
  scope: 'region',
  lists: ['AWS::EC2::NetworkAcl'],
  permissions: ['ec2:DescribeNetworkAcls'],
  refreshedBy: [],
  read: async function* ({ accountId, clients, region }) {
    const client = clients(EC2Client, region);
    for await (const { NetworkAcls = [] } of paginateDescribeNetworkAcls({ client }, { MaxResults: 1000 })) {
      for (const acl of NetworkAcls) {
        if ((acl.OwnerId ?? accountId) !== accountId) continue;
        yield { resourceType: 'AWS::EC2::NetworkAcl', resourceId: acl.NetworkAclId ?? '', configuration: acl, tags: acl.Tags };
      }
    }
  },
};
