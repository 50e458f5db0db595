import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { memoryPlanStore } from '../../../adapters/memory/plan-store.ts';
import {
  beginSweep,
  isSampled,
  MAX_WAITING,
  noteAccounts,
  type PlanDependencies,
  sendDue,
  sweepDue,
  visitHourly,
} from '../../../core/pipeline/plan.ts';
import { ORGANIZATION_PLACE, type Unit } from '../../../core/pipeline/unit.ts';
import { SLOTS } from '../../../core/pipeline/wheel.ts';

const OWN = '999999999999';
const START = Date.parse('2026-03-01T00:00:00.000Z');
const hash = (text: string, below: number): number => createHash('sha256').update(text).digest().readUInt32BE() % below;
const slots = new Map<string, number>();
const slotOf = (accountId: string): number => {
  const slot = slots.get(accountId) ?? hash(accountId, SLOTS);
  slots.set(accountId, slot);
  return slot;
};
const accountsOf = (count: number): string[] => Array.from({ length: count }, (_, index) => String(100_000_000_000 + index));

interface EstateParts {
  readonly accounts?: readonly string[];
  readonly regions?: number;
  readonly scored?: readonly string[];
}

/** A deployment in memory: its clock, its queue, and how often each call was made. */
function estate({ accounts = accountsOf(1), regions = 1, scored = [] }: EstateParts = {}) {
  let minutes = 0;
  const queue: Unit[] = [];
  const calls = { list: 0, waiting: 0 };
  const spread: string[] = [];
  const dependencies: PlanDependencies = {
    plan: memoryPlanStore(),
    units: {
      send: async (units) => {
        const before = queue.length;
        queue.push(...units);
        return queue.length - before;
      },
      waiting: async () => {
        calls.waiting++;
        return queue.length;
      },
    },
    listAccounts: async () => {
      calls.list++;
      return accounts;
    },
    scoredAccounts: async () => scored,
    slotOf,
    regions: Array.from({ length: regions }, (_, index) => `eu-west-${index + 1}`),
    ownAccountId: OWN,
    now: () => new Date(START + minutes * 60_000).toISOString(),
    hasTime: () => true,
  };
  return {
    dependencies,
    queue,
    calls,
    spread,
    advance: (by: number) => {
      minutes += by;
    },
    minutes: () => minutes,
    sweep: (parts: Partial<PlanDependencies> = {}) =>
      sweepDue(
        async (accountIds) => {
          spread.push(...accountIds);
        },
        { ...dependencies, ...parts },
      ),
  };
}

describe('a list of accounts that cannot be made', () => {
  const failing = { listAccounts: async () => Promise.reject(new RangeError('denied')) };
  const wholeDay = async (run: () => Promise<unknown>, advance: (by: number) => void) => {
    for (let minutes = 0; minutes < 24 * 60; minutes += 30) {
      advance(30);
      await run();
    }
  };

  it('leaves the one before: its accounts are swept, their evidence expires, and the failure is told', async () => {
    const accounts = accountsOf(50);
    const { dependencies, sweep, queue, advance } = estate({ accounts });
    await sweep();
    await visitHourly(async () => undefined, dependencies);
    advance(3 * 24 * 60);
    queue.length = 0;
    const visited = new Set<string>();
    const visit = async (accountId: string) => visited.add(accountId);
    expect((await visitHourly(visit, { ...dependencies, ...failing })).problems).toEqual([new RangeError('denied')]);
    expect(visited).toEqual(new Set(accounts));
    expect((await sweep(failing)).problems).toEqual([new RangeError('denied')]);
    await wholeDay(() => sweep(failing), advance);
    expect(new Set(queue.map(({ accountId }) => accountId))).toEqual(new Set([...accounts, OWN]));
  });

  it('is an error if there was none before', async () => {
    await expect(estate().sweep(failing)).rejects.toThrow('denied');
  });
});

