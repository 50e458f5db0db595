import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { forEachAtOnce } from '../../core/concurrency.ts';
import type { Reading } from '../../core/pipeline/sweep.ts';

/** The queue of API reads that `read` processes. */
export interface ReadingsQueue {
  /**
   * @param delaySeconds at most 900
   * @returns the number of messages sent.
   * @throws NotSentError if the queue refuses some. Send all again: a repeated read does no harm.
   */
  send(readings: Iterable<Reading>, delaySeconds?: number): Promise<number>;
}

export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const BATCH_SIZE = 10;
const BATCHES_AT_ONCE = 32;

export function sqsReadings(client: SQSClient, queueUrl: string): ReadingsQueue {
  return {
    send: async (readings, delaySeconds) => {
      let sent = 0;
      await forEachAtOnce(batchesOf(readings, BATCH_SIZE), BATCHES_AT_ONCE, async (batch) => {
        const { Failed = [] } = await client.send(
          new SendMessageBatchCommand({
            QueueUrl: queueUrl,
            Entries: batch.map((reading, index) => ({
              Id: String(index),
              MessageBody: JSON.stringify({ task: 'read', ...reading }),
              ...(delaySeconds !== undefined && { DelaySeconds: delaySeconds }),
            })),
          }),
        );
        if (Failed.length > 0)
          throw new NotSentError(`${Failed.length} of ${batch.length} reads were not accepted by the queue: ${Failed[0]?.Code}`);
        sent += batch.length;
      });
      return sent;
    },
  };
}

function* batchesOf<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
