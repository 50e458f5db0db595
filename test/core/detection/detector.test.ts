import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../../core/control.ts';
import { type ActivityId, canonicalEvents } from '../../../core/detection/activities.ts';
import { DETECTOR_TYPES, detectorAccounts, evaluateDetector } from '../../../core/detection/detector.ts';
import { settingsFor } from '../../../core/settings/account-settings.ts';
import {
  account,
  alarm,
  chain,
  cisPattern,
  eventPattern,
  filter,
  OWN,
  REGIONS,
  read,
  rule,
  ruleArn,
  topicArn,
  trail,
  trailArn,
} from '../../support/alarms.ts';
import type { Estate } from '../../support/control.ts';

const ACTIVITY: ActivityId = 'security-group-changes';
const OTHER = '222222222222';
const [TRAIL, FILTER, ALARM, TOPIC, RULE] = [
  'AWS::CloudTrail::TrailStatus',
  'AWS::Logs::MetricFilter',
  'AWS::CloudWatch::MetricAlarm',
  'AWS::SNS::TopicSubscriptions',
  'AWS::Events::DefaultBusRule',
] as const;
const COMPOSITE = 'AWS::CloudWatch::CompositeAlarm';
const WHOLE = chain(ACTIVITY);

/** The whole chain but for one of its links. */
const but = (estate: Estate): Estate => ({ ...WHOLE, ...estate });
const other = (inventory: Inventory): Partial<Inventory> => ({ in: (id) => (id === OTHER ? inventory : undefined) });
const verdict = (...args: Parameters<typeof account>) => evaluateDetector(account(...args), ACTIVITY);

describe('a Region that the organization has closed', () => {
  const closed = { closedRegions: new Set(['us-east-1']) };
  const rules = (regions: readonly string[], activity: ActivityId): Estate => ({
    [TOPIC]: { [topicArn('security')]: { confirmed: 1 } },
    [RULE]: Object.fromEntries(regions.map((region) => [ruleArn('r', region), rule(eventPattern(activity))])),
  });
  const at = (regions: readonly string[]) => Object.fromEntries(regions.map((region) => [ruleArn('r', region), region]));
  const listings = (type: string) =>
    (type === TRAIL ? ['global'] : ['eu-west-1']).map((region) => ({ region, capturedAt: '2026-01-01T00:00:00.000Z' }));
  const settings = settingsFor({ version: 1, approvedRegions: ['eu-west-1'] }, OWN);
  const of = (activity: ActivityId, regions: readonly string[], parts: Partial<Inventory> = closed) =>
    evaluateDetector(account(rules(regions, activity), { listings, settings, ...parts }, { regions: at(regions) }), activity);

  it('has no rule for the events of IAM that a scan could read: the control fails, and is not unknown', () => {
    expect(of('iam-policy-changes', [])).toMatchObject({ compliance: 'NON_COMPLIANT', reason: expect.stringContaining('closed') });
    expect(of('iam-policy-changes', [], {})).toMatchObject({ compliance: 'INSUFFICIENT_DATA' });
  });

  it('counts with a rule that was read before it was closed', () => {
    expect(of('iam-policy-changes', ['us-east-1'])).toMatchObject({ compliance: 'COMPLIANT' });
  });

  it('needs no rule for events of other Regions', () => {
    expect(of('security-group-changes', ['eu-west-1'])).toMatchObject({ compliance: 'COMPLIANT' });
  });
});

