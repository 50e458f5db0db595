import { createHash } from 'node:crypto';
import { marshall } from '@aws-sdk/util-dynamodb';
import { matches } from '../../e2e/support/pattern.ts';
import type { ItemChange } from '../../support/tables.ts';
import type { Clock } from './clock.ts';
import type { FunctionModel } from './functions.ts';

/** An event source mapping of a table's stream, as the template describes it. */
export interface StreamMapping {
  readonly service: string;
  readonly table: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly filters: readonly unknown[];
  /** `undefined`: as long as the stream has the record. */
  readonly maxRecordAgeSeconds: number | undefined;
  readonly maxRetries: number | undefined;
  readonly bisects: boolean;
}

/** DynamoDB keeps the records of a stream for 24 hours. */
const KEPT_MS = 24 * 3_600_000;
/** Wait of Lambda before it tries a failed batch again; AWS does not state it. */
const RETRY_MS = { first: 1000, most: 60_000 };

interface StreamRecord {
  readonly sequence: string;
  readonly at: number;
  readonly record: object;
}

export interface StreamReader {
  /** Takes a change into its shard, unless the filters leave it out. */
  put(change: ItemChange): void;
  /** Number of records that no function will ever process: the stream or the mapping dropped them. */
  readonly lost: number;
  /** Number of records that wait. */
  readonly waiting: number;
}

export interface StreamTimes {
  /** Most that a record waits for the next poll. */
  readonly pollMs: number;
}

/**
 * A model of a DynamoDB stream with a fixed number of shards, and of the one Lambda mapping that reads it: one batch of a shard at a
 * time; records that come during a batch wait. The shard of an item follows its partition key. Real shards split and end: not modelled.
 */
export function createStreamReader(
  mapping: StreamMapping,
  {
    shards: count,
    clock,
    times,
    target,
    computeOf,
  }: {
    readonly shards: number;
    readonly clock: Clock;
    readonly times: StreamTimes;
    readonly target: FunctionModel;
    /** Milliseconds of one processor for so many records. */
    readonly computeOf: (records: number) => number;
  },
): StreamReader {
  const shards = Array.from({ length: count }, () => ({ waiting: [] as StreamRecord[], isBusy: false }));
  const shardOf = cached((pk) => createHash('sha256').update(pk).digest().readUInt32BE() % count);
  let [sequence, lost] = [0, 0];

  async function work(shard: (typeof shards)[number]): Promise<void> {
    shard.isBusy = true;
    await clock.sleep(clock.random() * times.pollMs);
    while (shard.waiting.length > 0) {
      const until = clock.now() + mapping.windowSeconds * 1000;
      while (shard.waiting.length < mapping.batchSize && clock.now() < until) await clock.sleep(Math.min(until - clock.now(), 200));
      await deliver(shard.waiting.splice(0, mapping.batchSize));
    }
    shard.isBusy = false;
  }

  /** Delivers a batch until all of it is processed or given up, from the first failure on, in halves if the mapping bisects. */
  async function deliver(batch: readonly StreamRecord[]): Promise<void> {
    let rest = batch;
    for (let attempt = 0; rest.length > 0; attempt++) {
      const young = rest.filter(
        ({ at }) => clock.now() - at < Math.min(KEPT_MS, (mapping.maxRecordAgeSeconds ?? Number.POSITIVE_INFINITY) * 1000),
      );
      lost += rest.length - young.length;
      if (mapping.maxRetries !== undefined && attempt > mapping.maxRetries) {
        lost += young.length;
        return;
      }
      if (young.length === 0) return;
      const failed = await target
        .invoke({ Records: young.map(({ record }) => record) }, computeOf(young.length))
        .then(failuresOf, () => [young[0]?.sequence ?? '']);
      if (failed.length === 0) return;
      const from = Math.max(
        0,
        young.findIndex(({ sequence }) => failed.includes(sequence)),
      );
      rest = young.slice(from);
      if (from > 0) attempt = -1;
      await clock.sleep(Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** Math.max(0, attempt)));
      if (mapping.bisects && from === 0 && rest.length > 1) {
        const half = Math.ceil(rest.length / 2);
        await deliver(rest.slice(0, half));
        rest = rest.slice(half);
        attempt = -1;
      }
    }
  }

  return {
    put: (change) => {
      const record = recordOf(change, String(++sequence).padStart(20, '0'), clock.now());
      if (!mapping.filters.some((filter) => matches(filter, record))) return;
      const shard = shards[shardOf(change.pk)];
      if (!shard) return;
      shard.waiting.push({ sequence: record.dynamodb.SequenceNumber, at: clock.now(), record });
      if (!shard.isBusy) void work(shard);
    },
    get lost() {
      return lost;
    },
    get waiting() {
      return shards.reduce((sum, { waiting }) => sum + waiting.length, 0);
    },
  };
}

const cached = (of: (text: string) => number): ((text: string) => number) => {
  const known = new Map<string, number>();
  return (text) => {
    const value = known.get(text) ?? of(text);
    known.set(text, value);
    return value;
  };
};

/** A record as Lambda hands it over. Its images are converted only if something reads them. */
export function recordOf({ pk, sk, before, after, isExpiry }: ItemChange, sequence: string, now: number) {
  const image = (item: Record<string, unknown> | undefined) => item && marshall(item, { removeUndefinedValues: true });
  let [oldImage, newImage]: (object | undefined)[] = [];
  return {
    eventID: sequence,
    eventName: before ? (after ? 'MODIFY' : 'REMOVE') : 'INSERT',
    eventSource: 'aws:dynamodb',
    eventSourceARN: 'arn:aws:dynamodb:eu-west-1:111111111111:table/T/stream/2026-11-01T00:00:00.000',
    ...(isExpiry && { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } }),
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(now / 1000),
      SequenceNumber: sequence,
      Keys: { pk: { S: pk }, sk: { S: sk } },
      get OldImage() {
        oldImage ??= image(before);
        return oldImage;
      },
      get NewImage() {
        newImage ??= image(after);
        return newImage;
      },
    },
  };
}

export const failuresOf = (response: unknown): string[] =>
  ((response as { batchItemFailures?: { itemIdentifier: string }[] } | undefined)?.batchItemFailures ?? []).map(
    ({ itemIdentifier }) => itemIdentifier,
  );
