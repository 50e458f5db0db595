import { describe, expect, it } from 'vitest';
import { checkMapping, type Mapping, queueSource, streamSource } from '../e2e/support/event-sources.ts';
import { createQueue, type QueueOptions } from './fifo.ts';

/** The event source mappings of the deployed runtime: messages of a queue, and records of a stream, as Lambda delivers them. */

const REPORTS: Mapping = { BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] };

interface Call {
  readonly Records: readonly { messageId: string; body: string; attributes: Readonly<Record<string, string>> }[];
}

function start(mapping: Mapping, answer: (call: Call) => unknown, options: Partial<QueueOptions> = {}, environments = 1) {
  let time = 1_800_000_000_000;
  const now = () => time;
  const dead = createQueue({ name: 'dead', now, ...(options.fifo && { fifo: true }) });
  const queue = createQueue({ name: 'q', now, visibilityTimeout: 60, redrive: { queue: dead, maxReceiveCount: 2 }, ...options });
  const calls: Call[] = [];
  let running = 0;
  let most = 0;
  const source = queueSource({
    mapping,
    queue,
    arn: 'arn:aws:sqs:eu-west-1:111111111111:q',
    region: 'eu-west-1',
    environments,
    isAllowed: () => environments > 0,
    received: () => undefined,
    service: {
      output: [],
      killDuringNextCall: () => undefined,
      stop: async () => undefined,
      invoke: async (event) => {
        calls.push(event as Call);
        most = Math.max(most, ++running);
        await Promise.resolve();
        running--;
        return answer(event as Call);
      },
    },
  });
  const wait = (seconds: number) => {
    time += seconds * 1000;
  };
  return { queue, dead, source, wait, calls, most: () => most, bodies: () => calls.map(({ Records }) => Records.map(({ body }) => body)) };
}
const failing =
  (...bodies: string[]) =>
  ({ Records }: Call) => ({
    batchItemFailures: Records.filter(({ body }) => bodies.includes(body)).map(({ messageId }) => ({ itemIdentifier: messageId })),
  });

describe('a queue that a function reads', () => {
  it('keeps what failed, hidden until its timeout, and moves it after the last receive', async () => {
    const { queue, dead, source, wait, bodies } = start(REPORTS, failing('bad'));
    for (const body of ['good', 'bad']) queue.send({ body });
    expect(await source.poll()).toBe(true);
    expect(await source.poll()).toBe(false);
    wait(60);
    await source.poll();
    wait(60);
    await source.poll();
    expect(bodies()).toEqual([['good', 'bad'], ['bad']]);
    expect([queue.size, dead.messages().map(({ body }) => body)]).toEqual([0, ['bad']]);
  });

  it.each([
    ['throws', () => Promise.reject(new Error('died'))],
    ['reports a message that was not in the batch', () => ({ batchItemFailures: [{ itemIdentifier: 'none' }] })],
  ])('keeps the whole batch if the function %s', async (_, answer) => {
    const { queue, source } = start(REPORTS, answer);
    for (const body of ['a', 'b']) queue.send({ body });
    await source.poll();
    expect(queue.messages().map(({ receiveCount }) => receiveCount)).toEqual([1, 1]);
  });

  it('deletes the batch whatever the answer says, if the mapping does not ask for failures', async () => {
    const { queue, source } = start({ BatchSize: 10 }, failing('bad'));
    queue.send({ body: 'bad' });
    await source.poll();
    expect(queue.size).toBe(0);
  });

  it('calls as often at the same time as there are environments, and no more than the mapping allows', async () => {
    const mapping = { ...REPORTS, BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } };
    for (const [environments, expected] of [
      [1, 1],
      [5, 2],
    ] as const) {
      const { queue, source, most } = start(mapping, () => undefined, {}, environments);
      for (const body of ['a', 'b', 'c']) queue.send({ body });
      while (await source.poll());
      expect([most(), queue.size]).toEqual([expected, 0]);
    }
  });

  it('has one batch of a group at a time, and tells the group, the id and the order', async () => {
    const { queue, source, wait, calls, bodies } = start({ ...REPORTS, BatchSize: 1 }, failing('a'), { fifo: true }, 5);
    for (const body of ['a', 'b']) queue.send({ body, groupId: 'g', deduplicationId: body });
    queue.send({ body: 'c', groupId: 'h', deduplicationId: 'c' });
    await source.poll();
    await source.poll();
    expect(bodies()).toEqual([['a'], ['c']]);
    wait(60);
    await source.poll();
    expect(calls.at(-1)?.Records[0]).toMatchObject({
      body: 'a',
      attributes: { MessageGroupId: 'g', MessageDeduplicationId: 'a', ApproximateReceiveCount: '2' },
    });
    wait(60);
    await source.poll();
    expect(bodies().at(-1)).toEqual(['b']);
  });

  it('is not read if the role does not let Lambda', async () => {
    const { queue, source } = start(REPORTS, () => undefined, {}, 0);
    queue.send({ body: 'a' });
    expect(await source.poll()).toBe(false);
    expect(queue.messages()).toMatchObject([{ receiveCount: 0 }]);
  });

  it('has no property that is not known here', () => {
    expect(() => checkMapping({ BatchSize: 1, ParallelizationFactor: 4 })).toThrow('ParallelizationFactor');
  });
});

interface StreamCall {
  readonly Records: readonly {
    eventName: string;
    userIdentity?: object;
    dynamodb: { SequenceNumber: string; Keys: { pk: { S: string } } };
  }[];
}

