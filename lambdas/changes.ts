import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Rejects } from '../adapters/aws/rejects.ts';
import { type CommittedChange, parseStreamRecord, type StreamImages } from '../adapters/aws/stream.ts';

/** Reads the change in a stream record of the STATE or SCORES table. */
export const readChange = (record: DynamoDBRecord, rejects: Rejects, logger: Logger): Promise<CommittedChange | undefined> =>
  readRecord(record, parseStreamRecord, rejects, logger);

/**
 * Returns the content of a stream record. An unreadable record goes to the dead-letter queue with its key and the reason, so that
 * it does not block others.
 */
export async function readRecord<T>(
  record: DynamoDBRecord,
  parse: (images: StreamImages) => T,
  rejects: Rejects,
  logger: Logger,
): Promise<T | undefined> {
  try {
    return parse({ ...record.dynamodb, userIdentity: record.userIdentity });
  } catch (error) {
    await park(record, error, rejects, logger);
    return undefined;
  }
}

/** Sends the key of a record to the dead-letter queue, with the reason: neither it nor another delivery of it can be processed. */
export async function park({ dynamodb }: DynamoDBRecord, error: unknown, rejects: Rejects, logger: Logger): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  await rejects.keep(JSON.stringify(dynamodb?.Keys ?? {}), reason);
  logger.error('change not understood, sent to the dead-letter queue', { sequence: dynamodb?.SequenceNumber, reason });
}

/**
 * Processes the records of a stream in order. Stops at the first failure, so that no later record overtakes it. Lambda retries
 * from there until the record expires. `failure` is the log message for a record that fails.
 */
export async function inOrder(
  { Records }: DynamoDBStreamEvent,
  { logger, metrics, failure }: { readonly logger: Logger; readonly metrics: Metrics; readonly failure: string },
  work: (record: DynamoDBRecord) => Promise<void>,
): Promise<DynamoDBBatchResponse> {
  try {
    for (const record of Records) {
      const sequence = record.dynamodb?.SequenceNumber;
      try {
        await work(record);
      } catch (error) {
        logger.error(failure, { sequence, error: error as Error });
        return { batchItemFailures: [{ itemIdentifier: sequence ?? '' }] };
      }
    }
    return { batchItemFailures: [] };
  } finally {
    metrics.publishStoredMetrics();
  }
}
