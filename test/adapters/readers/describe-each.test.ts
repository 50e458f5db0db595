import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeEach, type Observation, type Reader } from '../../../adapters/aws/readers/reader.ts';
import { Unread } from '../../../core/facts/view.ts';
import { readAll } from '../../support/readers.ts';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(() => void process.off('unhandledRejection', note));

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const observation = (n: number): Observation => ({ resourceType: 'AWS::EC2::Volume', resourceId: `vol-${n}`, configuration: {} });

/** Describes items: the one with the number `failing` fails at once, each other one ends after some turns, the first one last. */
async function runWith(items: number, failing: number, stopAfter = Number.POSITIVE_INFINITY) {
  const found: string[] = [];
  let underWay = 0;
  const each = describeEach(
    Array.from({ length: items }, (_, n) => n),
    async (n) => {
      underWay++;
      try {
        if (n === failing) throw new Error(`item ${n}`);
        for (let turns = 0; turns < items - n; turns++) await turn();
        return observation(n);
      } finally {
        underWay--;
      }
    },
  );
  const error = await (async () => {
    for await (const { resourceId } of each) if (found.push(resourceId) >= stopAfter) break;
  })().catch((thrown: Error) => thrown.message);
  const left = underWay;
  await turn();
  return { found: found.length, error, left, unhandled: [...unhandled] };
}

describe('describing each item', () => {
  it.each(Array.from({ length: 20 }, (_, failing) => [failing]))(
    'reports item %i, which fails before those in front of it, and leaves nothing behind',
    async (failing) => {
      expect(await runWith(20, failing)).toEqual({ found: failing, error: `item ${failing}`, left: 0, unhandled: [] });
    },
  );

  it('leaves nothing behind where the consumer stops before a failure', async () => {
    expect(await runWith(20, 7, 3)).toEqual({ found: 3, error: undefined, left: 0, unhandled: [] });
  });

  it('keeps the order of the items', async () => {
    expect(await runWith(40, -1)).toMatchObject({ found: 40, error: undefined });
  });
});

describe('an item whose identity cannot be read', () => {
  it('leaves the list incomplete, and the others in it', async () => {
    const reader: Reader = {
      id: 'of-volumes',
      scope: 'region',
      lists: ['AWS::EC2::Volume'],
      permissions: [],
      refreshedBy: [],
      read: () =>
        describeEach([1, 2, 3], async (n) => (n === 2 ? new Unread('s3:GetBucketLocation was denied (AccessDenied)') : observation(n))),
    };
    const items = await readAll(reader);
    expect(items.map(({ resource }) => resource.resourceId)).toEqual(['vol-1', 'vol-3', 'AWS::EC2::Volume']);
    expect(items.at(-1)?.configuration).toEqual({ resources: { reason: 's3:GetBucketLocation was denied (AccessDenied)' } });
  });
});
