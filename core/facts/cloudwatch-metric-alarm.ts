import { factParser, type ItemView } from './parser.ts';
import { flag, listOf, objectOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

/**
 * Type of an alarm on metrics. The resource ID is its name. `AWS::CloudWatch::Alarm` of AWS Config lacks the metrics of an expression:
 * https://github.com/awslabs/aws-config-resource-schema/blob/master/config/properties/resource-types/AWS::CloudWatch::Alarm.properties.json
 */
export const METRIC_ALARM = 'AWS::CloudWatch::MetricAlarm';

/** A metric without dimensions. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
}

export interface MetricAlarmFacts {
  actionsEnabled?: boolean;
  /** ARNs of the actions of the alarm in state ALARM. */
  actions?: readonly string[];
  /**
   * Metrics without dimensions, of the account of the alarm, that the alarm names. Metrics that a query or a search finds are not
   * included.
   */
  metrics?: readonly Metric[];
  /**
   * Whether the alarm fires when its metric is high, not when it is low. An alarm on an expression counts as `true`, because the
   * expression can invert the metric.
   */
  firesWhenHigh?: boolean;
}

export const METRIC = objectOf<Metric>({ namespace: text, name: text });

const SHAPES: Shapes<MetricAlarmFacts> = { actionsEnabled: flag, actions: listOf(text), metrics: listOf(METRIC), firesWhenHigh: flag };

/** Reads a `MetricAlarm` of `DescribeAlarms`. */
export const metricAlarmParser = factParser<MetricAlarmFacts>(SHAPES, {
  actionsEnabled: ({ configuration }) => configuration.at('actionsEnabled').flag(),
  actions: ({ configuration }) => {
    const actions = configuration.at('alarmActions').list()?.slice(0, MAX_ACTIONS);
    return actions?.flatMap((action) => action.text() ?? []);
  },
  metrics: (item) => {
    const { configuration } = item;
    if (configuration.at('metricName').exists) {
      return hasDimensions(configuration) ? [] : readMetric(configuration.at('namespace'), configuration.at('metricName'));
    }
    const queries = configuration.at('metrics').list() ?? [];
    return configuration.isObject ? queries.slice(0, MAX_METRICS).flatMap((query) => readQuery(query, item)) : undefined;
  },
  firesWhenHigh: ({ configuration }) => {
    const comparison = configuration.at('comparisonOperator').text();
    // An alarm on a PromQL or a log query has no comparison operator.
    if (!configuration.at('metricName').exists) return configuration.isObject ? true : undefined;
    return comparison === undefined ? undefined : !LOW.has(comparison);
  },
});

/**
 * Comparison operators of alarms that fire when the metric is low:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
const LOW: ReadonlySet<string> = new Set(['LessThanThreshold', 'LessThanOrEqualToThreshold', 'LessThanLowerThreshold']);

/** Maximum number of actions that csmm keeps. CloudWatch allows 5 for each state. */
const MAX_ACTIONS = 20;
/**
 * Maximum number of metrics that csmm keeps. CloudWatch allows 10:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html
 */
const MAX_METRICS = 20;

function readQuery(query: View, { resource }: ItemView): Metric[] {
  const stat = query.at('metricStat');
  const account = query.at('accountId').text() ?? resource.accountId;
  if (!stat.exists || account !== resource.accountId) return [];
  const metric = stat.at('metric');
  return hasDimensions(metric) ? [] : readMetric(metric.at('namespace'), metric.at('metricName'));
}

const hasDimensions = (metric: View): boolean => (metric.at('dimensions').list() ?? []).length > 0;

/** Returns the metric as a list of one, or an empty list if its namespace or its name cannot be read. */
export function readMetric(namespaceAt: View, nameAt: View): Metric[] {
  const [namespace, name] = [namespaceAt.text(), nameAt.text()];
  return namespace === undefined || name === undefined ? [] : [{ namespace, name }];
}
