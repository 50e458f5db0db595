import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callLimit } from '../../adapters/aws/clients.ts';
import { type RetryOptions, retrying } from '../../adapters/aws/retries.ts';

/** The same numbers in each run: https://en.wikipedia.org/wiki/Linear_congruential_generator */
const randomFrom = (seed: number) => () => {
  seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
  return seed / 2 ** 32;
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockImplementation(randomFrom(1));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const failure = (name: string, parts: object = {}): Error => Object.assign(new Error(name), { name }, parts);
const throttling = (): Error => failure('ThrottlingException', { $metadata: { httpStatusCode: 400 } });
const cut = (): Error => failure('TimeoutError', { code: 'ECONNRESET' });

/** Makes calls and lets the fake time run until all have ended. Returns their outcomes and the time that they took. */
async function run(calls: readonly (() => Promise<unknown>)[]) {
  const began = performance.now();
  const all = Promise.allSettled(calls.map((call) => call()));
  let ended = false;
  void all.then(() => {
    ended = true;
  });
  while (!ended) await vi.advanceTimersToNextTimerAsync();
  const outcomes = await all;
  return { failed: outcomes.filter(({ status }) => status === 'rejected').length, took: performance.now() - began };
}

/** Returns a call that takes 50 milliseconds. */
const after50 = async (answer: () => unknown): Promise<unknown> => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  return answer();
};

const fail = (error: Error): never => {
  throw error;
};

describe('a call that fails on a machine whose clock is wrong', () => {
  const skewed = (name: string, httpStatusCode: number) => failure(name, { $metadata: { httpStatusCode, clockSkewCorrected: true } });

  it.each([
    ['for good', 'NoSuchBucketPolicy', 404, false],
    ['for good', 'AccessDenied', 403, false],
    ['by its time', 'RequestTimeTooSkewed', 403, true],
    ['for now', 'InternalError', 500, true],
  ])('%s (%s) is made again: %s', async (_, name, status, isRepeated) => {
    let attempts = 0;
    const retry = retrying({});
    await run([
      () =>
        retry('s3:GetBucketPolicy', async () => {
          if (++attempts > 1) return 1;
          return fail(skewed(name, status));
        }),
    ]);
    expect(attempts).toBe(isRepeated ? 2 : 1);
  });
});

describe('a call that fails', () => {
  it.each([
    ['is throttled', throttling],
    ['loses its connection', cut],
    ['meets a fault of the service', () => failure('InternalError', { $metadata: { httpStatusCode: 500 } })],
    ['gets no answer in time', () => failure('TimeoutError', { code: 'ETIMEDOUT' })],
    ['finds no name server', () => failure('Error', { code: 'EAI_AGAIN' })],
  ])('is made again for at least 20 seconds where it %s', async (_, error) => {
    let attempts = 0;
    const retry = retrying({});
    const { failed, took } = await run([
      () =>
        retry('s3:GetBucketAcl', async () => {
          attempts++;
          return fail(error());
        }),
    ]);
    expect({ failed, attempts }).toEqual({ failed: 1, attempts: expect.toSatisfy((n: number) => n === 11 || n === 12) });
    expect(took).toBeGreaterThanOrEqual(20_000);
    expect(took).toBeLessThan(60_000);
  });

  it('survives an outage of 15 seconds, and so do all others', async () => {
    const retry = retrying({});
    const end = performance.now() + 15_000;
    const calls = Array.from(
      { length: 40 },
      (_, n) => () => retry(`s3:Get${n % 4}`, async () => (performance.now() < end ? fail(cut()) : n)),
    );
    expect((await run(calls)).failed).toBe(0);
  });

  it.each([
    ['is denied', failure('AccessDenied', { $metadata: { httpStatusCode: 403 } })],
    ['is wrong', failure('ValidationException', { $metadata: { httpStatusCode: 400 } })],
    ['is not known to the code', new TypeError('no')],
  ])('is made once where it %s', async (_, error) => {
    let attempts = 0;
    const { failed } = await run([
      () =>
        retrying({})('s3:GetBucketAcl', async () => {
          attempts++;
          return fail(error);
        }),
    ]);
    expect({ failed, attempts }).toEqual({ failed: 1, attempts: 1 });
  });

  it.each<[string, RetryOptions]>([
    ['attempts', { maxAttempts: 3 }],
    ['patience', { patienceMs: 1000 }],
  ])('is given up sooner with fewer %s', async (_, options) => {
    const retry = retrying(options);
    expect((await run([() => retry('s3:GetBucketAcl', async () => fail(cut()))])).took).toBeLessThan(5000);
  });

  it('waits as long as the service asks for, but not for ever', async () => {
    const asking = (seconds: string) => failure('SlowDown', { $response: { statusCode: 503, headers: { 'retry-after': seconds } } });
    const twice = async (seconds: string): Promise<number> => {
      const retry = retrying({ maxAttempts: 2 });
      return (await run([() => retry('s3:GetBucketAcl', async () => fail(asking(seconds)))])).took;
    };
    expect(await twice('5')).toBeGreaterThanOrEqual(4_900);
    expect(await twice('86400')).toBeLessThanOrEqual(20_100);
  });

  it('makes no call that still waits for its turn when the user stops', async () => {
    const stop = new AbortController();
    const retry = retrying({ signal: stop.signal, limit: callLimit(1) });
    let calls = 0;
    const call = () =>
      retry('sqs:GetQueueAttributes', () => {
        calls++;
        return after50(() => stop.abort());
      });
    expect((await run([call, call, call])).failed).toBe(2);
    expect(calls).toBe(1);
  });

  it('is not made again after the scan was stopped', async () => {
    const stop = new AbortController();
    const retry = retrying({ signal: stop.signal });
    let attempts = 0;
    const call = () =>
      retry('s3:GetBucketAcl', async () => {
        if (++attempts === 3) stop.abort();
        return fail(cut());
      });
    expect((await run([call])).failed).toBe(1);
    expect(attempts).toBe(3);
  });
});

