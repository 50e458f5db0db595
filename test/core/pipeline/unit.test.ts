import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inventoryOf } from '../../../core/facts/inventory.ts';
import type { ConfigItem } from '../../../core/facts/parser.ts';
import { ReadAgain } from '../../../core/pipeline/sweep.ts';
import {
  followUpOf,
  MAX_DELAY_SECONDS,
  MAX_RETRIES,
  newReport,
  type ReaderEnd,
  readersOf,
  retryDelay,
  type Unit,
  type UnitSteps,
  unitItems,
  unitsOf,
} from '../../../core/pipeline/unit.ts';

const ACCOUNT = '111111111111';
const REGION = 'eu-west-1';

const item = (resourceId: string): ConfigItem => ({
  resource: { accountId: ACCOUNT, region: REGION, resourceType: 'AWS::EC2::Volume', resourceId },
  capturedAt: '2026-01-01T00:00:00.000Z',
  state: 'recorded',
  configuration: {},
  supplementaryConfiguration: {},
  tags: {},
  relationships: [],
});
const entryOf = (reader: string, reason: string): ConfigItem => ({
  ...item(''),
  resource: inventoryOf(ACCOUNT, REGION, reader),
  configuration: { reason },
});

interface Script {
  readonly items?: number;
  readonly end?: ReaderEnd;
  readonly again?: string;
  readonly throws?: string;
  /** Number of turns of the event loop before each item. */
  readonly slow?: number;
}

/** Readers that do what their scripts say, and what is known of their runs. */
function unit(scripts: Readonly<Record<string, Script>>, parts: Partial<UnitSteps> = {}) {
  const seen = { began: [] as string[], ended: [] as string[], underWay: 0, most: 0 };
  const report = newReport();
  const run: UnitSteps['run'] = (reader) => {
    const { items = 1, end = { kind: 'read' }, again, throws, slow = 0 } = scripts[reader] ?? {};
    seen.began.push(reader);
    seen.most = Math.max(seen.most, ++seen.underWay);
    const found = async function* () {
      try {
        if (again) yield new ReadAgain(again, 'behind');
        for (let n = 0; n < items; n++) {
          for (let turn = 0; turn < slow; turn++) await new Promise(setImmediate);
          yield item(`${reader}-${n}`);
        }
        if (throws) throw new RangeError(throws);
      } finally {
        seen.underWay--;
        seen.ended.push(reader);
      }
    };
    return { items: found(), end: () => end };
  };
  const steps: UnitSteps = {
    readers: Object.keys(scripts),
    probes: [],
    exempt: [],
    run,
    shuts: async () => false,
    unread: (reader, reason) => [entryOf(reader, reason)],
    hasTime: () => true,
    atOnce: () => 3,
    ...parts,
  };
  const take = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { resource } of unitItems(steps, report)) ids.push(resource.resourceId);
    return ids;
  };
  return { seen, report, steps, take };
}

const denied = (reason: string): Script => ({ items: 0, end: { kind: 'denied', reason } });
const times = (count: number, script: Script = {}): Record<string, Script> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`r${n}`, script]));

