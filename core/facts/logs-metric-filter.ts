import { detectedByFilter } from '../detection/activities.ts';
import type { Metric } from './cloudwatch-metric-alarm.ts';
import { readMetric } from './cloudwatch-metric-alarm.ts';
import { type DetectedActivities, detectedActivities, NONE_DETECTED } from './detected-activities.ts';
import { factParser } from './parser.ts';

/** The type of a metric filter. Its id is CloudFormation's: the log group's name, a bar and the filter's. */
export const METRIC_FILTER = 'AWS::Logs::MetricFilter';

export interface MetricFilterFacts {
  logGroupName?: string;
  /** The metrics that count its events as a whole: one with dimensions counts them apart, in as many metrics as there are values. */
  metrics?: readonly Metric[];
  /** What its pattern, which is not kept, catches. A filter that sees but some events, or others than CloudTrail wrote, catches nothing. */
  detects?: DetectedActivities;
}

/** Reads a `MetricFilter` of `DescribeMetricFilters`. */
export const metricFilterParser = factParser<MetricFilterFacts>({
  logGroupName: ({ configuration }) => configuration.at('logGroupName').text(),
  metrics: ({ configuration }) => {
    // Dimensions that the log group's own fields give are of all its metrics.
    const split = (configuration.at('emitSystemFieldDimensions').list() ?? []).length > 0;
    const transformations = configuration.at('metricTransformations').list();
    return transformations?.slice(0, MAX_METRICS).flatMap((transformation) => {
      if (split || Object.keys(transformation.at('dimensions').raw() ?? {}).length > 0) return [];
      return readMetric(transformation.at('metricNamespace'), transformation.at('metricName'));
    });
  },
  detects: ({ configuration }) => {
    const pattern = configuration.at('filterPattern').text();
    if (pattern === undefined) return undefined;
    const narrowed = configuration.at('fieldSelectionCriteria').text() ?? '';
    if (configuration.at('applyOnTransformedLogs').flag() || narrowed !== '') return NONE_DETECTED;
    return detectedActivities(pattern, (accountId) => detectedByFilter(pattern, accountId));
  },
});

/** A filter has one: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html */
const MAX_METRICS = 10;
