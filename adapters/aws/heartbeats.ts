import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { HEARTS, type Heartbeats } from '../../core/pipeline/heartbeat.ts';
import { documentsOf } from './documents.ts';
import { committed } from './dynamo-state-store.ts';
import { ALL_KEY, beatKey, receivedBeatKey } from './keys.ts';

/** Returns the heartbeats of the STATE table's stream. The heartbeats that its reader received are in the SCORES table. */
export function dynamoHeartbeats(
  client: DynamoDBClient,
  { stateTable, scoresTable }: { readonly stateTable: string; readonly scoresTable: string },
): Heartbeats {
  const documents = documentsOf(client);
  return {
    beat: async (at) => {
      const hearts = Array.from({ length: HEARTS }, (_, heart) => heart);
      await Promise.all(hearts.map((heart) => documents.send(new PutCommand({ TableName: stateTable, Item: { ...beatKey(heart), at } }))));
    },
    note: async (heart, at) => {
      const { Attributes } = await documents.send(
        new UpdateCommand({
          TableName: scoresTable,
          Key: receivedBeatKey(heart),
          UpdateExpression: 'SET #at = :at',
          ExpressionAttributeNames: { '#at': 'at' },
          ExpressionAttributeValues: { ':at': at },
          ReturnValues: 'UPDATED_OLD',
        }),
      );
      return typeof Attributes?.at === 'string' ? Attributes.at : undefined;
    },
    ask: async (at) => {
      await documents.send(new PutCommand({ TableName: scoresTable, Item: { ...ALL_KEY, at } }));
    },
    asked: async () => {
      const { Item } = await documents.send(new GetCommand({ TableName: scoresTable, Key: ALL_KEY, ConsistentRead: true }));
      return typeof Item?.at === 'string' ? Item.at : undefined;
    },
    answer: async (at) => {
      await committed(() =>
        documents.send(
          new DeleteCommand({
            TableName: scoresTable,
            Key: ALL_KEY,
            ConditionExpression: '#at = :at',
            ExpressionAttributeNames: { '#at': 'at' },
            ExpressionAttributeValues: { ':at': at },
          }),
        ),
      );
    },
  };
}
