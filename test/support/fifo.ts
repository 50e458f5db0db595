import { createHash } from 'node:crypto';

/** What is sent to a queue, as `SendMessage` takes it. */
export interface SentMessage {
  readonly body: string;
  /** Required by a FIFO queue. */
  readonly groupId?: string;
  /** For a FIFO queue without content-based deduplication: required. */
  readonly deduplicationId?: string;
  /** Seconds, at most 900. A FIFO queue refuses it: there, only the queue has a delay. */
  readonly delaySeconds?: number;
  readonly attributes?: Readonly<Record<string, { readonly StringValue?: string }>>;
}

/** A message as a consumer receives it. Times are milliseconds since 1970. */
export interface ReceivedMessage extends SentMessage {
  readonly id: string;
  /** Valid until the message is received again. */
  readonly receiptHandle: string;
  /** How often it was received, this time included. */
  readonly receiveCount: number;
  readonly sentAt: number;
  readonly firstReceivedAt: number;
  /** Grows with the order of sending. */
  readonly sequence: number;
}

export interface QueueOptions {
  readonly name: string;
  /** Present, in milliseconds since 1970. It never goes back. */
  readonly now: () => number;
  /** @default false */
  readonly fifo?: boolean;
  /** FIFO: a message without an id has the SHA-256 of its body. @default false */
  readonly contentBasedDeduplication?: boolean;
  /** FIFO. @default 'queue' */
  readonly deduplicationScope?: 'queue' | 'messageGroup';
  /** Seconds before a new message can be received. @default 0 */
  readonly delaySeconds?: number;
  /** Seconds for which a received message is hidden. @default 30 */
  readonly visibilityTimeout?: number;
  /** Seconds after which a message is gone. @default 4 days */
  readonly retentionPeriod?: number;
  /** Queue that a message goes to instead of being received more than `maxReceiveCount` times. */
  readonly redrive?: { readonly queue: Queue; readonly maxReceiveCount: number };
  readonly chance?: QueueChance;
}

/** Behavior that SQS leaves open, for tests that try it. By default it does the plainest thing. */
export interface QueueChance {
  /** Milliseconds by which a delay takes longer than asked for: "at least". @default 0 */
  readonly lateBy?: () => number;
  /** Standard queues: whether a deleted message comes once more. @default never */
  readonly comesAgain?: () => boolean;
}

/**
 * A model of one SQS queue in virtual time. It is deterministic, and drops, hides and repeats whatever SQS may. From AWS's
 * documentation (Amazon SQS Developer Guide):
 * - "FIFO-key-terms": a deduplication id counts for 5 minutes from the first acceptance, "even after the message has been received and
 *   deleted". A duplicate is accepted and not delivered; it does not renew the interval.
 * - "interleaving-multiple-ordered-message-groups": while a message of a group is invisible, no other of the group is received.
 * - "avoid-backlog-with-the-same-message-group-id": FIFO looks through the first 120,000 messages for available groups.
 * - "sqs-delay-queues": the delay of a FIFO queue, if changed, counts also for what is in the queue; that of a standard queue does not.
 * - "setting-up-dead-letter-queue-retention": a message keeps its time of sending in the dead-letter queue; in a FIFO queue it gets a new one.
 * AWS does not say whether a dead-letter queue deduplicates what SQS moves to it: here it does not.
 */
export interface Queue {
  readonly name: string;
  readonly isFifo: boolean;
  /**
   * @returns the message's id, and whether it is new: `false` for a duplicate, which the sender is not told.
   * @throws Error if `SendMessage` answers InvalidParameterValue or MissingParameter
   */
  send(message: SentMessage): { readonly id: string; readonly isNew: boolean };
  /** Up to `max` (1 to 10,000) messages that can be received now. */
  receive(max: number): ReceivedMessage[];
  /** @returns whether the message is gone: not with an old handle, nor in a FIFO queue with one whose visibility timeout is over. */
  delete(receiptHandle: string): boolean;
  /** Hides a message in flight for so many seconds from now on; 0 ends its hiding. @returns whether it is in flight under this handle. */
  changeVisibility(receiptHandle: string, seconds: number): boolean;
  setDelay(seconds: number): void;
  /** The earliest time, perhaps past, at which something can be received or moved; undefined if nothing ever can without a deletion. */
  nextAt(): number | undefined;
  /** Deletes everything in the queue. */
  purge(): void;
  /** Everything in the queue, in the order of sending. */
  messages(): readonly StoredMessage[];
  readonly size: number;
  /** How many messages their retention period has ended. */
  readonly expired: number;
  /** How many duplicates were dropped. */
  readonly dropped: number;
  /** Takes a message over from the queue whose dead-letter queue this is. */
  takeDead(message: StoredMessage): void;
}

