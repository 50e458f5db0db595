import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryRemediationStore } from '../../../../adapters/memory/remediation-store.ts';
import { BURST, listRollbacks, MAX_ROLLBACKS, PACE_MINUTES, rollBackWindow } from '../../../../core/remediation/commands/window.ts';
import { minutesAfter } from '../../../../core/remediation/decide/decision.ts';
import type { Attempt, Remediation } from '../../../../core/remediation/model/record.ts';
import { runs } from '../../../support/runs.ts';
import { asOperator, stored } from '../../../support/seals.ts';

const NOW = '2026-11-18T15:10:00.000Z';
const FROM = '2026-11-18T14:00:00.000Z';
const TO = '2026-11-18T15:00:00.000Z';
const WINDOW = { from: FROM, to: TO, scope: {} };
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

const attempt = (intendedAt: string, changed: Partial<Attempt> = {}): Attempt => ({
  kind: 'fix',
  runbook: 'CSMM-Test',
  parameters: {},
  region: 'eu-west-1',
  stateHash: 'hash',
  token: intendedAt,
  intendedAt,
  executionId: `e-${intendedAt}`,
  outcome: 'verified',
  at: minutesAfter(intendedAt, 3),
  reason: 'it passes',
  ...changed,
});

let count = 0;
const did = (
  minute: number,
  changed: Partial<Remediation> & { readonly accountId?: string; readonly resourceId?: string } = {},
): Remediation => {
  const { accountId = '111111111111', resourceId = `bucket-${++count}`, ...rest } = changed;
  const at = minutesAfter(FROM, minute);
  return {
    id: hash(`${minute} ${accountId} ${resourceId} ${rest.controlId}`).slice(0, 24),
    controlId: 'STR-L2-01',
    resource: { accountId, region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId },
    status: 'SUCCEEDED',
    reason: 'it passes',
    revision: 1,
    failingSince: minutesAfter(at, -5),
    updatedAt: at,
    attempts: [attempt(at, { executionId: `e-${resourceId}` })],
    trail: [],
    ...rest,
  };
};

async function world(...given: readonly Remediation[]) {
  const store = memoryRemediationStore();
  for (const next of given) await store.commitRemediation({ previous: undefined, next: await stored(next) });
  return { store, asking: asOperator({ store, by: 'arn:aws:iam::111111111111:user/ops', now: () => NOW }) };
}

