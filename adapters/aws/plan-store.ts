import { gunzipSync, gzipSync } from 'node:zlib';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { accountId, count, instant, listOf, objectWith, type Shape, text } from '../../core/facts/shape.ts';
import type { AccountList, LaterReading, PlanStore } from '../../core/pipeline/plan.ts';
import type { Changed } from '../../core/pipeline/sweep.ts';
import { SLOTS, type Walk, type Wheel } from '../../core/pipeline/wheel.ts';
import { documentsOf, stillAt } from './documents.ts';
import { committed } from './dynamo-state-store.ts';
import { type Item, revisionIn } from './items.ts';
import { accountsKey, LATER, laterKey, wheelKey } from './keys.ts';

/** Maximum size of a compressed list of accounts, in bytes. An item has at most 400 KB. It is enough for 57,000 accounts. */
const MAX_LIST_BYTES = 380_000;

/** Thrown if a list of accounts does not fit an item. */
export class TooManyAccountsError extends Error {
  override readonly name = 'TooManyAccountsError';
}

/** Returns a store of the planner's progress in the STATE table. */
export function dynamoPlanStore(client: DynamoDBClient, stateTable: string): PlanStore {
  const documents = documentsOf(client);
  const get = async (Key: Readonly<Record<string, string>>): Promise<Item | undefined> =>
    (await documents.send(new GetCommand({ TableName: stateTable, Key, ConsistentRead: true }))).Item;
  return {
    readWheel: async (name) => {
      const item = await get({ ...wheelKey(name) });
      return item && toWheel(item);
    },
    commitWheel: (name, previous, next) =>
      committed(() =>
        documents.send(
          new PutCommand({
            TableName: stateTable,
            Item: { ...wheelKey(name), ...next },
            ...(previous ? stillAt('revision', previous.revision) : { ConditionExpression: 'attribute_not_exists(pk)' }),
          }),
        ),
      ),
    readAccounts: async (name) => {
      const item = await get({ ...accountsKey(name) });
      return item && toAccounts(item);
    },
    writeAccounts: async (name, { accountIds, listedAt }) => {
      const list = gzipSync(JSON.stringify(accountIds));
      if (list.length > MAX_LIST_BYTES) {
        throw new TooManyAccountsError(
          `cannot store ${accountIds.length} accounts: they take ${list.length} bytes; allowed ${MAX_LIST_BYTES}`,
        );
      }
      await documents.send(new PutCommand({ TableName: stateTable, Item: { ...accountsKey(name), listedAt, list } }));
    },
    keep: async (later) => {
      await documents.send(new PutCommand({ TableName: stateTable, Item: { ...laterKey(later), ...later } }));
    },
    listDue: async (now, limit) => {
      const { Items = [] } = await documents.send(
        new QueryCommand({
          TableName: stateTable,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND sk < :now',
          ExpressionAttributeValues: { ':pk': LATER, ':now': now },
          Limit: limit,
        }),
      );
      // An item that csmm cannot read is left out. Before the others in each list, it would keep them from being made.
      const isOdd = (item: Item) => !LATER_READING.matches(item) || laterKey(item).sk !== item.sk;
      for (const { pk, sk } of Items.filter(isOdd)) await documents.send(new DeleteCommand({ TableName: stateTable, Key: { pk, sk } }));
      return Items.filter((item) => !isOdd(item)).map(({ pk: _, sk: __, ...later }) => later as unknown as LaterReading);
    },
    end: async (later) => {
      await documents.send(new DeleteCommand({ TableName: stateTable, Key: laterKey(later) }));
    },
  };
}

/** Returns the progress as far as it can be read. Without a turn, all that is due in one period is done again. */
const toWheel = (item: Item): Wheel => ({
  revision: revisionIn(item),
  cursor: count.matches(item.cursor) ? item.cursor : 0,
  ...(WALK.matches(item.walk) && { walk: item.walk }),
});

const slot: Shape<number> = { expected: 'a slot', matches: (value): value is number => count.matches(value) && value < SLOTS };
const WALK = objectWith<Walk>({ generation: count, next: slot, left: count });
const LATER_READING: Shape<LaterReading> = objectWith<Omit<LaterReading, 'changed'>, Required<Pick<LaterReading, 'changed'>>>(
  { at: instant, accountId, region: text, reader: text },
  { changed: objectWith<Changed>({ at: instant, users: listOf(text) }) },
);

/** @returns `undefined` if the item is not in the form of this release: the planner then makes the list again. */
function toAccounts({ listedAt, list }: Item): AccountList | undefined {
  if (!instant.matches(listedAt) || !(list instanceof Uint8Array)) return undefined;
  try {
    const accountIds: unknown = JSON.parse(gunzipSync(list).toString());
    return ACCOUNTS.matches(accountIds) ? { accountIds, listedAt } : undefined;
  } catch {
    return undefined;
  }
}

const ACCOUNTS = listOf(accountId);