describe('a detector by way of a log group', () => {
  it('is complete', () => {
    expect(verdict(WHOLE)).toEqual({ compliance: 'COMPLIANT', reason: 'alarm a notifies subscribers of topic security' });
  });

  it.each<[string, string, Estate, string]>([
    ['not-detected', 'there is no trail', but({ [TRAIL]: {} }), 'account has no trail; no EventBridge rule'],
    [
      'not-detected',
      'the trail is not logging',
      but({ [TRAIL]: { [trailArn()]: trail({ logging: false }) } }),
      'trail main: trail is not logging',
    ],
    [
      'not-detected',
      'the trail records one Region',
      but({ [TRAIL]: { [trailArn()]: trail({ multiRegion: false }) } }),
      'trail main: trail records one Region',
    ],
    [
      'no-log-group',
      'the trail has no log group',
      but({ [TRAIL]: { [trailArn()]: trail({ logGroupArn: 'none' }) } }),
      'sends no events to CloudWatch Logs',
    ],
    [
      'events-left-out',
      'the filter misses one event',
      but({ [FILTER]: { f: filter(cisPattern(ACTIVITY, 1)) } }),
      'alarm a notifies subscribers of topic security, but no detector matches DeleteSecurityGroup',
    ],
    [
      'no-metric-filter',
      'the filter misses one event and has no alarm',
      but({ [FILTER]: { f: filter(cisPattern(ACTIVITY, 1)) }, [ALARM]: {} }),
      'no metric filter on log group trail in eu-west-1',
    ],
    [
      'no-metric-filter',
      'the filter is on another log group',
      but({ [FILTER]: { f: filter(cisPattern(ACTIVITY), 'M', { logGroupName: 'app' }) } }),
      'no metric filter on log group trail',
    ],
    [
      'no-metric-filter',
      'the filter sees another account',
      but({ [FILTER]: { f: filter(`{ ($.recipientAccountId = ${OTHER}) && (${cisPattern(ACTIVITY).slice(1, -1)}) }`) } }),
      'no metric filter',
    ],
    [
      'no-metric-filter',
      'the filter leaves this account out',
      but({ [FILTER]: { f: filter(`{ ($.recipientAccountId != ${OWN}) && (${cisPattern(ACTIVITY).slice(1, -1)}) }`) } }),
      'no metric filter',
    ],
    [
      'filter-without-metric',
      'the metric has dimensions',
      but({ [FILTER]: { f: filter(cisPattern(ACTIVITY), 'M', { emitSystemFieldDimensions: ['@aws.account'] }) } }),
      'no metric without dimensions',
    ],
    [
      'no-alarm',
      'the alarm watches another metric',
      but({ [ALARM]: { a: alarm({ MetricName: 'Other' }) } }),
      'metric filter trail|f matches these events, but no alarm in eu-west-1 watches its metric N/M',
    ],
    [
      'no-alarm',
      'the alarm watches one dimension',
      but({ [ALARM]: { a: alarm({ Dimensions: [{ Name: 'd', Value: '1' }] }) } }),
      'no alarm',
    ],
    [
      'alarm-actions-disabled',
      'the alarm has its actions disabled',
      but({ [ALARM]: { a: alarm({ ActionsEnabled: false }) } }),
      'alarm a watches for these events, but its actions are disabled',
    ],
    [
      'alarm-without-action',
      'the alarm has no action',
      but({ [ALARM]: { a: alarm({ AlarmActions: [] }) } }),
      'alarm a watches for these events, but has no action',
    ],
    [
      'alarm-inverted',
      'the alarm fires when nothing happens',
      but({ [ALARM]: { a: alarm({ ComparisonOperator: 'LessThanThreshold' }) } }),
      'fires when these events do not occur',
    ],
    [
      'target-does-not-notify',
      'the alarm stops an instance',
      but({ [ALARM]: { a: alarm({ AlarmActions: ['arn:aws:automate:eu-west-1:ec2:stop'] }) } }),
      'notifies no one',
    ],
    [
      'no-subscriber',
      'the topic has no confirmed subscriber',
      but({ [TOPIC]: { [topicArn('security')]: { confirmed: 0 } } }),
      'alarm a notifies topic security, which has no confirmed subscriber',
    ],
    ['topic-missing', 'the topic does not exist', but({ [TOPIC]: {} }), 'which does not exist'],
  ])('is NON_COMPLIANT (%s) when %s', (code, _, estate, reason) => {
    expect(verdict(estate)).toEqual({ compliance: 'NON_COMPLIANT', code, reason: expect.stringContaining(reason) });
  });

  it('is NON_COMPLIANT when the alarm is in another Region', () => {
    expect(verdict(WHOLE, {}, { regions: { a: 'us-east-1' } })).toMatchObject({ compliance: 'NON_COMPLIANT' });
  });

  it.each<[string, Estate]>([
    [
      'the alarm is on an expression over the metric',
      but({
        [ALARM]: {
          a: alarm({
            MetricName: undefined,
            Metrics: [
              { Id: 'e', Expression: 'm*1' },
              { Id: 'm', MetricStat: { Metric: { Namespace: 'N', MetricName: 'M' }, Stat: 'Sum', Period: 300 }, ReturnData: false },
            ],
          }),
        },
      }),
    ],
    [
      'the alarm opens an OpsItem',
      but({ [ALARM]: { a: alarm({ AlarmActions: ['arn:aws:ssm:eu-west-1:111111111111:opsitem:3'] }) }, [TOPIC]: {} }),
    ],
    ['a second alarm has its actions disabled', but({ [ALARM]: { a0: alarm({ ActionsEnabled: false }), a: alarm() } })],
    ['a second trail is not logging', but({ [TRAIL]: { other: trail({ logging: false }), [trailArn()]: trail() } })],
    [
      'the filter excludes another account',
      but({ [FILTER]: { f: filter(`{ ($.recipientAccountId != ${OTHER}) && (${cisPattern(ACTIVITY).slice(1, -1)}) }`) } }),
    ],
  ])('is COMPLIANT when %s', (_, estate) => {
    expect(verdict(estate)).toMatchObject({ compliance: 'COMPLIANT' });
  });

  it.each<[string, string, Estate, string]>([
    [
      'trail-unknown',
      'whether the trail is logging',
      but({ [TRAIL]: { [trailArn()]: { ...trail(), logging: undefined } as object } }),
      'logging',
    ],
    [
      'not-read',
      'the trail’s log group',
      but({ [TRAIL]: { [trailArn()]: { ...trail(), logGroupArn: undefined } as object } }),
      'logGroupArn',
    ],
    ['not-read', 'the pattern of the filter', but({ [FILTER]: { f: filter(cisPattern(ACTIVITY), 'M', { filterPattern: 5 }) } }), 'detects'],
    [
      'not-read',
      'the log group of the filter',
      but({ [FILTER]: { f: filter(cisPattern(ACTIVITY), 'M', { logGroupName: 5 }) } }),
      'logGroupName',
    ],
    [
      'not-read',
      'the filter’s metric',
      but({ [FILTER]: { f: filter(cisPattern(ACTIVITY), 'M', { metricTransformations: 5 }) } }),
      'metrics',
    ],
    ['not-read', 'the metric of the alarm', but({ [ALARM]: { a: alarm({ MetricName: undefined, Metrics: 5 }) } }), 'series'],
    ['not-read', 'whether actions are enabled', but({ [ALARM]: { a: alarm({ ActionsEnabled: 5 }) } }), 'actionsEnabled'],
    ['not-read', 'the alarm’s actions', but({ [ALARM]: { a: alarm({ AlarmActions: 5 }) } }), 'actions'],
    ['not-read', 'when the alarm fires', but({ [ALARM]: { a: alarm({ ComparisonOperator: 5 }) } }), 'comparison'],
    ['not-read', 'the threshold of the alarm', but({ [ALARM]: { a: alarm({ Threshold: 'x' }) } }), 'threshold'],
    ['not-read', 'how many data points are needed', but({ [ALARM]: { a: alarm({ EvaluationPeriods: 'x' }) } }), 'datapointsToAlarm'],
    ['not-read', 'how missing data is treated', but({ [ALARM]: { a: alarm({ TreatMissingData: 5 }) } }), 'missingData'],
    ['not-read', 'the number of subscribers of the topic', but({ [TOPIC]: { [topicArn('security')]: {} } }), 'confirmed'],
    [
      'target-in-other-account',
      'another account’s function',
      but({ [ALARM]: { a: alarm({ AlarmActions: [`arn:aws:lambda:eu-west-1:${OTHER}:function:f`] }) } }),
      'another account',
    ],
  ])('is INSUFFICIENT_DATA (%s) if %s is unknown', (code, _, estate, reason) => {
    expect(verdict(estate)).toEqual({ compliance: 'INSUFFICIENT_DATA', code, reason: expect.stringContaining(reason) });
  });

  it.each([
    [TRAIL, 'global', { [TRAIL]: {} }],
    [FILTER, 'eu-west-1', { [FILTER]: {} }],
    [ALARM, 'eu-west-1', { [ALARM]: {} }],
    [TOPIC, 'eu-west-1', { [TOPIC]: {} }],
  ] as const)('is INSUFFICIENT_DATA if %s was not read in %s, unless the detector is complete', (type, region, missing) => {
    const gaps = { gaps: { [type]: [region] } };
    expect(verdict(but(missing), {}, gaps)).toEqual({
      compliance: 'INSUFFICIENT_DATA',
      code: 'not-read',
      reason: expect.stringContaining('it was denied'),
    });
    expect(verdict(WHOLE, {}, gaps)).toMatchObject({ compliance: 'COMPLIANT' });
  });

  it.each([FILTER, ALARM, TOPIC])('is NON_COMPLIANT if %s was not read in a Region that does not matter', (type) => {
    expect(verdict(but({ [type]: {} }), {}, { gaps: { [type]: ['us-east-2'] } })).toMatchObject({ compliance: 'NON_COMPLIANT' });
  });
});

