import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Context, DynamoDBRecord, DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { dynamoStateStore } from '../../adapters/aws/dynamo-state-store.ts';
import { cardItem, type Item, resourceItem, scoreItem } from '../../adapters/aws/items.ts';
import { joinPartition, resourceKey, SETTINGS_KEY, tallyKey, wantedKey } from '../../adapters/aws/keys.ts';
import { dynamoRemediationStore } from '../../adapters/aws/remediation-store.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import type { ListCard, StoredResource, StoredScore } from '../../core/ports.ts';
import { scoreAccount } from '../../core/scoring/scorecard.ts';
import { createTable, dynamoDbClient } from '../support/dynamodb-local.ts';

/** The functions of a deployment, on tables that hold items in a form that csmm does not write. */
const endpoint = inject('dynamoDbEndpoint');
const client = dynamoDbClient(endpoint ?? '');
const ACCOUNT = '111111111111';
const NOW = new Date().toISOString();

const volume = (resourceId: string): StoredResource => ({
  resource: { accountId: ACCOUNT, region: 'eu-west-1', resourceType: 'AWS::EC2::Volume', resourceId },
  capturedAt: '2026-01-01T00:00:00.000Z',
  parsed: { facts: { encrypted: false, attached: true }, missing: {} },
  findings: [{ controlId: 'CMP-L1-02', compliance: 'NON_COMPLIANT', code: 'not-encrypted', reason: 'volume is not encrypted' }],
  revision: 1,
});
const card: StoredScore = {
  scope: ACCOUNT,
  revision: 1,
  catalogueVersion: '0.0.0',
  asOf: '2026-01-01T00:00:00.000Z',
  statuses: new Map([['CMP-L1-02', 'FAILED']]),
  scorecard: scoreAccount(CATALOGUE.controls, new Map([['CMP-L1-02', 'FAILED']])),
  changes: [{ controlId: 'CMP-L1-02', from: 'NO_DATA', to: 'FAILED', resource: null, reason: null }],
};
const lists: ListCard = {
  accountId: ACCOUNT,
  region: 'eu-west-1',
  lists: new Map([['AWS::EC2::Volume', { capturedAt: '2026-01-01T00:00:00.000Z', resources: 1 }]]),
  revision: 1,
};

const mockSqs = () => mockClient(SQSClient);
const mockEventBridge = () => mockClient(EventBridgeClient);

/** The message of AWS Config about a volume. */
const configured = (resourceId: string, capturedAt: string) => ({
  version: '0',
  source: 'aws.config',
  'detail-type': 'Config Configuration Item Change',
  account: ACCOUNT,
  detail: {
    configurationItem: {
      awsAccountId: ACCOUNT,
      awsRegion: 'eu-west-1',
      resourceType: 'AWS::EC2::Volume',
      resourceId,
      configurationItemCaptureTime: capturedAt,
      configurationItemStatus: 'OK',
      configuration: { encrypted: true, attachments: [{ state: 'attached', instanceId: 'i-1' }] },
    },
  },
});

