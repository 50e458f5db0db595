import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Rejects } from '../adapters/aws/rejects.ts';
import { type CommittedChange, parseStreamRecord, type StreamImages } from '../adapters/aws/stream.ts';

/** The change that a record of the streams of the state or the scores tells of. */
export const readChange = (record: DynamoDBRecord, rejects: Rejects, logger: Logger): Promise<CommittedChange | undefined> =>
  readRecord(record, parseStreamRecord, rejects, logger);

/** What a stream record tells. One that cannot be read is parked with its key and the reason, so that it holds up no other. */
export async function readRecord<T>(
  { dynamodb }: DynamoDBRecord,
  parse: (images: StreamImages) => T,
  rejects: Rejects,
  logger: Logger,
): Promise<T | undefined> {
  try {
    return parse(dynamodb ?? {});
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await rejects.keep(JSON.stringify(dynamodb?.Keys ?? {}), reason);
    logger.error('change not understood, parked', { sequence: dynamodb?.SequenceNumber, reason });
    return undefined;
  }
}

/**
 * Works through the records of a stream in their order. Stops at the first that fails, so that none overtakes it, and goes on from
 * there for as long as the stream keeps it. `failure` is what the log says of one that fails.
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