describe('the list of a rollback of a window', () => {
  it('has what csmm started in it, newest first: the start of the window counts, its end does not', async () => {
    const [before, first, middle, last, end] = [did(-1), did(0), did(30), did(59), did(60)];
    const { store } = await world(middle, before, end, last, first);
    const { rollbacks, others } = await listRollbacks(WINDOW, store, hash);
    expect(rollbacks.map(({ id }) => id)).toEqual([last.id, middle.id, first.id]);
    expect(others).toEqual([]);
  });

  it('can be of one account, one control, or both', async () => {
    const there = did(10, { accountId: '222222222222' });
    const [here, other] = [did(20), did(30, { controlId: 'NET-L1-01' })];
    const { store } = await world(there, here, other);
    const idsIn = async (scope: object) => (await listRollbacks({ ...WINDOW, scope }, store, hash)).rollbacks.map(({ id }) => id);
    expect(await idsIn({ accountId: '222222222222' })).toEqual([there.id]);
    expect(await idsIn({ controlId: 'NET-L1-01' })).toEqual([other.id]);
    expect(await idsIn({ controlId: 'NET-L1-01', accountId: '222222222222' })).toEqual([]);
  });

  it('says what cannot be rolled back, and why', async () => {
    const { store } = await world(did(10, { status: 'RUNNING' }), did(20, { attempts: [] }));
    const { rollbacks, others } = await listRollbacks(WINDOW, store, hash);
    expect(rollbacks).toEqual([]);
    expect(others).toEqual([{ id: expect.any(String), reason: 'it cannot be rolled back now. Fix: wait until it has ended' }]);
  });

  it('is refused for an empty window, and if it is too long', async () => {
    const { store } = await world(...Array.from({ length: MAX_ROLLBACKS + 1 }, () => did(5)));
    await expect(listRollbacks({ ...WINDOW, to: FROM }, store, hash)).rejects.toThrow('the window is empty');
    await expect(listRollbacks(WINDOW, store, hash)).rejects.toThrow(`${MAX_ROLLBACKS + 1} remediations of all accounts are in the window`);
  });

  it('is paced in each account, and in order on each resource', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: 59 }), fc.constantFrom('111111111111', '222222222222'), fc.nat({ max: 40 })), { maxLength: 120 }),
        async (drawn) => {
          const given = drawn.map(([minute, accountId, n], index) =>
            did(minute, { accountId, resourceId: `shared-${n}`, controlId: `STR-L2-${index}` }),
          );
          const { store } = await world(
            ...given.map((each, index) => ({ ...each, attempts: [attempt(each.updatedAt, { executionId: `e-${index}` })] })),
          );
          const { rollbacks } = await listRollbacks(WINDOW, store, hash);
          expect(rollbacks).toHaveLength(given.length);
          for (const accountId of ['111111111111', '222222222222']) {
            const waits = rollbacks.filter(({ resource }) => resource.accountId === accountId).map(({ waitMinutes }) => waitMinutes);
            for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(Math.max(0, index + 1 - BURST) * PACE_MINUTES);
          }
          for (const [index, one] of rollbacks.entries()) {
            const older = rollbacks
              .slice(index + 1)
              .filter(({ resource }) => resource.resourceId === one.resource.resourceId && resource.accountId === one.resource.accountId);
            for (const each of older) {
              expect(each.intendedAt <= one.intendedAt).toBe(true);
              expect(each.waitMinutes).toBeGreaterThan(one.waitMinutes);
            }
          }
        },
      ),
      { numRuns: runs(50) },
    );
  });
});

describe('the rollback of a window', () => {
  it('requests each rollback with its own signature, due at its time', async () => {
    const given = Array.from({ length: BURST + 2 }, (_, index) => did(index));
    const { store, asking } = await world(...given);
    const list = await listRollbacks(WINDOW, store, hash);
    const { requested, refused } = await rollBackWindow(WINDOW, list.hash, asking, hash);
    expect([requested, refused]).toEqual([list.rollbacks, []]);
    const waits = await Promise.all(given.map(async ({ id }) => (await store.readRemediation(id))?.dueAt));
    expect(waits.toReversed()).toEqual([...Array.from({ length: BURST }, () => NOW), minutesAfter(NOW, 3), minutesAfter(NOW, 6)]);
    const macs = await Promise.all(given.map(async ({ id }) => (await store.readRemediation(id))?.rollbackAsked?.mac));
    expect(new Set(macs).size).toBe(given.length);
  });

  it('is refused if the list is not the one that was shown', async () => {
    const { store, asking } = await world(did(10));
    const { hash: seen } = await listRollbacks(WINDOW, store, hash);
    await store.commitRemediation({ previous: undefined, next: await stored(did(20)) });
    await expect(rollBackWindow(WINDOW, seen, asking, hash)).rejects.toThrow('the list has changed since the preview');
    await expect(rollBackWindow({ ...WINDOW, to: minutesAfter(TO, 1) }, seen, asking, hash)).rejects.toThrow('the list has changed');
    for (const { status } of await store.listRemediations({})) expect(status).toBe('SUCCEEDED');
  });

  it('continues if one is refused, and says which', async () => {
    const [good, forged] = [did(10), did(20)];
    const { store, asking } = await world(good);
    await store.commitRemediation({ previous: undefined, next: { ...forged, seal: 'invented' } });
    const list = await listRollbacks(WINDOW, store, hash);
    const result = await rollBackWindow(WINDOW, list.hash, asking, hash);
    expect(result.requested.map(({ id }) => id)).toEqual([good.id]);
    expect(result.refused).toEqual([{ id: forged.id, reason: expect.stringContaining('CORRUPT') }]);
  });
});
