import type { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Rejects } from '../adapters/aws/rejects.ts';
import { type CommittedChange, parseStreamRecord } from '../adapters/aws/stream.ts';

/** The change that a stream record tells of. One that cannot be read is parked with its key and the reason, so that it holds up no other. */
export async function readChange({ dynamodb }: DynamoDBRecord, rejects: Rejects, logger: Logger): Promise<CommittedChange | undefined> {
  try {
    return parseStreamRecord(dynamodb ?? {});
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await rejects.keep(JSON.stringify(dynamodb?.Keys ?? {}), reason);
    logger.error('change not understood, parked', { sequence: dynamodb?.SequenceNumber, reason });
    return undefined;
  }
}
