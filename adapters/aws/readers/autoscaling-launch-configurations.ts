import { AutoScalingClient, paginateDescribeLaunchConfigurations } from '@aws-sdk/client-auto-scaling';
import type { Reader } from './reader.ts';

/** Launch configurations, without their user data, which may contain secrets. AWS Config identifies them by their ARN. */
export const autoScalingLaunchConfigurations: Reader = {
  id: 'autoscaling-launch-configurations',
  scope: 'region',
  lists: ['AWS::AutoScaling::LaunchConfiguration'],
  permissions: ['autoscaling:DescribeLaunchConfigurations'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(AutoScalingClient, region);
    for await (const { LaunchConfigurations = [] } of paginateDescribeLaunchConfigurations({ client }, { MaxRecords: 100 })) {
      for (const { UserData: _, ...configuration } of LaunchConfigurations) {
        const resourceId = configuration.LaunchConfigurationARN ?? '';
        yield { resourceType: 'AWS::AutoScaling::LaunchConfiguration', resourceId, configuration };
      }
    }
  },
};