/** A filter for some of the events. */
const namesOf = (...names: readonly string[]): string => `{ ${names.map((name) => `$.eventName = ${name}`).join(' || ')} }`;
const [FIRST, ...REST] = canonicalEvents(ACTIVITY) as [string, ...string[]];

describe('an alarm on a metric of a filter', () => {
  const on = (parts: object, published: object = {}) => {
    const metricTransformations = [{ metricNamespace: 'N', metricName: 'M', metricValue: '1', ...published }];
    return but({ [FILTER]: { f: filter(cisPattern(ACTIVITY), 'M', { metricTransformations }) }, [ALARM]: { a: alarm(parts) } });
  };
  const zero = { defaultValue: 0 };
  const AVERAGE = { Statistic: 'Average', Threshold: 0, ComparisonOperator: 'GreaterThanThreshold' };

  it.each<[string, object, object?]>([
    ['fires above 0', { Threshold: 0, ComparisonOperator: 'GreaterThanThreshold' }],
    ['fires from 0 where quiet periods have no data', { Threshold: 0 }],
    ['fires from a part of one event', { Threshold: 0.5 }],
    ['adds larger values', { Threshold: 10 }, { metricValue: '10' }],
    ['adds the values to a default of 0', {}, zero],
    ['counts the values', { Statistic: 'SampleCount' }],
    ['counts the values of a field', { Statistic: 'SampleCount' }, { metricValue: '$.sourceIPAddress' }],
    ['counts values of 0', { Statistic: 'SampleCount' }, { metricValue: '0' }],
    ['takes the highest value', { Statistic: 'Maximum' }, zero],
    ['takes the average', AVERAGE, zero],
    ['takes the average of a minute', { Statistic: 'Average', Period: 60 }, zero],
    ['takes the average where quiet minutes have no data', { Statistic: 'Average' }],
    ['takes the lowest value where quiet minutes have no data', { Statistic: 'Minimum' }],
    ['has a period of an hour', { Period: 3600 }],
    ['has a period of 10 seconds', { Period: 10 }],
    ['needs 1 of 3 data points', { EvaluationPeriods: 3, DatapointsToAlarm: 1 }],
    ['treats missing data as missing', { TreatMissingData: 'missing' }],
    ['treats missing data as not breaching', { TreatMissingData: 'notBreaching' }],
    ['ignores missing data where quiet periods have data', { TreatMissingData: 'ignore' }, zero],
    ['treats missing data as breaching where quiet periods have data', { TreatMissingData: 'breaching' }, zero],
    ['uses the unit of the metric', { Unit: 'Count' }, { unit: 'Count' }],
    ['uses no unit', { Unit: 'None' }],
  ])('is COMPLIANT when it %s', (_, parts, published) => {
    expect(verdict(on(parts, published))).toMatchObject({ compliance: 'COMPLIANT' });
  });

  it.each<[string, string, object, object?]>([
    ['threshold-too-high', 'fires from two events', { Threshold: 2 }],
    ['threshold-too-high', 'fires above one event', { ComparisonOperator: 'GreaterThanThreshold' }],
    ['threshold-too-high', 'fires at a volume', { Threshold: 100_000 }],
    ['threshold-too-high', 'adds smaller values', {}, { metricValue: '0.5' }],
    ['threshold-too-high', 'adds values of 0', {}, { metricValue: '0' }],
    ['threshold-too-high', 'takes the average with quiet minutes', { Statistic: 'Average' }, zero],
    ['threshold-too-high', 'takes the lowest value with quiet minutes', { Statistic: 'Minimum' }, zero],
    ['always-in-alarm', 'counts quiet minutes too', { Statistic: 'SampleCount' }, zero],
    ['always-in-alarm', 'fires from 0 with quiet minutes', { Threshold: 0 }, zero],
    ['always-in-alarm', 'adds a default of 1', {}, { defaultValue: 1 }],
    ['always-in-alarm', 'treats missing data as breaching', { TreatMissingData: 'breaching' }],
    ['alarm-latched', 'ignores missing data', { TreatMissingData: 'ignore' }],
    ['alarm-inverted', 'fires below one event', { ComparisonOperator: 'LessThanThreshold' }],
    ['alarm-inverted', 'fires below one event, with quiet minutes', { ComparisonOperator: 'LessThanThreshold' }, zero],
    ['alarm-inverted', 'fires below a band', { ComparisonOperator: 'LessThanLowerThreshold', Threshold: undefined }],
    ['period-too-long', 'has a period of a day', { Period: 86_400 }],
    ['several-datapoints', 'needs two periods', { EvaluationPeriods: 2, TreatMissingData: 'notBreaching' }],
    ['several-datapoints', 'needs 2 of 3 data points', { EvaluationPeriods: 3, DatapointsToAlarm: 2 }],
    ['unit-differs', 'uses another unit', { Unit: 'Count' }],
  ])('is NON_COMPLIANT (%s) when it %s', (code, _, parts, published) => {
    expect(verdict(on(parts, published))).toMatchObject({ compliance: 'NON_COMPLIANT', code });
  });

  it.each<[string, object, object?]>([
    ['compares with a band', { ComparisonOperator: 'GreaterThanUpperThreshold', Threshold: undefined, ThresholdMetricId: 'ad' }],
    ['compares by an unknown operator', { ComparisonOperator: 'AboutThreshold' }],
    ['takes a percentile', { Statistic: undefined, ExtendedStatistic: 'p99' }],
    ['has no known period', { Period: undefined }],
    ['adds values of a field', {}, { metricValue: '$.x' }],
    ['treats missing data in an unknown way', { TreatMissingData: 'maybe' }],
  ])('is INSUFFICIENT_DATA when it %s', (_, parts, published) => {
    expect(verdict(on(parts, published))).toMatchObject({ compliance: 'INSUFFICIENT_DATA', code: 'alarm-not-evaluated' });
  });

  it.each([
    [5, 'COMPLIANT'],
    [6, 'NON_COMPLIANT'],
  ])('on failed sign-ins that fires from %i of them is %s', (Threshold, compliance) => {
    const estate = { ...chain('console-auth-failures'), [ALARM]: { a: alarm({ Threshold }) } };
    expect(evaluateDetector(account(estate), 'console-auth-failures')).toMatchObject({ compliance });
  });
});

