import { describe, expect, it } from 'vitest';
import { createQueue } from '../../support/fifo.ts';
import type { ItemChange } from '../../support/tables.ts';
import { type Clock, createClock, START } from './clock.ts';
import { createFunction, type FunctionModel, type Handler } from './functions.ts';
import { createFairQueue, createQueueReader, type QueueUsage } from './queues.ts';
import { createStreamReader, type StreamMapping } from './streams.ts';

/** The parts of the model, where arithmetic or AWS's documentation says what they must do. */

const TIMES = { invokeMs: 0, coldStartMs: 0, idleMinutes: 10 };
const OUTLINE = { service: 'score', memoryMegabytes: 1769, timeoutSeconds: 60, environment: {} };
const functionOf = (clock: Clock, handler: Handler, times = TIMES): FunctionModel => createFunction(OUTLINE, handler, clock, times);
const usage = (): QueueUsage => ({ sent: 0, fromRules: 0, received: 0, deleted: 0 });

describe('the clock', () => {
  it('goes through events in the order of their times, and of their making', async () => {
    const clock = createClock();
    const seen: string[] = [];
    const note = async (name: string, milliseconds: number) => {
      await clock.sleep(milliseconds);
      seen.push(`${name} ${clock.now() - START}`);
    };
    void note('b', 20);
    void note('a', 10).then(() => note('c', 10));
    void note('d', 20);
    await clock.run(START + 1000);
    expect(seen).toEqual(['a 10', 'b 20', 'd 20', 'c 20']);
    expect(clock.now()).toBe(START + 1000);
  });

  it('keeps what is due later', async () => {
    const clock = createClock();
    let rang = false;
    clock.at(START + 100, () => {
      rang = true;
    });
    await clock.run(START + 99);
    expect(rang).toBe(false);
    await clock.run(START + 100);
    expect(rang).toBe(true);
  });

  it('draws the same numbers from the same seed, evenly', () => {
    const [one, same, other] = [createClock(7), createClock(7), createClock(8)];
    const numbers = Array.from({ length: 10_000 }, () => one.random());
    expect(Array.from({ length: 10_000 }, () => same.random())).toEqual(numbers);
    expect(other.random()).not.toBe(numbers[0]);
    expect(numbers.reduce((sum, each) => sum + each, 0) / numbers.length).toBeCloseTo(0.5, 1);
  });
});

describe('a queue with its function', () => {
  /** Sends messages at random times to workers with a constant service time. @returns the mean wait in seconds. */
  async function meanWait({ load, workers }: { readonly load: number; readonly workers: number }): Promise<number> {
    const clock = createClock(3);
    const serviceMs = 1000;
    const waits: number[] = [];
    const target = functionOf(clock, async (event: never) => {
      const { Records } = event as { Records: { attributes: { SentTimestamp: string } }[] };
      for (const { attributes } of Records) waits.push(clock.now() - Number(attributes.SentTimestamp));
      await clock.sleep(serviceMs);
    });
    const source = createQueue({ name: 'q', now: clock.now, visibilityTimeout: 1e6, retentionPeriod: 1e9 });
    const mapping = { service: 'score', queue: 'q', batchSize: 1, windowSeconds: 0, concurrency: workers };
    const reader = createQueueReader(mapping, { source, clock, target, usage: usage(), computeOf: () => 0 });
    let time = START;
    for (let index = 0; index < 20_000; index++) {
      time += (-Math.log(1 - clock.random()) * serviceMs) / (load * workers);
      clock.at(time, () => {
        source.send({ body: '{}' });
        reader.wake();
      });
    }
    await clock.run(time + 1e6);
    expect(waits).toHaveLength(20_000);
    return waits.reduce((sum, wait) => sum + wait, 0) / waits.length / 1000;
  }

  // https://en.wikipedia.org/wiki/M/D/1_queue
  it.each([0.5, 0.8])('waits as long as the formula of Pollaczek and Khinchine says, at a load of %d', async (load) => {
    const expected = load / (2 * (1 - load));
    expect(Math.abs((await meanWait({ load, workers: 1 })) - expected) / expected).toBeLessThan(0.1);
  });

  it('waits hardly with ten workers at half their load', async () => {
    expect(await meanWait({ load: 0.5, workers: 10 })).toBeLessThan(0.03);
  });

  it('gathers messages for the window, and takes as many as a batch holds', async () => {
    const clock = createClock();
    const batches: (readonly [number, number])[] = [];
    const target = functionOf(clock, async (event: never) => {
      batches.push([clock.now() - START, (event as { Records: unknown[] }).Records.length]);
    });
    const source = createQueue({ name: 'q', now: clock.now });
    const mapping = { service: 'score', queue: 'q', batchSize: 3, windowSeconds: 5, concurrency: 2 };
    const reader = createQueueReader(mapping, { source, clock, target, usage: usage(), computeOf: () => 0 });
    for (const at of [0, 1000, 2000, 4000]) {
      clock.at(START + at, () => {
        source.send({ body: '{}' });
        reader.wake();
      });
    }
    await clock.run(START + 60_000);
    expect(batches).toEqual([
      [5000, 3],
      [5000, 1],
    ]);
  });

  it('delivers again what failed, after the visibility timeout', async () => {
    const clock = createClock();
    const at: number[] = [];
    const target = functionOf(clock, async () => {
      at.push(clock.now() - START);
      if (at.length === 1) throw new Error('away');
    });
    const source = createQueue({ name: 'q', now: clock.now, visibilityTimeout: 30 });
    const mapping = { service: 'score', queue: 'q', batchSize: 1, windowSeconds: 0, concurrency: 2 };
    const reader = createQueueReader(mapping, { source, clock, target, usage: usage(), computeOf: () => 0 });
    source.send({ body: '{}' });
    reader.wake();
    await clock.run(START + 120_000);
    expect(at).toEqual([0, 30_000]);
    expect(source.size).toBe(0);
  });
});

