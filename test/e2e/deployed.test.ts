import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { dynamoPlanStore } from '../../adapters/aws/plan-store.ts';
import { dynamoSettingsStore } from '../../adapters/aws/settings-store.ts';
import type { CsmmEvent } from '../../core/pipeline/events.ts';
import { expectValidEvents } from '../support/schemas.ts';
import { type Deployment, deploy } from './support/deployment.ts';

/** The synthesized stack at work: what goes in at the default bus comes out at the events bus, and what fails ends where the template says. */

const ACCOUNT = '111111111111';
const endpoint = inject('dynamoDbEndpoint');

const configEvent = (resourceId: string, from: string, capturedAt: string) => ({
  version: '0',
  id: '0f8e5a5e-0000-4000-8000-000000000001',
  'detail-type': 'Config Configuration Item Change',
  source: 'aws.config',
  account: ACCOUNT,
  time: capturedAt,
  region: 'eu-west-1',
  resources: [],
  detail: {
    recordVersion: '1.3',
    messageType: 'ConfigurationItemChangeNotification',
    configurationItem: {
      configurationItemCaptureTime: capturedAt,
      configurationItemStatus: 'OK',
      awsAccountId: ACCOUNT,
      awsRegion: 'eu-west-1',
      resourceType: 'AWS::EC2::SecurityGroup',
      resourceId,
      configuration: {
        groupName: 'web',
        vpcId: 'vpc-1',
        ipPermissions: [{ ipProtocol: 'tcp', fromPort: 22, toPort: 22, ipv4Ranges: [{ cidrIp: from }], ipv6Ranges: [], ipRanges: [from] }],
        ipPermissionsEgress: [],
      },
      supplementaryConfiguration: {},
      tags: {},
      relationships: [],
    },
  },
});

