import { CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { cloudWatchAlarms } from '../../../adapters/aws/readers/cloudwatch-alarms.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const cloudwatch = mockClient(CloudWatchClient);
beforeEach(() => cloudwatch.reset());

const topic = 'arn:aws:sns:eu-west-1:111111111111:security';
const alarm: MetricAlarm = {
  AlarmName: 'root',
  ActionsEnabled: true,
  AlarmActions: [topic],
  OKActions: [],
  Namespace: 'CIS',
  MetricName: 'Root',
  Dimensions: [],
  Statistic: 'Sum',
  Period: 300,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
};
const stat = (Id: string, metric: object, parts: object = {}) => ({
  Id,
  MetricStat: { Metric: metric, Stat: 'Sum', Period: 60 },
  ReturnData: false,
  ...parts,
});
const SUM = { statistic: 'Sum', periodSeconds: 60 };
const parsed = (parts: object = {}) => factsOf('AWS::CloudWatch::MetricAlarm', { ...alarm, ...parts });
const expression = (...Metrics: object[]) => parsed({ MetricName: undefined, Namespace: undefined, Metrics });

it('gives an alarm its actions and its metric', async () => {
  cloudwatch.on(DescribeAlarmsCommand).resolves({ MetricAlarms: [alarm] });
  expect((await readFacts(cloudWatchAlarms))['AWS::CloudWatch::MetricAlarm eu-west-1 root']).toEqual({
    facts: {
      actionsEnabled: true,
      actions: [topic],
      series: {
        metrics: [{ namespace: 'CIS', name: 'Root', statistic: 'Sum', periodSeconds: 300, factor: 1 }],
        others: false,
        constant: 0,
        filled: false,
      },
      comparison: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      datapointsToAlarm: 1,
      missingData: 'missing',
    },
    missing: {},
  });
});

it('lists every page', async () => {
  cloudwatch
    .on(DescribeAlarmsCommand)
    .resolvesOnce({ MetricAlarms: [alarm], NextToken: 'more' })
    .resolvesOnce({ MetricAlarms: [{ ...alarm, AlarmName: 'other' }] });
  expect(await readInventory(cloudWatchAlarms)).toEqual({ 'AWS::CloudWatch::MetricAlarm': 2, 'AWS::CloudWatch::CompositeAlarm': 0 });
});

it('says that the list is not complete where a page was denied', async () => {
  cloudwatch
    .on(DescribeAlarmsCommand)
    .resolvesOnce({ MetricAlarms: [alarm], NextToken: 'more' })
    .rejectsOnce(Object.assign(new Error('no'), { name: 'AccessDenied' }));
  expect(await readInventory(cloudWatchAlarms)).toEqual({
    'AWS::CloudWatch::MetricAlarm': expect.stringContaining('was denied'),
    'AWS::CloudWatch::CompositeAlarm': expect.stringContaining('was denied'),
  });
});

it('gives a composite alarm the alarms that make it fire', async () => {
  const composite = { AlarmName: 'any', ActionsEnabled: true, AlarmActions: [topic], AlarmRule: 'ALARM(root) OR ALARM("keys")' };
  cloudwatch.on(DescribeAlarmsCommand).resolves({ MetricAlarms: [alarm], CompositeAlarms: [composite] });
  expect((await readFacts(cloudWatchAlarms))['AWS::CloudWatch::CompositeAlarm eu-west-1 any']).toEqual({
    facts: { actionsEnabled: true, actions: [topic], firesWith: ['root', 'keys'], depends: [], suppressed: false },
    missing: {},
  });
  const [call] = cloudwatch.commandCalls(DescribeAlarmsCommand);
  expect(call?.args[0].input).toMatchObject({ AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] });
});

it('finds the metrics of an expression', () => {
  const { facts } = expression(
    { Id: 'e', Expression: 'm1 + 2*m2' },
    stat('m1', { Namespace: 'CIS', MetricName: 'Root' }),
    stat('m2', { Namespace: 'CIS', MetricName: 'Own' }, { AccountId: '111111111111' }),
    stat('m3', { Namespace: 'CIS', MetricName: 'Unused' }),
  );
  expect(facts.series).toEqual({
    metrics: [
      { namespace: 'CIS', name: 'Root', ...SUM, factor: 1 },
      { namespace: 'CIS', name: 'Own', ...SUM, factor: 2 },
    ],
    others: false,
    constant: 0,
    filled: false,
  });
});

