import { parseMetricMath } from '../detection/metric-math.ts';
import { factParser, type ItemView } from './parser.ts';
import { count, flag, listOf, number, objectOf, type Shapes, text } from './shape.ts';
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

/** A metric that an alarm watches. */
export interface WatchedMetric extends Metric {
  /** `Sum`, `SampleCount`, `Average`, `Maximum`, `Minimum`, or another statistic such as `p99`. */
  readonly statistic?: string;
  readonly periodSeconds?: number;
  /** The alarm uses only the values with this unit. Absent: all values. */
  readonly unit?: string;
  /** By how much the watched series rises if the metric rises by 1. Absent if csmm cannot read the expression. */
  readonly factor?: number;
}

/** The series that an alarm compares with its threshold: a metric, or an expression over metrics. */
export interface Series {
  /** Metrics without dimensions, of the account of the alarm. */
  readonly metrics: readonly WatchedMetric[];
  /** Whether the series depends on other metrics too: of another account, or with dimensions. */
  readonly others: boolean;
  /** Number that the expression adds to the metrics. */
  readonly constant: number;
  /** Whether `FILL` gives the series a value while the metrics have none. */
  readonly filled: boolean;
}

export interface MetricAlarmFacts {
  actionsEnabled?: boolean;
  /** ARNs of the actions of the alarm in state ALARM. */
  actions?: readonly string[];
  /** The series that it watches. An alarm on a PromQL query watches no metric. */
  series?: Series;
  /** Comparison operator, such as `GreaterThanThreshold`. */
  comparison?: string;
  /** Absent for an alarm on an anomaly detection band. */
  threshold?: number;
  /** How many data points must breach the threshold until the alarm fires. */
  datapointsToAlarm?: number;
  /** How it treats missing data: `missing`, `notBreaching`, `breaching` or `ignore`. */
  missingData?: string;
}

const METRIC = { namespace: text, name: text };

const SHAPES: Shapes<MetricAlarmFacts> = {
  actionsEnabled: flag,
  actions: listOf(text),
  series: objectOf<Series>({
    metrics: listOf(
      objectOf<Metric, Omit<WatchedMetric, keyof Metric>>(METRIC, { statistic: text, periodSeconds: number, unit: text, factor: number }),
    ),
    others: flag,
    constant: number,
    filled: flag,
  }),
  comparison: text,
  threshold: number,
  datapointsToAlarm: count,
  missingData: text,
};

/** Reads a `MetricAlarm` of `DescribeAlarms`. */
export const metricAlarmParser = factParser<MetricAlarmFacts>(SHAPES, {
  actionsEnabled: ({ configuration }) => configuration.at('actionsEnabled').flag(),
  actions: ({ configuration }) => readActions(configuration),
  series: (item) => {
    const { configuration } = item;
    if (!configuration.isObject) return undefined;
    return configuration.at('metricName').exists ? seriesOfMetric(configuration) : seriesOfQueries(item);
  },
  comparison: ({ configuration }) => configuration.at('comparisonOperator').text(),
  threshold: ({ configuration }) => configuration.at('threshold').number(),
  // An alarm without this number needs all of its periods.
  datapointsToAlarm: ({ configuration }) =>
    configuration.at('datapointsToAlarm').number() ?? configuration.at('evaluationPeriods').number(),
  missingData: ({ configuration }) => (configuration.isObject ? (configuration.at('treatMissingData').text() ?? 'missing') : undefined),
});

/** Maximum number of actions that csmm keeps. CloudWatch allows 5 for each state. */
const MAX_ACTIONS = 20;

/** Returns the ARNs of the actions of an alarm in state ALARM. */
export const readActions = (alarm: View): string[] | undefined =>
  alarm
    .at('alarmActions')
    .list()
    ?.slice(0, MAX_ACTIONS)
    .flatMap((action) => action.text() ?? []);

const NO_SERIES: Series = { metrics: [], others: false, constant: 0, filled: false };

function seriesOfMetric(alarm: View): Series | undefined {
  if (hasDimensions(alarm)) return { ...NO_SERIES, others: true };
  const [metric] = readMetric(alarm.at('namespace'), alarm.at('metricName'));
  return metric && { ...NO_SERIES, metrics: [{ ...metric, ...readStatistic(alarm, 'statistic'), factor: 1 }] };
}

const readStatistic = (of: View, key: string): Pick<WatchedMetric, 'statistic' | 'periodSeconds' | 'unit'> => ({
  ...optional('statistic', of.at(key).text() ?? of.at('extendedStatistic').text()),
  ...optional('periodSeconds', of.at('period').number()),
  ...optional('unit', of.at('unit').text()),
});

const optional = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };

/**
 * Maximum number of queries that csmm reads. CloudWatch allows 10 metrics and 10 expressions:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html
 */
const MAX_QUERIES = 40;

/** Reads the metrics and expressions of an alarm. It watches the one that returns its data. */
function seriesOfQueries({ configuration, resource: { accountId } }: ItemView): Series | undefined {
  const queries = configuration.at('metrics').list() ?? [];
  if (queries.length > MAX_QUERIES) return undefined;
  const ids = queries.map((query) => query.at('id').text() ?? '');
  const expressions = new Map<string, string>();
  const own = new Map<string, WatchedMetric>();
  for (const [index, query] of queries.entries()) {
    const [id, expression] = [ids[index] ?? '', query.at('expression').text()];
    if (expression !== undefined) {
      expressions.set(id, expression);
      const found = queriedMetric(expression);
      if (found) own.set(id, found);
    } else if ((query.at('accountId').text() ?? accountId) === accountId) {
      const [stat, metric] = [query.at('metricStat'), query.at('metricStat').at('metric')];
      const [named] = hasDimensions(metric) ? [] : readMetric(metric.at('namespace'), metric.at('metricName'));
      if (named) own.set(id, { ...named, ...readStatistic(stat, 'stat') });
    }
  }
  // A query returns its data unless it says otherwise.
  const returned = queries.findIndex((query) => query.at('returnData').flag() !== false);
  const math = parseMetricMath(ids[returned] ?? '', { expressions, metrics: ids.filter((id) => !expressions.has(id)) });
  if (math === undefined) return { ...NO_SERIES, metrics: [...own.values()] };
  const factors = [...math.factors].filter(([, factor]) => factor !== 0);
  return {
    metrics: factors.flatMap(([id, factor]) => {
      const metric = own.get(id);
      return metric ? [{ ...metric, factor }] : [];
    }),
    others: factors.some(([id]) => !own.has(id)),
    constant: math.constant,
    filled: math.filled,
  };
}

/** Returns the metric of a Metrics Insights query: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html */
function queriedMetric(expression: string): WatchedMetric | undefined {
  const [, name, namespace] = /^\s*SELECT\s+\w+\("?([^"()]+)"?\)\s+FROM\s+(?:SCHEMA\()?"?([^",()\s]+)/i.exec(expression) ?? [];
  return name === undefined || namespace === undefined ? undefined : { namespace, name };
}

const hasDimensions = (metric: View): boolean => (metric.at('dimensions').list() ?? []).length > 0;

/** Returns the metric as a list of one, or an empty list if its namespace or its name cannot be read. */
export function readMetric(namespaceAt: View, nameAt: View): Metric[] {
  const [namespace, name] = [namespaceAt.text(), nameAt.text()];
  return namespace === undefined || name === undefined ? [] : [{ namespace, name }];
}
