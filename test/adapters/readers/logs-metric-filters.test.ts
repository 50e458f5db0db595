import { CloudWatchLogsClient, DescribeMetricFiltersCommand } from '@aws-sdk/client-cloudwatch-logs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { logsMetricFilters } from '../../../adapters/aws/readers/logs-metric-filters.ts';
import { cisPattern } from '../../support/alarms.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const logs = mockClient(CloudWatchLogsClient);
beforeEach(() => logs.reset());

const filter = {
  filterName: 'root',
  logGroupName: 'trail',
  filterPattern: cisPattern('root-usage'),
  metricTransformations: [{ metricNamespace: 'CIS', metricName: 'Root', metricValue: '1' }],
};
const NONE = { readable: true, activities: {} };
const ROOT = { readable: true, activities: { 'root-usage': '11111', 'console-auth-failures': '001' } };
const parsed = (parts: object = {}) => factsOf('AWS::Logs::MetricFilter', { ...filter, ...parts });

it('gives a filter its log group, its metric and what it catches, and not its pattern', async () => {
  logs.on(DescribeMetricFiltersCommand).resolves({ metricFilters: [filter] });
  const facts = await readFacts(logsMetricFilters);
  expect(facts['AWS::Logs::MetricFilter eu-west-1 trail|root']).toEqual({
    facts: {
      logGroupName: 'trail',
      metrics: [{ namespace: 'CIS', name: 'Root', value: 1, unit: 'None' }],
      detects: { anywhere: { readable: true, activities: { 'root-usage': '11111', 'console-auth-failures': '001' } }, named: {} },
    },
    missing: {},
  });
});

it('lists every page', async () => {
  logs
    .on(DescribeMetricFiltersCommand)
    .resolvesOnce({ metricFilters: [filter], nextToken: 'more' })
    .resolvesOnce({ metricFilters: [{ ...filter, filterName: 'other' }] });
  expect(await readInventory(logsMetricFilters)).toEqual({ 'AWS::Logs::MetricFilter': 2 });
});

it('says that the list is not complete where a page was denied', async () => {
  logs
    .on(DescribeMetricFiltersCommand)
    .resolvesOnce({ metricFilters: [filter], nextToken: 'more' })
    .rejectsOnce(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
  expect(await readInventory(logsMetricFilters)).toEqual({
    'AWS::Logs::MetricFilter': expect.stringContaining('was denied'),
  });
});

it('tells the accounts that a pattern names from all others', () => {
  const only = parsed({ filterPattern: `{ ($.recipientAccountId = 222222222222) && (${cisPattern('root-usage').slice(1, -1)}) }` });
  expect(only.facts.detects).toEqual({ anywhere: NONE, named: { '222222222222': ROOT } });
  const except = parsed({ filterPattern: `{ ($.recipientAccountId != 222222222222) && (${cisPattern('root-usage').slice(1, -1)}) }` });
  expect(except.facts.detects).toEqual({ anywhere: ROOT, named: { '222222222222': NONE } });
  const nobody = parsed({ filterPattern: `{ ($.recipientAccountId = 000000000000) && (${cisPattern('root-usage').slice(1, -1)}) }` });
  expect(nobody.facts.detects).toMatchObject({ anywhere: NONE });
});

it('counts an account as not watched where a pattern names too many', () => {
  const ids = Array.from({ length: 70 }, (_, index) => String(200_000_000_000 + index));
  const { detects } = parsed({ filterPattern: `?Root ${ids.map((id) => `?${id}`).join(' ')}` }).facts as { detects: { named: object } };
  expect(Object.keys(detects.named)).toHaveLength(70);
});

it.each([
  ['sees some events alone', { fieldSelectionCriteria: '@aws.account = "222222222222"' }],
  ['sees transformed events', { applyOnTransformedLogs: true }],
])('does not know which events of its activity a filter catches that %s', (_, parts) => {
  expect(parsed(parts).facts.detects).toEqual({ anywhere: { ...ROOT, readable: false }, named: {} });
});

it('does not know what a filter catches by a pattern that it cannot read', () => {
  const { detects } = parsed({ filterPattern: '{ $.' }).facts as { detects: { anywhere: { readable: boolean; activities: object } } };
  expect(detects.anywhere.readable).toBe(false);
  expect(Object.keys(detects.anywhere.activities)).toHaveLength(12);
});

it('names an ordinary event that a filter catches', () => {
  expect(parsed({ filterPattern: '' }).facts.detects).toMatchObject({ anywhere: { readable: true, ordinary: 'ec2 DescribeInstances' } });
});

it.each([
  ['a value of a field', { metricValue: '$.sourceIPAddress' }, {}],
  ['a default value', { metricValue: '2.5', defaultValue: 0 }, { value: 2.5, defaultValue: 0 }],
  ['a unit', { metricValue: '1', unit: 'Count' }, { value: 1, unit: 'Count' }],
])('gives a metric %s', (_, parts, expected) => {
  const metricTransformations = [{ metricNamespace: 'CIS', metricName: 'Root', ...parts }];
  expect(parsed({ metricTransformations }).facts.metrics).toEqual([{ namespace: 'CIS', name: 'Root', unit: 'None', ...expected }]);
});

it.each([
  ['of the filter', { metricTransformations: [{ ...filter.metricTransformations[0], dimensions: { user: '$.user' } }] }],
  ['of the log group', { emitSystemFieldDimensions: ['@aws.region'] }],
])('has no metric with dimensions %s', (_, parts) => {
  expect(parsed(parts).facts.metrics).toEqual([]);
});

it.each([
  ['metricTransformations', 'x', 'metrics'],
  ['metricTransformations', [{ metricNamespace: 5, metricName: 'x' }], 'metrics'],
  ['metricTransformations', [{ metricNamespace: 'N', metricName: 'x', metricValue: 'many' }], 'metrics'],
  ['metricTransformations', [{ metricNamespace: 'N', metricName: 'x', metricValue: '1', defaultValue: {} }], 'metrics'],
  ['filterPattern', { a: 1 }, 'detects'],
  ['filterPattern', 'x'.repeat(3000), 'detects'],
  ['logGroupName', 7, 'logGroupName'],
])('knows nothing by a %s of %j', (key, value, fact) => {
  expect(parsed({ [key]: value }).missing).toHaveProperty(fact);
});