describe.skipIf(!endpoint)('the deployed system', () => {
  let system: Deployment;
  beforeAll(async () => {
    system = await deploy(endpoint ?? '');
  });
  afterAll(() => system?.stop());

  const card = async (pk: string) =>
    (await system.client.send(new GetCommand({ TableName: system.tableNamed('Scores'), Key: { pk, sk: 'CARD' } }))).Item;
  const published = (): CsmmEvent[] =>
    system.recorder.entries.map(({ DetailType, detail }) => ({ detailType: DetailType, detail }) as unknown as CsmmEvent);
  const scoreChanges = (scope: string) =>
    published().flatMap((event) => (event.detailType === 'CSMM Score Changed' && event.detail.scope === scope ? [event.detail] : []));

  it('turns a Config event into a scorecard and the events that tell of it', async () => {
    expect(system.putEvent(configEvent('sg-1', '0.0.0.0/0', '2026-01-01T00:00:00.000Z'))).toBe(1);
    await system.settle();

    expect(await card(`A#${ACCOUNT}`)).toMatchObject({
      scope: ACCOUNT,
      revision: 1,
      asOf: '2026-01-01T00:00:00.000Z',
      scorecard: { overall: 0, level: 1 },
    });
    expect(await card('O#')).toMatchObject({ scope: 'organization', revision: 1 });
    const [first] = scoreChanges('account');
    expect(first).toMatchObject({ id: `${ACCOUNT}/1/score`, accountId: ACCOUNT, before: null });
    expect(first?.controls).toContainEqual({
      controlId: 'NET-L1-01',
      from: 'NO_DATA',
      to: 'FAILED',
      code: 'admin-port-open',
      resource: { accountId: ACCOUNT, region: 'eu-west-1', resourceType: 'AWS::EC2::SecurityGroup', resourceId: 'sg-1' },
      reason: expect.stringContaining('0.0.0.0/0'),
    });
    expect(scoreChanges('organization')).toHaveLength(1);
  });

  it('keeps silent about a repeat and an older item, and tells of a fix', async () => {
    system.putEvent(configEvent('sg-1', '0.0.0.0/0', '2026-01-01T00:00:00.000Z'));
    system.putEvent(configEvent('sg-1', '10.0.0.0/8', '2025-12-31T00:00:00.000Z'));
    await system.settle();
    expect(scoreChanges('account')).toHaveLength(1);

    system.putEvent(configEvent('sg-1', '10.0.0.0/8', '2026-01-01T01:00:00.000Z'));
    await system.settle();
    expect(scoreChanges('account').map((detail) => detail.revision)).toEqual([1, 2]);
    expect(scoreChanges('account')[1]?.controls).toContainEqual(
      expect.objectContaining({ controlId: 'NET-L1-01', from: 'FAILED', to: 'PASSED' }),
    );
  });

  it('fetches an oversized item from AWS Config', async () => {
    const { configurationItem, ...notice } = configEvent('sg-big', '0.0.0.0/0', '2026-01-02T00:00:00.000Z').detail;
    system.recorder.history.set('sg-big', {
      ...configurationItem,
      accountId: ACCOUNT,
      configurationItemCaptureTime: Date.parse('2026-01-02T00:00:00.000Z') / 1000,
      configuration: JSON.stringify(configurationItem.configuration),
    });
    const { configuration: _, ...summary } = configurationItem;
    const event = {
      ...configEvent('sg-big', '', '2026-01-02T00:00:00.000Z'),
      detail: { ...notice, messageType: 'OversizedConfigurationItemChangeNotification', configurationItemSummary: summary },
    };
    expect(system.putEvent(event)).toBe(1);
    await system.settle();
    const { Items } = await system.client.send(
      new QueryCommand({
        TableName: system.tableNamed('State'),
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': `F#${ACCOUNT}#NET-L1-01` },
      }),
    );
    expect(Items).toEqual([expect.objectContaining({ resourceId: 'sg-big', compliance: 'NON_COMPLIANT' })]);
  });

  it('does not take events that its rules do not ask for', () => {
    const event = configEvent('sg-1', '0.0.0.0/0', '2026-01-03T00:00:00.000Z');
    expect(system.putEvent({ ...event, source: 'aws.ec2' })).toBe(0);
    expect(
      system.putEvent({
        ...event,
        detail: {
          ...event.detail,
          configurationItem: { ...event.detail.configurationItem, resourceType: 'AWS::Chatbot::SlackChannelConfiguration' },
        },
      }),
    ).toBe(0);
  });

  it('parks what it cannot understand or believe, with the reason, and goes on with the rest of the batch', async () => {
    const before = scoreChanges('account').length;
    const forged = configEvent('sg-1', '0.0.0.0/0', '2026-01-04T00:00:00.000Z');
    forged.account = '222222222222';
    system.putMessage('{"detail-type":');
    system.putEvent(forged);
    system.putEvent(configEvent('sg-default', '0.0.0.0/0', '2026-01-04T00:00:00.000Z'));
    system.putEvent(configEvent('sg-big', '10.0.0.0/8', '2026-01-04T00:00:00.000Z'));
    await system.settle();
    expect(system.parked('Rejected').sort((a, b) => a.body.length - b.body.length)).toEqual([
      { body: '{"detail-type":', reason: expect.stringMatching(/^not valid JSON/) },
      { body: JSON.stringify(forged), reason: 'the item claims account 111111111111, the envelope is from "222222222222"' },
    ]);
    expect(await card('A#222222222222')).toBeUndefined();
    expect(scoreChanges('account').length).toBeGreaterThanOrEqual(before);
    expect(system.parked('IngestionFailures')).toEqual([]);
  });

  it('does not believe an item from the future, which would hide every later one', async () => {
    const parked = system.parked('Rejected').length;
    system.putEvent(configEvent('sg-1', '0.0.0.0/0', '2099-01-01T00:00:00.000Z'));
    await system.settle();
    expect(system.parked('Rejected').slice(parked)).toEqual([
      expect.objectContaining({ reason: 'the capture time 2099-01-01T00:00:00.000Z is more than 5 minutes ahead of the clock' }),
    ]);
  });

  it('loses nothing when a function dies in the middle of its work', async () => {
    for (const [day, service] of ['collect', 'relay', 'score', 'notify'].entries()) {
      const revision = (await card(`A#${ACCOUNT}`))?.revision;
      const open = (await card(`A#${ACCOUNT}`))?.statuses.includes('NET-L1-01:F');
      system.functionOf(service).killDuringNextCall();
      const at = new Date(Date.UTC(2026, 1, 1, day)).toISOString();
      for (const id of ['sg-1', 'sg-big', 'sg-default']) system.putEvent(configEvent(id, open ? '10.0.0.0/8' : '0.0.0.0/0', at));
      await system.settle();
      expect((await card(`A#${ACCOUNT}`))?.revision).toBeGreaterThan(revision);
      expect((await card(`A#${ACCOUNT}`))?.statuses).toContain(open ? 'NET-L1-01:P' : 'NET-L1-01:F');
    }
    const revisions = new Set(scoreChanges('account').map((detail) => detail.revision));
    expect([...revisions].sort((a, b) => a - b)).toEqual(Array.from({ length: revisions.size }, (_, index) => index + 1));
    expect((await card(`A#${ACCOUNT}`))?.revision).toBe(revisions.size);
    expect(system.parked('Failures')).toEqual([]);
  });

  it('publishes again what EventBridge refused, with the same ids', async () => {
    system.recorder.failEvents = 6;
    const open = (await card(`A#${ACCOUNT}`))?.statuses.includes('NET-L1-01:F');
    for (const id of ['sg-1', 'sg-big', 'sg-default'])
      system.putEvent(configEvent(id, open ? '10.0.0.0/8' : '0.0.0.0/0', '2026-03-01T00:00:00.000Z'));
    await system.settle();
    expect(scoreChanges('account').at(-1)?.revision).toBe((await card(`A#${ACCOUNT}`))?.revision);
    expect(system.parked('NotificationFailures')).toEqual([]);
  });

  it('parks a message whose run dies every time after the last receive', async () => {
    const poison = configEvent('sg-poison', '0.0.0.0/0', '2026-03-02T00:00:00.000Z');
    system.functionOf('collect').killDuringNextCall(5);
    system.putEvent(poison);
    await system.settle();
    expect(system.parked('IngestionFailures')).toEqual([{ body: JSON.stringify(poison) }]);
  });

  it('parks a change of the tables that nobody can read, with the reason, and scores the changes after it', async () => {
    const Item = { pk: `R#${ACCOUNT}#AWS::EC2::SecurityGroup`, sk: 'eu-west-1#sg-odd', revision: 1 };
    await system.client.send(new PutCommand({ TableName: system.tableNamed('State'), Item }));
    system.putEvent(configEvent('sg-odd', '10.0.0.0/8', '2026-03-02T00:00:00.000Z'));
    await system.settle();
    expect(system.parked('ScoringFailures')).toEqual([
      { body: expect.stringContaining('sg-odd'), reason: expect.stringContaining('is not an object with accountId') },
    ]);
    const revision = (await card(`A#${ACCOUNT}`))?.revision;
    const open = (await card(`A#${ACCOUNT}`))?.statuses.includes('NET-L1-01:F');
    for (const id of ['sg-1', 'sg-big', 'sg-default'])
      system.putEvent(configEvent(id, open ? '10.0.0.0/8' : '0.0.0.0/0', '2026-03-03T00:00:00.000Z'));
    await system.settle();
    expect((await card(`A#${ACCOUNT}`))?.revision).toBe(revision + 1);
  });

  it('scores again what is asked for without a change, and parks what asks for nothing', async () => {
    const revision = (await card(`A#${ACCOUNT}`))?.revision;
    system.putInto('ScoringRejudge', JSON.stringify({ scope: ACCOUNT }), ACCOUNT);
    system.putInto('ScoringRuns', '{"scope":');
    await system.settle();
    expect((await card(`A#${ACCOUNT}`))?.revision).toBe(revision);
    expect(system.parked('ScoringFailures').slice(1)).toEqual([{ body: '{"scope":', reason: 'the message names no scope' }]);
    expect(system.parked('ScoringRunFailures')).toEqual([]);
  });

  describe('the upkeep', () => {
    const runsOf = () => system.received('score').filter((body) => body.includes(`"${ACCOUNT}"`)).length;

    it('tries again what could not be scored', async () => {
      const behind = { pk: 'B#', sk: ACCOUNT, since: system.now(), attempts: 1, nextAt: system.now(), reason: 'a table was away' };
      const key = { TableName: system.tableNamed('Scores'), Key: { pk: behind.pk, sk: behind.sk }, ConsistentRead: true };
      await system.client.send(new PutCommand({ TableName: key.TableName, Item: behind }));
      const runs = runsOf();
      await system.onSchedule('ScoringEachMinute');
      await system.settle();
      expect(runsOf()).toBe(runs + 1);
      expect((await system.client.send(new GetCommand(key))).Item).toBeUndefined();
    });

    it('has everything scored again after a day in which the stream was not read', async () => {
      await system.onSchedule('ScoringHourly');
      await system.settle();
      system.advance(30);
      await system.onSchedule('ScoringHourly');
      await system.settle();
      const runs = runsOf();
      await system.onSchedule('ScoringEachMinute');
      await system.settle();
      expect(runsOf()).toBeGreaterThan(runs);
      const after = runsOf();
      await system.onSchedule('ScoringEachMinute');
      await system.settle();
      expect(runsOf()).toBe(after);
    });

    it('is parked if it died three times', async () => {
      const parked = system.parked('ScoringFailures').length;
      system.functionOf('upkeep').killDuringNextCall(3);
      await system.onSchedule('ScoringEachMinute');
      expect(system.parked('ScoringFailures').slice(parked)).toEqual([{ body: expect.stringContaining('"task":"retry"') }]);
    });
  });

  it('parks a scorecard that nobody can read, with the reason', async () => {
    await system.client.send(new PutCommand({ TableName: system.tableNamed('Scores'), Item: { pk: 'A#nobody', sk: 'CARD' } }));
    await system.settle();
    expect(system.parked('NotificationFailures')).toEqual([{ body: expect.stringContaining('nobody'), reason: expect.any(String) }]);
  });

  it('sends a reading that was put off, once, when its time has come', async () => {
    const plan = dynamoPlanStore(system.client, system.tableNamed('State'));
    await plan.keep({ at: system.now(), accountId: ACCOUNT, region: 'eu-west-1', reader: 'ec2-security-groups' });
    const queue = system.queueNamed('SweepReadings');
    for (const times of [1, 1]) {
      await system.onSchedule('SweepEachMinute');
      expect(queue.messages().map(({ body }) => JSON.parse(body).reader)).toEqual(Array(times).fill('ec2-security-groups'));
    }
    queue.purge();
  });

  it('ends an exception when its time has come', async () => {
    const settings = dynamoSettingsStore(system.client, system.tableNamed('State'));
    const until = new Date(Date.parse(system.now()) + 3_600_000).toISOString();
    const exception = {
      control: 'NET-L1-01',
      scope: 'account' as const,
      reason: 'a migration',
      owner: 'network',
      ticket: 'NET-1',
      expires: until,
    };
    const applied = { appliedAt: system.now(), appliedBy: 'arn:aws:iam::111111111111:user/owner', expiredUntil: system.now(), revision: 1 };
    await settings.applySettings(undefined, { ...applied, document: { version: 1, exceptions: [exception] } });
    system.advance(2);
    await system.onSchedule('SweepEachMinute');
    expect((await settings.readSettings())?.expiredUntil).toBe(until);
  });

  it('parks a run of the planner that died three times', async () => {
    system.functionOf('sweep').killDuringNextCall(3);
    await system.onSchedule('SweepEachMinute');
    expect(system.parked('SweepFailures').map(({ body }) => JSON.parse(body).requestPayload)).toEqual([{ task: 'tick' }]);
  });

  it('publishes nothing that its schemas do not describe, and calls no service that it should not', () => {
    expect(published().length).toBeGreaterThan(10);
    expectValidEvents(published());
    expect(system.recorder.unknown).toEqual([]);
  });

  it('measures the organization, and never an account', () => {
    const metrics = system
      .functionOf('notify')
      .output.join('')
      .split('\n')
      .filter((line) => line.includes('CloudWatchMetrics'))
      .map((line) => JSON.parse(line));
    const dimensions = new Set(
      metrics.flatMap((metric) => metric._aws.CloudWatchMetrics.map(({ Dimensions }: { Dimensions: string[][] }) => Dimensions.join())),
    );
    expect([...dimensions].sort()).toEqual(['service,Scope', 'service,Scope,Level', 'service,Scope,Pillar']);
    expect(system.dashboard()).toMatch(/"CSMM\W+OverallScore\W+Scope\W+organization\W+service\W+notify\W/);
    expect(metrics.some((metric) => typeof metric.OverallScore === 'number' && metric.Scope === 'organization')).toBe(true);
    expect(JSON.stringify(metrics)).not.toContain(ACCOUNT);
  });
});