describe('a function', () => {
  it('starts an environment for each run at once, and uses it again', async () => {
    const clock = createClock();
    const target = functionOf(clock, async () => clock.sleep(1000), { invokeMs: 0, coldStartMs: 800, idleMinutes: 10 });
    void target.invoke({}, 0);
    void target.invoke({}, 0);
    await clock.run(START + 5000);
    void target.invoke({}, 0);
    await clock.run(START + 10_000);
    expect(target.usage.coldStarts).toBe(2);
    await clock.run(START + 3_600_000);
    void target.invoke({}, 0);
    await clock.run(START + 3_610_000);
    expect(target.usage.coldStarts).toBe(3);
    // Four runs: two with a start, one without a start, and one with a start. Seconds by the gigabytes of the function.
    expect(target.usage.gigabyteSeconds).toBeCloseTo((1769 / 1024) * (1.8 + 1.8 + 1 + 1.8), 5);
  });

  it('ends a run that takes longer than its timeout', async () => {
    const clock = createClock();
    const target = functionOf(clock, async () => clock.sleep(61_000));
    const ended = target.invoke({}, 0).then(
      () => 'done',
      (error: Error) => `${error.message} after ${(clock.now() - START) / 1000} s`,
    );
    await clock.run(START + 100_000);
    expect(await ended).toBe('score timed out after 60 s');
  });
});

const MAPPING: StreamMapping = {
  service: 'relay',
  table: 'T',
  batchSize: 3,
  windowSeconds: 1,
  filters: [{ dynamodb: { Keys: { pk: { S: [{ prefix: 'R#' }] } } } }],
  maxRecordAgeSeconds: undefined,
  maxRetries: undefined,
  bisects: true,
};