describe('the sweep', () => {
  it('sends all units of one account together at the first run, the organization once, and applies the settings', async () => {
    const [accountId = ''] = accountsOf(1);
    const { sweep, queue, spread } = estate({ regions: 2 });
    await sweep();
    expect(queue).toEqual(
      expect.arrayContaining([
        { accountId, region: 'global', generation: 1 },
        { accountId, region: 'eu-west-1', generation: 1 },
        { accountId, region: 'eu-west-2', generation: 1 },
        { accountId: OWN, region: ORGANIZATION_PLACE, generation: 1 },
      ]),
    );
    expect(queue).toHaveLength(4);
    expect(spread).toEqual([accountId]);
  });

  it('reads 10,000 accounts in 17 Regions in small runs, as fast as the queue drains, and then once a day', async () => {
    const accounts = accountsOf(10_000);
    const { sweep, queue, advance, minutes, calls } = estate({ accounts, regions: 17 });
    const seen = new Map<string, number>();
    let largest = 0;
    const drain = (count: number) => {
      for (const { accountId, region } of queue.splice(0, count)) {
        const key = `${accountId} ${region}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
      }
    };
    // 20 units at once of 3 s each.
    const AN_HOUR_OF_WORK = (20 * 3600) / 3;
    let left = Number.POSITIVE_INFINITY;
    while (left > 0) {
      const { done, wheel } = await sweep();
      largest = Math.max(largest, done);
      left = wheel.walk?.left ?? 0;
      expect(queue.length).toBeLessThanOrEqual(MAX_WAITING);
      drain(AN_HOUR_OF_WORK / 60);
      advance(1);
    }
    expect(largest).toBeLessThanOrEqual(MAX_WAITING);
    expect(minutes() / 60).toBeLessThan(12);
    drain(MAX_WAITING);
    expect(calls.list).toBe(1);
    expect(seen.size).toBe(10_000 * 18 + 1);
    expect(new Set(seen.values())).toEqual(new Set([1]));
    seen.clear();
    for (let turn = 0; turn < SLOTS; turn++) {
      advance(5);
      const { done } = await sweep();
      largest = Math.max(largest, done);
      drain(AN_HOUR_OF_WORK / 12);
    }
    drain(Number.POSITIVE_INFINITY);
    expect(seen.size).toBe(10_000 * 18 + 1);
    expect(new Set(seen.values())).toEqual(new Set([1]));
    expect(largest).toBeLessThanOrEqual(MAX_WAITING);
  });

  it('waits while the queue is full, and loses nothing', async () => {
    const { sweep, queue, dependencies } = estate({ accounts: accountsOf(500), regions: 17 });
    const first = await sweep();
    expect(first.done).toBeGreaterThan(MAX_WAITING - 500);
    expect((await sweep()).done).toBe(0);
    const seen = new Set<string>();
    for (let run = 0; run < 20; run++) {
      for (const { accountId } of queue.splice(0)) seen.add(accountId);
      await sweep();
    }
    expect(seen.size).toBe(501);
    expect((await dependencies.plan.readWheel('SWEEP'))?.walk?.left).toBe(0);
  });

  it('sends a slot that is larger than the queue may be, once the queue is empty', async () => {
    const { sweep, queue } = estate({ accounts: accountsOf(300), regions: 17 });
    let runs = 0;
    while (queue.length === 0 && runs++ < 3) await sweep({ slotOf: () => 7 });
    expect(queue).toHaveLength(300 * 18 + 1);
  });

  it('stops when the time of the run is over, and goes on in the next one', async () => {
    const { sweep, queue } = estate({ accounts: accountsOf(50) });
    let looks = 0;
    await sweep({ hasTime: () => looks++ < 10 });
    const sent = queue.length;
    expect(sent).toBeLessThan(101);
    await sweep();
    expect(queue).toHaveLength(101);
  });

  it('sends nothing where the queue takes nothing, and everything later', async () => {
    const { sweep, queue, dependencies } = estate({ accounts: accountsOf(3) });
    const broken = { ...dependencies.units, send: async () => Promise.reject(new RangeError('the queue is away')) };
    await expect(sweep({ units: broken, slotOf: () => 3 })).rejects.toThrow('away');
    await sweep({ slotOf: () => 3 });
    expect(queue).toHaveLength(7);
  });

  it('goes on where the settings of one account cannot be applied, and says so', async () => {
    const accounts = accountsOf(4);
    const { dependencies, queue } = estate({ accounts });
    const applied: string[] = [];
    const { problems } = await sweepDue(
      async (accountIds) => {
        if (accountIds.includes(accounts[1] ?? '')) throw new RangeError('corrupt');
        applied.push(...accountIds);
      },
      { ...dependencies, slotOf: () => 5 },
    );
    expect(problems).toEqual([new RangeError('corrupt')]);
    expect(applied.sort()).toEqual(accounts.filter((_, index) => index !== 1));
    expect(queue).toHaveLength(9);
  });

  it('applies the settings to accounts with a scorecard that are no longer read, and sends no unit for them', async () => {
    const { sweep, queue, spread } = estate({ scored: ['777777777777'] });
    await sweep();
    expect(spread).toContain('777777777777');
    expect(queue.map(({ accountId }) => accountId)).not.toContain('777777777777');
  });

  it('lists the accounts again when nobody else has for more than a day', async () => {
    const { sweep, calls, advance } = estate();
    await sweep();
    advance(24 * 60);
    await sweep();
    expect(calls.list).toBe(1);
    advance(3 * 60);
    await sweep();
    expect(calls.list).toBe(2);
  });

  it('is made again as a whole after a deployment', async () => {
    const { sweep, queue, dependencies } = estate({ accounts: accountsOf(30) });
    await sweep();
    queue.splice(0);
    await beginSweep(dependencies);
    await sweep();
    expect(queue).toHaveLength(61);
    expect(new Set(queue.map(({ generation }) => generation))).toEqual(new Set([2]));
  });
});

describe('a list of accounts that the readers of the organization made', () => {
  it('has the units of new accounts sent at once', async () => {
    const { dependencies, queue, sweep, calls } = estate({ accounts: accountsOf(2) });
    await sweep();
    queue.splice(0);
    const added = await noteAccounts([...accountsOf(2), '555555555555'], dependencies);
    expect(added).toEqual(['555555555555']);
    expect(queue.map(({ accountId, region }) => [accountId, region])).toEqual([
      ['555555555555', 'global'],
      ['555555555555', 'eu-west-1'],
    ]);
    expect((await dependencies.plan.readAccounts('LISTED'))?.accountIds).toHaveLength(3);
    expect(calls.list).toBe(1);
  });

  it('sends nothing where it is the first list', async () => {
    const { dependencies, queue } = estate();
    expect(await noteAccounts(accountsOf(9), dependencies)).toEqual([]);
    expect(queue).toEqual([]);
  });
});

describe('a visit', () => {
  it('comes to every account once an hour, one failing account aside', async () => {
    const period = 60;
    const accounts = accountsOf(2000);
    const { dependencies, advance } = estate({ accounts, regions: 17 });
    const visits = new Map<string, number>();
    let failed = 0;
    let largest = 0;
    const run = async (): Promise<void> => {
      const { problems, done } = await visitHourly(async (accountId) => {
        visits.set(accountId, (visits.get(accountId) ?? 0) + 1);
        if (accountId === accounts[0]) throw new RangeError('corrupt');
      }, dependencies);
      failed += problems.length;
      largest = Math.max(largest, done);
    };
    await run();
    visits.clear();
    failed = 0;
    for (let minutes = 0; minutes < period; minutes += 5) {
      advance(5);
      await run();
    }
    expect(visits.size).toBe(2000);
    expect(new Set(visits.values())).toEqual(new Set([1]));
    expect(failed).toBe(1);
    expect(largest).toBeLessThan((2000 * 5 * 3) / period);
  });

  it('includes accounts that are no longer read', async () => {
    const { dependencies, advance } = estate({ scored: ['777777777777'] });
    const visited = new Set<string>();
    const visit = async (accountId: string) => visited.add(accountId);
    await visitHourly(visit, dependencies);
    advance(60);
    await visitHourly(visit, dependencies);
    expect(visited).toEqual(new Set([...accountsOf(1), '777777777777']));
  });
});

describe('readings of later', () => {
  it('are sent when their time has come, and once for each time', async () => {
    const { dependencies, advance } = estate();
    const reading = { accountId: '111111111111', region: 'global', reader: 'iam-credential-report' };
    await dependencies.plan.keep({ ...reading, at: '2026-03-01T03:00:00.000Z' });
    await dependencies.plan.keep({ ...reading, at: '2026-03-01T03:00:00.000Z' });
    const sent: unknown[] = [];
    const send = async (readings: readonly unknown[]) => sent.push(...readings);
    advance(179);
    expect(await sendDue(send, dependencies)).toBe(0);
    advance(2);
    expect(await sendDue(send, dependencies)).toBe(1);
    expect(await sendDue(send, dependencies)).toBe(0);
    expect(sent).toEqual([reading]);
  });

  it('stay where the queue does not take them', async () => {
    const { dependencies, advance } = estate();
    await dependencies.plan.keep({ accountId: '111111111111', region: 'global', reader: 'r', at: '2026-03-01T00:00:00.000Z' });
    advance(1);
    await expect(sendDue(() => Promise.reject(new RangeError('away')), dependencies)).rejects.toThrow('away');
    expect(await sendDue(async () => undefined, dependencies)).toBe(1);
  });
});

describe('the sample of a day', () => {
  it('is about 1 % of the accounts, and has each of them once in a hundred days', () => {
    const accounts = accountsOf(1000);
    const days = Array.from({ length: 100 }, (_, day) => new Date(START + day * 86_400_000).toISOString());
    const sizes = days.map((day) => accounts.filter((accountId) => isSampled(accountId, day, hash)).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1000);
    expect(Math.max(...sizes)).toBeLessThan(30);
  });
});
