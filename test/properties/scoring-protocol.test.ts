import { describe, expect, it } from 'vitest';
import { runs } from '../support/runs.ts';
import { markAfterVersion, PROTOCOL, type Protocol, scoringHistory } from '../support/scoring-histories.ts';

/** docs/adr/0027-one-scoring-at-a-time.md: a scoring run follows each committed change, and each of its three rules is needed. */

const HISTORIES = runs(600);
/** More than any mutant needs. The seeds are fixed, so that the result is too. */
const ENOUGH = 1000;

/** Returns the first seed whose history loses a change. */
async function firstLoss(protocol: Protocol, histories: number): Promise<number | undefined> {
  for (let seed = 1; seed <= histories; seed++) if ((await scoringHistory(seed, protocol)).isLost) return seed;
  return undefined;
}

describe('scoring runs through a FIFO queue that drops repeats for five minutes', () => {
  it('lose no change, whatever waits, dies or comes again, and need fewer runs than there are changes', async () => {
    let [scorings, changes] = [0, 0];
    for (let seed = 1; seed <= HISTORIES; seed++) {
      const ended = await scoringHistory(seed);
      if (ended.isLost) expect.fail(`seed ${seed} loses a change:\n${ended.story.join('\n')}`);
      scorings += ended.scorings;
      changes += ended.changes;
    }
    expect(scorings).toBeLessThan(0.75 * changes);
  });

  it.each<[string, Protocol]>([
    ['the version is read before the change is counted', { ...PROTOCOL, mark: markAfterVersion }],
    ['a run that finds nothing does not raise the version', { ...PROTOCOL, raisesAlways: false }],
    ['a run does not look again after its commit', { ...PROTOCOL, looksAgain: false }],
  ])('lose a change if %s', async (_, mutant) => {
    expect(await firstLoss(mutant, ENOUGH)).toBeDefined();
  });
});
