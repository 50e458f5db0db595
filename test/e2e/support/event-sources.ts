import { type AttributeValue, DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type { Queue, ReceivedMessage } from '../../support/fifo.ts';
import type { DeployedFunction } from './lambda.ts';
import { matches } from './pattern.ts';

/** The work of an event source mapping: it reads, calls the function, and does with the outcome what the template says. */
export interface EventSource {
  /** One poll. @returns whether there was anything to do. */
  poll(): Promise<boolean>;
  /** Lets what has failed too often be tried again. */
  unblock(): void;
}

/** `AWS::Lambda::EventSourceMapping`. */
export type Mapping = Readonly<Record<string, unknown>>;

const KNOWN = new Set([
  'BatchSize',
  'BisectBatchOnFunctionError',
  'DestinationConfig',
  'Enabled',
  'EventSourceArn',
  'FilterCriteria',
  'FunctionName',
  'FunctionResponseTypes',
  'MaximumBatchingWindowInSeconds',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'ScalingConfig',
  'StartingPosition',
  'Tags',
]);

/** @throws Error for a property that is not known here */
export function checkMapping(mapping: Mapping): void {
  const unknown = Object.keys(mapping).find((name) => !KNOWN.has(name));
  if (unknown) throw new Error(`the property ${unknown} of an event source mapping is not known here`);
}

/** Parts that both kinds of sources need. */
interface Reads {
  readonly mapping: Mapping;
  readonly service: DeployedFunction;
  readonly region: string;
  /** Whether the function's role lets Lambda read the source. */
  readonly isAllowed: () => boolean;
}

/** Ids of what a function reports as failed. Without `ReportBatchItemFailures` its answer says nothing. */
function failuresOf({ FunctionResponseTypes = [] }: Mapping, response: unknown): string[] {
  if (!(FunctionResponseTypes as string[]).includes('ReportBatchItemFailures')) return [];
  const { batchItemFailures = [] } = (response ?? {}) as { batchItemFailures?: { itemIdentifier: string }[] };
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

/** A queue: messages of failed calls wait out their visibility timeout. */
export function queueSource({
  mapping,
  service,
  region,
  isAllowed,
  queue,
  arn,
  environments,
  received,
}: Reads & {
  readonly queue: Queue;
  readonly arn: string;
  /** How many calls there may be at a time. The mapping may allow less. */
  readonly environments: number;
  readonly received: (bodies: readonly string[]) => void;
}): EventSource {
  const { MaximumConcurrency = Number.POSITIVE_INFINITY } = (mapping.ScalingConfig ?? {}) as { MaximumConcurrency?: number };
  const concurrency = Math.min(environments, MaximumConcurrency);
  const batchSize = Number(mapping.BatchSize ?? 10);

  const deliver = async (batch: readonly ReceivedMessage[]): Promise<void> => {
    received(batch.map(({ body }) => body));
    const Records = batch.map((message) => toLambdaMessage(message, arn, region));
    const failed = await service.invoke({ Records }).then(
      (response) => failuresOf(mapping, response),
      () => batch.map(({ id }) => id),
    );
    const unknown = failed.some((id) => !batch.some((message) => message.id === id));
    // Lambda takes an answer with an unknown id for a failure of the whole batch.
    for (const { id, receiptHandle } of batch) if (!unknown && !failed.includes(id)) queue.delete(receiptHandle);
  };
  return {
    unblock: () => undefined,
    poll: async () => {
      if ((queue.nextAt() ?? Number.POSITIVE_INFINITY) === Number.POSITIVE_INFINITY || !isAllowed()) return false;
      const batches: ReceivedMessage[][] = [];
      while (batches.length < concurrency) {
        const batch = queue.receive(batchSize);
        if (batch.length === 0) break;
        batches.push(batch);
      }
      await Promise.all(batches.map(deliver));
      return batches.length > 0;
    },
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
const toLambdaMessage = (message: ReceivedMessage, eventSourceARN: string, awsRegion: string) => ({
  messageId: message.id,
  receiptHandle: message.receiptHandle,
  body: message.body,
  attributes: {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt),
    SenderId: 'AROA0000000000000000:test',
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(message.groupId !== undefined && { MessageGroupId: message.groupId }),
    ...(message.deduplicationId !== undefined && {
      MessageDeduplicationId: message.deduplicationId,
      SequenceNumber: String(message.sequence).padStart(20, '0'),
    }),
  },
  messageAttributes: Object.fromEntries(
    Object.entries(message.attributes ?? {}).map(([name, { StringValue }]) => [name, { stringValue: StringValue, dataType: 'String' }]),
  ),
  eventSource: 'aws:sqs',
  eventSourceARN,
  awsRegion,
});

/** Milliseconds for which a stream keeps a record. */
const STREAM_RETENTION = 24 * 3_600_000;

/** Number of failures on the oldest record of a stream after which the harness leaves it until everything else is at rest. */
const TRIES = 5;

/** A record with the time at which it came, by the clock of the functions, and whether it was TTL that deleted the item. */
type Waiting = StreamRecord & { readonly at: number };

/**
 * A stream of a table. The source retries from the first failing record. That record holds up the later ones until it succeeds, its
 * retries or its age are at their end, or the stream no longer has it.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
 */
export async function streamSource({
  mapping,
  service,
  region,
  isAllowed,
  client,
  streams,
  table,
  arn,
  now,
  discard,
  isByTtl,
}: Reads & {
  readonly client: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  readonly table: string;
  readonly arn: string;
  readonly now: () => number;
  /** Is given the positions of what was given up. */
  readonly discard: (body: string) => void;
  readonly isByTtl: (oldImage: Readonly<Record<string, AttributeValue>>) => boolean;
}): Promise<EventSource> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  const StreamArn = Table?.LatestStreamArn ?? '';
  const iterators = new Map<string, string | undefined>();
  /** Shards that have given a record. */
  const begun = new Set<string>();
  const waiting: Waiting[] = [];
  let isBlocked = false;

  const batchSize = Number(mapping.BatchSize ?? 100);
  const retries = endless(mapping.MaximumRetryAttempts);
  const maxAge = endless(mapping.MaximumRecordAgeInSeconds) * 1000;
  const bisects = mapping.BisectBatchOnFunctionError === true;
  const { Filters } = (mapping.FilterCriteria ?? { Filters: [] }) as { Filters: { Pattern: string }[] };
  const filters = Filters.map(({ Pattern }) => JSON.parse(Pattern) as unknown);

  async function findShards(): Promise<void> {
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    for (const { ShardId = '' } of StreamDescription?.Shards ?? []) {
      if (iterators.has(ShardId)) continue;
      const ShardIteratorType = mapping.StartingPosition as 'TRIM_HORIZON';
      const { ShardIterator } = await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType }));
      iterators.set(ShardId, ShardIterator);
    }
  }

  async function read(): Promise<void> {
    // A stream has new shards where it has none yet, and where one has ended.
    if (iterators.size === 0 || [...iterators.values()].includes(undefined)) await findShards();
    for (const [ShardId, ShardIterator] of iterators) {
      if (!ShardIterator) continue;
      const { Records = [], NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator }));
      iterators.set(ShardId, NextShardIterator);
      // DynamoDB Local forgets where the end of a shard was that had no record yet: then the shard is found once more.
      if (Records.length > 0) begun.add(ShardId);
      else if (!begun.has(ShardId)) iterators.delete(ShardId);
      const isWanted = (record: StreamRecord) => filters.length === 0 || filters.some((filter) => matches(filter, record));
      waiting.push(...Records.map(asByTtl).filter(isWanted).map(asOfNow));
    }
  }

  const asByTtl = (record: StreamRecord): StreamRecord =>
    record.eventName === 'REMOVE' && isByTtl(record.dynamodb?.OldImage ?? {})
      ? { ...record, userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' } }
      : record;

  const asOfNow = (record: StreamRecord): Waiting => {
    const at = now();
    return { ...record, at, dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: new Date(at) } };
  };

  const giveUp = (records: readonly Waiting[]) => {
    for (const record of records)
      discard(JSON.stringify({ DDBStreamBatchInfo: { startSequenceNumber: sequenceOf(record), streamArn: arn } }));
  };

  /** Calls the function once. @returns the index of the first record that failed, or undefined. */
  async function call(batch: readonly Waiting[]): Promise<{ readonly from: number; readonly threw: boolean } | undefined> {
    try {
      const failed = failuresOf(mapping, await service.invoke({ Records: batch.map((record) => toLambdaRecord(record, arn, region)) }));
      const from = batch.findIndex((record) => failed.includes(sequenceOf(record)));
      return failed.length === 0 ? undefined : { from: Math.max(from, 0), threw: false };
    } catch {
      return { from: 0, threw: true };
    }
  }

  async function deliver(batch: Waiting[]): Promise<void> {
    let rest = batch;
    let size = batch.length;
    for (let attempt = 0; rest.length > 0; attempt++) {
      const part = rest.slice(0, size);
      const failed = await call(part);
      const done = failed ? failed.from : part.length;
      rest = rest.slice(done);
      if (!failed || done > 0) {
        attempt = -1;
        size = rest.length;
        continue;
      }
      if (bisects && failed.threw && part.length > 1) {
        size = Math.ceil(part.length / 2);
        attempt = -1;
        continue;
      }
      if (attempt >= retries) {
        giveUp(rest.splice(0, 1));
        attempt = -1;
        size = rest.length;
      } else if (attempt + 1 >= TRIES) {
        waiting.unshift(...rest);
        isBlocked = true;
        return;
      }
    }
  }

  return {
    unblock: () => {
      isBlocked = false;
    },
    poll: async () => {
      if (isBlocked || !isAllowed()) return false;
      await read();
      const isTooOld = ({ at }: Waiting, age: number) => now() - at >= age;
      while (waiting[0] && isTooOld(waiting[0], STREAM_RETENTION)) waiting.shift();
      while (waiting[0] && isTooOld(waiting[0], maxAge)) giveUp(waiting.splice(0, 1));
      const batch = waiting.splice(0, batchSize);
      if (batch.length > 0) await deliver(batch);
      return batch.length > 0;
    },
  };
}

/** A limit of a mapping: absent or -1 stands for none. */
const endless = (limit: unknown): number => (limit === undefined || limit === -1 ? Number.POSITIVE_INFINITY : Number(limit));

const sequenceOf = (record: StreamRecord): string => record.dynamodb?.SequenceNumber ?? '';

/** https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
const toLambdaRecord = ({ eventID, eventName, dynamodb, userIdentity }: StreamRecord, eventSourceARN: string, awsRegion: string) => ({
  eventID,
  eventName,
  eventVersion: '1.1',
  eventSource: 'aws:dynamodb',
  awsRegion,
  eventSourceARN,
  ...(userIdentity && { userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId } }),
  // Lambda gives seconds where the SDK gives a date.
  dynamodb: { ...dynamodb, ApproximateCreationDateTime: Math.floor((dynamodb?.ApproximateCreationDateTime?.getTime() ?? 0) / 1000) },
});
