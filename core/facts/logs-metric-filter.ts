import { matchedByFilter } from '../detection/activities.ts';
import { parseFilterPattern } from '../detection/metric-filter.ts';
import type { Metric } from './cloudwatch-metric-alarm.ts';
import { readMetric } from './cloudwatch-metric-alarm.ts';
import { DETECTED, type DetectedActivities, detectedActivities } from './detected-activities.ts';
import { factParser } from './parser.ts';
import { listOf, number, objectOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

/** Type of a metric filter. The resource ID is as in CloudFormation: the name of the log group, `|` and the name of the filter. */
export const METRIC_FILTER = 'AWS::Logs::MetricFilter';

/** A metric that a filter publishes. */
export interface PublishedMetric extends Metric {
  /** Value for each matched event. Absent if the filter takes it from a field of the event. */
  readonly value?: number;
  /** Value for each minute with other events only. Absent if the filter publishes nothing then. */
  readonly defaultValue?: number;
  readonly unit: string;
}

export interface MetricFilterFacts {
  logGroupName?: string;
  /** Metrics without dimensions, which count all matched events. A metric with dimensions splits the count by their values. */
  metrics?: readonly PublishedMetric[];
  /** The events that its pattern matches. csmm does not store the pattern. A pattern on some of the events, or on transformed events, is not read. */
  detects?: DetectedActivities;
}

const SHAPES: Shapes<MetricFilterFacts> = {
  logGroupName: text,
  metrics: listOf(
    objectOf<Pick<PublishedMetric, 'namespace' | 'name' | 'unit'>, Pick<PublishedMetric, 'value' | 'defaultValue'>>(
      { namespace: text, name: text, unit: text },
      { value: number, defaultValue: number },
    ),
  ),
  detects: DETECTED,
};

/** Parses a `MetricFilter` of `DescribeMetricFilters`. */
export const metricFilterParser = factParser<MetricFilterFacts>(SHAPES, {
  logGroupName: ({ configuration }) => configuration.at('logGroupName').text(),
  metrics: ({ configuration }) => {
    // Dimensions from system fields of the log group apply to all metrics of the filter.
    const split = (configuration.at('emitSystemFieldDimensions').list() ?? []).length > 0;
    const transformations = configuration.at('metricTransformations').list();
    return transformations?.slice(0, MAX_METRICS).flatMap((transformation) => {
      if (split || Object.keys(transformation.at('dimensions').raw() ?? {}).length > 0) return [];
      return readPublished(transformation);
    });
  },
  detects: ({ configuration }) => {
    const text = configuration.at('filterPattern').text();
    if (text === undefined) return undefined;
    const pattern = parseFilterPattern(text);
    const narrowed = configuration.at('fieldSelectionCriteria').text() ?? '';
    const partial = narrowed !== '' || configuration.at('applyOnTransformedLogs').flag() === true;
    return detectedActivities(text, (accountId, budget) => {
      const matched = matchedByFilter(pattern, accountId, budget);
      return partial ? { readable: false, activities: matched.activities } : matched;
    });
  },
});

/**
 * Maximum number of metrics that csmm keeps. CloudWatch Logs allows 1:
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
 */
const MAX_METRICS = 10;

/** Units and values as in https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html */
function readPublished(transformation: View): PublishedMetric[] {
  const value = transformation.at('metricValue');
  const ofField = value.text()?.startsWith('$');
  const [constant, defaultValue] = [ofField ? undefined : value.number(), transformation.at('defaultValue').number()];
  return readMetric(transformation.at('metricNamespace'), transformation.at('metricName')).map((metric) => ({
    ...metric,
    ...(constant !== undefined && { value: constant }),
    ...(defaultValue !== undefined && { defaultValue }),
    unit: transformation.at('unit').text() ?? 'None',
  }));
}
