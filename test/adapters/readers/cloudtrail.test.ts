import {
  CloudTrailClient,
  CloudTrailServiceException,
  DescribeTrailsCommand,
  type Event,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  LookupEventsCommand,
} from '@aws-sdk/client-cloudtrail';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { cloudtrailRootActivity } from '../../../adapters/aws/readers/cloudtrail-root-activity.ts';
import { cloudtrailTrails } from '../../../adapters/aws/readers/cloudtrail-trails.ts';
import { readContext, readFacts, readInventory } from '../../support/readers.ts';

const cloudtrail = mockClient(CloudTrailClient);
const failure = (name: string) => new CloudTrailServiceException({ name, $fault: 'client', $metadata: {}, message: name });

beforeEach(() => {
  cloudtrail.reset();
});

describe('trails', () => {
  const ARN = 'arn:aws:cloudtrail:us-east-1:222222222222:trail/org';
  const TRAIL = {
    TrailARN: ARN,
    HomeRegion: 'us-east-1',
    IsMultiRegionTrail: true,
    IsOrganizationTrail: true,
    LogFileValidationEnabled: true,
    S3BucketName: 'trail-logs',
    KmsKeyId: 'arn:aws:kms:us-east-1:222222222222:key/0',
    CloudWatchLogsLogGroupArn: 'arn:aws:logs:us-east-1:333333333333:log-group:trail:*',
  };
  beforeEach(() => {
    cloudtrail.on(DescribeTrailsCommand).resolves({ trailList: [TRAIL] });
    cloudtrail.on(GetTrailStatusCommand, { Name: ARN }).resolves({ IsLogging: true, LatestDeliveryTime: new Date('2025-12-31T23:00:00Z') });
    cloudtrail
      .on(GetEventSelectorsCommand, { TrailName: ARN })
      .resolves({ EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true }] });
  });
  const trail = async () =>
    (await readFacts(cloudtrailTrails, readContext({ region: 'eu-west-1' })))[`AWS::CloudTrail::TrailStatus us-east-1 ${ARN}`];

  it('come from another Region if the organization has closed that of the global services', async () => {
    const own = { ...TRAIL, TrailARN: 'arn:aws:cloudtrail:eu-west-1:111111111111:trail/own', HomeRegion: 'eu-west-1' };
    const single = { ...own, TrailARN: `${own.TrailARN}-2`, IsMultiRegionTrail: false };
    const open = (answer: object) => async (_: unknown, getClient: () => CloudTrailClient) => {
      if ((await getClient().config.region()) === 'us-east-1') throw failure('AccessDeniedException');
      return answer;
    };
    cloudtrail.reset();
    cloudtrail.on(DescribeTrailsCommand).callsFake(open({ trailList: [TRAIL, own, single] }));
    cloudtrail.on(GetTrailStatusCommand).callsFake(open({ IsLogging: true }));
    cloudtrail.on(GetEventSelectorsCommand).callsFake(open({ EventSelectors: [] }));
    const context = readContext({ region: 'us-east-1', otherRegions: ['eu-west-1'] });
    const facts = await readFacts(cloudtrailTrails, context);
    expect(Object.keys(facts)).toEqual([
      `AWS::CloudTrail::TrailStatus us-east-1 ${ARN}`,
      `AWS::CloudTrail::TrailStatus eu-west-1 ${own.TrailARN}`,
      'CSMM::Inventory global AWS::CloudTrail::TrailStatus',
    ]);
    // The copy of a trail has its status, and not its event selectors.
    const copied = facts[`AWS::CloudTrail::TrailStatus us-east-1 ${ARN}`];
    expect(copied?.facts).toMatchObject({ logging: true, multiRegion: true });
    expect(copied?.missing).toMatchObject({ managementEvents: expect.stringContaining('was denied') });
  });

  it('of the organization are asked for with their shadows, and by ARN in their home Region', async () => {
    expect(await trail()).toEqual({
      facts: {
        multiRegion: true,
        organizationTrail: true,
        ownerAccountId: '222222222222',
        logging: true,
        managementEvents: { read: 'all', write: 'all' },
        latestDeliveryAt: '2025-12-31T23:00:00.000Z',
        logFileValidation: true,
        kmsKeyId: TRAIL.KmsKeyId,
        bucketName: 'trail-logs',
        logGroupArn: TRAIL.CloudWatchLogsLogGroupArn,
        logGroupAccountId: '333333333333',
        latestLogGroupDeliveryAt: 'never',
      },
      missing: {},
    });
    expect(cloudtrail.commandCalls(DescribeTrailsCommand)[0]?.args[0].input).toEqual({ includeShadowTrails: true });
    for (const command of [GetTrailStatusCommand, GetEventSelectorsCommand]) {
      const calls = cloudtrail.commandCalls(command as typeof GetTrailStatusCommand);
      const regions = await Promise.all(calls.map(({ thisValue }) => (thisValue as CloudTrailClient).config.region()));
      expect(regions).toEqual(['us-east-1']);
    }
  });

  it('lose the facts of a call that was denied, and no other', async () => {
    cloudtrail.on(GetEventSelectorsCommand).rejects(failure('TrailNotFoundException'));
    expect(Object.keys((await trail())?.missing ?? {})).toEqual(['managementEvents']);
    cloudtrail.on(GetTrailStatusCommand).rejects(failure('AccessDeniedException'));
    expect(Object.keys((await trail())?.missing ?? {}).sort()).toEqual([
      'latestDeliveryAt',
      'latestLogGroupDeliveryAt',
      'logging',
      'managementEvents',
    ]);
  });

  it('are not listed when they were denied', async () => {
    cloudtrail.on(DescribeTrailsCommand).rejects(failure('AccessDeniedException'));
    expect(await readInventory(cloudtrailTrails)).toEqual({ 'AWS::CloudTrail::TrailStatus': expect.stringContaining('AccessDenied') });
  });
});

