import { describe, expect, it } from 'vitest';
import { readEvidence } from '../../../adapters/aws/doctor/evidence.ts';
import { readNewest } from '../../../adapters/aws/doctor/metrics.ts';
import { ruleOf } from '../../../adapters/aws/doctor/processing.ts';
import { readRecording } from '../../../adapters/aws/doctor/recording.ts';
import { readStackSets } from '../../../adapters/aws/doctor/stack-sets.ts';
import { readStack } from '../../../adapters/aws/doctor/stacks.ts';
import { settingsItem } from '../../../adapters/aws/settings-store.ts';
import { isKnown } from '../../../core/doctor/check.ts';
import { Unread } from '../../../core/facts/view.ts';
import { cardItemOf } from '../../support/doctor-items.ts';
import { type Answers, awsError, IN_ORGANIZATION, MEMBER, placeIn } from '../../support/doctor-world.ts';

describe('the names of a rule', () => {
  it.each([
    ['Csmm-Daily', 'default', 'Csmm-Daily'],
    ['csmm-ingest|Csmm-Ingest', 'csmm-ingest', 'Csmm-Ingest'],
    ['arn:aws:events:eu-west-1:111111111111:rule/Csmm-Daily', 'default', 'Csmm-Daily'],
    ['arn:aws:events:eu-west-1:111111111111:rule/csmm-ingest/Csmm-Ingest', 'csmm-ingest', 'Csmm-Ingest'],
  ])('are in %s', (physicalId, bus, rule) => expect(ruleOf(physicalId)).toEqual({ bus, rule }));
});

describe('the newest values', () => {
  const metric = (value: string, region = 'eu-west-1') => ({ region, namespace: 'AWS/SQS', metric: 'Age', dimension: 'QueueName', value });
  type Query = { MetricDataQueries: { Id: string; MetricStat: { Metric: { Dimensions: { Value: string }[] } } }[]; NextToken?: string };

  it('come from as few calls as possible, in the order of the metrics', async () => {
    const asked: number[] = [];
    const answers: Answers = {
      'cloudwatch:GetMetricData': ({ MetricDataQueries }: Query, region) => {
        asked.push(MetricDataQueries.length);
        const results = MetricDataQueries.map(({ Id, MetricStat }) => ({
          Id,
          Values: MetricStat.Metric.Dimensions[0]?.Value === 'quiet' ? [] : [region.length, 99],
        }));
        return { MetricDataResults: results.reverse() };
      },
    };
    const many = Array.from({ length: 600 }, (_, index) => metric(index === 3 ? 'quiet' : `q${index}`));
    const values = await readNewest([...many, metric('q', 'us-east-1')], placeIn(answers));
    expect(values).toHaveLength(601);
    expect([values[2], values[3], values[599], values[600]]).toEqual([9, null, 9, 9]);
    expect(asked.sort()).toEqual([1, 100, 500]);
  });

  it('are not read in the Region where the call fails', async () => {
    const answers: Answers = {
      'cloudwatch:GetMetricData': (_: never, region) => {
        if (region === 'us-east-1') throw awsError('AccessDenied');
        return { MetricDataResults: [] };
      },
    };
    expect(await readNewest([metric('a', 'us-east-1'), metric('b')], placeIn(answers))).toEqual([expect.any(Unread), null]);
    expect(await readNewest([], placeIn({}))).toEqual([]);
  });
});

describe('a recorder', () => {
  const read = async (recorder: object) => {
    const answers: Answers = {
      ...IN_ORGANIZATION,
      'config:DescribeConfigurationRecorders': () => ({ ConfigurationRecorders: [recorder] }),
    };
    return (await readRecording(placeIn(answers), 'eu-west-1')).recorder;
  };

  it.each([
    [
      { name: 'r', recordingGroup: { allSupported: false, resourceTypes: ['A'] } },
      { allSupported: false, types: ['A'], daily: [] },
    ],
    [
      {
        name: 'r',
        recordingGroup: {
          recordingStrategy: { useOnly: 'EXCLUSION_BY_RESOURCE_TYPES' },
          exclusionByResourceTypes: { resourceTypes: ['B'] },
        },
      },
      { allSupported: false, excluded: ['B'] },
    ],
    [
      { name: 'r', recordingGroup: { allSupported: true }, recordingMode: { recordingFrequency: 'DAILY' } },
      { daily: 'all', includesGlobal: false },
    ],
    [
      {
        name: 'r',
        recordingMode: {
          recordingFrequency: 'CONTINUOUS',
          recordingModeOverrides: [
            { recordingFrequency: 'DAILY', resourceTypes: ['C'] },
            { recordingFrequency: 'CONTINUOUS', resourceTypes: ['D'] },
          ],
        },
      },
      { daily: ['C'] },
    ],
  ])('of %j', async (recorder, expected) => expect(await read(recorder)).toMatchObject({ name: 'r', ...expected }));

  it('does not exist if AWS says so', async () => {
    const gone = () => {
      throw awsError('NoSuchConfigurationRecorderException');
    };
    const answers: Answers = {
      ...IN_ORGANIZATION,
      'config:DescribeConfigurationRecorders': gone,
      'config:DescribeConfigurationRecorderStatus': gone,
    };
    expect(await readRecording(placeIn(answers), 'eu-west-1')).toMatchObject({ recorder: undefined, status: undefined });
  });
});

