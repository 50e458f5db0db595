import { AutoScalingClient, paginateDescribeAutoScalingGroups } from '@aws-sdk/client-auto-scaling';
import type { Reader } from './reader.ts';

/** Auto Scaling groups. AWS Config names them by their ARN. */
export const autoScalingGroups: Reader = {
  id: 'autoscaling-groups',
  scope: 'region',
  lists: ['AWS::AutoScaling::AutoScalingGroup'],
  permissions: ['autoscaling:DescribeAutoScalingGroups'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(AutoScalingClient, region);
    for await (const { AutoScalingGroups = [] } of paginateDescribeAutoScalingGroups({ client }, { MaxRecords: 100 })) {
      for (const group of AutoScalingGroups) {
        const resourceId = group.AutoScalingGroupARN ?? '';
        yield { resourceType: 'AWS::AutoScaling::AutoScalingGroup', resourceId, configuration: group, tags: group.Tags };
      }
    }
  },
};
