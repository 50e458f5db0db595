import { EC2Client, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import type { Reader } from './reader.ts';

/** EC2 instances, including those that an AWS service manages and the account has hidden. */
export const ec2Instances: Reader = {
  id: 'ec2-instances',
  scope: 'region',
  lists: ['AWS::EC2::Instance'],
  permissions: ['ec2:DescribeInstances'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(EC2Client, region);
    for await (const { Reservations = [] } of paginateDescribeInstances({ client }, { MaxResults: 1000, IncludeManagedResources: true })) {
      for (const instance of Reservations.flatMap(({ Instances = [] }) => Instances)) {
        const resourceId = instance.InstanceId ?? '';
        yield { resourceType: 'AWS::EC2::Instance', resourceId, configuration: instance, tags: instance.Tags ?? [] };
      }
    }
  },
};