describe('a stack', () => {
  it('is not read, rather than missing, if AWS rejects the request for another reason', async () => {
    const answers: Answers = {
      'cloudformation:DescribeStacks': () => {
        throw awsError('ValidationError', 'the request is too fast');
      },
    };
    expect((await readStack(placeIn(answers), { name: 'Csmm', region: 'eu-west-1' })).state).toBeInstanceOf(Unread);
  });
});

describe('the instances of a stack set', () => {
  type List = { Filters?: { Values: string }[]; NextToken?: string; StackInstanceRegion?: string };
  const place = { name: 'Csmm', region: 'eu-west-1' };

  /** Reads the stack set of an organization, with a page for each `NextToken`. */
  const readWith = async (list: (input: List) => object) => {
    const world = placeIn({ ...IN_ORGANIZATION, 'cloudformation:ListStackInstances': list });
    const [found] = await readStackSets(world, [await readStack(world, place)], 'DELEGATED_ADMIN');
    if (!found?.value || !isKnown(found.value)) throw new Error('the stack set was not read');
    return found.value;
  };

  it('are those that failed, with the reason, and the accounts of all others in the home Region', async () => {
    const { failed, reached } = await readWith(({ Filters, StackInstanceRegion }) => {
      if (StackInstanceRegion) return { Summaries: [MEMBER, MEMBER, '333333333333'].map((Account) => ({ Account })) };
      if (Filters?.[0]?.Values !== 'FAILED') return { Summaries: [] };
      return { Summaries: [{ Account: MEMBER, Region: 'us-east-1', StatusReason: 'denied' }] };
    });
    expect(failed).toEqual([{ accountId: MEMBER, region: 'us-east-1', status: 'FAILED', reason: 'denied' }]);
    expect(reached).toEqual([MEMBER, '333333333333']);
  });
});

describe('the evidence', () => {
  const tables = { stateTable: 'state', scoresTable: 'scores' };
  const AT = '2026-03-10T02:00:00.000Z';
  const DENIED = 'ec2:DescribeVolumes was denied (UnauthorizedOperation)';
  const query = ({ ExpressionAttributeValues }: { ExpressionAttributeValues: Record<string, string> }) => {
    const pk = ExpressionAttributeValues[':pk'];
    if (pk === `I#${MEMBER}`) return { Items: [cardItemOf(MEMBER, 'eu-west-1', AT, DENIED), cardItemOf(MEMBER, 'us-east-1', AT, DENIED)] };
    return { Items: [] };
  };
  const read = (answers: Answers) => readEvidence(placeIn(answers), tables, [MEMBER]);

  it('has the times and gaps of each Region, also of an account without a score', async () => {
    const { accounts } = await read({ 'dynamodb:Query': query, 'dynamodb:GetItem': () => ({}) });
    const regions = [
      { region: 'eu-west-1', newestAt: AT, gaps: [DENIED] },
      { region: 'us-east-1', newestAt: AT, gaps: [DENIED] },
    ];
    expect(accounts).toEqual([{ accountId: MEMBER, regions }]);
  });

  it('has no gaps of a Region that the settings do not approve and AWS denies', async () => {
    const document = { version: 1 as const, approvedRegions: ['eu-west-1'] };
    const settings = settingsItem({ document, appliedAt: AT, appliedBy: 'ada', revision: 1, expiredUntil: AT });
    const { accounts, approvedRegions } = await read({ 'dynamodb:Query': query, 'dynamodb:GetItem': () => ({ Item: settings }) });
    expect(approvedRegions).toEqual(['eu-west-1']);
    expect(accounts).toMatchObject([{ regions: [{ gaps: [DENIED] }, { region: 'us-east-1', gaps: [] }] }]);
  });
});
