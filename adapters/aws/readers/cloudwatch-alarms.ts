import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { COMPOSITE_ALARM } from '../../../core/facts/cloudwatch-composite-alarm.ts';
import { METRIC_ALARM } from '../../../core/facts/cloudwatch-metric-alarm.ts';
import type { Reader } from './reader.ts';

/** Alarms on metrics, and composite alarms on other alarms. Alarms on a query of logs are not included. */
export const cloudWatchAlarms: Reader = {
  id: 'cloudwatch-alarms',
  scope: 'region',
  lists: [METRIC_ALARM, COMPOSITE_ALARM],
  permissions: ['cloudwatch:DescribeAlarms'],
  refreshedBy: [
    {
      source: 'monitoring.amazonaws.com',
      names: ['PutMetricAlarm', 'PutCompositeAlarm', 'DeleteAlarms', 'DisableAlarmActions', 'EnableAlarmActions'],
    },
  ],
  read: async function* ({ clients, region }) {
    const client = clients(CloudWatchClient, region);
    const pages = paginateDescribeAlarms({ client, pageSize: 100 }, { AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] });
    for await (const { MetricAlarms = [], CompositeAlarms = [] } of pages) {
      for (const alarm of MetricAlarms) {
        yield { resourceType: METRIC_ALARM, resourceId: alarm.AlarmName ?? '', configuration: alarm };
      }
      for (const alarm of CompositeAlarms) {
        yield { resourceType: COMPOSITE_ALARM, resourceId: alarm.AlarmName ?? '', configuration: alarm };
      }
    }
  },
};
