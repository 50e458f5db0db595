import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { METRIC_ALARM } from '../../../core/facts/cloudwatch-metric-alarm.ts';
import type { Reader } from './reader.ts';

/** Metric alarms. Alarms on other alarms or on logs are not included. */
export const cloudWatchAlarms: Reader = {
  id: 'cloudwatch-alarms',
  scope: 'region',
  lists: [METRIC_ALARM],
  permissions: ['cloudwatch:DescribeAlarms'],
  refreshedBy: [
    { source: 'monitoring.amazonaws.com', names: ['PutMetricAlarm', 'DeleteAlarms', 'DisableAlarmActions', 'EnableAlarmActions'] },
  ],
  read: async function* ({ clients, region }) {
    const client = clients(CloudWatchClient, region);
    for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client, pageSize: 100 }, { AlarmTypes: ['MetricAlarm'] })) {
      for (const alarm of MetricAlarms) {
        yield { resourceType: METRIC_ALARM, resourceId: alarm.AlarmName ?? '', configuration: alarm };
      }
    }
  },
};
