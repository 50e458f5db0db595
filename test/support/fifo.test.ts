import { describe, expect, it } from 'vitest';
import { createQueue, FIFO_HORIZON, type Queue, type QueueOptions } from './fifo.ts';

/** A queue and its clock, in seconds. */
function start(options: Partial<QueueOptions> = {}) {
  let time = 1_800_000_000_000;
  const now = () => time;
  const queue = createQueue({ name: 'q', now, ...options });
  const wait = (seconds: number) => {
    time += seconds * 1000;
  };
  return { queue, now, wait };
}
const startFifo = (options: Partial<QueueOptions> = {}) => start({ fifo: true, deduplicationScope: 'messageGroup', ...options });

let ids = 0;
const put = (queue: Queue, groupId: string, body: string, deduplicationId = `id-${++ids}`) =>
  queue.send({ body, groupId, deduplicationId });
const bodies = (queue: Queue, max = 10) => queue.receive(max).map(({ body }) => body);
const take = (queue: Queue, max = 10) =>
  queue.receive(max).map(({ body, receiptHandle }) => {
    expect(queue.delete(receiptHandle)).toBe(true);
    return body;
  });

describe('a standard queue', () => {
  it('hides what was received until its visibility timeout is over, and counts', () => {
    const { queue, wait } = start({ visibilityTimeout: 60 });
    queue.send({ body: 'a' });
    expect(queue.receive(10)).toMatchObject([{ body: 'a', receiveCount: 1 }]);
    wait(59.999);
    expect(bodies(queue)).toEqual([]);
    wait(0.001);
    expect(queue.receive(10)).toMatchObject([{ body: 'a', receiveCount: 2 }]);
  });

  it('delays by message, else as the queue says, and a new delay does not act on what is in it', () => {
    const { queue, wait } = start({ delaySeconds: 10 });
    queue.send({ body: 'late' });
    queue.send({ body: 'later', delaySeconds: 900 });
    queue.send({ body: 'at once', delaySeconds: 0 });
    expect(bodies(queue)).toEqual(['at once']);
    queue.setDelay(0);
    wait(9);
    expect(bodies(queue)).toEqual([]);
    wait(1);
    expect(bodies(queue)).toEqual(['late']);
    wait(890);
    expect(bodies(queue)).toContain('later');
  });

  it('delays at least', () => {
    const { queue, wait } = start({ delaySeconds: 2, chance: { lateBy: () => 1500 } });
    queue.send({ body: 'a' });
    wait(3.4);
    expect(bodies(queue)).toEqual([]);
    wait(0.1);
    expect(bodies(queue)).toEqual(['a']);
  });

  it('gives messages of one group to several consumers', () => {
    const { queue } = start();
    queue.send({ body: 'a', groupId: 'g' });
    queue.send({ body: 'b', groupId: 'g' });
    expect([bodies(queue, 1), bodies(queue, 1)]).toEqual([['a'], ['b']]);
  });

  it('deletes with the latest receipt handle alone, also after the visibility timeout', () => {
    const { queue, wait } = start();
    queue.send({ body: 'a' });
    const [first] = queue.receive(1);
    wait(30);
    const [second] = queue.receive(1);
    wait(31);
    expect(queue.delete(first?.receiptHandle ?? '')).toBe(false);
    expect(queue.delete(second?.receiptHandle ?? '')).toBe(true);
    expect(queue.size).toBe(0);
  });

  it('may deliver a message once more after its deletion', () => {
    const { queue } = start({ chance: { comesAgain: () => true } });
    queue.send({ body: 'a' });
    expect(take(queue)).toEqual(['a']);
    expect(queue.receive(1)).toMatchObject([{ body: 'a', id: 'q-1', receiveCount: 2 }]);
  });

  it('moves to the dead-letter queue what was received `maxReceiveCount` times, with its time of sending', () => {
    const { queue: dead, now, wait } = start({ name: 'dead' });
    const queue = createQueue({ name: 'q', now, visibilityTimeout: 1, redrive: { queue: dead, maxReceiveCount: 2 } });
    queue.send({ body: 'poison', attributes: { reason: { StringValue: 'why' } } });
    const sentAt = now();
    for (const receives of [1, 2]) {
      expect(queue.receive(10)).toMatchObject([{ receiveCount: receives }]);
      wait(1);
    }
    expect(dead.size).toBe(0);
    expect(bodies(queue)).toEqual([]);
    expect(dead.messages()).toMatchObject([{ body: 'poison', sentAt, receiveCount: 0, attributes: { reason: { StringValue: 'why' } } }]);
  });

  it('forgets what is older than the retention period, and counts it', () => {
    const { queue, wait } = start({ retentionPeriod: 60 });
    queue.send({ body: 'a' });
    wait(60);
    expect(bodies(queue)).toEqual([]);
    expect([queue.size, queue.expired]).toEqual([0, 1]);
  });

  it('says when something comes next', () => {
    const { queue, now, wait } = start();
    expect(queue.nextAt()).toBeUndefined();
    queue.send({ body: 'a', delaySeconds: 5 });
    expect(queue.nextAt()).toBe(now() + 5000);
    wait(5);
    const [message] = queue.receive(1);
    expect(queue.nextAt()).toBe(now() + 30_000);
    queue.changeVisibility(message?.receiptHandle ?? '', 0);
    expect(queue.nextAt()).toBe(now());
  });

  it.each([
    ['an empty body', { body: '' }],
    ['a character that is none', { body: 'a\ufffe' }],
    ['half of a surrogate pair', { body: 'a\ud800' }],
    ['a control character', { body: '\u0000' }],
    ['a body above 1 MiB', { body: 'ä'.repeat(600_000) }],
    ['a delay above 900 s', { body: 'a', delaySeconds: 901 }],
    ['a deduplication id', { body: 'a', deduplicationId: 'd' }],
    ['a long group id', { body: 'a', groupId: 'g'.repeat(129) }],
  ])('refuses %s', (_, message) => {
    expect(() => start().queue.send(message)).toThrow();
  });
});