describe('a filter that matches ordinary events too', () => {
  it.each<[string, Estate]>([
    ['a volume', but({ [FILTER]: { f: filter('') }, [ALARM]: { a: alarm({ Threshold: 100_000 }) } })],
    ['one event', but({ [FILTER]: { f: filter('{ $.eventName = * }') } })],
    ['one event of a metric that it shares', but({ [FILTER]: { f: filter(cisPattern(ACTIVITY)), g: filter('{ $.eventSource = * }') } })],
  ])('is NON_COMPLIANT when its alarm fires at %s', (_, estate) => {
    expect(verdict(estate)).toMatchObject({ compliance: 'NON_COMPLIANT', code: 'filter-not-selective' });
  });

  it('does not disturb a detector with a metric of its own', () => {
    const estate = but({
      [FILTER]: { a: filter('', 'All'), f: filter(cisPattern(ACTIVITY)) },
      [ALARM]: { a: alarm(), b: alarm({ MetricName: 'All' }) },
    });
    expect(verdict(estate)).toMatchObject({ compliance: 'COMPLIANT' });
  });

  it('is judged by the events of the account that it observes', () => {
    const pattern = `{ (${cisPattern(ACTIVITY).slice(1, -1)}) || $.recipientAccountId = ${OTHER} }`;
    expect(verdict(but({ [FILTER]: { f: filter(pattern) } }))).toMatchObject({ compliance: 'COMPLIANT' });
  });
});

describe('several filters', () => {
  const halves = (metrics: readonly [string, string]) => ({
    [FILTER]: { f: filter(namesOf(FIRST), metrics[0]), g: filter(namesOf(...REST), metrics[1]) },
  });
  const alarms = (...names: readonly string[]) => ({
    [ALARM]: Object.fromEntries(names.map((name) => [name, alarm({ MetricName: name })])),
  });
  const math = (Expression: string, parts: object = {}) => ({
    [ALARM]: {
      a: alarm({
        MetricName: undefined,
        Namespace: undefined,
        Statistic: undefined,
        Period: undefined,
        Metrics: [
          { Id: 'e', Expression, ReturnData: true },
          ...['M1', 'M2'].map((MetricName) => ({
            Id: MetricName.toLowerCase(),
            MetricStat: { Metric: { Namespace: 'N', MetricName }, Stat: 'Sum', Period: 300 },
            ReturnData: false,
          })),
        ],
        ...parts,
      }),
    },
  });

  it.each<[string, Estate]>([
    ['an alarm for each', { ...halves(['M1', 'M2']), ...alarms('M1', 'M2') }],
    ['one metric', { ...halves(['M', 'M']), ...alarms('M') }],
    ['m1+m2', { ...halves(['M1', 'M2']), ...math('m1+m2') }],
    ['SUM(METRICS())', { ...halves(['M1', 'M2']), ...math('SUM(METRICS())') }],
    ['FILL', { ...halves(['M1', 'M2']), ...math('FILL(m1, 0) + FILL(m2, 0)', { TreatMissingData: 'breaching' }) }],
    ['a larger weight', { ...halves(['M1', 'M2']), ...math('2*(m1 + m2)', { Threshold: 2 }) }],
    [
      'one that matches the calls of users and one those of roles',
      {
        [FILTER]: Object.fromEntries(
          ['IAMUser', 'AssumedRole'].map((type) => [
            type,
            filter(`{ $.userIdentity.type = ${type} && (${cisPattern(ACTIVITY).slice(1, -1)}) }`),
          ]),
        ),
      },
    ],
  ])('together are COMPLIANT with %s', (_, estate) => expect(verdict(but(estate))).toMatchObject({ compliance: 'COMPLIANT' }));

  it('names the alarms that notify people', () => {
    expect(verdict(but({ ...halves(['M1', 'M2']), ...alarms('M1', 'M2') })).reason).toBe(
      'alarm M1 notifies subscribers of topic security; alarm M2 notifies subscribers of topic security',
    );
  });

  it.each<[string, string, Estate]>([
    ['events-left-out', 'one half has no filter', { [FILTER]: { f: filter(namesOf(...REST)) } }],
    ['no-alarm', 'one half has no alarm', { ...halves(['M1', 'M2']), ...alarms('M1') }],
    ['threshold-too-high', 'one half has a low weight', { ...halves(['M1', 'M2']), ...math('m1 + 0.5*m2') }],
    ['always-in-alarm', 'the expression adds 1', { ...halves(['M1', 'M2']), ...math('FILL(m1,0) + m2 + 1') }],
    ['threshold-too-high', 'one half is taken away', { ...halves(['M1', 'M2']), ...math('m1 - m2') }],
  ])('are NON_COMPLIANT (%s) when %s', (code, _, estate) => {
    expect(verdict(but(estate))).toMatchObject({ compliance: 'NON_COMPLIANT', code });
  });

  it.each<[string, Estate]>([
    ['IF', { ...halves(['M1', 'M2']), ...math('IF(m1 > 0 OR m2 > 0, 1, 0)') }],
    ['a division of metrics', { ...halves(['M1', 'M2']), ...math('m1/m2') }],
    ['a query', { ...halves(['M1', 'M1']), ...math('SELECT SUM(M1) FROM "N"') }],
    ['a metric that no filter feeds', { [FILTER]: { f: filter(cisPattern(ACTIVITY), 'M1') }, ...math('m1+m2') }],
  ])('are INSUFFICIENT_DATA with an alarm on %s', (_, estate) => {
    expect(verdict(but(estate))).toMatchObject({ compliance: 'INSUFFICIENT_DATA', code: 'alarm-not-evaluated' });
  });

  it.each(['[a, b]', '{ $.eventName IN (x) }'])('are INSUFFICIENT_DATA if one has the pattern %s', (pattern) => {
    const unread = filter(pattern);
    expect(verdict(but({ [FILTER]: { f: unread } }))).toMatchObject({ compliance: 'INSUFFICIENT_DATA', code: 'pattern-not-evaluated' });
    expect(verdict(but({ [FILTER]: { f: unread, g: filter(namesOf(FIRST)) } }))).toMatchObject({ compliance: 'INSUFFICIENT_DATA' });
    expect(verdict(but({ [FILTER]: { f: unread, g: filter(cisPattern(ACTIVITY)) } }))).toMatchObject({ compliance: 'COMPLIANT' });
    const elsewhere = filter(pattern, 'M', { logGroupName: 'app' });
    expect(verdict(but({ [FILTER]: { f: elsewhere } }))).toMatchObject({ compliance: 'NON_COMPLIANT', code: 'no-metric-filter' });
  });

  it.each([
    ['sees the events of some sources', { fieldSelectionCriteria: '@aws.region = "eu-west-1"' }],
    ['sees transformed events', { applyOnTransformedLogs: true }],
  ])('are INSUFFICIENT_DATA if the only one %s', (_, parts) => {
    const estate = but({ [FILTER]: { f: filter(cisPattern(ACTIVITY), 'M', parts) } });
    expect(verdict(estate)).toMatchObject({ compliance: 'INSUFFICIENT_DATA', code: 'pattern-not-evaluated' });
    expect(evaluateDetector(account(estate), 'vpc-changes')).toMatchObject({ compliance: 'NON_COMPLIANT' });
  });

  it('are INSUFFICIENT_DATA in a record with another number of events', () => {
    const detects = { anywhere: { readable: true, activities: { [ACTIVITY]: '11' } }, named: {} };
    expect(verdict(but({ [FILTER]: { f: { ...filter(''), detects } } }))).toMatchObject({ compliance: 'INSUFFICIENT_DATA' });
  });

  it('and a rule are COMPLIANT together', () => {
    const made = rules(REGIONS, rule(JSON.stringify({ source: ['aws.ec2'], detail: { eventName: [FIRST] } })));
    const estate = { ...but({ [FILTER]: { f: filter(namesOf(...REST)) } }), [RULE]: made.estate[RULE] } as Estate;
    expect(verdict(estate, {}, { regions: made.regions })).toMatchObject({ compliance: 'COMPLIANT' });
  });
});

