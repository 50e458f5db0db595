import { Duration } from 'aws-cdk-lib';
import type { ITable, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Handler } from './handler.ts';
import type { ParkingQueue } from './parking-queue.ts';

export interface StreamReaderProps {
  readonly table: TableV2;
  /** Where the position of a batch is noted that failed every attempt. */
  readonly failures: ParkingQueue;
  /** Patterns of a record; one of them must match. */
  readonly filters: readonly Readonly<Record<string, unknown>>[];
  readonly batchSize: number;
  /** How long records are gathered before the handler is called. @default - not at all */
  readonly batchingWindow?: Duration;
}

/**
 * Lets a handler read the stream of a table from its oldest record on. What fails is tried again, halved, for six hours, so
 * that an outage of minutes or hours loses nothing; then its position is parked, and the shard goes on. The handlers park by
 * themselves what can never succeed.
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
      maxRecordAge: Duration.hours(6),
      onFailure: new SqsDlq(failures),
    }),
  );
}
