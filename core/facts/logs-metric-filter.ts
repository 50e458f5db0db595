import { detectedByFilter } from '../detection/activities.ts';
import type { Metric } from './cloudwatch-metric-alarm.ts';
import { METRIC, readMetric } from './cloudwatch-metric-alarm.ts';
import { DETECTED, type DetectedActivities, detectedActivities, NONE_DETECTED } from './detected-activities.ts';
import { factParser } from './parser.ts';
import { listOf, type Shapes, text } from './shape.ts';

/** Type of a metric filter. The resource ID is as in CloudFormation: the name of the log group, `|` and the name of the filter. */
export const METRIC_FILTER = 'AWS::Logs::MetricFilter';

export interface MetricFilterFacts {
  logGroupName?: string;
  /** Metrics without dimensions, which count all matched events. A metric with dimensions splits the count by their values. */
  metrics?: readonly Metric[];
  /**
   * Activities that its pattern detects. csmm does not store the pattern. A filter that reads only some of the events, or transformed
   * events, detects none.
   */
  detects?: DetectedActivities;
}

const SHAPES: Shapes<MetricFilterFacts> = { logGroupName: text, metrics: listOf(METRIC), detects: DETECTED };

/** Parses a `MetricFilter` of `DescribeMetricFilters`. */
export const metricFilterParser = factParser<MetricFilterFacts>(SHAPES, {
  logGroupName: ({ configuration }) => configuration.at('logGroupName').text(),
  metrics: ({ configuration }) => {
    // Dimensions from system fields of the log group apply to all metrics of the filter.
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

/**
 * Maximum number of metrics that csmm keeps. CloudWatch Logs allows 1:
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
 */
const MAX_METRICS = 10;
