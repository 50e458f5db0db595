import type { MetricAlarmFacts, WatchedMetric } from '../facts/cloudwatch-metric-alarm.ts';
import type { PublishedMetric } from '../facts/logs-metric-filter.ts';
import type { ActivityId } from './activities.ts';

/**
 * Longest period of an alarm, in seconds: people learn of an event within the hour. The CIS AWS Foundations Benchmark and the examples
 * of AWS use 300.
 */
const MAX_PERIOD_SECONDS = 3600;

/**
 * Returns the largest number of events within one period that may be necessary for the alarm. One event must be enough, except for
 * failed sign-ins: people mistype passwords. The benchmark uses 1, AWS 3 in five minutes
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html).
 */
export const mostEvents = (activity: ActivityId): number => (activity === 'console-auth-failures' ? 5 : 1);

/** Why an alarm does not notify people of each event, or why that is unknown. The reason follows the name of the alarm. */
export interface Doubt {
  readonly kind: 'fails' | 'unknown';
  readonly code: string;
  readonly reason: string;
}

const fails = (code: string, reason: string): Doubt => ({ kind: 'fails', code, reason });
const notEvaluated = (reason: string): Doubt => ({
  kind: 'unknown',
  code: 'alarm-not-evaluated',
  reason: `${reason}, which csmm does not evaluate`,
});

/**
 * Evaluates whether an alarm changes to ALARM when a filter counts an event, and not only for the first event of all: an alarm invokes
 * its actions when its state changes.
 *
 * A filter publishes one value for each event that it matches, and its default value, if it has one, for each minute with other
 * events. The log group of a trail receives events in every minute.
 *
 * @param watched the metric of the filter, as the alarm watches it
 * @param most the largest number of events within a period that may be necessary
 * @returns `undefined` if it does
 */
export function doubtAbout(
  { comparison = '', threshold, series, datapointsToAlarm, missingData = '' }: MetricAlarmFacts,
  watched: WatchedMetric,
  published: PublishedMetric,
  most: number,
): Doubt | undefined {
  if (comparison === 'LessThanLowerThreshold') return INVERTED;
  const breaches = COMPARISONS.get(comparison);
  if (!breaches || threshold === undefined) return notEvaluated(`compares by ${comparison}`);
  if (!series || watched.factor === undefined) return notEvaluated('watches an expression');
  const { constant, filled } = series;
  const { factor } = watched;
  const wrong = doubtAboutDataPoints(datapointsToAlarm, watched, published);
  if (wrong) return wrong;
  const statisticAt = statisticOf(watched, published);
  if (typeof statisticAt !== 'function') return statisticAt;

  const breachesAt = (events: number): boolean | undefined => {
    const statistic = statisticAt(events) ?? (filled ? 0 : undefined);
    return statistic === undefined ? undefined : breaches(constant + factor * statistic, threshold);
  };
  const firesAt = Array.from({ length: most }, (_, index) => index + 1).find((events) => breachesAt(events));
  const quiet = breachesAt(0) ?? QUIET.get(missingData);
  if (firesAt === undefined) {
    if (quiet === true || comparison.startsWith('LessThan')) return INVERTED;
    return fails('threshold-too-high', `does not fire at ${most === 1 ? 'one event' : `${most} events`} in a period`);
  }
  if (quiet === undefined) return notEvaluated(`treats missing data as ${missingData}`);
  if (quiet === 'keeps') return fails('alarm-latched', 'stays in state ALARM after the first event, because it ignores missing data');
  return quiet ? fails('always-in-alarm', 'is in state ALARM also while none of these events occurs') : undefined;
}

/** Whether an alarm compares with a threshold, and not with an anomaly detection band. */
export const hasThreshold = (comparison: string): boolean => COMPARISONS.has(comparison);

const INVERTED = fails('alarm-inverted', 'fires when these events do not occur');

/** Returns what is wrong with the data points, whatever their values. */
function doubtAboutDataPoints(
  datapointsToAlarm: number | undefined,
  { unit, periodSeconds }: WatchedMetric,
  published: PublishedMetric,
): Doubt | undefined {
  if (unit !== undefined && unit !== published.unit)
    return fails('unit-differs', `watches values with unit ${unit}, but the metric filter publishes unit ${published.unit}`);
  if (periodSeconds === undefined) return notEvaluated('has a period that was not read');
  if (periodSeconds > MAX_PERIOD_SECONDS)
    return fails('period-too-long', `has a period of ${periodSeconds} seconds (limit: ${MAX_PERIOD_SECONDS})`);
  // One data point makes such an alarm fire only if it treats missing data as missing, and only some periods later.
  if (datapointsToAlarm !== undefined && datapointsToAlarm > 1)
    return fails('several-datapoints', `needs ${datapointsToAlarm} data points above its threshold (limit: 1)`);
  return undefined;
}

/** Returns the statistic of a metric over a period by the number of events in it; `undefined` if there is no data. */
function statisticOf(watched: WatchedMetric, { value, defaultValue }: PublishedMetric): ((events: number) => number | undefined) | Doubt {
  const statistic = STATISTICS.get(watched.statistic ?? '');
  if (!statistic) return notEvaluated(`uses statistic ${watched.statistic ?? 'that was not read'}`);
  const each = value ?? (watched.statistic === 'SampleCount' ? 1 : undefined);
  if (each === undefined) return notEvaluated('watches a metric whose value comes from a field of the events');
  const minutes = Math.max(1, Math.ceil((watched.periodSeconds ?? 0) / 60));
  return (events) => {
    const others = defaultValue === undefined ? 0 : events === 0 ? minutes : minutes - 1;
    const samples = [...Array<number>(events).fill(each), ...Array<number>(others).fill(defaultValue ?? 0)];
    return samples.length === 0 ? undefined : statistic(samples);
  };
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html. The others compare with an anomaly detection band. */
const COMPARISONS: ReadonlyMap<string, (value: number, threshold: number) => boolean> = new Map([
  ['GreaterThanThreshold', (value: number, threshold: number) => value > threshold],
  ['GreaterThanOrEqualToThreshold', (value: number, threshold: number) => value >= threshold],
  ['LessThanThreshold', (value: number, threshold: number) => value < threshold],
  ['LessThanOrEqualToThreshold', (value: number, threshold: number) => value <= threshold],
]);

const sum = (samples: readonly number[]): number => samples.reduce((total, sample) => total + sample, 0);

const STATISTICS: ReadonlyMap<string, (samples: readonly number[]) => number> = new Map([
  ['Sum', sum],
  ['SampleCount', (samples: readonly number[]) => samples.length],
  ['Average', (samples: readonly number[]) => sum(samples) / samples.length],
  ['Maximum', (samples: readonly number[]) => Math.max(...samples)],
  ['Minimum', (samples: readonly number[]) => Math.min(...samples)],
]);

/**
 * Whether an alarm is in state ALARM while its metric has no data, or keeps its state, by its treatment of missing data.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
const QUIET: ReadonlyMap<string, boolean | 'keeps'> = new Map<string, boolean | 'keeps'>([
  ['missing', false],
  ['notBreaching', false],
  ['breaching', true],
  ['ignore', 'keeps'],
]);