describe('a unit', () => {
  it('yields what all its readers find, some readers at once', async () => {
    const { take, seen, report } = unit(times(8, { items: 3, slow: 1 }));
    expect((await take()).sort()).toEqual(Array.from({ length: 8 }, (_, n) => [0, 1, 2].map((i) => `r${n}-${i}`)).flat());
    expect(seen.most).toBe(3);
    expect(report).toEqual({ failed: new Map(), rest: [], again: new Map() });
  });

  it('lets a slow reader hold up no other', async () => {
    const { take } = unit({ slow: { items: 1, slow: 200 }, ...times(6, { items: 2 }) });
    expect((await take()).at(-1)).toBe('slow-0');
  });

  it('takes the items of its readers in turn', async () => {
    const { take } = unit(times(3, { items: 4 }));
    const order = await take();
    expect(new Set(order.slice(0, 3).map((id) => id.slice(0, 2))).size).toBe(3);
    expect(new Set(order.slice(-3).map((id) => id.slice(0, 2))).size).toBe(3);
  });

  it('takes nothing from a reader before the consumer has room', async () => {
    let made = 0;
    const endless = async function* () {
      for (;;) yield item(`v-${made++}`);
    };
    const { steps, report } = unit(times(3), { run: () => ({ items: endless(), end: () => ({ kind: 'read' }) }) });
    const items = unitItems(steps, report);
    for (let n = 0; n < 5; n++) await items.next();
    expect(made).toBeLessThanOrEqual(5 + 3);
    await items.return(undefined);
  });

  it('reports the readers that failed for a passing reason, and when one asks to run again', async () => {
    const failed: ReaderEnd = { kind: 'failed', reason: 'throttled' };
    const { take, report } = unit({ good: {}, bad: { end: failed }, early: { again: '2026-01-01T04:00:00.000Z' } });
    expect(await take()).toHaveLength(3);
    expect(report.failed).toEqual(new Map([['bad', 'throttled']]));
    expect(report.again).toEqual(new Map([['early', '2026-01-01T04:00:00.000Z']]));
  });

  it('begins no reader when the time is over, and names those that are left', async () => {
    let looks = 0;
    const { take, report } = unit(times(6), { atOnce: () => 1, hasTime: () => looks++ < 2 });
    expect(await take()).toEqual(['r0-0', 'r1-0']);
    expect(report.rest).toEqual(['r2', 'r3', 'r4', 'r5']);
  });

  it('runs fewer readers at once after calls were throttled', async () => {
    let atOnce = 4;
    const { take, seen } = unit(times(12, { items: 2, slow: 1 }), { atOnce: () => atOnce });
    const first = take();
    atOnce = 2;
    await first;
    expect(seen.most).toBe(2);
  });

  it('ends every reader that it began, wherever one breaks or the consumer stops', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ items: fc.nat(4), slow: fc.nat(2), throws: fc.option(fc.constant('broken'), { nil: undefined, freq: 6 }) }), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.option(fc.nat(10), { nil: undefined }),
        async (list, stopAfter) => {
          const scripts = Object.fromEntries(
            list.map(({ items, slow, throws }, n) => [`r${n}`, { items, slow, ...(throws && { throws }) }]),
          );
          const { steps, report, seen } = unit(scripts);
          const breaks = list.some(({ throws }) => throws);
          let taken = 0;
          const error = await (async () => {
            for await (const _ of unitItems(steps, report)) if (++taken === stopAfter) break;
          })().catch((thrown: unknown) => thrown);
          expect(seen.underWay).toBe(0);
          expect(seen.ended.sort()).toEqual(seen.began.toSorted());
          if (stopAfter === undefined && breaks) expect(error).toBeInstanceOf(RangeError);
          if (stopAfter === undefined && !breaks) expect(taken).toBe(list.reduce((sum, { items }) => sum + items, 0));
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('a unit of a Region that begins with probes', () => {
  const PROBES = ['p1', 'p2'];
  const scripts = { p1: denied('ec2:A was denied (X)'), p2: denied('sns:B was denied (Y)'), exempt: {}, r1: {}, r2: {} };
  const parts = { probes: PROBES, exempt: ['exempt'] };

  it('makes no other call where the Region is shut, and says why for each list; exempt readers run', async () => {
    const { take, seen, report } = unit(scripts, { ...parts, shuts: async () => true });
    expect(await take()).toEqual(['r1', 'r2', 'exempt-0']);
    expect(seen.began).toEqual(['p1', 'p2', 'exempt']);
    expect(report.shut).toBe('ec2:A was denied (X)');
  });

  it.each([
    ['one probe answers', { ...scripts, p2: {} }, {}, true],
    ['one probe fails for a passing reason', { ...scripts, p2: { end: { kind: 'failed' as const, reason: 'throttled' } } }, {}, true],
    ['the Region is approved', scripts, {}, false],
    ['the message names some readers', { p1: scripts.p1, r1: {}, r2: {} }, {}, true],
  ])('reads on where %s', async (_, which, more, shuts) => {
    const { take, seen } = unit(which, { ...parts, ...more, shuts: async () => shuts });
    await take();
    expect(seen.began.toSorted()).toEqual(Object.keys(which).sort());
  });

  it('does not ask about the Region where nothing is denied', async () => {
    let asked = 0;
    const { take } = unit({ p1: {}, p2: {}, r1: {} }, { ...parts, shuts: async () => ++asked > 0 });
    await take();
    expect(asked).toBe(0);
  });
});

describe('the units of accounts', () => {
  it('are those of one account together, the global one first', () => {
    const units = [...unitsOf(['111111111111', '222222222222'], ['eu-west-1', 'us-east-1'], 4)];
    expect(units.map(({ accountId, region }) => `${accountId} ${region}`)).toEqual([
      '111111111111 global',
      '111111111111 eu-west-1',
      '111111111111 us-east-1',
      '222222222222 global',
      '222222222222 eu-west-1',
      '222222222222 us-east-1',
    ]);
    expect(units[0]).toEqual({ accountId: '111111111111', region: 'global', generation: 4 });
  });

  it('have the readers of their place, or those that the message names', () => {
    const readers = [
      { id: 'regional', scope: 'region' as const },
      { id: 'of-account', scope: 'account' as const },
      { id: 'of-organization', scope: 'organization' as const },
    ];
    const ids = (region: string, only?: string[]) =>
      readersOf({ accountId: ACCOUNT, region, generation: 1, ...(only && { readers: only }) }, readers).map(({ id }) => id);
    expect(ids('eu-west-1')).toEqual(['regional']);
    expect(ids('global')).toEqual(['of-account']);
    expect(ids('organization')).toEqual(['of-organization']);
    expect(ids('eu-west-1', ['of-account'])).toEqual([]);
    expect(ids('eu-west-1', ['regional', 'gone'])).toEqual(['regional']);
  });
});

describe('what follows a unit', () => {
  const asked = { accountId: ACCOUNT, region: REGION, generation: 3, attempt: 2, readers: ['a', 'b', 'c'] };
  const failed = new Map([
    ['a', 'throttled'],
    ['b', 'throttled'],
  ]);

  it('is nothing if all readers ran', () => {
    expect(followUpOf(asked, { failed: new Map(), rest: [] })).toEqual({});
  });

  it('is another attempt for the readers that failed, and the same attempt for those that had no time', () => {
    expect(followUpOf(asked, { failed, rest: ['c'] })).toEqual({
      rest: { ...asked, readers: ['c'] },
      retry: { ...asked, readers: ['a', 'b'], attempt: 3 },
    });
    expect(followUpOf({ accountId: ACCOUNT, region: REGION, generation: 3 }, { failed, rest: [] }).retry).toMatchObject({ attempt: 1 });
  });

  it('is a parked message after the last attempt, which can be sent again as it is', () => {
    const { retry, parked } = followUpOf({ ...asked, attempt: MAX_RETRIES }, { failed, rest: [] });
    expect(retry).toBeUndefined();
    expect(parked).toEqual({ unit: { accountId: ACCOUNT, region: REGION, generation: 3, readers: ['a', 'b'] }, reason: 'throttled' });
  });

  it('ends after a bounded number of attempts, whatever fails', () => {
    let unit: Unit | undefined = { accountId: ACCOUNT, region: REGION, generation: 1 };
    let attempts = 0;
    while (unit && attempts < 100) {
      attempts++;
      unit = followUpOf(unit, { failed, rest: [] }).retry;
    }
    expect(attempts).toBe(1 + MAX_RETRIES);
  });
});

describe('the delay before another attempt', () => {
  it('doubles from half a minute, is random in part, and never longer than a queue can delay', () => {
    const shortest = Array.from({ length: MAX_RETRIES }, (_, attempt) => retryDelay(attempt, 0));
    expect(shortest).toEqual([30, 60, 120, 240, 480, 900]);
    expect(retryDelay(0, 1)).toBe(38);
    expect(retryDelay(50, 1)).toBe(MAX_DELAY_SECONDS);
    expect(shortest.reduce((sum, seconds) => sum + seconds, 0) / 60).toBeLessThan(31);
  });
});
