import { gunzipSync, gzipSync } from 'node:zlib';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { AccountList, LaterReading, PlanStore } from '../../core/pipeline/plan.ts';
import type { Wheel } from '../../core/pipeline/wheel.ts';
import { committed } from './dynamo-state-store.ts';
import { CorruptItemError, type Item } from './items.ts';
import { accountsKey, LATER, laterKey, wheelKey } from './keys.ts';

/** Returns a store of the planner's progress in the STATE table. */
export function dynamoPlanStore(client: DynamoDBClient, stateTable: string): PlanStore {
  const documents = DynamoDBDocumentClient.from(client);
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
            ...(previous
              ? { ConditionExpression: 'revision = :seen', ExpressionAttributeValues: { ':seen': previous.revision } }
              : { ConditionExpression: 'attribute_not_exists(pk)' }),
          }),
        ),
      ),
    readAccounts: async (name) => {
      const item = await get({ ...accountsKey(name) });
      return item && toAccounts(item);
    },
    writeAccounts: async (name, { accountIds, listedAt }) => {
      const list = gzipSync(JSON.stringify(accountIds));
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
      return Items.map(({ pk: _, sk: __, ...later }) => later as unknown as LaterReading);
    },
    end: async (later) => {
      await documents.send(new DeleteCommand({ TableName: stateTable, Key: laterKey(later) }));
    },
  };
}

function toWheel({ revision, cursor, walk }: Item): Wheel {
  if (typeof revision !== 'number' || typeof cursor !== 'number')
    throw new CorruptItemError('the stored progress of the planner lacks a revision or a cursor. Fix: delete the item');
  return { revision, cursor, ...(walk !== undefined && { walk: walk as NonNullable<Wheel['walk']> }) };
}

/** @returns `undefined` if the item is not in the form of this release: the planner then makes the list again. */
function toAccounts({ listedAt, list }: Item): AccountList | undefined {
  if (typeof listedAt !== 'string' || !(list instanceof Uint8Array)) return undefined;
  return { accountIds: JSON.parse(gunzipSync(list).toString()) as string[], listedAt };
}
