import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, inject, it } from 'vitest';
import { dynamoStateStore } from '../../adapters/aws/dynamo-state-store.ts';
import { tallyKey } from '../../adapters/aws/keys.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { inventoryOf } from '../../core/facts/inventory.ts';
import type { ConfigItem } from '../../core/facts/parser.ts';
import type { Unread } from '../../core/facts/view.ts';
import { collectItem } from '../../core/pipeline/collect.ts';
import { rescoreAccount } from '../../core/pipeline/rescore.ts';
import { collectRun } from '../../core/pipeline/sweep.ts';
import type { ListState, StateStore } from '../../core/ports.ts';
import { createTable, dynamoDbClient } from '../support/dynamodb-local.ts';

/** Tables with items of releases that stored lists and tombstones as resources. The shapes are written by hand, as those releases did. */
const endpoint = inject('dynamoDbEndpoint');
const ACCOUNT = '111111111111';
const VOLUME = 'AWS::EC2::Volume';
const at = (hour: number): string => `2026-01-01T0${hour}:00:00.000Z`;

interface World {
  readonly store: StateStore;
  readonly put: (item: Record<string, unknown>) => Promise<void>;
  /** The items of a partition. */
  readonly partition: (pk: string) => Promise<readonly Record<string, unknown>[]>;
  readonly item: (pk: string, sk: string) => Promise<Record<string, unknown> | undefined>;
}

async function worldOf(): Promise<World> {
  const client = dynamoDbClient(endpoint ?? '');
  const names = { stateTable: await createTable(client, 'state'), scoresTable: await createTable(client, 'scores') };
  const documents = DynamoDBDocumentClient.from(client);
  return {
    store: dynamoStateStore(client, names, () => Date.UTC(2026, 0, 2)),
    put: async (Item) => void (await documents.send(new PutCommand({ TableName: names.stateTable, Item }))),
    partition: async (pk) => {
      const input = { TableName: names.stateTable, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } };
      return (await documents.send(new QueryCommand(input))).Items ?? [];
    },
    item: async (pk, sk) => (await documents.send(new GetCommand({ TableName: names.stateTable, Key: { pk, sk } }))).Item,
  };
}

/** Writes what an earlier release stored for a list: the entry, its open findings, and its part of a shard of tallies. */
async function putEntry({ put, item }: World, region: string, type: string, hour: number, listed: number | string): Promise<void> {
  const isComplete = typeof listed === 'number';
  const compliance = isComplete ? 'NOT_APPLICABLE' : 'INSUFFICIENT_DATA';
  const reason = isComplete ? `all ${listed} resources were read` : `${type} was not read: ${listed}`;
  const ref = { accountId: ACCOUNT, region, resourceType: 'CSMM::Inventory', resourceId: type };
  const controls = CATALOGUE.rules.restingOn.get(type) ?? [];
  const code = isComplete ? {} : { code: 'not-read' };
  await put({
    pk: `R#${ACCOUNT}#CSMM::Inventory`,
    sk: `${region}#${type}`,
    ...ref,
    capturedAt: at(hour),
    revision: 3,
    findings: JSON.stringify(controls.map((controlId) => ({ controlId, compliance, ...code, reason }))),
    evidence: JSON.stringify(isComplete ? { facts: { resources: listed }, missing: {} } : { facts: {}, missing: { resources: listed } }),
  });
  const key = tallyKey(ref);
  const shard: Record<string, unknown> = { ...(await item(key.pk, key.sk)), ...key };
  for (const controlId of controls) {
    const field = `${controlId}:${isComplete ? 'notApplicable' : 'insufficientData'}`;
    shard[field] = Number(shard[field] ?? 0) + 1;
    const finding = { ...ref, controlId, compliance, ...code, reason, capturedAt: at(hour) };
    if (!isComplete) await put({ pk: `F#${ACCOUNT}#${controlId}`, sk: `CSMM::Inventory#${region}#${type}`, ...finding });
  }
  await put(shard);
}

const entry = (region: string, type: string, hour: number, resources: number | Unread): ConfigItem => ({
  resource: inventoryOf(ACCOUNT, region, type),
  capturedAt: at(hour),
  state: 'recorded',
  configuration: { resources },
  supplementaryConfiguration: {},
  tags: {},
  relationships: [],
});

const volume = (resourceId: string, hour: number, changes: Partial<ConfigItem> = {}): ConfigItem => ({
  ...entry('eu-west-1', VOLUME, hour, 0),
  resource: { accountId: ACCOUNT, region: 'eu-west-1', resourceType: VOLUME, resourceId },
  configuration: { encrypted: true, attachments: [{ state: 'attached' }] },
  ...changes,
});

