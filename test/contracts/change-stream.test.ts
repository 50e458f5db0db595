import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import { describe, expect, inject, it } from 'vitest';
import { dynamoStateStore } from '../../adapters/aws/dynamo-state-store.ts';
import { type CommittedChange, parseStreamRecord } from '../../adapters/aws/stream.ts';
import { memoryStateStore } from '../../adapters/memory/state-store.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { inventoryOf } from '../../core/facts/inventory.ts';
import type { ConfigItem } from '../../core/facts/parser.ts';
import { collectItem } from '../../core/pipeline/collect.ts';
import type { CardChange, ScoreChange, StateChange, StateStore } from '../../core/ports.ts';
import { createTable, dynamoDbClient } from '../support/dynamodb-local.ts';
import { scoreChanged } from '../support/scoring.ts';

/** Contract of every adapter's change stream: it reports each committed change, in order, with the state before it. */
interface Observed {
  readonly store: StateStore;
  stateChanges(): Promise<StateChange[]>;
  cardChanges(): Promise<CardChange[]>;
  scoreChanges(): Promise<ScoreChange[]>;
}

const endpoint = inject('dynamoDbEndpoint');
const adapters: [string, () => Promise<Observed>][] = [['memory', inMemory]];
if (endpoint) adapters.push(['DynamoDB', () => inDynamoDb(endpoint)]);
else it.skip('DynamoDB change stream: no Java runtime for DynamoDB Local', () => {});

async function inMemory(): Promise<Observed> {
  const store = memoryStateStore();
  return {
    store,
    stateChanges: async () => store.takeStateChanges(),
    cardChanges: async () => store.takeCardChanges(),
    scoreChanges: async () => store.takeScoreChanges(),
  };
}

async function inDynamoDb(endpoint: string): Promise<Observed> {
  const client = dynamoDbClient(endpoint);
  const streams = new DynamoDBStreamsClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const names = { stateTable: await createTable(client, 'state'), scoresTable: await createTable(client, 'scores') };
  const read = async (table: string): Promise<CommittedChange[]> => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    const StreamArn = Table?.LatestStreamArn ?? '';
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    const changes: CommittedChange[] = [];
    for (const { ShardId = '' } of StreamDescription?.Shards ?? []) {
      const { ShardIterator } = await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
      const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator: ShardIterator ?? '' }));
      changes.push(...Records.flatMap((record) => parseStreamRecord(record.dynamodb ?? {}) ?? []));
    }
    return changes;
  };
  return {
    store: dynamoStateStore(client, names),
    stateChanges: async () => (await read(names.stateTable)).flatMap((change) => (change.kind === 'state' ? [change.change] : [])),
    cardChanges: async () => (await read(names.stateTable)).flatMap((change) => (change.kind === 'card' ? [change.change] : [])),
    scoreChanges: async () => (await read(names.scoresTable)).flatMap((change) => (change.kind === 'score' ? [change.change] : [])),
  };
}

const volume = (second: number, configuration: unknown, state: ConfigItem['state'] = 'recorded'): ConfigItem => ({
  resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::EC2::Volume', resourceId: 'vol-1' },
  capturedAt: `2026-01-01T00:00:0${second}.000Z`,
  state,
  configuration,
  supplementaryConfiguration: {},
  tags: {},
  relationships: [],
});
const attached = (encrypted: boolean) => ({ encrypted, attachments: [{ state: 'attached', deleteOnTermination: false }] });
const factsOf = (encrypted: boolean) => ({
  encrypted,
  attached: true,
  instanceIds: [],
  deletedWithInstance: false,
  fleet: null,
  forClaim: false,
});

describe.each(adapters)('%s change stream', (_, open) => {
  it('tells of each committed resource and scorecard once, with what it replaced, and of nothing else', async () => {
    const { store, stateChanges, scoreChanges } = await open();
    const items = [
      volume(1, attached(false)),
      volume(1, attached(false)),
      volume(2, attached(true)),
      volume(0, attached(false)),
      volume(3, null, 'deleted'),
    ];
    for (const item of items) {
      const before = await store.readResource(item.resource);
      await collectItem(item, { store, rules: CATALOGUE.rules });
      const after = await store.readResource(item.resource);
      if (after && after.revision !== before?.revision)
        await scoreChanged('111111111111', [{ before, after }], { store, catalogue: CATALOGUE });
    }

    const state = await stateChanges();
    expect(state.map(({ before, after }) => [before?.revision, after.revision, after.parsed?.facts])).toEqual([
      [undefined, 1, factsOf(false)],
      [1, 2, factsOf(true)],
      [2, 3, undefined],
    ]);
    expect(state[1]?.before).toEqual(state[0]?.after);

    const scores = await scoreChanges();
    expect(scores.map(({ before, after }) => [before?.revision, after.revision, after.statuses.get('CMP-L1-02')])).toEqual([
      [undefined, 1, 'FAILED'],
      [1, 2, 'PASSED'],
      [2, 3, 'NO_DATA'],
    ]);
    expect(scores[2]?.before).toEqual(scores[1]?.after);
    expect(scores[2]?.after).toEqual(await store.readScore('111111111111'));
  });

  it('tells of a resource that exists again, and of each committed card', async () => {
    const { store, stateChanges, cardChanges } = await open();
    const collect = (item: ConfigItem) => collectItem(item, { store, rules: CATALOGUE.rules });
    const list = (second: number, resources: number): ConfigItem => ({
      ...volume(second, { resources }),
      resource: inventoryOf('111111111111', 'eu-west-1', 'AWS::EC2::Volume'),
    });
    for (const item of [volume(1, null, 'deleted'), volume(2, attached(true)), list(1, 0), list(1, 0), list(2, 1)]) await collect(item);
    const exists = (await stateChanges()).at(-1);
    expect(exists?.after).toMatchObject({ revision: 2, parsed: { facts: factsOf(true) } });
    expect(exists?.before?.parsed).toBeUndefined();
    const cards = await cardChanges();
    expect(cards.map(({ before, after }) => [before?.revision, after.revision, after.lists.get('AWS::EC2::Volume')?.resources])).toEqual([
      [undefined, 1, 0],
      [1, 2, 1],
    ]);
    expect(cards[1]?.before).toEqual(cards[0]?.after);
  });
});