describe('a composite alarm', () => {
  const silent = (parts: object = {}) => alarm({ AlarmActions: [], ...parts });
  const composite = (AlarmRule: unknown, parts: object = {}) =>
    read(COMPOSITE, { ActionsEnabled: true, AlarmActions: [topicArn('security')], AlarmRule, ...parts });
  const both = (composites: Record<string, object>, a = silent()) => but({ [ALARM]: { a }, [COMPOSITE]: composites });

  it.each<[string, Estate]>([
    ['notifies people', both({ c: composite('ALARM(a)') })],
    ['is a choice', both({ c: composite('ALARM("other") OR (ALARM("a"))') })],
    ['names the alarm by its ARN', both({ c: composite(`ALARM("arn:aws:cloudwatch:eu-west-1:${OWN}:alarm:a")`) })],
    ['notifies people where the alarm’s own actions are disabled', both({ c: composite('ALARM(a)') }, silent({ ActionsEnabled: false }))],
    ['makes another one fire', both({ c: composite('ALARM(a)', { AlarmActions: [] }), d: composite('ALARM(c) OR ALARM(x)') })],
  ])('is COMPLIANT when it %s', (_, estate) => expect(verdict(estate)).toMatchObject({ compliance: 'COMPLIANT' }));

  it.each<[string, string, Estate]>([
    ['alarm-without-action', 'is for another alarm', both({ c: composite('ALARM(b)') })],
    ['alarm-without-action', 'has no action', both({ c: composite('ALARM(a)', { AlarmActions: [] }) })],
    ['alarm-without-action', 'has its actions disabled', both({ c: composite('ALARM(a)', { ActionsEnabled: false }) })],
    ['threshold-too-high', 'is for an alarm that needs more events', both({ c: composite('ALARM(a)') }, silent({ Threshold: 2 }))],
    ['alarm-without-action', 'is one of two that wait for each other', both({ c: composite('ALARM(d)'), d: composite('ALARM(c)') })],
  ])('is NON_COMPLIANT (%s) when it %s', (code, _, estate) => {
    expect(verdict(estate)).toMatchObject({ compliance: 'NON_COMPLIANT', code });
  });

  it.each<[string, string, Estate]>([
    ['alarm-rule-not-evaluated', 'needs two alarms', both({ c: composite('ALARM(a) AND ALARM(b)') })],
    ['alarm-rule-not-evaluated', 'fires without an alarm', both({ c: composite('NOT ALARM(a)') })],
    ['alarm-rule-not-evaluated', 'has a rule of an unknown form', both({ c: composite('AT_LEAST(1, ALARM, (a, b))') })],
    ['alarm-rule-not-evaluated', 'has a rule that is no text', both({ c: composite(5) })],
    ['alarm-suppressed', 'has a suppressor', both({ c: composite('ALARM(a)', { ActionsSuppressor: 'maintenance' }) })],
  ])('is INSUFFICIENT_DATA (%s) when it %s', (code, _, estate) => {
    expect(verdict(estate)).toMatchObject({ compliance: 'INSUFFICIENT_DATA', code });
  });

  it('is INSUFFICIENT_DATA if composite alarms were not read and the alarm has no action', () => {
    expect(verdict(both({}), {}, { gaps: { [COMPOSITE]: ['eu-west-1'] } })).toMatchObject({
      compliance: 'INSUFFICIENT_DATA',
      code: 'not-read',
    });
    expect(verdict(WHOLE, {}, { gaps: { [COMPOSITE]: ['eu-west-1'] } })).toMatchObject({ compliance: 'COMPLIANT' });
  });

  it('is looked at for its topic in another account', () => {
    const estate = both({ c: composite('ALARM(a)', { AlarmActions: [topicArn('security', OTHER)] }) });
    expect(detectorAccounts(account(estate))).toEqual([OTHER]);
  });

  it('is a part of a detector', () => expect(DETECTOR_TYPES).toContain(COMPOSITE));
});

describe('a detector in the account that receives an organization trail', () => {
  const MEMBER: Estate = { [TRAIL]: { [trailArn(OTHER)]: trail({}, OTHER) } };
  const RECEIVER = {
    ...but({ [ALARM]: { a: alarm({ AlarmActions: [topicArn('security', OTHER)] }) } }),
    [TRAIL]: { [trailArn(OTHER)]: trail({}, OTHER) },
    [TOPIC]: { [topicArn('security', OTHER)]: { confirmed: 1 } },
  };
  const receiver = (estate: Estate = RECEIVER, options = {}) => other(account(estate, { accountId: OTHER }, options));

  it('counts', () => expect(verdict(MEMBER, receiver())).toMatchObject({ compliance: 'COMPLIANT' }));

  it('is INSUFFICIENT_DATA if that account is not evaluated', () => {
    expect(verdict(MEMBER)).toEqual({
      compliance: 'INSUFFICIENT_DATA',
      code: 'account-not-evaluated',
      reason: `account ${OTHER}, which receives trail main, is not evaluated`,
    });
    expect(detectorAccounts(account(MEMBER))).toEqual([OTHER]);
  });

  it('counts if only the trail’s owner can read its selectors', () => {
    const member: Estate = { [TRAIL]: { [trailArn(OTHER)]: { ...trail({}, OTHER), managementEvents: undefined } as object } };
    expect(verdict(member, receiver())).toMatchObject({ compliance: 'COMPLIANT' });
    expect(verdict(member, receiver({ ...RECEIVER, [TRAIL]: {} }))).toMatchObject({ compliance: 'INSUFFICIENT_DATA' });
  });

  it('is NON_COMPLIANT if that account’s filter matches only its own events', () => {
    const own = filter(`{ ($.recipientAccountId = ${OTHER}) && (${cisPattern(ACTIVITY).slice(1, -1)}) }`);
    expect(verdict(MEMBER, receiver({ ...RECEIVER, [FILTER]: { f: own } }))).toMatchObject({ compliance: 'NON_COMPLIANT' });
  });

  it('is NON_COMPLIANT if the filter is in the account that sends', () => {
    expect(verdict({ ...WHOLE, ...MEMBER }, receiver({ [TRAIL]: RECEIVER[TRAIL] }))).toMatchObject({ compliance: 'NON_COMPLIANT' });
  });

  it('is INSUFFICIENT_DATA if that account’s alarms were not read', () => {
    expect(verdict(MEMBER, receiver({ ...RECEIVER, [ALARM]: {} }, { gaps: { [ALARM]: ['eu-west-1'] } }))).toEqual({
      compliance: 'INSUFFICIENT_DATA',
      code: 'not-read',
      reason: expect.stringContaining(OTHER),
    });
  });

  it('is COMPLIANT without that account if rules of the own account notify', () => {
    const { estate, regions } = rules(REGIONS);
    expect(verdict({ ...MEMBER, ...estate }, {}, { regions })).toMatchObject({ compliance: 'COMPLIANT' });
  });
});