it.each([
  ['of another account', { AccountId: '222222222222' }],
  ['with dimensions', { MetricStat: { Metric: { Namespace: 'CIS', MetricName: 'Split', Dimensions: [{ Name: 'a', Value: 'b' }] } } }],
])('says that an expression uses a metric %s', (_, parts) => {
  const own = stat('m1', { Namespace: 'CIS', MetricName: 'Root' });
  const other = stat('m2', { Namespace: 'CIS', MetricName: 'Theirs' }, parts);
  expect(expression({ Id: 'e', Expression: 'm1+m2' }, own, other).facts.series).toMatchObject({
    metrics: [{ namespace: 'CIS', name: 'Root', factor: 1 }],
    others: true,
  });
});

it('finds the metrics of an expression that it cannot read, without a factor', () => {
  const { facts } = expression({ Id: 'e', Expression: 'IF(m1 > 0, 1, 0)' }, stat('m1', { Namespace: 'CIS', MetricName: 'Root' }));
  expect(facts.series).toMatchObject({ metrics: [{ namespace: 'CIS', name: 'Root', ...SUM }] });
  expect(JSON.stringify(facts.series)).not.toContain('factor');
});

it.each(['SELECT SUM(Root) FROM "CIS"', 'SELECT SUM("Root") FROM CIS', 'select max(Root) from SCHEMA("CIS", user) WHERE user = 1'])(
  'finds the metric of the query %s',
  (Expression) => {
    expect(expression({ Id: 'q', Expression }).facts.series).toMatchObject({ metrics: [{ namespace: 'CIS', name: 'Root' }] });
  },
);

it.each<[string, object, object]>([
  ['a percentile', { Statistic: null, ExtendedStatistic: 'p99' }, { statistic: 'p99' }],
  ['a unit', { Unit: 'Count' }, { unit: 'Count' }],
])('reads %s', (_, parts, expected) => {
  expect(parsed(parts).facts.series).toMatchObject({ metrics: [expected] });
});

it.each<[string, object, object]>([
  ['1 of 3 data points', { EvaluationPeriods: 3, DatapointsToAlarm: 1 }, { datapointsToAlarm: 1 }],
  ['3 of 3 data points', { EvaluationPeriods: 3 }, { datapointsToAlarm: 3 }],
  ['its treatment of missing data', { TreatMissingData: 'ignore' }, { missingData: 'ignore' }],
])('reads %s', (_, parts, expected) => expect(parsed(parts).facts).toMatchObject(expected));

it('has no metric with dimensions', () => {
  expect(parsed({ Dimensions: [{ Name: 'a', Value: 'b' }] }).facts.series).toMatchObject({ metrics: [], others: true });
});

it('has no metric where it watches a PromQL query', () => {
  const query = { MetricName: undefined, ComparisonOperator: undefined, EvaluationCriteria: { PromQLCriteria: { Query: 'x' } } };
  expect(parsed(query).facts.series).toMatchObject({ metrics: [] });
});

it.each<[string, unknown, string]>([
  ['ActionsEnabled', 'yes', 'actionsEnabled'],
  ['ActionsEnabled', undefined, 'actionsEnabled'],
  ['AlarmActions', 'x', 'actions'],
  ['AlarmActions', [5], 'actions'],
  ['Namespace', 5, 'series'],
  ['Dimensions', 5, 'series'],
  ['ComparisonOperator', undefined, 'comparison'],
  ['Threshold', 'x', 'threshold'],
  ['EvaluationPeriods', {}, 'datapointsToAlarm'],
  ['TreatMissingData', 1, 'missingData'],
  ['Period', 'x', 'series'],
])('knows nothing by a %s of %j', (key, value, fact) => {
  expect(parsed({ [key]: value }).missing).toHaveProperty(fact);
});
