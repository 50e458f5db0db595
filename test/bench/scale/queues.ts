import type { Queue, ReceivedMessage, SentMessage } from '../../support/fifo.ts';
import type { Clock } from './clock.ts';
import type { FunctionModel } from './functions.ts';
import { failuresOf } from './streams.ts';

/** An event source mapping of a queue, as the template describes it. */
export interface QueueMapping {
  readonly service: string;
  readonly queue: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  /** Most batches at once. */
  readonly concurrency: number;
}

/** The part of a queue that a mapping uses. */
export type Source = Pick<Queue, 'receive' | 'delete' | 'nextAt' | 'send' | 'size'>;

/** Cost of a queue so far, in requests that AWS bills. */
export interface QueueUsage {
  sent: number;
  /** Messages that rules of EventBridge, or a scenario in their place, put into it. */
  fromRules: number;
  received: number;
  deleted: number;
}

export interface QueueReader {
  /** Looks for messages, now or when the next one can be received. Call it after each change of the queue. */
  wake(): void;
  readonly running: number;
}

/** A model of the pollers of a queue: as many batches at once as the mapping allows, without the ramp in which Lambda adds pollers. */
export function createQueueReader(
  mapping: QueueMapping,
  {
    source,
    clock,
    target,
    usage,
    computeOf,
    onReceived,
  }: {
    readonly source: Source;
    readonly clock: Clock;
    readonly target: FunctionModel;
    readonly usage: QueueUsage;
    /** Milliseconds of one processor for a batch. */
    readonly computeOf: (batch: readonly ReceivedMessage[]) => number;
    readonly onReceived?: (batch: readonly ReceivedMessage[]) => void;
  },
): QueueReader {
  let running = 0;
  let alarm = Number.POSITIVE_INFINITY;
  let windowEnds = 0;

  function look(): void {
    const next = source.nextAt();
    if (next === undefined || running >= mapping.concurrency) return;
    // With a window, Lambda gathers messages from the first one on. A full batch does not wait, but the model lets it.
    if (mapping.windowSeconds > 0 && windowEnds === 0 && next <= clock.now()) windowEnds = clock.now() + mapping.windowSeconds * 1000;
    const begins = Math.max(next, windowEnds);
    if (begins > clock.now()) wakeAt(begins);
    else take();
  }

  function take(): void {
    while (running < mapping.concurrency) {
      const batch = source.receive(mapping.batchSize);
      if (batch.length === 0) break;
      void process(batch);
    }
    windowEnds = 0;
    const later = source.nextAt();
    if (later !== undefined && running < mapping.concurrency) wakeAt(Math.max(later, clock.now() + 1));
  }

  function wakeAt(time: number): void {
    if (alarm <= time && alarm > clock.now()) return;
    alarm = time;
    clock.at(time, () => {
      if (alarm !== time) return;
      alarm = Number.POSITIVE_INFINITY;
      look();
    });
  }

  async function process(batch: readonly ReceivedMessage[]): Promise<void> {
    running++;
    usage.received++;
    onReceived?.(batch);
    try {
      const failed = new Set(failuresOf(await target.invoke({ Records: batch.map(recordOf) }, computeOf(batch))));
      const done = batch.filter(({ id }) => !failed.has(id));
      for (const { receiptHandle } of done) source.delete(receiptHandle);
      if (done.length > 0) usage.deleted++;
    } catch {
      // The messages come again after their visibility timeout.
    }
    running--;
    look();
  }

  return {
    wake: look,
    get running() {
      return running;
    },
  };
}

const recordOf = ({ id, receiptHandle, body, receiveCount, sentAt, groupId }: ReceivedMessage) => ({
  messageId: id,
  receiptHandle,
  body,
  attributes: {
    ApproximateReceiveCount: String(receiveCount),
    SentTimestamp: String(sentAt),
    ...(groupId !== undefined && { MessageGroupId: groupId }),
  },
  messageAttributes: {},
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:eu-west-1:111111111111:queue',
  awsRegion: 'eu-west-1',
});

/**
 * A group is noisy above a tenth of the messages in flight, with at least 30.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
 */
const NOISY = { share: 0.1, inFlight: 30 };

/**
 * A standard queue with fair delivery by message group: the messages of noisy groups wait while others have some. AWS does not state
 * how soon it takes a group for noisy: `reactionSeconds` is an assumption, and infinite for a queue that is not fair. Messages are
 * received once: for the visibility timeout and the dead-letter queue, test/support/fifo.ts has the model.
 */
export function createFairQueue(clock: Clock, reactionSeconds: number): Source {
  const groups = new Map<string, { waiting: ReceivedMessage[]; inFlight: number; noisySince: number | undefined }>();
  const flying = new Map<string, string>();
  let [size, sequence] = [0, 0];

  const isNoisy = ({ inFlight }: { readonly inFlight: number }): boolean =>
    inFlight >= NOISY.inFlight && inFlight > NOISY.share * flying.size;
  const note = (group: { inFlight: number; noisySince: number | undefined }): void => {
    group.noisySince = isNoisy(group) ? (group.noisySince ?? clock.now()) : undefined;
  };
  const isHeldBack = ({ noisySince }: { readonly noisySince: number | undefined }): boolean =>
    noisySince !== undefined && clock.now() - noisySince >= reactionSeconds * 1000;

  function oldest(): string | undefined {
    let best: [isHeldBack: boolean, sequence: number, id: string] | undefined;
    for (const [id, group] of groups) {
      const head = group.waiting[0];
      if (!head) continue;
      const rank: [boolean, number, string] = [isHeldBack(group), head.sequence, id];
      if (!best || Number(rank[0]) < Number(best[0]) || (rank[0] === best[0] && rank[1] < best[1])) best = rank;
    }
    return best?.[2];
  }

  return {
    send: ({ body, groupId = '' }: SentMessage) => {
      const id = `fair-${++sequence}`;
      const group = groups.get(groupId) ?? { waiting: [], inFlight: 0, noisySince: undefined };
      groups.set(groupId, group);
      group.waiting.push({
        id,
        receiptHandle: id,
        body,
        groupId,
        receiveCount: 1,
        sentAt: clock.now(),
        firstReceivedAt: clock.now(),
        sequence,
      });
      size++;
      return { id, isNew: true };
    },
    receive: (max) => {
      const taken: ReceivedMessage[] = [];
      for (let id = oldest(); id !== undefined && taken.length < max; id = oldest()) {
        const group = groups.get(id);
        const message = group?.waiting.shift();
        if (!group || !message) break;
        group.inFlight++;
        flying.set(message.id, id);
        taken.push(message);
        note(group);
      }
      return taken;
    },
    delete: (receiptHandle) => {
      const id = flying.get(receiptHandle);
      const group = id === undefined ? undefined : groups.get(id);
      if (id === undefined || !group) return false;
      flying.delete(receiptHandle);
      group.inFlight--;
      note(group);
      if (group.inFlight === 0 && group.waiting.length === 0) groups.delete(id);
      size--;
      return true;
    },
    nextAt: () => (oldest() === undefined ? undefined : clock.now()),
    get size() {
      return size;
    },
  };
}
