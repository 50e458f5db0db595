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
const parsed = (parts: object = {}) => factsOf('AWS::Logs::MetricFilter', { ...filter, ...parts });

it('gives a filter its log group, its metric and what it catches, and not its pattern', async () => {
  logs.on(DescribeMetricFiltersCommand).resolves({ metricFilters: [filter] });
  const facts = await readFacts(logsMetricFilters);
  expect(facts['AWS::Logs::MetricFilter eu-west-1 trail|root']).toEqual({
    facts: {
      logGroupName: 'trail',
      metrics: [{ namespace: 'CIS', name: 'Root' }],
      detects: { anywhere: ['root-usage'], named: {} },
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
  expect(only.facts.detects).toEqual({ anywhere: [], named: { '222222222222': ['root-usage'] } });
  const except = parsed({ filterPattern: `{ ($.recipientAccountId != 222222222222) && (${cisPattern('root-usage').slice(1, -1)}) }` });
  expect(except.facts.detects).toEqual({ anywhere: ['root-usage'], named: { '222222222222': [] } });
  const nobody = parsed({ filterPattern: `{ ($.recipientAccountId = 000000000000) && (${cisPattern('root-usage').slice(1, -1)}) }` });
  expect(nobody.facts.detects).toMatchObject({ anywhere: [] });
});

it('counts an account as not watched where a pattern names too many', () => {
  const ids = Array.from({ length: 70 }, (_, index) => String(200_000_000_000 + index));
  const { detects } = parsed({ filterPattern: `?Root ${ids.map((id) => `?${id}`).join(' ')}` }).facts as { detects: { named: object } };
  expect(Object.keys(detects.named)).toHaveLength(70);
});

it.each([
  ['sees some events alone', { fieldSelectionCriteria: '@aws.account = "222222222222"' }],
  ['sees transformed events', { applyOnTransformedLogs: true }],
  ['has a pattern that is none', { filterPattern: '{ $.' }],
])('gives a filter that %s nothing to catch', (_, parts) => {
  expect(parsed(parts).facts.detects).toEqual({ anywhere: [], named: {} });
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
  ['filterPattern', { a: 1 }, 'detects'],
  ['filterPattern', 'x'.repeat(3000), 'detects'],
  ['logGroupName', 7, 'logGroupName'],
])('knows nothing by a %s of %j', (key, value, fact) => {
  expect(parsed({ [key]: value }).missing).toHaveProperty(fact);
});