describe('a topic in another account', () => {
  const estate = but({ [ALARM]: { a: alarm({ AlarmActions: [topicArn('security', OTHER)] }) } });
  const owner = (confirmed: number) => other(account({ [TOPIC]: { [topicArn('security', OTHER)]: { confirmed } } }, { accountId: OTHER }));

  it('counts by its subscribers if the account is evaluated', () => {
    expect(verdict(estate, owner(1))).toMatchObject({ compliance: 'COMPLIANT' });
    expect(verdict(estate, owner(0))).toMatchObject({ compliance: 'NON_COMPLIANT' });
  });

  it('is INSUFFICIENT_DATA if the account is not evaluated', () => {
    expect(verdict(estate)).toEqual({
      compliance: 'INSUFFICIENT_DATA',
      code: 'account-not-evaluated',
      reason: `alarm a notifies topic security of account ${OTHER}, which is not evaluated`,
    });
  });

  it('is among the accounts to read', () => {
    expect(detectorAccounts(account(estate))).toEqual([OTHER]);
    expect(detectorAccounts(account(WHOLE))).toEqual([]);
  });
});

/** Returns a rule in each of these Regions. */
function rules(regions: readonly string[], make = rule(eventPattern(ACTIVITY))): { estate: Estate; regions: Record<string, string> } {
  return {
    estate: {
      [TOPIC]: { [topicArn('security')]: { confirmed: 1 } },
      [RULE]: Object.fromEntries(regions.map((region) => [ruleArn('r', region), make])),
    },
    regions: Object.fromEntries(regions.map((region) => [ruleArn('r', region), region])),
  };
}

