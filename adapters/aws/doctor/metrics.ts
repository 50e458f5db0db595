import { CloudWatchClient, type MetricDataQuery, paginateGetMetricData } from '@aws-sdk/client-cloudwatch';
import type { Known } from '../../../core/doctor/check.ts';
import { Unread } from '../../../core/facts/view.ts';
import { attempt } from '../failures.ts';
import type { DoctorPlace } from './place.ts';

/** A metric with one dimension. */
export interface MetricName {
  readonly region: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimension: string;
  readonly value: string;
}

/** Minutes that csmm looks back: CloudWatch shows a value of SQS or Lambda after some minutes. */
const WINDOW_MINUTES = 20;
const PERIOD_SECONDS = 300;
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const MAX_QUERIES = 500;

/** Returns the newest maximum of each metric, in the order of the metrics; `null` if CloudWatch has no value of the last minutes. */
export async function readNewest(metrics: readonly MetricName[], place: DoctorPlace): Promise<Known<number | null>[]> {
  const values = new Map<MetricName, Known<number | null>>();
  const regions = [...new Set(metrics.map(({ region }) => region))];
  const groups = regions.flatMap((region) =>
    chunks(
      metrics.filter((metric) => metric.region === region),
      MAX_QUERIES,
    ),
  );
  await Promise.all(
    groups.map(async (group) => {
      const read = await attempt(() => readGroup(group, place));
      for (const [index, metric] of group.entries()) values.set(metric, read instanceof Unread ? read : (read?.[index] ?? null));
    }),
  );
  return metrics.map((metric) => values.get(metric) ?? null);
}

async function readGroup(metrics: readonly MetricName[], { clients, now }: DoctorPlace): Promise<(number | undefined)[]> {
  const client = clients(CloudWatchClient, metrics[0]?.region ?? '');
  const end = now();
  const input = {
    StartTime: new Date(end.getTime() - WINDOW_MINUTES * 60_000),
    EndTime: end,
    ScanBy: 'TimestampDescending' as const,
    MetricDataQueries: metrics.map(queryOf),
  };
  const newest: (number | undefined)[] = metrics.map(() => undefined);
  for await (const { MetricDataResults = [] } of paginateGetMetricData({ client }, input)) {
    for (const { Id = '', Values = [] } of MetricDataResults) {
      const index = Number(Id.slice(1));
      newest[index] ??= Values[0];
    }
  }
  return newest;
}

const queryOf = ({ namespace, metric, dimension, value }: MetricName, index: number): MetricDataQuery => ({
  Id: `m${index}`,
  MetricStat: {
    Metric: { Namespace: namespace, MetricName: metric, Dimensions: [{ Name: dimension, Value: value }] },
    Period: PERIOD_SECONDS,
    Stat: 'Maximum',
  },
});

/** Returns the items in lists of at most `size`. */
export const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
