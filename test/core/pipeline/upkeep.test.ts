import { describe, expect, it } from 'vitest';
import { shardOf } from '../../../adapters/aws/keys.ts';
import { memoryStateStore } from '../../../adapters/memory/state-store.ts';
import { growsOldIn, markDaily } from '../../../core/pipeline/upkeep.ts';
import { DAY_PASSED, DRIFT } from '../../../core/pipeline/wanted.ts';
import { SLOTS } from '../../../core/pipeline/wheel.ts';

const hour = (number: number): string => new Date(Date.UTC(2026, 10, 30) + number * 3_600_000).toISOString();

describe('joins that grow old', () => {
  it('are due once a day, in the hour after the units of their account', () => {
    for (let slot = 0; slot < SLOTS; slot++) {
      const due = Array.from({ length: 24 }, (_, n) => n).filter((n) => growsOldIn(slot, hour(n)));
      expect(due).toEqual([(Math.floor(slot / 12) + 1) % 24]);
    }
  });

  it('are asked for in every account each day, except in a sample of the accounts that is judged in full', async () => {
    const accounts = Array.from({ length: 400 }, (_, n) => String(100_000_000_000 + n));
    const store = memoryStateStore();
    const sent: string[] = [];
    const dependencies = { store, queue: { send: async (scope: string) => void sent.push(scope) } };
    for (let n = 0; n < 24; n++) await markDaily(accounts, hour(n), shardOf, dependencies);
    expect(sent.sort()).toEqual(accounts);
    const wanted = await Promise.all(accounts.map((accountId) => store.readWanted(accountId)));
    const keys = wanted.map((counters) => [...counters.keys()].join());
    expect(new Set(keys)).toEqual(new Set([DAY_PASSED, DRIFT]));
    expect(keys.filter((key) => key === DRIFT).length).toBeLessThan(20);
  });
});