const dependenciesOf = ({ store }: World) => ({ store, rules: CATALOGUE.rules });

const listsIn = async ({ store }: World): Promise<Record<string, ListState>> =>
  Object.fromEntries(
    (await store.readCards(ACCOUNT)).flatMap(({ region, lists }) => [...lists].map(([type, list]) => [`${region} ${type}`, list])),
  );

const score = async ({ store }: World) => {
  await store.want(ACCOUNT, ['*']);
  await rescoreAccount(ACCOUNT, { store, catalogue: CATALOGUE });
  return store.readScore(ACCOUNT);
};

/** Everything that the tallies still count. */
const counted = async ({ store }: World) =>
  [...(await store.readTallies(ACCOUNT))].filter(([, tally]) => Object.values(tally).some((count) => count !== 0));

describe.skipIf(!endpoint)('lists that an earlier release stored as resources', () => {
  const TYPES = [VOLUME, 'AWS::EC2::Snapshot', 'AWS::RDS::DBSnapshot', 'AWS::EFS::FileSystem'];

  it('count until their Region has a card, and then from the card, without a change of the score', async () => {
    const world = await worldOf();
    for (const region of ['eu-west-1', 'us-east-1']) for (const type of TYPES) await putEntry(world, region, type, 1, 0);
    await putEntry(world, 'us-east-1', 'AWS::Kinesis::Stream', 1, 'kinesis:ListStreams was denied (AccessDeniedException)');
    const before = await score(world);
    expect(before?.statuses.get('CMP-L1-02')).toBe('NOT_APPLICABLE');
    expect(before?.statuses.get('STR-L2-05')).toBe('NO_DATA');
    const known = await listsIn(world);
    expect(Object.keys(known)).toHaveLength(9);

    await collectRun(
      TYPES.map((type) => entry('eu-west-1', type, 1, 0)),
      dependenciesOf(world),
    );
    expect(await world.partition(`I#${ACCOUNT}`)).toEqual([]);
    await collectRun(
      TYPES.map((type) => entry('eu-west-1', type, 2, 0)),
      dependenciesOf(world),
    );
    expect((await world.partition(`I#${ACCOUNT}`)).map(({ sk }) => sk)).toEqual(['eu-west-1']);
    expect((await world.partition(`R#${ACCOUNT}#CSMM::Inventory`)).map(({ sk }) => String(sk).split('#')[0])).toEqual(
      Array.from({ length: 5 }, () => 'us-east-1'),
    );
    expect(await score(world)).toEqual(before);

    // Only one list of the Region: its card takes over the others.
    await collectItem(entry('us-east-1', VOLUME, 2, 0), dependenciesOf(world));
    expect(await world.partition(`R#${ACCOUNT}#CSMM::Inventory`)).toEqual([]);
    for (const controlId of CATALOGUE.rules.restingOn.get('AWS::Kinesis::Stream') ?? []) {
      expect(await world.partition(`F#${ACCOUNT}#${controlId}`)).toEqual([]);
    }
    expect(await counted(world)).toEqual([]);
    expect(Object.keys(await listsIn(world)).sort()).toEqual(Object.keys(known).sort());
    expect((await listsIn(world))['us-east-1 AWS::Kinesis::Stream']).toEqual(known['us-east-1 AWS::Kinesis::Stream']);
    expect(await score(world)).toEqual(before);
  });

  it('end after the card is written: a run that died in between is completed by the next one', async () => {
    const world = await worldOf();
    for (const type of TYPES) await putEntry(world, 'eu-west-1', type, 1, 'not read');
    const before = await score(world);
    // As after a crash: the card is there, and so are the entries.
    await world.put({
      pk: `I#${ACCOUNT}`,
      sk: 'eu-west-1',
      accountId: ACCOUNT,
      region: 'eu-west-1',
      revision: 1,
      lists: JSON.stringify(Object.fromEntries(TYPES.map((type) => [type, { at: at(2), gap: 'not read' }]))),
    });
    expect(await score(world)).toEqual(before);
    expect((await listsIn(world))[`eu-west-1 ${VOLUME}`]).toEqual({ capturedAt: at(2), gap: 'not read' });
    await collectItem(entry('eu-west-1', VOLUME, 3, 0), dependenciesOf(world));
    expect(await counted(world)).toEqual([]);
    expect(await world.partition(`R#${ACCOUNT}#CSMM::Inventory`)).toEqual([]);
    expect((await score(world))?.statuses.get('CMP-L1-02')).toBe('NOT_APPLICABLE');
  });

  it('are newer than the card if the earlier release ran again in between', async () => {
    const world = await worldOf();
    await collectItem(entry('eu-west-1', VOLUME, 1, 0), dependenciesOf(world));
    await collectItem(entry('eu-west-1', 'AWS::EC2::Snapshot', 4, 2), dependenciesOf(world));
    await putEntry(world, 'eu-west-1', VOLUME, 3, 'denied');
    await putEntry(world, 'eu-west-1', 'AWS::EC2::Snapshot', 3, 'denied');
    expect(await listsIn(world)).toEqual({
      [`eu-west-1 ${VOLUME}`]: { capturedAt: at(3), gap: 'denied' },
      'eu-west-1 AWS::EC2::Snapshot': { capturedAt: at(4), resources: 2 },
    });
    expect(await collectItem(entry('eu-west-1', VOLUME, 2, 0), dependenciesOf(world))).toBe('stale');
    expect(await collectItem(entry('eu-west-1', VOLUME, 5, 0), dependenciesOf(world))).toBe('applied');
    expect(await counted(world)).toEqual([]);
  });

  it('stay ended if they had ended', async () => {
    const world = await worldOf();
    await putEntry(world, 'eu-west-1', VOLUME, 3, 0);
    const ended = await world.item(`R#${ACCOUNT}#CSMM::Inventory`, `eu-west-1#${VOLUME}`);
    const { evidence: _, ...tombstone } = ended ?? {};
    await world.put({ ...tombstone, findings: '[]' });
    expect(await collectItem(entry('eu-west-1', VOLUME, 2, 0), dependenciesOf(world))).toBe('stale');
    expect(await listsIn(world)).toEqual({ [`eu-west-1 ${VOLUME}`]: { capturedAt: at(3) } });
  });
});