describe('a stream with its function', () => {
  const changeOf = (pk: string, sk: string): ItemChange => ({ table: 'T', pk, sk, before: undefined, after: { pk, sk } });
  const keysOf = (event: never): string[] =>
    (event as { Records: { dynamodb: { Keys: { sk: { S: string } } } }[] }).Records.map(({ dynamodb }) => dynamodb.Keys.sk.S);
  const start = (clock: Clock, handler: Handler, shards = 4, mapping = MAPPING) =>
    createStreamReader(mapping, { shards, clock, times: { pollMs: 200 }, target: functionOf(clock, handler), computeOf: () => 0 });

  it('delivers the changes of one partition in order, in batches after the window, and leaves out what the filters do', async () => {
    const clock = createClock();
    const batches: { keys: string[]; at: number }[] = [];
    const reader = start(clock, async (event) => void batches.push({ keys: keysOf(event), at: clock.now() - START }));
    for (const sk of ['1', '2', '3', '4']) reader.put(changeOf('R#1', sk));
    reader.put(changeOf('T#1', 'no'));
    await clock.run(START + 10_000);
    expect(batches.flatMap(({ keys }) => keys)).toEqual(['1', '2', '3', '4']);
    expect(batches.map(({ keys }) => keys.length)).toEqual([3, 1]);
    expect(batches[1]?.at).toBeGreaterThanOrEqual(1000);
    expect(batches[1]?.at).toBeLessThan(1500);
  });

  it('lets a slow shard wait, and no other', async () => {
    const clock = createClock();
    const ended = new Map<string, number>();
    const reader = start(
      clock,
      async (event) => {
        const [key = ''] = keysOf(event);
        if (key === 'slow') await clock.sleep(30_000);
        ended.set(key, clock.now() - START);
      },
      16,
    );
    for (let index = 0; index < 40; index++) reader.put(changeOf(`R#${index}`, index === 0 ? 'slow' : `fast-${index}`));
    await clock.run(START + 60_000);
    const late = [...ended.values()].filter((at) => at > 20_000).length;
    expect(late).toBeGreaterThanOrEqual(1);
    expect(late).toBeLessThan(10);
  });

  it('tries a failed batch again from the failed record, in halves, until it passes', async () => {
    const clock = createClock();
    const passed: string[] = [];
    const reader = start(
      clock,
      async (event) => {
        const keys = keysOf(event);
        if (keys.includes('2') && clock.now() < START + 60_000) throw new Error('poison');
        passed.push(...keys.map((key) => `${key} ${clock.now() < START + 60_000 ? 'before' : 'after'}`));
      },
      1,
    );
    for (const sk of ['1', '2', '3']) reader.put(changeOf('R#1', sk));
    await clock.run(START + 300_000);
    // The records before the failing one pass by themselves; those after it wait.
    expect(passed).toEqual(['1 before', '2 after', '3 after']);
    expect(reader.lost).toBe(0);
    expect(reader.waiting).toBe(0);
  });

  it('gives up what is older than a day', async () => {
    const clock = createClock();
    const reader = start(clock, async () => {
      throw new Error('away');
    });
    reader.put(changeOf('R#1', '1'));
    await clock.run(START + 23 * 3_600_000);
    expect(reader.lost).toBe(0);
    await clock.run(START + 25 * 3_600_000);
    expect(reader.lost).toBe(1);
  });
});

describe('a fair queue', () => {
  /** A flood of 1,000 messages of one group, then one of another each second. @returns the longest wait of the other, in seconds. */
  async function longestWait(reactionSeconds: number): Promise<number> {
    const clock = createClock();
    const waits: number[] = [];
    const target = functionOf(clock, async (event: never) => {
      for (const { attributes } of (event as { Records: { attributes: { MessageGroupId: string; SentTimestamp: string } }[] }).Records) {
        if (attributes.MessageGroupId === 'quiet') waits.push(clock.now() - Number(attributes.SentTimestamp));
      }
      await clock.sleep(1000);
    });
    const source = createFairQueue(clock, reactionSeconds);
    const mapping = { service: 'collect', queue: 'q', batchSize: 10, windowSeconds: 0, concurrency: 10 };
    const reader = createQueueReader(mapping, { source, clock, target, usage: usage(), computeOf: () => 0 });
    const send = (groupId: string) => {
      source.send({ body: '{}', groupId });
      reader.wake();
    };
    for (let index = 0; index < 2000; index++) send('noisy');
    for (let second = 0; second < 15; second++) clock.at(START + second * 1000 + 500, () => send('quiet'));
    await clock.run(START + 600_000);
    expect(waits).toHaveLength(15);
    return Math.max(...waits) / 1000;
  }

  it('lets others overtake a flood once it has noticed it', async () => {
    expect(await longestWait(3)).toBeLessThan(5);
    expect(await longestWait(1)).toBeLessThan(await longestWait(3));
  });

  it('lets others wait for all of the flood if it never notices', async () => {
    expect(await longestWait(Number.POSITIVE_INFINITY)).toBeGreaterThan(15);
  });
});