/** A message in a queue. */
export interface StoredMessage extends SentMessage {
  readonly id: string;
  readonly sequence: number;
  readonly sentAt: number;
  readonly firstReceivedAt?: number;
  readonly receiveCount: number;
  /** When it can be received, if only the message itself decides. */
  readonly visibleAt: number;
}

type Stored = { -readonly [Key in keyof StoredMessage]: StoredMessage[Key] } & { handle?: string; isGone?: boolean };

/** Milliseconds. */
const DEDUPLICATION_INTERVAL = 300_000;
/** Bytes. */
const LARGEST_BODY = 1_048_576;
/** Not among `#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF`, as `SendMessage` says. */
const UNSENDABLE = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
/** Messages that FIFO looks through for an available group, those in flight included. */
export const FIFO_HORIZON = 120_000;

export function createQueue(options: QueueOptions): Queue {
  const { name, now, fifo: isFifo = false, contentBasedDeduplication = false, deduplicationScope = 'queue', redrive, chance } = options;
  const { visibilityTimeout = 30, retentionPeriod = 345_600 } = options;
  let { delaySeconds = 0 } = options;
  if (redrive && redrive.queue.isFifo !== isFifo) throw new Error(`${name}: a dead-letter queue is of the same kind as its queue`);

  const stored = new Map<number, Stored>();
  const handles = new Map<string, Stored>();
  const accepted = new Map<string, { at: number; id: string }>();
  const order = isFifo ? fifoOrder(stored, now) : standardOrder();
  let sequence = 0;
  let receipts = 0;
  let expired = 0;
  let dropped = 0;

  const late = () => Math.max(0, chance?.lateBy?.() ?? 0);
  const put = (message: Omit<Stored, 'sequence' | 'id'> & { id?: string }): Stored => {
    const number = ++sequence;
    const placed = { ...message, id: message.id ?? `${name}-${number}`, sequence: number };
    stored.set(number, placed);
    order.add(placed);
    return placed;
  };
  const remove = (message: Stored) => {
    message.isGone = true;
    stored.delete(message.sequence);
    if (message.handle) handles.delete(message.handle);
    order.removed(message);
  };

  const deduplicationIdOf = ({ body, deduplicationId }: SentMessage): string => {
    if (deduplicationId !== undefined) return deduplicationId;
    if (!contentBasedDeduplication) throw new Error(`${name}: a message needs a MessageDeduplicationId`);
    return createHash('sha256').update(body).digest('hex');
  };

  /** The acceptance that a message repeats; notes this one if the message repeats none. */
  function repeated(message: SentMessage): string | undefined {
    const { groupId = '' } = message;
    const key = JSON.stringify([deduplicationScope === 'messageGroup' ? groupId : '', deduplicationIdOf(message)]);
    for (const [each, { at }] of accepted) {
      if (at + DEDUPLICATION_INTERVAL >= now()) break;
      accepted.delete(each);
    }
    const earlier = accepted.get(key);
    if (!earlier) accepted.set(key, { at: now(), id: `${name}-${sequence + 1}` });
    return earlier?.id;
  }

  function check({ body, groupId, delaySeconds, deduplicationId }: SentMessage): void {
    const refuse = (when: boolean, why: string) => {
      if (when) throw new Error(`${name}: ${why}`);
    };
    refuse(body === '' || UNSENDABLE.test(body), 'the body is empty or has characters that SQS refuses');
    refuse(Buffer.byteLength(body) > LARGEST_BODY, `the body is longer than ${LARGEST_BODY} bytes`);
    refuse(isFifo && !groupId, 'a message needs a MessageGroupId');
    refuse(isFifo && delaySeconds !== undefined, 'a FIFO queue has no delay per message');
    refuse(!isFifo && deduplicationId !== undefined, 'a standard queue takes no MessageDeduplicationId');
    for (const id of [groupId, deduplicationId])
      refuse(id !== undefined && !/^[!-~]{1,128}$/.test(id), `${JSON.stringify(id)} is not 1 to 128 of the characters ! to ~`);
    refuse(delaySeconds !== undefined && !(delaySeconds >= 0 && delaySeconds <= 900), 'a delay is 0 to 900 s');
  }

  /** Whether a message that could be received is gone by now instead: too old, or received too often. */
  function isOver(message: Stored): boolean {
    if (message.sentAt + retentionPeriod * 1000 <= now()) {
      remove(message);
      expired++;
      return true;
    }
    if (!redrive || message.receiveCount < redrive.maxReceiveCount) return false;
    remove(message);
    redrive.queue.takeDead(message);
    return true;
  }

  return {
    name,
    isFifo,
    send: (message) => {
      check(message);
      const earlier = isFifo ? repeated(message) : undefined;
      if (earlier) {
        dropped++;
        return { id: earlier, isNew: false };
      }
      const visibleAt = now() + (message.delaySeconds ?? delaySeconds) * 1000 + late();
      return { id: put({ ...message, sentAt: now(), receiveCount: 0, visibleAt }).id, isNew: true };
    },
    receive: (max) =>
      order.take(max, isOver).map((message) => {
        if (message.handle) handles.delete(message.handle);
        message.handle = `${name}-receipt-${++receipts}`;
        handles.set(message.handle, message);
        message.receiveCount++;
        message.firstReceivedAt ??= now();
        message.visibleAt = now() + visibilityTimeout * 1000;
        order.moved(message);
        const { handle: receiptHandle, firstReceivedAt, visibleAt: _, isGone: __, ...rest } = message;
        return { ...rest, receiptHandle, firstReceivedAt };
      }),
    delete: (receiptHandle) => {
      const message = handles.get(receiptHandle);
      if (!message || (isFifo && message.visibleAt <= now())) return false;
      remove(message);
      if (!isFifo && chance?.comesAgain?.()) put({ ...message, isGone: false, visibleAt: now() + late() });
      return true;
    },
    changeVisibility: (receiptHandle, seconds) => {
      const message = handles.get(receiptHandle);
      if (!message || message.visibleAt <= now()) return false;
      message.visibleAt = now() + seconds * 1000;
      order.moved(message);
      return true;
    },
    setDelay: (seconds) => {
      delaySeconds = seconds;
      if (!isFifo) return;
      for (const message of stored.values()) {
        if (message.receiveCount > 0) continue;
        message.visibleAt = message.sentAt + seconds * 1000;
        order.moved(message);
      }
    },
    nextAt: () => order.nextAt(),
    purge: () => {
      for (const message of [...stored.values()]) remove(message);
    },
    messages: () => [...stored.values()],
    get size() {
      return stored.size;
    },
    get expired() {
      return expired;
    },
    get dropped() {
      return dropped;
    },
    takeDead: ({ sentAt, ...message }) =>
      void put({
        ...message,
        isGone: false,
        sentAt: isFifo ? now() : sentAt,
        receiveCount: 0,
        visibleAt: now() + delaySeconds * 1000 + late(),
      }),
  };

  function standardOrder(): Order {
    const heap = createHeap<{ at: number; message: Stored }>(
      (one, other) => one.at - other.at || one.message.sequence - other.message.sequence,
    );
    const add = (message: Stored) => heap.push({ at: message.visibleAt, message });
    const first = () => {
      for (let entry = heap.peek(); entry; entry = heap.peek()) {
        if (!entry.message.isGone && entry.at === entry.message.visibleAt) return entry;
        heap.pop();
      }
      return undefined;
    };
    return {
      add,
      moved: add,
      removed: () => undefined,
      nextAt: () => first()?.at,
      take: (max, isOver) => {
        const taken: Stored[] = [];
        for (let entry = first(); entry && entry.at <= now() && taken.length < max; entry = first()) {
          heap.pop();
          if (!isOver(entry.message)) taken.push(entry.message);
        }
        return taken;
      },
    };
  }
}