describe.skipIf(!endpoint)('tombstones that an earlier release left among the resources', () => {
  /** A tombstone as earlier releases wrote it: an item of the resources without evidence. */
  const putTombstone = ({ put }: World, resourceId: string, hour: number) =>
    put({
      pk: `R#${ACCOUNT}#${VOLUME}`,
      sk: `eu-west-1#${resourceId}`,
      accountId: ACCOUNT,
      region: 'eu-west-1',
      resourceType: VOLUME,
      resourceId,
      capturedAt: at(hour),
      revision: 2,
      findings: '[]',
    });

  it('keep late items from restoring the resource, and give way to newer ones', async () => {
    const world = await worldOf();
    await putTombstone(world, 'vol-1', 3);
    const collect = (item: ConfigItem) => collectItem(item, dependenciesOf(world));
    expect(await collect(volume('vol-1', 2))).toBe('stale');
    expect(await world.store.hasResources(ACCOUNT, VOLUME)).toBe(false);
    expect(await collect(volume('vol-1', 4))).toBe('applied');
    expect((await world.store.readResource(volume('vol-1', 4).resource))?.revision).toBe(3);
    expect(await collect(volume('vol-1', 5, { state: 'deleted', configuration: null }))).toBe('applied');
    expect(await world.partition(`R#${ACCOUNT}#${VOLUME}`)).toEqual([]);
    expect(await collect(volume('vol-1', 4))).toBe('stale');
  });

  it('give way to a newer deletion', async () => {
    const world = await worldOf();
    await putTombstone(world, 'vol-1', 3);
    expect(await collectItem(volume('vol-1', 5, { state: 'deleted', configuration: null }), dependenciesOf(world))).toBe('applied');
    expect(await world.partition(`R#${ACCOUNT}#${VOLUME}`)).toEqual([]);
    expect(await world.store.readResource(volume('vol-1', 5).resource)).toMatchObject({ capturedAt: at(5), revision: 3 });
  });

  it('move at most a hundred in each run that lists the type, and leave 90 days later', async () => {
    const world = await worldOf();
    for (let n = 0; n < 130; n++) await putTombstone(world, `vol-${n}`, 1);
    const run = (hour: number) => collectRun([volume('vol-live', hour), entry('eu-west-1', VOLUME, hour, 1)], dependenciesOf(world));
    expect(await run(3)).toMatchObject({ found: 1, removed: 0, undecided: 0 });
    expect(await world.partition(`R#${ACCOUNT}#${VOLUME}`)).toHaveLength(31);
    await run(4);
    expect(await world.partition(`R#${ACCOUNT}#${VOLUME}`)).toHaveLength(1);
    const moved = await world.partition(`Z#${ACCOUNT}#${VOLUME}`);
    expect(moved).toHaveLength(130);
    expect(moved[0]).toMatchObject({ capturedAt: at(1), revision: 3, ttl: Date.UTC(2026, 3, 2) / 1000 });
    expect(await collectItem(volume('vol-7', 1), dependenciesOf(world))).toBe('stale');
  });
});