describe('an action that nobody answers', () => {
  it('is given up for all calls together, and tried again by one call after each such time', async () => {
    const retry = retrying({});
    let attempts = 0;
    let isUp = false;
    const call = (action: string) => () =>
      retry(action, () =>
        after50(() => {
          if (action === 'up' || isUp) return 1;
          attempts++;
          return fail(cut());
        }),
      );
    const many = (count: number, action: string) => Array.from({ length: count }, () => call(action));
    const first = await run([...many(8, 'down'), ...many(8, 'up')]);
    expect(first.failed).toBe(8);
    for (const tries of [0, 1]) {
      attempts = 0;
      const later = await run([...many(50, 'down'), ...many(8, 'up')]);
      expect({ failed: later.failed, attempts }).toEqual({ failed: 50, attempts: tries });
      await vi.advanceTimersByTimeAsync(30_000);
    }
    isUp = true;
    await run(many(1, 'down'));
    expect((await run(many(50, 'down'))).failed).toBe(0);
  });
});

describe('a service that throttles', () => {
  /** A service that answers a number of calls a second, as AWS does with a token bucket. */
  const service = (perSecond: number) => {
    let [tokens, at, attempts] = [perSecond, performance.now(), 0];
    return {
      attempts: () => attempts,
      call: () =>
        after50(() => {
          attempts++;
          tokens = Math.min(perSecond, tokens + ((performance.now() - at) / 1000) * perSecond);
          at = performance.now();
          if (tokens < 1) fail(throttling());
          tokens--;
        }),
    };
  };

  it.each([5, 20, 100])('at %i calls a second is asked little more often than it answers, and answers all', async (perSecond) => {
    const { attempts, call } = service(perSecond);
    const heard: string[] = [];
    const retry = retrying({ limit: callLimit(24), throttled: (action) => heard.push(action) });
    const CALLS = 400;
    const chain = async (): Promise<void> => {
      for (let n = 0; n < 10; n++) await retry(`s3:Get${n % 5}`, call);
    };
    const { failed, took } = await run(Array.from({ length: CALLS / 10 }, () => chain));
    expect(failed).toBe(0);
    expect(heard.length).toBe(attempts() - CALLS);
    expect(attempts() / CALLS).toBeLessThan(3);
    expect(took).toBeLessThan((3 * CALLS * 1000) / perSecond + 20_000);
  });

  it('now and then, costs less than three times the time of its calls', async () => {
    const random = randomFrom(2);
    const call = () => after50(() => (random() < 0.3 ? fail(throttling()) : 1));
    const timeOf = async (each: () => Promise<unknown>, options: RetryOptions): Promise<number> => {
      const retry = retrying(options);
      // Each list of calls is a chain, as a reader makes it.
      const chain = async (): Promise<void> => {
        for (let i = 0; i < 40; i++) await retry(`s3:Get${i % 5}`, each);
      };
      const { failed, took } = await run(Array.from({ length: 16 }, () => chain));
      expect(failed).toBe(0);
      return took;
    };
    const alone = await timeOf(() => after50(() => 1), {});
    expect(await timeOf(call, {})).toBeLessThan(3 * alone);
  });

  it('is asked for everything at once again after it recovered', async () => {
    const retry = retrying({});
    let isThrottling = true;
    const calls = () =>
      Array.from({ length: 20 }, () => () => retry('s3:Get', () => after50(() => (isThrottling ? fail(throttling()) : 1))));
    await run(calls().map((call) => () => Promise.race([call(), new Promise((resolve) => setTimeout(resolve, 2000))])));
    isThrottling = false;
    await run(calls());
    await run(calls());
    expect((await run(calls())).took).toBeLessThan(200);
  });
});