describe('a detector by rules on event buses', () => {
  const pattern = eventPattern(ACTIVITY);
  const ANY_CALL = JSON.stringify({ 'detail-type': ['AWS API Call via CloudTrail'] });
  const evaluateRules = (make = rule(pattern), where: readonly string[] = REGIONS, parts: Partial<Inventory> = {}, options = {}) => {
    const { estate, regions } = rules(where, make);
    return verdict(estate, parts, { regions, ...options });
  };
  const approved = (...approvedRegions: string[]) => ({ settings: settingsFor({ version: 1, approvedRegions }, OWN) });

  it.each([
    ['a topic with a subscriber', topicArn('security')],
    ['a function', 'arn:aws:lambda:eu-west-1:111111111111:function:f'],
    ['an API destination', 'arn:aws:events:eu-west-1:111111111111:api-destination/pager/1'],
  ])('is COMPLIANT when a rule in every Region calls %s', (_, target) => {
    expect(evaluateRules(rule(pattern, [target]))).toMatchObject({ compliance: 'COMPLIANT' });
  });

  it.each([
    ['rule-disabled', 'is disabled', rule(pattern, [topicArn('security')], 'DISABLED'), 'but is disabled'],
    ['rule-without-target', 'has no target', rule(pattern, []), 'but has no target'],
    ['target-does-not-notify', 'keeps records', rule(pattern, ['arn:aws:logs:eu-west-1:111111111111:log-group:all']), 'notifies no one'],
    ['topic-missing', 'notifies a topic that does not exist', rule(pattern, [topicArn('none')]), 'does not exist'],
    [
      'events-left-out',
      'misses one event',
      rule(JSON.stringify({ detail: { eventName: canonicalEvents(ACTIVITY).slice(1) } })),
      'but no detector matches AuthorizeSecurityGroupIngress',
    ],
    ['rule-not-selective', 'matches every event', rule(ANY_CALL), 'also ordinary ones such as ec2 CreateNetworkInterface'],
  ])('is NON_COMPLIANT (%s) when every rule %s', (code, _, make, reason) => {
    expect(evaluateRules(make)).toEqual({ compliance: 'NON_COMPLIANT', code, reason: expect.stringContaining(reason) });
  });

  it('is COMPLIANT when several rules match all events together', () => {
    const [one, other] = [[FIRST], REST].map((eventName) => rules(REGIONS, rule(JSON.stringify({ detail: { eventName } }))));
    const named = (of: object, suffix: string) => Object.fromEntries(Object.entries(of).map(([arn, value]) => [arn + suffix, value]));
    const estate = { ...one!.estate, [RULE]: { ...named(one!.estate[RULE]!, '-a'), ...named(other!.estate[RULE]!, '-b') } };
    const regions = { ...named(one!.regions, '-a'), ...named(other!.regions, '-b') };
    expect(verdict(estate, {}, { regions })).toMatchObject({ compliance: 'COMPLIANT' });
    expect(verdict({ ...one!.estate, [RULE]: named(one!.estate[RULE]!, '-a') }, {}, { regions })).toMatchObject({
      code: 'events-left-out',
    });
  });

  it('is INSUFFICIENT_DATA when every rule sends all events to a function, which chooses', () => {
    expect(evaluateRules(rule(ANY_CALL, ['arn:aws:lambda:eu-west-1:111111111111:function:f']))).toMatchObject({
      compliance: 'INSUFFICIENT_DATA',
      code: 'target-chooses',
    });
  });

  it('is INSUFFICIENT_DATA when a pattern with a target cannot be read', () => {
    const unread = JSON.stringify({ source: ['aws.ec2'], detail: { eventName: [{ contains: 'SecurityGroup' }] } });
    expect(evaluateRules(rule(unread))).toMatchObject({ compliance: 'INSUFFICIENT_DATA', code: 'pattern-not-evaluated' });
    expect(evaluateRules(rule(unread, [topicArn('none')]))).toMatchObject({ compliance: 'NON_COMPLIANT' });
    expect(evaluateRules(rule(unread, [], 'DISABLED'))).toMatchObject({ compliance: 'NON_COMPLIANT', code: 'not-detected' });
    const other = JSON.stringify({ source: ['aws.health'], detail: { service: [{ contains: 'EC2' }] } });
    expect(evaluateRules(rule(other))).toMatchObject({ compliance: 'NON_COMPLIANT', code: 'not-detected' });
    expect(evaluateRules(rule('{'))).toMatchObject({ compliance: 'INSUFFICIENT_DATA', code: 'not-read' });
  });

  it('is NON_COMPLIANT when one Region has no rule', () => {
    expect(evaluateRules(rule(pattern), REGIONS.slice(1))).toEqual({
      compliance: 'NON_COMPLIANT',
      code: 'region-not-covered',
      reason: expect.stringContaining('but no EventBridge rule of eu-north-1'),
    });
    expect(evaluateRules(rule(pattern), REGIONS.slice(1), approved('eu-west-1'))).toMatchObject({ compliance: 'COMPLIANT' });
  });

  it.each<[ActivityId, readonly string[]]>([
    ['iam-policy-changes', ['us-east-1']],
    ['root-usage', ['eu-west-1', 'us-east-1']],
    ['console-auth-failures', REGIONS],
    ['vpc-changes', ['eu-west-1']],
  ])('of %s needs rules in %j if only eu-west-1 is approved', (activity, needed) => {
    const within = (regions: readonly string[]) => {
      const made = rules(regions, rule(eventPattern(activity)));
      return evaluateDetector(account(made.estate, approved('eu-west-1'), { regions: made.regions }), activity).compliance;
    };
    expect(within(needed)).toBe('COMPLIANT');
    for (const region of needed) expect(within(REGIONS.filter((one) => one !== region))).toBe('NON_COMPLIANT');
  });

  it('is INSUFFICIENT_DATA if rules of a Region were not read and all others have one', () => {
    const gaps = { gaps: { [RULE]: ['us-east-2'] } };
    const some = REGIONS.filter((region) => region !== 'us-east-2');
    expect(evaluateRules(rule(pattern), some, {}, gaps)).toMatchObject({ compliance: 'INSUFFICIENT_DATA' });
    expect(evaluateRules(rule(pattern), [], {}, gaps)).toMatchObject({ compliance: 'NON_COMPLIANT' });
    expect(evaluateRules(rule(pattern), some, approved('ca-west-1'))).toMatchObject({ compliance: 'INSUFFICIENT_DATA' });
  });

  it.each<[string, object]>([
    ['its targets', { targets: undefined }],
    ['its state', { enabled: undefined }],
    ['its pattern', { detects: undefined }],
  ])('is INSUFFICIENT_DATA if %s could not be read', (_, part) => {
    expect(evaluateRules({ ...rule(pattern), ...part })).toMatchObject({ compliance: 'INSUFFICIENT_DATA' });
  });

  describe('that forward events', () => {
    const bus = (id: string, name = 'default') => `arn:aws:events:us-east-1:${id}:event-bus/${name}`;
    const sends = (target: string) => rule(pattern, [target]);
    const there = (estate: Estate) => other(account(estate, { accountId: OTHER }, { regions: { hub: 'us-east-1' } }));

    it('is COMPLIANT if a rule of the receiving account notifies', () => {
      const hub = there({ [RULE]: { hub: rule(pattern, ['arn:aws:lambda:us-east-1:222222222222:function:f']) } });
      expect(evaluateRules(sends(bus(OTHER)), REGIONS, hub)).toMatchObject({ compliance: 'COMPLIANT' });
    });

    it('is COMPLIANT if the rules forward all events, and a rule there chooses', () => {
      const hub = there({ [RULE]: { hub: rule(pattern, ['arn:aws:lambda:us-east-1:222222222222:function:f']) } });
      expect(evaluateRules(rule(ANY_CALL, [bus(OTHER)]), REGIONS, hub)).toMatchObject({ compliance: 'COMPLIANT' });
    });

    it('is NON_COMPLIANT if the rule there matches other events than they forward', () => {
      const hub = there({
        [RULE]: { hub: rule(JSON.stringify({ detail: { eventName: REST } }), ['arn:aws:lambda:us-east-1:222222222222:function:f']) },
      });
      expect(evaluateRules(sends(bus(OTHER)), REGIONS, hub)).toMatchObject({ compliance: 'NON_COMPLIANT', code: 'events-left-out' });
    });

    it('is NON_COMPLIANT if no rule there notifies', () => {
      expect(evaluateRules(sends(bus(OTHER)), REGIONS, there({}))).toMatchObject({ compliance: 'NON_COMPLIANT' });
      const own = rule(JSON.stringify({ account: [OTHER], ...JSON.parse(pattern) }), ['arn:aws:lambda:us-east-1:222222222222:function:f']);
      expect(evaluateRules(sends(bus(OTHER)), REGIONS, there({ [RULE]: { hub: own } }))).toMatchObject({ compliance: 'NON_COMPLIANT' });
    });

    it('is NON_COMPLIANT if the receiving account has a rule and no rule forwards to it', () => {
      const hub = there({ [RULE]: { hub: rule(pattern, ['arn:aws:lambda:us-east-1:222222222222:function:f']) } });
      expect(evaluateRules(rule(pattern), [], hub)).toMatchObject({ compliance: 'NON_COMPLIANT' });
    });

    it.each([
      ['account-not-evaluated', 'the account is not evaluated', sends(bus(OTHER)), undefined],
      ['custom-bus', 'the bus is a custom one', sends(bus(OWN, 'security')), undefined],
      ['hop-not-followed', 'they are forwarded again', sends(bus(OTHER)), { [RULE]: { hub: sends(bus(OTHER)) } }],
    ])('is INSUFFICIENT_DATA (%s) if %s', (code, _, make, estate) => {
      expect(evaluateRules(make, REGIONS, estate ? there(estate) : {})).toMatchObject({ compliance: 'INSUFFICIENT_DATA', code });
    });

    it('are read in the receiving account', () => {
      expect(detectorAccounts(account(rules(REGIONS, sends(bus(OTHER))).estate))).toEqual([OTHER]);
    });
  });
});

it('does not count evidence from before a failed run', () => {
  const later = '2026-01-02T00:00:00.000Z';
  const listings = account(WHOLE).listings;
  const stale: Partial<Inventory> = {
    listings: (type) => (type === ALARM ? [{ region: 'eu-west-1', capturedAt: later, gap: 'it was denied' }] : listings(type)),
  };
  expect(verdict(WHOLE, stale)).toMatchObject({ compliance: 'INSUFFICIENT_DATA' });
});

