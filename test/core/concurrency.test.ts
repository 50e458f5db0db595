import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forEachAtOnce } from '../../core/concurrency.ts';

const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('work at once', () => {
  it('is done for each item, once, and never for more than so many at a time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat()), fc.integer({ min: 1, max: 8 }), fc.boolean(), async (items, atOnce, isAsync) => {
        const done: number[] = [];
        let [running, most] = [0, 0];
        await forEachAtOnce(
          isAsync
            ? (async function* () {
                yield* items;
              })()
            : items,
          atOnce,
          async (item) => {
            most = Math.max(most, ++running);
            await soon();
            running--;
            done.push(item);
          },
        );
        expect(done.sort()).toEqual([...items].sort());
        expect(most).toBeLessThanOrEqual(atOnce);
        expect(most).toBe(Math.min(items.length, atOnce));
      }),
    );
  });

  it('ends with the first failure, when what was under way has ended, and asks for no further item', async () => {
    let [asked, ended] = [0, 0];
    const items = (function* () {
      for (;;) yield ++asked;
    })();
    const work = forEachAtOnce(items, 3, async (item) => {
      await soon();
      if (item === 2) throw new RangeError('two');
      await soon();
      ended++;
    });
    await expect(work).rejects.toThrow('two');
    expect(ended).toBe(2);
    expect(asked).toBeLessThanOrEqual(5);
  });

  it('fails where the items fail', async () => {
    const items = (async function* () {
      yield 1;
      throw new RangeError('no more');
    })();
    const done: number[] = [];
    await expect(forEachAtOnce(items, 4, async (item) => void done.push(item))).rejects.toThrow('no more');
    expect(done).toEqual([1]);
  });
});
