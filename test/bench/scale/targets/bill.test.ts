import { beforeAll, describe, expect, it } from 'vitest';
import { missed, targetsIn } from './support.ts';

/** The bill in a small size: fewer accounts live through a day. */
describe('the bill of a month', () => {
  let targets: Awaited<ReturnType<typeof targetsIn>>;
  beforeAll(async () => {
    targets = await targetsIn(['bills of 17 Regions']);
  });

  it('holds for one account and for 10,000, in 17 Regions', () => {
    expect(targets('g')).toHaveLength(2);
    expect(missed(targets('g'))).toEqual([]);
  });
});
