import { describeAutoScalingGroups } from './describe-autoscaling-groups.ts';
import type { Reader } from './reader.ts';

/** Auto Scaling groups. AWS Config identifies them by their ARN. */
export const autoScalingGroups: Reader = {
  id: 'autoscaling-groups',
  scope: 'region',
  lists: ['AWS::AutoScaling::AutoScalingGroup'],
  permissions: ['autoscaling:DescribeAutoScalingGroups'],
  refreshedBy: [],
  read: async function* (context) {
    const { groups, failure } = await describeAutoScalingGroups(context);
    for (const group of groups) {
      const resourceId = group.AutoScalingGroupARN ?? '';
      yield { resourceType: 'AWS::AutoScaling::AutoScalingGroup', resourceId, configuration: group, tags: group.Tags };
    }
    if (failure !== undefined) throw failure;
  },
};