const context = {
  invokedFunctionArn: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:x`,
  getRemainingTimeInMillis: () => 600_000,
} as Context;

describe.skipIf(!endpoint)('the functions of a deployment with odd items', () => {
  let names: { stateTable: string; scoresTable: string };
  let remediations: string;
  let sqs: ReturnType<typeof mockSqs>;
  let bus: ReturnType<typeof mockEventBridge>;
  let handlers: Readonly<Record<'relay' | 'score' | 'notify' | 'triage' | 'collect', (event: never, context: Context) => Promise<unknown>>>;

  const put = (table: string, item: Item) =>
    client.send(new PutItemCommand({ TableName: table, Item: marshall(item, { removeUndefinedValues: true }) }));
  const sent = (queue: string) =>
    sqs
      .commandCalls(SendMessageCommand)
      .map(({ args: [{ input }] }) => input)
      .filter(({ QueueUrl }) => QueueUrl === `https://${queue}`);
  const parked = (queue = 'failures') =>
    sent(queue).map(({ MessageBody, MessageAttributes }) => [MessageBody, MessageAttributes?.reason?.StringValue]);
  const record = (item: Item, old?: Item): DynamoDBRecord =>
    ({
      eventID: '1',
      eventName: 'MODIFY',
      dynamodb: {
        ApproximateCreationDateTime: Date.now() / 1000,
        SequenceNumber: '1',
        Keys: marshall({ pk: item.pk, sk: item.sk }),
        NewImage: marshall(item, { removeUndefinedValues: true }),
        ...(old && { OldImage: marshall(old, { removeUndefinedValues: true }) }),
      },
    }) as unknown as DynamoDBRecord;
  const streamed = (...items: readonly Item[]): DynamoDBStreamEvent => ({ Records: items.map((item) => record(item)) });
  const queued = (...bodies: readonly string[]): SQSEvent =>
    ({
      Records: bodies.map((body, index) => ({ body, messageId: String(index), attributes: { ApproximateReceiveCount: '1' } })),
    }) as unknown as SQSEvent;

  beforeAll(async () => {
    names = { stateTable: await createTable(client, 'state'), scoresTable: await createTable(client, 'scores') };
    remediations = await createTable(client, 'remediations');
    const variables = {
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      POWERTOOLS_DEV: 'false',
      POWERTOOLS_LOG_LEVEL: 'SILENT',
      POWERTOOLS_METRICS_DISABLED: 'true',
      POWERTOOLS_METRICS_NAMESPACE: 'csmm',
      STATE_TABLE: names.stateTable,
      SCORES_TABLE: names.scoresTable,
      REMEDIATIONS_TABLE: remediations,
      EVENT_BUS_NAME: 'csmm-events',
      FAILURES_QUEUE_URL: 'https://failures',
      REJECTED_QUEUE_URL: 'https://rejected',
      SCORING_QUEUE_URL: 'https://scoring',
    };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    sqs = mockSqs();
    bus = mockEventBridge();
    const load = async (name: string) => (await import(`../../lambdas/${name}.ts`)).handler;
    handlers = {
      relay: await load('relay'),
      score: await load('score'),
      notify: await load('notify'),
      triage: await load('triage'),
      collect: await load('collect'),
    };
  });
  beforeEach(() => {
    sqs.reset();
    bus.reset();
    sqs.on(SendMessageCommand).resolves({});
    bus.on(PutEventsCommand).resolves({});
  });
  afterAll(() => {
    sqs.restore();
    bus.restore();
    vi.unstubAllEnvs();
  });

  const ODD: readonly [string, Item][] = [
    ['a resource without findings', { ...resourceItem(volume('a')), findings: null }],
    ['a resource of no time', { ...resourceItem(volume('b')), capturedAt: 7 }],
    ['evidence that is no JSON', { ...resourceItem(volume('c')), evidence: '{' }],
    ['a card of an unknown status', { ...scoreItem(card), statuses: 'CMP-L1-02:Z' }],
    ['a card without a scorecard', { ...scoreItem(card), scorecard: undefined }],
    ['a join without a result', { pk: joinPartition(ACCOUNT), sk: 'NET-L2-01', result: 7 }],
    ['lists that are none', { ...cardItem(lists), lists: '[]' }],
  ];

  it('relay parks each with its key and the reason, has its account judged in full, and goes on', async () => {
    const good = resourceItem(volume('good'));
    expect(await handlers.relay(streamed(...ODD.map(([, item]) => item), good) as never, context)).toEqual({ batchItemFailures: [] });
    expect(parked()).toEqual(
      ODD.map(([, { pk, sk }]) => [
        JSON.stringify(marshall({ pk, sk })),
        expect.stringMatching(/^the stored item .* \/ |is not a control status$/),
      ]),
    );
    expect(sent('scoring').map(({ MessageGroupId }) => MessageGroupId)).toContain(ACCOUNT);
    const wanted = await dynamoStateStore(client, names).readWanted(ACCOUNT);
    expect([...wanted.keys()].sort()).toEqual(['*', 'AWS::EC2::Volume']);
  });

  it('relay counts on although a counter is no number', async () => {
    await put(names.scoresTable, { ...wantedKey(ACCOUNT), 'AWS::EC2::Volume': 'many', '*': 3 });
    expect(await handlers.relay(streamed(resourceItem(volume('good'))) as never, context)).toEqual({ batchItemFailures: [] });
    const wanted = await dynamoStateStore(client, names).readWanted(ACCOUNT);
    expect(wanted.get('AWS::EC2::Volume')).toBeGreaterThan(1_000_000);
    expect(wanted.get('*')).toBe(3);
    expect(parked()).toEqual([]);
  });

  it('notify parks each, and publishes the others', async () => {
    const items = [...ODD.map(([, item]) => item), scoreItem(card)];
    expect(await handlers.notify(streamed(...items) as never, context)).toEqual({ batchItemFailures: [] });
    expect(parked()).toHaveLength(ODD.length);
    expect(bus.commandCalls(PutEventsCommand)).toHaveLength(1);
  });

  it('notify publishes a change of a card that could not be read', async () => {
    const event = { Records: [record(scoreItem({ ...card, revision: 2 }), { ...scoreItem(card), statuses: 7 })] };
    expect(await handlers.notify(event as never, context)).toEqual({ batchItemFailures: [] });
    expect(JSON.stringify(bus.calls()[0]?.args[0].input)).toContain('\\"before\\":null');
  });

  it('triage parks each, and waits while the settings cannot be read', async () => {
    expect(await handlers.triage(streamed(...ODD.map(([, item]) => item)) as never, context)).toEqual({ batchItemFailures: [] });
    expect(parked()).toHaveLength(ODD.length);
    const bucket: StoredResource = {
      ...volume('logs'),
      resource: { ...volume('logs').resource, resourceType: 'AWS::S3::Bucket' },
      parsed: { facts: {}, missing: {} },
      findings: [{ controlId: 'STR-L2-01', compliance: 'NON_COMPLIANT', reason: 'versioning is off' }],
    };
    await put(names.stateTable, { ...SETTINGS_KEY, revision: 1, document: new Uint8Array([1]) });
    sqs.resetHistory();
    expect(await handlers.triage(streamed(resourceItem(bucket)) as never, context)).toEqual({
      batchItemFailures: [{ itemIdentifier: '1' }],
    });
    expect(parked()).toEqual([]);
    expect(await dynamoRemediationStore(client, remediations).listRemediations({})).toEqual([]);
  });

  it('score counts what it can read, and commits', async () => {
    const store = dynamoStateStore(client, names);
    for (const [, item] of ODD) await put(item.sk === 'CARD' ? names.scoresTable : names.stateTable, item);
    await put(names.scoresTable, { pk: `A#${ACCOUNT}`, sk: 'TURN', version: 'seven', seen: 7, due: null });
    await put(names.scoresTable, { pk: `A#${ACCOUNT}`, sk: 'HEADS', heads: '{' });
    expect(await handlers.score(queued(JSON.stringify({ scope: ACCOUNT })) as never, context)).toEqual({ batchItemFailures: [] });
    expect(await store.readBehind(ACCOUNT)).toBeUndefined();
    expect(await store.readScore(ACCOUNT)).toMatchObject({ scope: ACCOUNT, revision: 2, catalogueVersion: CATALOGUE.version });
    expect(await store.beginScoring(ACCOUNT)).toMatchObject({ version: 1 });
  });

  it('collect replaces them, rejects what cannot be true, and takes the rest of the batch', async () => {
    const store = dynamoStateStore(client, names);
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    const bodies = [configured('a', NOW), configured('b', inAnHour), configured('\ufffe', NOW), configured('c', NOW), { x: '\ud800' }];
    const result = await handlers.collect(queued(...bodies.map((body) => JSON.stringify(body))) as never, context);
    expect(result).toEqual({ batchItemFailures: [] });
    expect(parked('rejected').map(([, reason]) => reason)).toEqual([
      `the capture time ${inAnHour} is more than 5 minutes ahead of the clock`,
      'resourceId holds control characters',
      'holds no configuration item',
    ]);
    for (const resourceId of ['a', 'c']) {
      expect(await store.readResource(volume(resourceId).resource)).toMatchObject({
        capturedAt: NOW,
        revision: 2,
        findings: [{ controlId: 'CMP-L1-02', compliance: 'COMPLIANT' }],
      });
    }
    expect((await store.readResource(volume('b').resource))?.unreadable).toBeDefined();
  });

  it('collect goes on although a tally is no number, and no control passes on it', async () => {
    const store = dynamoStateStore(client, names);
    const { resource } = volume('d');
    await put(names.stateTable, { ...tallyKey(resource), 'CMP-L1-02:compliant': 'all', 'CMP-L1-02:nonCompliant': 2 });
    expect(await handlers.collect(queued(JSON.stringify(configured('d', NOW))) as never, context)).toEqual({ batchItemFailures: [] });
    expect(await store.readResource(resource)).toMatchObject({ revision: 1 });
    const tally = (await store.readTallies(ACCOUNT)).get('CMP-L1-02');
    expect(tally).toMatchObject({ nonCompliant: 2 });
    expect(tally?.insufficientData).toBeGreaterThan(0);
  });

  it('collect replaces an item whose revision is none, and one writer wins', async () => {
    const store = dynamoStateStore(client, names);
    const { resource } = volume('e');
    await put(names.stateTable, { ...resourceItem(volume('e')), ...resourceKey(resource), revision: [] });
    const seen = await store.readResource(resource);
    expect(seen?.revision).toBe(0);
    const next = (encrypted: boolean): StoredResource => ({ ...volume('e'), parsed: { facts: { encrypted }, missing: {} }, findings: [] });
    expect(await store.commitResource(seen, next(true))).toBe(true);
    expect(await store.commitResource(seen, next(false))).toBe(false);
    expect((await store.readResource(resource))?.parsed?.facts).toEqual({ encrypted: true });
  });
});
