import { describe, expect, it } from 'vitest';
import { memoryRemediationStore } from '../../../../adapters/memory/remediation-store.ts';
import { noteDryRun, noteDryRuns } from '../../../../core/remediation/decide/dry-run.ts';
import type { RemediationMode, SettingsDocument } from '../../../../core/settings/document.ts';

const NOW = '2026-11-18T12:00:00.000Z';
const LATER = '2026-11-19T12:00:00.000Z';
const document = (...rules: readonly (readonly [RemediationMode, ...string[]])[]): SettingsDocument => ({
  version: 1,
  remediation: { rules: rules.map(([mode, ...controls]) => ({ mode, controls })) },
});
const given = (now = NOW, store = memoryRemediationStore()) => ({ store, now: () => now });

describe('a rehearsal', () => {
  it('is noted of every control in plan or approve, and of no other', async () => {
    const { store, ...rest } = given();
    const rules = document(['auto', 'STR-L2-01'], ['plan', 'STR-L2-02', 'STR-L2-03'], ['approve', 'STR-L2-04'], ['off', 'STR-L2-05']);
    expect(await noteDryRuns(rules, { store, ...rest })).toBe(true);
    const since = async (id: string) => (await store.readLedger(id)).rehearsedSince;
    expect(await Promise.all(['01', '02', '03', '04', '05'].map((id) => since(`STR-L2-${id}`)))).toEqual([
      undefined,
      NOW,
      NOW,
      NOW,
      undefined,
    ]);
  });

  it.each<[string, SettingsDocument]>([
    ['settings say nothing of remediation', { version: 1 }],
    ['no rule is there', document()],
  ])('needs nothing where %s', async (_, settings) => {
    expect(await noteDryRuns(settings, given())).toBe(true);
  });

  it('begins once, and leaves what was started', async () => {
    const { store } = given();
    await noteDryRuns(document(['plan', 'STR-L2-01']), given(NOW, store));
    expect(await noteDryRuns(document(['approve', 'STR-L2-01']), given(LATER, store))).toBe(true);
    expect(await store.readLedger('STR-L2-01')).toEqual({
      controlId: 'STR-L2-01',
      revision: 1,
      starts: [],
      outcomes: [],
      rehearsedSince: NOW,
    });
  });

  it('that somebody else is in the way of is told, and the other controls are noted', async () => {
    const { store, now } = given();
    const others = {
      ...store,
      commitLedger: async (...args: Parameters<typeof store.commitLedger>) =>
        args[0].controlId !== 'STR-L2-01' && store.commitLedger(...args),
    };
    expect(await noteDryRuns(document(['plan', 'STR-L2-01', 'STR-L2-02']), { store: others, now })).toBe(false);
    expect((await store.readLedger('STR-L2-02')).rehearsedSince).toBe(NOW);
  });

  it('on a ledger that is no longer the newest is not noted', async () => {
    const { store, now } = given();
    const old = await store.readLedger('STR-L2-01');
    await store.commitLedger(old, { ...old, revision: 1, starts: [{ at: NOW, accountId: '111111111111' }] });
    expect(await noteDryRun(old, { store, now })).toBe(false);
    expect((await store.readLedger('STR-L2-01')).rehearsedSince).toBeUndefined();
  });
});
