import { CloudWatchLogsClient, paginateDescribeMetricFilters } from '@aws-sdk/client-cloudwatch-logs';
import { METRIC_FILTER } from '../../../core/facts/logs-metric-filter.ts';
import type { Reader } from './reader.ts';

/** Metric filters of all log groups. */
export const logsMetricFilters: Reader = {
  id: 'logs-metric-filters',
  scope: 'region',
  lists: [METRIC_FILTER],
  permissions: ['logs:DescribeMetricFilters'],
  refreshedBy: [{ source: 'logs.amazonaws.com', names: ['PutMetricFilter', 'DeleteMetricFilter', 'DeleteLogGroup'] }],
  read: async function* ({ clients, region }) {
    const client = clients(CloudWatchLogsClient, region);
    for await (const { metricFilters = [] } of paginateDescribeMetricFilters({ client, pageSize: 50 }, {})) {
      for (const filter of metricFilters) {
        yield { resourceType: METRIC_FILTER, resourceId: `${filter.logGroupName}|${filter.filterName}`, configuration: filter };
      }
    }
  },
};
