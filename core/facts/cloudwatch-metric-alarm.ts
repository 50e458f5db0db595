import { factParser, type ItemView } from './parser.ts';
import type { View } from './view.ts';

/**
 * The type of an alarm on metrics, by its name. AWS Config's `AWS::CloudWatch::Alarm` lacks the metrics of an expression:
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
  /** ARNs of what the alarm calls when it fires. */
  actions?: readonly string[];
  /** The metrics of its own account, without dimensions, that it watches by name. One that a query or a search finds is not among them. */
  metrics?: readonly Metric[];
  /** Whether it fires when its metric is high, not when it is low. An expression may turn one into the other: it counts as firing. */
  firesWhenHigh?: boolean;
}

/** Reads a `MetricAlarm` of `DescribeAlarms`. */
export const metricAlarmParser = factParser<MetricAlarmFacts>({
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
    // An alarm on a PromQL or a log query has no comparison of its own.
    if (!configuration.at('metricName').exists) return configuration.isObject ? true : undefined;
    return comparison === undefined ? undefined : !LOW.has(comparison);
  },
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const LOW: ReadonlySet<string> = new Set(['LessThanThreshold', 'LessThanOrEqualToThreshold', 'LessThanLowerThreshold']);

/** An alarm has at most 5 for each state. */
const MAX_ACTIONS = 20;
/** An expression of an alarm takes at most 10 metrics: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html */
const MAX_METRICS = 20;

function readQuery(query: View, { resource }: ItemView): Metric[] {
  const stat = query.at('metricStat');
  const account = query.at('accountId').text() ?? resource.accountId;
  if (!stat.exists || account !== resource.accountId) return [];
  const metric = stat.at('metric');
  return hasDimensions(metric) ? [] : readMetric(metric.at('namespace'), metric.at('metricName'));
}

const hasDimensions = (metric: View): boolean => (metric.at('dimensions').list() ?? []).length > 0;

/** The metric of these names; nothing where one of them cannot be read. */
export function readMetric(namespaceAt: View, nameAt: View): Metric[] {
  const [namespace, name] = [namespaceAt.text(), nameAt.text()];
  return namespace === undefined || name === undefined ? [] : [{ namespace, name }];
}
