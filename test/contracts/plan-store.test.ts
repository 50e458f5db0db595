import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { accountsKey, LATER, wheelKey } from '../../adapters/aws/keys.ts';
import { dynamoPlanStore } from '../../adapters/aws/plan-store.ts';
import { memoryPlanStore } from '../../adapters/memory/plan-store.ts';
import type { PlanStore } from '../../core/pipeline/plan.ts';
import { createTable, dynamoDbClient } from '../support/dynamodb-local.ts';

/** Contract of every adapter of the PlanStore port. */
const endpoint = inject('dynamoDbEndpoint');

const adapters: [string, () => Promise<PlanStore>][] = [['memory', async () => memoryPlanStore()]];
if (endpoint) {
  const client = dynamoDbClient(endpoint);
  adapters.push(['DynamoDB', async () => dynamoPlanStore(client, await createTable(client, 'state'))]);
}
if (!endpoint) it.skip('DynamoDB plan store: no Java runtime for DynamoDB Local', () => {});

const later = (at: string, reader = 'iam-credential-report') => ({ accountId: '111111111111', region: 'global', reader, at });

describe.each(adapters)('%s plan store', (_, create) => {
  let store: PlanStore;
  beforeEach(async () => {
    store = await create();
  });

  it('gives back a wheel, with its walk if it has one, and keeps wheels apart', async () => {
    const walking = { revision: 1, cursor: 5_935_680, walk: { generation: 1, next: 7, left: 280 } };
    expect(await store.readWheel('SWEEP')).toBeUndefined();
    expect(await store.commitWheel('SWEEP', undefined, walking)).toBe(true);
    expect(await store.commitWheel('EXPIRE', undefined, { revision: 1, cursor: 3 })).toBe(true);
    expect(await store.readWheel('SWEEP')).toEqual(walking);
    expect(await store.readWheel('EXPIRE')).toEqual({ revision: 1, cursor: 3 });
  });

  it('lets only one of two runs move a wheel', async () => {
    const wheel = (revision: number) => ({ revision, cursor: revision });
    expect(await store.commitWheel('SWEEP', undefined, wheel(1))).toBe(true);
    expect(await store.commitWheel('SWEEP', undefined, wheel(1))).toBe(false);
    expect(await store.commitWheel('SWEEP', wheel(1), wheel(2))).toBe(true);
    expect(await store.commitWheel('SWEEP', wheel(1), { ...wheel(2), cursor: 9 })).toBe(false);
    expect(await store.readWheel('SWEEP')).toEqual(wheel(2));
  });

  it('gives back lists of ten thousand accounts', async () => {
    const accountIds = Array.from({ length: 10_000 }, (_, index) => String(100_000_000_000 + index * 7919));
    const list = { accountIds, listedAt: '2026-01-01T00:00:00.000Z' };
    expect(await store.readAccounts('LISTED')).toBeUndefined();
    await store.writeAccounts('LISTED', list);
    await store.writeAccounts('SCORED', { accountIds: [], listedAt: list.listedAt });
    expect(await store.readAccounts('LISTED')).toEqual(list);
  });

  it('gives readings whose time has come, the oldest first, until they end', async () => {
    const [first, second, third] = [
      later('2026-01-01T01:00:00.000Z'),
      later('2026-01-01T02:00:00.000Z'),
      later('2026-01-01T03:00:00.000Z'),
    ];
    for (const each of [third, first, second, first]) await store.keep(each);
    expect(await store.listDue('2026-01-01T00:30:00.000Z', 10)).toEqual([]);
    expect(await store.listDue('2026-01-01T02:30:00.000Z', 10)).toEqual([first, second]);
    expect(await store.listDue('2026-01-01T02:30:00.000Z', 1)).toEqual([first]);
    await store.end(first);
    expect(await store.listDue('2026-01-01T04:00:00.000Z', 10)).toEqual([second, third]);
  });
});

describe.skipIf(!endpoint)('what a release stored in another shape', () => {
  it('does not stop the planner: the wheel turns on, accounts are listed again, and what is no reading ends', async () => {
    const client = dynamoDbClient(endpoint ?? '');
    const table = await createTable(client, 'state');
    const put = (item: object) => client.send(new PutItemCommand({ TableName: table, Item: marshall(item) }));
    await put({ ...wheelKey('SWEEP'), cursor: 'yesterday' });
    await put({ ...accountsKey('LISTED'), accountIds: [] });
    const store = dynamoPlanStore(client, table);
    const wheel = await store.readWheel('SWEEP');
    expect(wheel).toEqual({ revision: 0, cursor: 0 });
    expect(await store.commitWheel('SWEEP', wheel, { revision: 1, cursor: 7 })).toBe(true);
    expect(await store.commitWheel('SWEEP', wheel, { revision: 1, cursor: 8 })).toBe(false);
    expect(await store.readAccounts('LISTED')).toBeUndefined();
    await put({ ...accountsKey('LISTED'), list: new Uint8Array([1]), listedAt: '2026-01-01T00:00:00.000Z' });
    expect(await store.readAccounts('LISTED')).toBeUndefined();
    await put({ pk: LATER, sk: '2026-01-01T00:00:00.000Z#x', reader: 7 });
    const due = later('2026-01-01T01:00:00.000Z');
    await store.keep(due);
    expect(await store.listDue('2026-01-01T02:00:00.000Z', 10)).toEqual([due]);
    expect(await store.listDue('2026-01-01T02:00:00.000Z', 1)).toEqual([due]);
  });
});
