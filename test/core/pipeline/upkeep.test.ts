import { describe, expect, it } from 'vitest';
import { shardOf } from '../../../adapters/aws/keys.ts';
import { memoryPlanStore } from '../../../adapters/memory/plan-store.ts';
import { memoryStateStore } from '../../../adapters/memory/state-store.ts';
import { markDaily } from '../../../core/pipeline/upkeep.ts';
import { DAY_PASSED, DRIFT } from '../../../core/pipeline/wanted.ts';
import { SLOTS } from '../../../core/pipeline/wheel.ts';

const START = Date.UTC(2026, 10, 30);
const HOUR = 3_600_000;
const ACCOUNTS = Array.from({ length: 400 }, (_, n) => String(100_000_000_000 + n));

function upkeep(refuses: () => boolean = () => false) {
  const store = memoryStateStore();
  const wheels = memoryPlanStore();
  const sent: string[] = [];
  const queue = {
    send: async (scope: string) => {
      if (refuses()) throw new RangeError('the queue is away');
      sent.push(scope);
    },
  };
  const at = (hours: number) =>
    markDaily(ACCOUNTS, shardOf, { store, queue, wheels, now: () => new Date(START + hours * HOUR).toISOString() });
  const keys = async () => {
    const wanted = await Promise.all(ACCOUNTS.map((accountId) => store.readWanted(accountId)));
    return wanted.map((counters) => [...counters.keys()].join());
  };
  return { at, sent, keys };
}

describe('joins that grow old', () => {
  it('are asked for an hour after the units of their account, twice in no hour', async () => {
    const { at, sent } = upkeep();
    for (let hour = 0; hour < 24; hour++) {
      const before = sent.length;
      await at(hour);
      await at(hour);
      const turns = sent.slice(before).map((accountId) => (shardOf(accountId, SLOTS) + 12) % SLOTS);
      expect(turns.every((turn) => turn > (hour - 1) * 12 && turn <= hour * 12)).toBe(true);
    }
    expect(new Set(sent).size).toBe(sent.length);
  });

  it('are asked for in every account each day, except in a sample of the accounts that is evaluated in full', async () => {
    const { at, sent, keys } = upkeep();
    for (let hour = 0; hour < 24; hour++) await at(hour);
    await at(24 - 1 / 12);
    expect(sent.sort()).toEqual(ACCOUNTS);
    expect(new Set(await keys())).toEqual(new Set([DAY_PASSED, DRIFT]));
    expect((await keys()).filter((key) => key === DRIFT).length).toBeLessThan(20);
  });

  it('are asked for later if hours were missed, and once after days', async () => {
    const { at, sent } = upkeep();
    await at(0);
    for (const hour of [5, 6, 13.5, 24 - 1 / 12]) await at(hour);
    expect(sent.sort()).toEqual(ACCOUNTS);
    expect(await at(24 * 5)).toBe(ACCOUNTS.length);
    expect(await at(24 * 5)).toBe(0);
  });

  it('are asked for by the next run if one fails', async () => {
    let isAway = false;
    const { at, sent } = upkeep(() => isAway);
    await at(0);
    isAway = true;
    await expect(at(9)).rejects.toThrow('away');
    isAway = false;
    await at(24 - 1 / 12);
    expect(new Set(sent)).toEqual(new Set(ACCOUNTS));
  });
});
