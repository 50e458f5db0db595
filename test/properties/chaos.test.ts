import { describe, expect, it } from 'vitest';
import { problemsIn } from '../support/chaos/checks.ts';
import { type History, MINUTE } from '../support/chaos/history.ts';
import { trySeed } from '../support/chaos/run.ts';
import { createWorld } from '../support/chaos/world.ts';

/** `npm run chaos -- --seeds N` tries more, and so does the nightly workflow. */
const SEEDS = 25;

describe('whatever goes wrong on the way from AWS to the scorecard', () => {
  it('the state, the scorecards and what was told are right when everything has come to rest', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const report = await trySeed(seed);
      if (report !== undefined) expect.fail(report);
    }
  });
});

const accountOf = (account: number): string => String(100_000_000_000 + account);

/** A history without faults in which each account gets one volume. */
const calm = (accounts: number): History => ({
  seed: 1,
  accountIds: Array.from({ length: accounts }, (_, index) => accountOf(index)),
  steps: Array.from({ length: accounts }, (_, index) => ({
    kind: 'change',
    at: index,
    item: {
      resource: { accountId: accountOf(index), region: 'eu-west-1', resourceType: 'AWS::EC2::Volume', resourceId: 'vol-1' },
      state: 'recorded',
      configuration: { encrypted: true },
      supplementaryConfiguration: {},
    },
    deliveries: [0],
  })),
  faults: [],
  endsWithSweep: false,
  later: [],
});

describe('a group of the queue of scoring runs', () => {
  it('whose runs never end is noted as behind, and holds up none of 100 others', async () => {
    const history = calm(101);
    const [stuck = ''] = history.accountIds;
    const world = await createWorld(history, { hanging: new Set([stuck]) });
    try {
      await world.clock.run(world.start + 2 * MINUTE);
      expect([...(await world.store.listAccountStatuses()).keys()].sort()).toEqual(history.accountIds.slice(1));
      expect(world.queues.runs.size).toBe(1);
      await world.clock.run(world.start + 10 * MINUTE);
      const behind = await world.store.listBehind();
      expect(behind.map(({ scope, reason }) => [scope, reason])).toEqual([[stuck, 'an earlier run ended without a result']]);
    } finally {
      world.end();
    }
  });

  it('whose account has left comes to rest, and heal skips it', async () => {
    const history = calm(2);
    const [left = '', stays = ''] = history.accountIds;
    const world = await createWorld(history);
    try {
      expect(await world.untilQuiet()).toBeUndefined();
      world.accountIds.delete(left);
      await world.store.want(left, ['AWS::EC2::Volume']);
      await world.store.want(stays, ['AWS::EC2::Volume']);
      const versions = async () => Promise.all([left, stays].map(async (scope) => (await world.store.beginScoring(scope)).version));
      const [before = 0] = await versions();
      expect(await world.untilQuiet()).toBeUndefined();
      const [after, ofOther] = await versions();
      expect(after).toBe(before);
      expect(ofOther).toBeGreaterThan(before);
      expect(await problemsIn(world)).toEqual([]);
    } finally {
      world.end();
    }
  });
});
