import type { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBRecord } from 'aws-lambda';
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