/** In which order messages can be received. */
interface Order {
  add(message: Stored): void;
  /** Its `visibleAt` is another one. */
  moved(message: Stored): void;
  removed(message: Stored): void;
  nextAt(): number | undefined;
  take(max: number, isOver: (message: Stored) => boolean): Stored[];
}

interface Group {
  /** In the order of sending, from `head` on. Some of them may be gone. */
  readonly messages: Stored[];
  head: number;
  /** Received, and neither deleted nor received again since. */
  readonly inFlight: Set<Stored>;
  /** Counts its changes, so that an old entry of a heap is known as such. */
  revision: number;
}

/** A group in line: when it can be received from, and the sequence of its first message. */
interface Turn {
  readonly at: number;
  readonly sequence: number;
  readonly group: Group;
  readonly revision: number;
}

/** The order of a FIFO queue: a group is closed while one of its messages is in flight. */
function fifoOrder(stored: ReadonlyMap<number, Stored>, now: () => number): Order {
  const groups = new Map<string, Group>();
  const line = createHeap<Turn>((one, other) => one.at - other.at || one.sequence - other.sequence);
  /** Groups whose first message is behind the horizon. */
  const beyond = createHeap<Turn>((one, other) => one.sequence - other.sequence);
  /** The first sequence that is not looked through. */
  let horizon = 1;
  let last = 0;
  let within = 0;

  const widen = () => {
    for (; within < FIFO_HORIZON && horizon <= last; horizon++) if (stored.has(horizon)) within++;
    for (let turn = beyond.peek(); turn && turn.sequence < horizon; turn = beyond.peek()) {
      beyond.pop();
      line.push(turn);
    }
  };
  const headOf = (group: Group): Stored | undefined => {
    while (group.messages[group.head]?.isGone) group.head++;
    return group.messages[group.head];
  };
  const queueUp = (group: Group) => {
    const revision = ++group.revision;
    const head = headOf(group);
    if (!head) return;
    const at = [...group.inFlight].reduce((latest, { visibleAt }) => Math.max(latest, visibleAt), head.visibleAt);
    line.push({ at, sequence: head.sequence, group, revision });
  };
  const groupOf = ({ groupId = '' }: Stored): Group => {
    const group = groups.get(groupId) ?? { messages: [], head: 0, inFlight: new Set(), revision: 0 };
    groups.set(groupId, group);
    return group;
  };
  const first = (): Turn | undefined => {
    for (let turn = line.peek(); turn; turn = line.peek()) {
      const isCurrent = turn.revision === turn.group.revision;
      if (isCurrent && turn.sequence < horizon) return turn;
      line.pop();
      if (isCurrent) beyond.push(turn);
    }
    return undefined;
  };

  /** As many of one group as there are, like SQS. */
  const takeOf = (group: Group, max: number, isOver: (message: Stored) => boolean): Stored[] => {
    const taken: Stored[] = [];
    for (let index = group.head; index < group.messages.length && taken.length < max; index++) {
      const message = group.messages[index];
      if (!message || message.visibleAt > now() || message.sequence >= horizon) break;
      if (!message.isGone && !isOver(message)) taken.push(message);
    }
    return taken;
  };

  return {
    add: (message) => {
      last = message.sequence;
      widen();
      const group = groupOf(message);
      if (group.head > 1000 && group.head * 2 > group.messages.length) {
        group.messages.splice(0, group.head);
        group.head = 0;
      }
      group.messages.push(message);
      if (headOf(group) === message) queueUp(group);
    },
    moved: (message) => {
      const group = groupOf(message);
      if (message.receiveCount > 0) group.inFlight.add(message);
      queueUp(group);
    },
    removed: (message) => {
      if (message.sequence < horizon) within--;
      widen();
      const group = groupOf(message);
      group.inFlight.delete(message);
      queueUp(group);
      if (!headOf(group)) groups.delete(message.groupId ?? '');
    },
    nextAt: () => first()?.at,
    take: (max, isOver) => {
      const taken: Stored[] = [];
      for (let turn = first(); turn && turn.at <= now() && taken.length < max; turn = first()) {
        const { group } = turn;
        group.inFlight.clear();
        const some = takeOf(group, max - taken.length, isOver);
        // Those taken close the group; `moved` then puts it back in line.
        if (some.length > 0) group.revision++;
        else queueUp(group);
        taken.push(...some);
      }
      return taken;
    },
  };
}

interface Heap<T> {
  push(item: T): void;
  peek(): T | undefined;
  pop(): T | undefined;
}

/** A binary heap: the least item first. */
function createHeap<T>(compare: (one: T, other: T) => number): Heap<T> {
  const items: T[] = [];
  const isLess = (one: number, other: number) => compare(items[one] as T, items[other] as T) < 0;
  const swap = (one: number, other: number) => {
    [items[one], items[other]] = [items[other] as T, items[one] as T];
  };
  return {
    peek: () => items[0],
    push: (item) => {
      items.push(item);
      for (let at = items.length - 1; at > 0 && isLess(at, (at - 1) >> 1); at = (at - 1) >> 1) swap(at, (at - 1) >> 1);
    },
    pop: () => {
      const least = items[0];
      const last = items.pop();
      if (items.length === 0 || last === undefined) return least;
      items[0] = last;
      for (let at = 0; ; ) {
        let child = at * 2 + 1;
        if (child + 1 < items.length && isLess(child + 1, child)) child++;
        if (child >= items.length || !isLess(child, at)) return least;
        swap(at, child);
        at = child;
      }
    },
  };
}
