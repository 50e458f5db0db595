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
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
};
const stat = (metric: object, parts: object = {}) => ({ Id: 'm', MetricStat: { Metric: metric }, ...parts });
const parsed = (parts: object = {}) => factsOf('AWS::CloudWatch::MetricAlarm', { ...alarm, ...parts });
const expression = (...Metrics: object[]) =>
  parsed({ MetricName: undefined, Namespace: undefined, ComparisonOperator: 'LessThanThreshold', Metrics });

it('gives an alarm its actions and its metric', async () => {
  cloudwatch.on(DescribeAlarmsCommand).resolves({ MetricAlarms: [alarm] });
  expect((await readFacts(cloudWatchAlarms))['AWS::CloudWatch::MetricAlarm eu-west-1 root']).toEqual({
    facts: { actionsEnabled: true, actions: [topic], metrics: [{ namespace: 'CIS', name: 'Root' }], firesWhenHigh: true },
    missing: {},
  });
});

it('lists every page', async () => {
  cloudwatch
    .on(DescribeAlarmsCommand)
    .resolvesOnce({ MetricAlarms: [alarm], NextToken: 'more' })
    .resolvesOnce({ MetricAlarms: [{ ...alarm, AlarmName: 'other' }] });
  expect(await readInventory(cloudWatchAlarms)).toEqual({ 'AWS::CloudWatch::MetricAlarm': 2 });
});

it('says that the list is not complete where a page was denied', async () => {
  cloudwatch
    .on(DescribeAlarmsCommand)
    .resolvesOnce({ MetricAlarms: [alarm], NextToken: 'more' })
    .rejectsOnce(Object.assign(new Error('no'), { name: 'AccessDenied' }));
  expect(await readInventory(cloudWatchAlarms)).toEqual({
    'AWS::CloudWatch::MetricAlarm': expect.stringContaining('was denied'),
  });
});

it('finds the metrics of an expression, without those of other accounts and those with dimensions', () => {
  const { facts } = expression(
    { Id: 'e', Expression: 'm1 + m2' },
    stat({ Namespace: 'CIS', MetricName: 'Root' }),
    stat({ Namespace: 'CIS', MetricName: 'Own' }, { AccountId: '111111111111' }),
    stat({ Namespace: 'CIS', MetricName: 'Theirs' }, { AccountId: '222222222222' }),
    stat({ Namespace: 'CIS', MetricName: 'Split', Dimensions: [{ Name: 'a', Value: 'b' }] }),
  );
  expect(facts).toMatchObject({
    metrics: [
      { namespace: 'CIS', name: 'Root' },
      { namespace: 'CIS', name: 'Own' },
    ],
    firesWhenHigh: true,
  });
});

it.each(['LessThanThreshold', 'LessThanOrEqualToThreshold', 'LessThanLowerThreshold'])('does not fire by %s', (ComparisonOperator) => {
  expect(parsed({ ComparisonOperator }).facts.firesWhenHigh).toBe(false);
});

it('has no metric with dimensions', () => {
  expect(parsed({ Dimensions: [{ Name: 'a', Value: 'b' }] }).facts.metrics).toEqual([]);
});

it('has no metric where it watches a query', () => {
  expect(parsed({ MetricName: undefined, ComparisonOperator: undefined }).facts).toMatchObject({ metrics: [], firesWhenHigh: true });
});

it.each<[string, unknown, string]>([
  ['ActionsEnabled', 'yes', 'actionsEnabled'],
  ['ActionsEnabled', undefined, 'actionsEnabled'],
  ['AlarmActions', 'x', 'actions'],
  ['AlarmActions', [5], 'actions'],
  ['Namespace', 5, 'metrics'],
  ['Dimensions', 5, 'metrics'],
  ['ComparisonOperator', undefined, 'firesWhenHigh'],
])('knows nothing by a %s of %j', (key, value, fact) => {
  expect(parsed({ [key]: value }).missing).toHaveProperty(fact);
});
