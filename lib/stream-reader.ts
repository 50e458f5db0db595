import type { Duration } from 'aws-cdk-lib';
import type { ITable, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import type { Handler } from './handler.ts';

export interface StreamReaderProps {
  readonly table: TableV2;
  /** Queue for the position of a batch that failed every attempt. */
  readonly failures: DeadLetterQueue;
  /** Patterns of a record; one of them must match. */
  readonly filters: readonly Readonly<Record<string, unknown>>[];
  readonly batchSize: number;
  /** How long Lambda gathers records before it calls the handler. @default - no waiting */
  readonly batchingWindow?: Duration;
}

/**
 * Lets a handler read the stream of a table from its oldest record. Lambda retries a failed batch, in halves, for as long as the
 * stream has it, which is a day: nothing that only waited is discarded. Then it stores the batch's position in the dead-letter queue
 * and continues the shard. The handlers themselves send records that can never succeed to the dead-letter queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
 */
export function readStream(handler: Handler, { table, failures, filters, batchSize, batchingWindow }: StreamReaderProps): void {
  handler.addEventSource(
    new DynamoEventSource(table as ITable, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize,
      ...(batchingWindow && { maxBatchingWindow: batchingWindow }),
      filters: filters.map((pattern) => ({ pattern: JSON.stringify(pattern) })),
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      onFailure: new SqsDlq(failures),
    }),
  );
}
