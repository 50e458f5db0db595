import { beforeAll, describe, expect, it } from 'vitest';
import { missed, targetsIn } from './support.ts';

/** The targets of scoring in a small size: a regression of the real code fails here. `npm run bench:scale` has the full size. */
describe('scoring at scale', () => {
  let targets: Awaited<ReturnType<typeof targetsIn>>;
  beforeAll(async () => {
    targets = await targetsIn(['sweeps', 'live', 'slow', 'floods', 'outages']);
  });

  it.each([
    ['a', 3, 'a sweep of one account costs few runs, and at most in proportion to its Regions'],
    ['b', 2, 'a change is scored soon, also during a sweep'],
    ['c', 2, 'a slow run commits, and a long join is bounded'],
    ['d', 3, 'a flood of one account hardly delays another'],
    ['e', 2, 'nothing stays unscored after an outage'],
  ])('(%s) holds in %d figures: %s', (letter, count) => {
    expect(targets(letter)).toHaveLength(count);
    expect(missed(targets(letter))).toEqual([]);
  });
});
