import { createHash } from 'node:crypto';
import type { Clock } from '../../bench/scale/clock.ts';
import { recordOf } from '../../bench/scale/streams.ts';
import type { ItemChange } from '../tables.ts';

type StreamRecord = ReturnType<typeof recordOf>;

/** A part of the hash range of the partition keys. A new one begins when its parents are read to the end. */
interface Shard {
  readonly from: number;
  readonly until: number;
  readonly parents: readonly Shard[];
  readonly waiting: { readonly at: number; readonly record: StreamRecord }[];
  isOpen: boolean;
  isBusy: boolean;
}

export interface ShardedStream {
  put(change: ItemChange): void;
  split(): void;
  merge(): void;
  /** Number of records that are not processed yet. */
  readonly waiting: number;
  /** Number of records that were in the stream for a day, unread. */
  readonly trimmed: number;
}

/** DynamoDB keeps the records of a stream for 24 hours. */
const KEPT = 24 * 3_600_000;
const LONGEST_RETRY = 60_000;
const WHOLE = 2 ** 32;

/**
 * A DynamoDB stream whose shards split and merge, and the Lambda mapping that reads it: batches of any size, retried from their first
 * failure and in halves, for as long as the stream has the record. The order of one key's records is kept, that of different keys is not.
 *
 * @param deliver runs the function once. @returns the sequence numbers that failed; rejects if the run did.
 */
export function createShardedStream(
  clock: Clock,
  deliver: (records: readonly StreamRecord[]) => Promise<readonly string[]>,
): ShardedStream {
  const shards: Shard[] = [];
  let [sequence, trimmed] = [0, 0];
  const open = (from: number, until: number, parents: readonly Shard[]): void =>
    void shards.push({ from, until, parents, waiting: [], isOpen: true, isBusy: false });
  open(0, WHOLE / 2, []);
  open(WHOLE / 2, WHOLE, []);

  const isDone = (shard: Shard): boolean => !shard.isOpen && shard.waiting.length === 0 && !shard.isBusy && shard.parents.every(isDone);
  const wake = (): void => {
    for (const shard of shards) if (shard.waiting.length > 0 && !shard.isBusy && shard.parents.every(isDone)) void work(shard);
  };

  async function work(shard: Shard): Promise<void> {
    shard.isBusy = true;
    while (shard.waiting.length > 0) {
      await clock.sleep(200 + Math.floor(clock.random() * 1200));
      await take(shard, 1 + Math.floor(clock.random() * 12));
    }
    shard.isBusy = false;
    wake();
  }

  /** Delivers the first records of a shard until all are processed or trimmed. Until then they wait in the shard. */
  async function take(shard: Shard, size: number): Promise<void> {
    let rest = Math.min(size, shard.waiting.length);
    let half = rest;
    for (let attempt = 0; rest > 0; attempt++) {
      while (rest > 0 && (shard.waiting[0]?.at ?? 0) + KEPT < clock.now()) {
        shard.waiting.shift();
        trimmed++;
        rest--;
        half = Math.max(1, Math.min(half, rest));
      }
      if (rest === 0) return;
      const batch = shard.waiting.slice(0, half).map(({ record }) => record);
      const failed = await deliver(batch).catch(() => [batch[0]?.dynamodb.SequenceNumber ?? '']);
      const first = batch.findIndex(({ dynamodb }) => failed.includes(dynamodb.SequenceNumber));
      const done = failed.length === 0 ? batch.length : Math.max(0, first);
      shard.waiting.splice(0, done);
      rest -= done;
      if (failed.length === 0) {
        half = rest;
        attempt = -1;
        continue;
      }
      half = Math.max(1, Math.ceil((batch.length - done) / (done === 0 ? 2 : 1)));
      await clock.sleep(Math.min(LONGEST_RETRY, 1000 * 2 ** Math.min(attempt, 10)));
    }
  }

  return {
    put: (change) => {
      const at = createHash('sha256').update(change.pk).digest().readUInt32BE();
      const shard = shards.find(({ isOpen, from, until }) => isOpen && from <= at && at < until);
      shard?.waiting.push({ at: clock.now(), record: recordOf(change, String(++sequence).padStart(20, '0'), clock.now()) });
      wake();
    },
    split: () => {
      const [widest] = shards.filter(({ isOpen }) => isOpen).sort((a, b) => b.until - b.from - (a.until - a.from));
      if (!widest) return;
      widest.isOpen = false;
      const middle = Math.floor((widest.from + widest.until) / 2);
      open(widest.from, middle, [widest]);
      open(middle, widest.until, [widest]);
    },
    merge: () => {
      const [first, second] = shards.filter(({ isOpen }) => isOpen).sort((a, b) => a.from - b.from);
      if (!first || !second) return;
      first.isOpen = false;
      second.isOpen = false;
      open(first.from, second.until, [first, second]);
    },
    get waiting() {
      return shards.reduce((sum, { waiting }) => sum + waiting.length, 0);
    },
    get trimmed() {
      return trimmed;
    },
  };
}