describe('root activity', () => {
  const event = (time: string, detail: object | string = {}): Event => ({
    EventTime: new Date(time),
    CloudTrailEvent:
      typeof detail === 'string' ? detail : JSON.stringify({ eventType: 'AwsApiCall', userIdentity: { type: 'Root' }, ...detail }),
  });
  const activity = async () => (await readFacts(cloudtrailRootActivity))['AWS::CloudTrail::RootActivity eu-west-1 eu-west-1'];
  const NINETY_DAYS_BEFORE = '2025-10-03T00:00:00.000Z';

  it('is none where there is no event', async () => {
    cloudtrail.on(LookupEventsCommand).resolves({});
    expect(await activity()).toEqual({ facts: { usedAt: [], completeSince: NINETY_DAYS_BEFORE }, missing: {} });
    expect(cloudtrail.call(0).args[0].input).toMatchObject({
      LookupAttributes: [{ AttributeKey: 'Username', AttributeValue: 'root' }],
      StartTime: new Date(NINETY_DAYS_BEFORE),
    });
  });

  it('is what the root user did, not a service for it nor a user of that name, once a minute', async () => {
    cloudtrail.on(LookupEventsCommand).resolves({
      Events: [
        event('2025-12-31T10:00:50Z', { userIdentity: { type: 'Root', invokedBy: 'backup.amazonaws.com' } }),
        event('2025-12-31T10:00:40Z', { eventType: 'AwsServiceEvent' }),
        event('2025-12-31T10:00:30Z', { userIdentity: { type: 'IAMUser', userName: 'root' } }),
        event('2025-12-31T10:00:20Z'),
        event('2025-12-31T10:00:10Z', { eventType: 'AwsConsoleSignIn' }),
        event('2025-12-31T09:59:59Z'),
      ],
    });
    expect((await activity())?.facts).toEqual({
      usedAt: ['2025-12-31T10:00:20.000Z', '2025-12-31T09:59:59.000Z'],
      completeSince: NINETY_DAYS_BEFORE,
    });
  });

  it.each(['', 'no JSON', '[]', '{}', '{"userIdentity":"Root"}'])('counts an event that cannot be read: %j', async (text) => {
    cloudtrail.on(LookupEventsCommand).resolves({ Events: [event('2025-12-31T10:00:00Z', text)] });
    expect((await activity())?.facts.usedAt).toEqual(['2025-12-31T10:00:00.000Z']);
  });

  const page = (number: number, detail: object) => ({
    Events: Array.from({ length: 50 }, (_, at) =>
      event(new Date(Date.UTC(2025, 11, 31) - (number * 50 + at) * 60_000).toISOString(), detail),
    ),
    NextToken: `page-${number + 1}`,
  });

  it('ends with a hundred times, and says since when it has all', async () => {
    let pages = 0;
    cloudtrail.on(LookupEventsCommand).callsFake(() => page(pages++, {}));
    const facts = (await activity())?.facts as { usedAt: string[]; completeSince: string };
    expect(facts.usedAt).toHaveLength(100);
    expect(facts.completeSince).toBe(facts.usedAt.at(-1));
    expect(pages).toBe(2);
  });

  it('ends after twenty pages of what services did, and says since when it has all', async () => {
    let pages = 0;
    cloudtrail.on(LookupEventsCommand).callsFake(() => page(pages++, { eventType: 'AwsServiceEvent' }));
    expect((await activity())?.facts).toEqual({ usedAt: [], completeSince: new Date(Date.UTC(2025, 11, 31) - 999 * 60_000).toISOString() });
    expect(pages).toBe(20);
  });

  it('is not listed when a page was denied', async () => {
    cloudtrail.on(LookupEventsCommand).resolvesOnce(page(0, {})).rejectsOnce(failure('AccessDeniedException'));
    expect(await readInventory(cloudtrailRootActivity)).toEqual({
      'AWS::CloudTrail::RootActivity': expect.stringContaining('was denied (AccessDeniedException)'),
    });
  });
});