describe('a FIFO queue', () => {
  it('keeps a group closed while its first message is in flight or waits out its visibility, and no other group', () => {
    const { queue, wait } = startFifo({ visibilityTimeout: 30 });
    put(queue, 'one', '1a');
    put(queue, 'one', '1b');
    put(queue, 'two', '2a');
    const [first] = queue.receive(1);
    expect(first?.body).toBe('1a');
    expect(bodies(queue)).toEqual(['2a']);
    expect(bodies(queue)).toEqual([]);
    wait(29);
    expect(bodies(queue)).toEqual([]);
    wait(1);
    expect(bodies(queue, 1)).toEqual(['1a']);
  });

  it('opens a group when its messages in flight are deleted', () => {
    const { queue } = startFifo();
    for (const body of ['a', 'b', 'c']) put(queue, 'g', body);
    const [a, b] = queue.receive(2);
    queue.delete(a?.receiptHandle ?? '');
    expect(bodies(queue)).toEqual([]);
    queue.delete(b?.receiptHandle ?? '');
    expect(bodies(queue)).toEqual(['c']);
  });

  it('gives back a failed message before what came after it', () => {
    const { queue, wait } = startFifo();
    for (const body of ['a', 'b', 'c']) put(queue, 'g', body);
    const [, b] = queue.receive(2);
    queue.delete(b?.receiptHandle ?? '');
    wait(30);
    expect(take(queue)).toEqual(['a', 'c']);
  });

  it('fills a batch from one group, then from the next', () => {
    const { queue } = startFifo();
    for (const body of ['1a', '2a', '1b', '2b']) put(queue, body.slice(0, 1), body);
    expect(bodies(queue, 3)).toEqual(['1a', '1b', '2a']);
    expect(bodies(queue)).toEqual([]);
  });

  it('remembers an id for 300 s from its first acceptance, also after receipt and deletion', () => {
    const { queue, wait } = startFifo();
    expect(put(queue, 'g', 'a', 'id')).toEqual({ id: 'q-1', isNew: true });
    expect(take(queue)).toEqual(['a']);
    wait(200);
    expect(put(queue, 'g', 'b', 'id')).toEqual({ id: 'q-1', isNew: false });
    wait(100);
    expect(put(queue, 'g', 'c', 'id').isNew).toBe(false);
    wait(0.001);
    expect(put(queue, 'g', 'd', 'id').isNew).toBe(true);
    expect([take(queue), queue.dropped]).toEqual([['d'], 2]);
  });

  it.each([
    ['messageGroup', ['a', 'b']],
    ['queue', ['a']],
  ] as const)('compares ids within the scope %s', (deduplicationScope, expected) => {
    const { queue } = startFifo({ deduplicationScope });
    put(queue, 'one', 'a', 'id');
    put(queue, 'two', 'b', 'id');
    expect(take(queue)).toEqual(expected);
  });

  it('takes the body as id where the queue says so', () => {
    const { queue } = startFifo({ contentBasedDeduplication: true });
    for (const body of ['a', 'a', 'b']) queue.send({ body, groupId: 'g' });
    queue.send({ body: 'a', groupId: 'g', deduplicationId: 'own' });
    expect(take(queue)).toEqual(['a', 'b', 'a']);
  });

  it.each([
    ['no group', { body: 'a', deduplicationId: 'd' }],
    ['no id', { body: 'a', groupId: 'g' }],
    ['a delay', { body: 'a', groupId: 'g', deduplicationId: 'd', delaySeconds: 2 }],
    ['a group with a space', { body: 'a', groupId: 'g g', deduplicationId: 'd' }],
  ])('refuses a message with %s', (_, message) => {
    expect(() => startFifo().queue.send(message)).toThrow();
  });

  it('has one delay, that of the queue, and a new one acts on what is in it', () => {
    const { queue, wait } = startFifo({ delaySeconds: 100 });
    put(queue, 'g', 'a');
    wait(2);
    expect(bodies(queue)).toEqual([]);
    queue.setDelay(2);
    expect(take(queue)).toEqual(['a']);
    queue.setDelay(10);
    put(queue, 'g', 'b');
    wait(9);
    expect(bodies(queue)).toEqual([]);
    wait(1);
    expect(bodies(queue)).toEqual(['b']);
  });

  it('does not delete once the visibility timeout is over', () => {
    const { queue, wait } = startFifo();
    put(queue, 'g', 'a');
    const [message] = queue.receive(1);
    wait(30);
    expect(queue.delete(message?.receiptHandle ?? '')).toBe(false);
    expect(queue.changeVisibility(message?.receiptHandle ?? '', 60)).toBe(false);
    expect(take(queue)).toEqual(['a']);
  });

  it('keeps a group closed for longer if the visibility is extended', () => {
    const { queue, wait } = startFifo();
    put(queue, 'g', 'a');
    put(queue, 'g', 'b');
    const [message] = queue.receive(1);
    wait(20);
    expect(queue.changeVisibility(message?.receiptHandle ?? '', 40)).toBe(true);
    wait(39);
    expect(bodies(queue)).toEqual([]);
    wait(1);
    expect(take(queue)).toEqual(['a', 'b']);
  });

  it('goes on with the group when its poison moves to the dead-letter queue, whose time of sending is new', () => {
    const { queue: dead, now, wait } = startFifo({ name: 'dead' });
    const queue = createQueue({ name: 'q', now, fifo: true, visibilityTimeout: 5, redrive: { queue: dead, maxReceiveCount: 1 } });
    put(queue, 'g', 'poison');
    put(queue, 'g', 'next');
    expect(bodies(queue, 1)).toEqual(['poison']);
    wait(5);
    expect(take(queue)).toEqual(['next']);
    expect(dead.messages()).toMatchObject([{ body: 'poison', groupId: 'g', sentAt: now() }]);
    expect(bodies(dead)).toEqual(['poison']);
  });

  it('wants a dead-letter queue of its own kind', () => {
    const { queue: dead, now } = start();
    expect(() => createQueue({ name: 'q', now, fifo: true, redrive: { queue: dead, maxReceiveCount: 1 } })).toThrow('same kind');
  });

  it('looks in the first 120,000 messages alone, those in flight included', () => {
    const { queue } = startFifo();
    put(queue, 'other', 'o1');
    for (let number = 1; number < FIFO_HORIZON; number++) put(queue, 'flood', 'f', `flood-${number}`);
    put(queue, 'other', 'o2');
    put(queue, 'late', 'l');
    const [first, second] = queue.receive(2);
    expect([first?.body, second?.body, bodies(queue)]).toEqual(['o1', 'f', []]);
    expect(queue.nextAt()).toBe(queue.messages()[0]?.visibleAt);
    queue.delete(first?.receiptHandle ?? '');
    expect(bodies(queue)).toEqual(['o2']);
    queue.delete(second?.receiptHandle ?? '');
    const [third] = queue.receive(1);
    expect([third?.body, bodies(queue)]).toEqual(['f', ['l']]);
  });

  it('keeps a group closed while any of its messages is in flight, also if the first is visible again', () => {
    const { queue, wait } = startFifo();
    for (const body of ['a', 'b']) put(queue, 'g', body);
    const [a] = queue.receive(2);
    queue.changeVisibility(a?.receiptHandle ?? '', 0);
    expect(bodies(queue)).toEqual([]);
    wait(30);
    expect(bodies(queue)).toEqual(['a', 'b']);
  });

  it('is empty when it is purged, and open', () => {
    const { queue } = startFifo();
    for (const body of ['a', 'b']) put(queue, 'g', body);
    queue.receive(1);
    queue.purge();
    expect([queue.size, queue.nextAt()]).toEqual([0, undefined]);
    put(queue, 'g', 'c');
    expect(bodies(queue)).toEqual(['c']);
  });

  it('gives everything of one large group and of many, each once', () => {
    const { queue } = startFifo();
    for (let number = 0; number < 30_000; number++) put(queue, number % 2 ? 'flood' : `g-${number}`, 'x');
    let count = 0;
    for (let got = take(queue, 1); got.length > 0; got = take(queue, 1)) count++;
    expect([count, queue.size, queue.nextAt()]).toEqual([30_000, 0, undefined]);
  });
});