it('does not count a detector of another activity', () => {
  expect(evaluateDetector(account(chain('nacl-changes')), ACTIVITY)).toMatchObject({ compliance: 'NON_COMPLIANT' });
});

describe('resources without relation to the activity', () => {
  const word = fc.stringMatching(/^[a-z]{1,6}$/);
  const elsewhere = fc.record({
    filters: fc.dictionary(word, fc.record({ pattern: fc.constantFrom('ERROR', '{ $.x = 1 }', cisPattern('nacl-changes')), metric: word })),
    alarms: fc.dictionary(word, fc.record({ metric: word, enabled: fc.boolean() })),
    rules: fc.dictionary(
      word,
      fc.record({
        pattern: fc.constantFrom('{"source":["aws.ec2"],"detail-type":["x"]}', eventPattern('vpc-changes'), '{"source":["aws.rds"]}'),
        target: fc.constantFrom(topicArn('security'), topicArn('none')),
      }),
    ),
    topics: fc.dictionary(word, fc.nat(3)),
  });
  const entries = <A, B>(found: Record<string, A>, prefix: string, make: (value: A) => B) =>
    Object.fromEntries(Object.entries(found).map(([name, value]) => [`${prefix}${name}`, make(value)]));

  it.each([
    ['COMPLIANT', WHOLE],
    ['NON_COMPLIANT', but({ [ALARM]: { a: alarm({ ActionsEnabled: false }) } })],
    ['INSUFFICIENT_DATA', but({ [TOPIC]: { [topicArn('security')]: {} } })],
  ] as const)('leaves a verdict of %s as it is', (compliance, estate) => {
    const alone = verdict(estate);
    expect(alone.compliance).toBe(compliance);
    fc.assert(
      fc.property(elsewhere, ({ filters, alarms, rules: more, topics }) => {
        const crowded: Estate = {
          ...estate,
          [FILTER]: { ...entries(filters, '0', ({ pattern, metric }) => filter(pattern, metric)), ...estate[FILTER] },
          [ALARM]: {
            ...entries(alarms, '0', ({ metric, enabled }) => alarm({ MetricName: metric, ActionsEnabled: enabled })),
            ...estate[ALARM],
          },
          [RULE]: entries(more, '0', ({ pattern, target }) => rule(pattern, [target])),
          [TOPIC]: { ...entries(topics, 'arn:aws:sns:eu-west-1:111111111111:', (confirmed) => ({ confirmed })), ...estate[TOPIC] },
        };
        expect(verdict(crowded)).toEqual(alone);
      }),
      { numRuns: 60 },
    );
  });
});

it('is found among ten thousand alarms, filters and rules by a look at few of them', () => {
  const many = <T>(make: (index: number) => T) =>
    Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`x${index}`, make(index)]));
  const cheap = filter('ERROR', 'M', { logGroupName: 'app' });
  const plain = alarm();
  let reads = 0;
  const watched = (index: number) =>
    Object.defineProperty({ ...plain, series: { ...plain.series!, metrics: [{ namespace: 'N', name: `M${index}` }] } }, 'actions', {
      get: () => {
        reads += 1;
        return [];
      },
    });
  const estate = but({ [FILTER]: { ...many(() => cheap), f: filter(cisPattern(ACTIVITY)) }, [ALARM]: { ...many(watched), a: alarm() } });
  const inventory = account(estate);
  for (const activity of ['root-usage', 'vpc-changes', ACTIVITY] as const) evaluateDetector(inventory, activity);
  expect(evaluateDetector(inventory, ACTIVITY)).toMatchObject({ compliance: 'COMPLIANT' });
  expect(reads).toBe(0);
});

describe('the Regions that need a rule in another partition', () => {
  const rulesIn = (activity: ActivityId, regions: readonly string[]): Estate => ({
    [TOPIC]: { [topicArn('security')]: { confirmed: 1 } },
    [RULE]: Object.fromEntries(regions.map((region) => [ruleArn('r', region), rule(eventPattern(activity))])),
  });
  const listed = (regions: readonly string[]): Partial<Inventory> => ({
    listings: () => regions.map((region) => ({ region, capturedAt: '2026-01-01T00:00:00.000Z' })),
  });
  const evaluate = (activity: ActivityId, ruled: readonly string[], read: readonly string[], parts: Partial<Inventory> = {}) =>
    evaluateDetector(
      account(
        rulesIn(activity, ruled),
        { ...listed(read), ...parts },
        { regions: Object.fromEntries(ruled.map((region) => [ruleArn('r', region), region])) },
      ),
      activity,
    ).compliance;

  it.each<[ActivityId, string, string[], string[]]>([
    ['iam-policy-changes', 'COMPLIANT', ['us-gov-west-1'], ['us-gov-west-1', 'us-gov-east-1']],
    ['iam-policy-changes', 'NON_COMPLIANT', ['us-gov-east-1'], ['us-gov-west-1', 'us-gov-east-1']],
    ['iam-policy-changes', 'COMPLIANT', ['cn-north-1'], ['cn-northwest-1', 'cn-north-1']],
    ['iam-policy-changes', 'COMPLIANT', ['eusc-de-east-1'], ['eusc-de-east-1']],
    ['iam-policy-changes', 'COMPLIANT', ['us-iso-east-1'], ['us-iso-west-1', 'us-iso-east-1']],
    ['iam-policy-changes', 'COMPLIANT', ['us-isob-east-1'], ['us-isob-east-1']],
    ['console-auth-failures', 'COMPLIANT', ['cn-north-1', 'cn-northwest-1'], ['cn-north-1', 'cn-northwest-1']],
    ['console-auth-failures', 'COMPLIANT', ['eusc-de-east-1'], ['eusc-de-east-1']],
    ['console-auth-failures', 'NON_COMPLIANT', ['eu-west-1', 'us-east-1'], REGIONS],
    ['root-usage', 'COMPLIANT', ['us-gov-west-1', 'us-gov-east-1'], ['us-gov-east-1', 'us-gov-west-1']],
  ])('%s is %s with rules in %j where csmm reads %j', (activity, expected, ruled, read) => {
    expect(evaluate(activity, ruled, read)).toBe(expected);
  });

  it('is the partition of the Regions that were read, although settings name Regions of several', () => {
    const { settings } = account({});
    const parts = { settings: { ...settings, approvedRegions: ['cn-north-1', 'eu-west-1'] } };
    expect(evaluate('iam-policy-changes', ['us-east-1'], ['eu-west-1', 'us-east-1'], parts)).toBe('COMPLIANT');
  });
});
