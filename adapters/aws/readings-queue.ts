import { GetQueueAttributesCommand, SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { forEachAtOnce } from '../../core/concurrency.ts';
import type { UnitQueue } from '../../core/pipeline/plan.ts';
import type { Reading } from '../../core/pipeline/sweep.ts';
import type { Unit } from '../../core/pipeline/unit.ts';

/** The queue of single reads, which events ask for. */
export interface ReadingsQueue {
  /**
   * @param delaySeconds at most 900
   * @returns the number of messages sent.
   * @throws NotSentError if the queue refuses some. Send all again: a repeated read does no harm.
   */
  send(readings: Iterable<Reading & { readonly attempt?: number }>, delaySeconds?: number): Promise<number>;
}

/** The queue of units, which the planner asks for. */
export interface SweepQueue extends UnitQueue {
  /** As {@link ReadingsQueue.send}. */
  send(units: Iterable<Unit>, delaySeconds?: number): Promise<number>;
}

export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const BATCH_SIZE = 10;
/** Few, so that messages arrive about in their order. */
const BATCHES_AT_ONCE = 8;

export const sqsReadings = (client: SQSClient, queueUrl: string): ReadingsQueue => ({
  send: (readings, delaySeconds) => sendTasks(client, queueUrl, 'read', readings, delaySeconds),
});

export const sqsSweep = (client: SQSClient, queueUrl: string): SweepQueue => ({
  send: (units, delaySeconds) => sendTasks(client, queueUrl, 'unit', units, delaySeconds),
  waiting: async () => {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  },
});

async function sendTasks(
  client: SQSClient,
  queueUrl: string,
  task: 'read' | 'unit',
  bodies: Iterable<Reading | Unit>,
  delaySeconds?: number,
): Promise<number> {
  let sent = 0;
  await forEachAtOnce(batchesOf(bodies, BATCH_SIZE), BATCHES_AT_ONCE, async (batch) => {
    const { Failed = [] } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: batch.map((body, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify({ task, ...body }),
          ...(delaySeconds !== undefined && { DelaySeconds: delaySeconds }),
        })),
      }),
    );
    if (Failed.length > 0)
      throw new NotSentError(`${Failed.length} of ${batch.length} reads were not accepted by the queue: ${Failed[0]?.Code}`);
    sent += batch.length;
  });
  return sent;
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
