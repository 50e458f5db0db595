import {
  type AttributeValue,
  BatchWriteItemCommand,
  DynamoDBClient,
  paginateScan,
  type ScanCommandInput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { forEachAtOnce } from '../../core/concurrency.ts';
import { jitteredPause } from './pause.ts';

/** Returns a client for the credentials and the Region of the environment. */
export const tableClient = (): DynamoDBClient => new DynamoDBClient({ maxAttempts: 10 });

/** Called with the number of items so far. */
export type Progress = (items: number) => void;

/** Parts of a table that are read at the same time. */
const SEGMENTS = 8;

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const MAX_BATCH = 25;

/** Writes that DynamoDB may put off before csmm gives up. The pauses in between reach some seconds. */
const MAX_ATTEMPTS = 20;

/** Thrown if DynamoDB keeps putting off a write. */
export class WritesPutOffError extends Error {
  override readonly name = 'WritesPutOffError';
}

/**
 * Writes all items of one table into another. Items with the same key are replaced, all others remain.
 * @returns the number of items.
 * @throws WritesPutOffError, or any error of the SDK. A second call continues, because it repeats what was written.
 */
export const copyItems = (client: DynamoDBClient, from: string, to: string, progress?: Progress): Promise<number> =>
  forEachItem(client, { TableName: from, ConsistentRead: true }, to, (Item) => ({ PutRequest: { Item } }), progress);

/**
 * Deletes all items of a table with the keys `pk` and `sk`.
 * @returns the number of items.
 * @throws as {@link copyItems}
 */
export const deleteItems = (client: DynamoDBClient, table: string, progress?: Progress): Promise<number> =>
  forEachItem(
    client,
    { TableName: table, ProjectionExpression: 'pk, sk', ConsistentRead: true },
    table,
    (Key) => ({ DeleteRequest: { Key } }),
    progress,
  );

async function forEachItem(
  client: DynamoDBClient,
  scan: ScanCommandInput,
  into: string,
  toRequest: (item: Record<string, AttributeValue>) => WriteRequest,
  progress: Progress = () => {},
): Promise<number> {
  let items = 0;
  await forEachAtOnce(Array(SEGMENTS).keys(), SEGMENTS, async (Segment) => {
    for await (const { Items = [] } of paginateScan({ client }, { ...scan, Segment, TotalSegments: SEGMENTS })) {
      for (let start = 0; start < Items.length; start += MAX_BATCH) {
        const batch = Items.slice(start, start + MAX_BATCH);
        await write(client, into, batch.map(toRequest));
        items += batch.length;
      }
      progress(items);
    }
  });
  return items;
}

async function write(client: DynamoDBClient, table: string, requests: WriteRequest[]): Promise<void> {
  let waiting = requests;
  for (let attempt = 0; waiting.length > 0; attempt++) {
    if (attempt === MAX_ATTEMPTS) throw new WritesPutOffError(`DynamoDB put off ${waiting.length} writes to ${table} ${attempt} times`);
    if (attempt > 0) await jitteredPause(attempt);
    const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: waiting } }));
    waiting = UnprocessedItems?.[table] ?? [];
  }
}