/** A stream of one shard, which gives each record once. */
async function startStream(mapping: Mapping, answer: (keys: readonly string[]) => unknown) {
  let time = 1_800_000_000_000;
  const fresh: object[] = [];
  const send = async ({ constructor: { name } }: object) => {
    if (name === 'DescribeTableCommand') return { Table: { LatestStreamArn: 'arn:local' } };
    if (name === 'DescribeStreamCommand') return { StreamDescription: { Shards: [{ ShardId: 'shard' }] } };
    if (name === 'GetShardIteratorCommand') return { ShardIterator: 'from' };
    return { Records: fresh.splice(0), NextShardIterator: 'next' };
  };
  const calls: StreamCall[] = [];
  const discarded: string[] = [];
  const keysOf = ({ Records }: StreamCall) => Records.map(({ dynamodb }) => dynamodb.Keys.pk.S);
  const source = await streamSource({
    mapping: { BatchSize: 10, StartingPosition: 'TRIM_HORIZON', FunctionResponseTypes: ['ReportBatchItemFailures'], ...mapping },
    service: {
      output: [],
      killDuringNextCall: () => undefined,
      stop: async () => undefined,
      invoke: async (event) => {
        calls.push(event as StreamCall);
        return answer(keysOf(event as StreamCall));
      },
    },
    region: 'eu-west-1',
    isAllowed: () => true,
    client: { send } as never,
    streams: { send } as never,
    table: 'table',
    arn: 'arn:stream',
    now: () => time,
    discard: (body) => void discarded.push(JSON.parse(body).DDBStreamBatchInfo.startSequenceNumber),
    isByTtl: ({ ttl }) => ttl !== undefined,
  });
  let sequence = 0;
  const put = (...keys: string[]) => {
    for (const S of keys) fresh.push({ eventName: 'INSERT', dynamodb: { SequenceNumber: String(++sequence), Keys: { pk: { S } } } });
  };
  const settle = async () => {
    source.unblock();
    while (await source.poll());
  };
  return {
    put,
    settle,
    fresh,
    discarded,
    calls,
    seen: () => calls.map(keysOf),
    wait: (hours: number) => {
      time += hours * 3_600_000;
    },
  };
}
const reports = (bad: string) => (keys: readonly string[]) => ({
  batchItemFailures: keys.includes(bad) ? [{ itemIdentifier: String(1 + ['a', 'b', 'c'].indexOf(bad)) }] : [],
});

describe('a stream that a function reads', () => {
  it('waits for a record that fails, for as long as the stream has it, if the mapping sets no end', async () => {
    for (const MaximumRecordAgeInSeconds of [undefined, -1]) {
      const { put, settle, wait, seen, discarded } = await startStream({ ...{ MaximumRecordAgeInSeconds } }, reports('b'));
      put('a', 'b', 'c');
      await settle();
      expect(seen().slice(0, 2)).toEqual([
        ['a', 'b', 'c'],
        ['b', 'c'],
      ]);
      const tried = seen().length;
      wait(23);
      await settle();
      expect(seen().length).toBeGreaterThan(tried);
      expect(new Set(seen().slice(1).map(String))).toEqual(new Set(['b,c']));
      wait(1);
      put('d');
      await settle();
      expect([seen().at(-1), discarded]).toEqual([['d'], []]);
    }
  });

  it('gives up what is too old for the mapping, and tells where it was', async () => {
    const { put, settle, wait, seen, discarded } = await startStream({ MaximumRecordAgeInSeconds: 3600 }, reports('b'));
    put('a', 'b');
    await settle();
    wait(1);
    put('c');
    await settle();
    expect([seen().at(-1), discarded]).toEqual([['c'], ['2']]);
  });

  it('gives up after the last retry, and goes on', async () => {
    const { put, settle, seen, discarded } = await startStream({ MaximumRetryAttempts: 1 }, reports('b'));
    put('a', 'b', 'c');
    await settle();
    expect([seen(), discarded]).toEqual([[['a', 'b', 'c'], ['b', 'c'], ['b', 'c'], ['c']], ['2']]);
  });

  it('halves a batch whose call fails', async () => {
    const mapping = { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 0 };
    const { put, settle, seen, discarded } = await startStream(mapping, (keys) => {
      if (keys.includes('b')) throw new Error('died');
    });
    put('a', 'b', 'c');
    await settle();
    expect([seen(), discarded]).toEqual([[['a', 'b', 'c'], ['a', 'b'], ['a'], ['b', 'c'], ['b'], ['c']], ['2']]);
  });

  it('takes what one of its filters lets through, and says what TTL has deleted', async () => {
    const filter = (prefix: string) => ({ Pattern: JSON.stringify({ dynamodb: { Keys: { pk: { S: [{ prefix }] } } } }) });
    const mapping = { FilterCriteria: { Filters: [filter('R#'), filter('I#')] } };
    const { put, settle, fresh, calls, seen } = await startStream(mapping, () => undefined);
    put('R#1', 'X#1', 'I#1');
    const removed = (S: string, image: object) => ({
      eventName: 'REMOVE',
      dynamodb: { SequenceNumber: S, Keys: { pk: { S } }, OldImage: image },
    });
    fresh.push(removed('R#2', { ttl: { N: '1' } }), removed('R#3', {}));
    await settle();
    expect(seen()).toEqual([['R#1', 'I#1', 'R#2', 'R#3']]);
    const ttl = { type: 'Service', principalId: 'dynamodb.amazonaws.com' };
    expect(calls[0]?.Records.map(({ userIdentity }) => userIdentity)).toEqual([undefined, undefined, ttl, undefined]);
  });
});
