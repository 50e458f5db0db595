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

describe('a dry-run period', () => {
  it('is stored for every control in plan or approve, and for no other', async () => {
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
    ['the settings have no section remediation', { version: 1 }],
    ['there are no rules', document()],
  ])('is not stored if %s', async (_, settings) => {
    expect(await noteDryRuns(settings, given())).toBe(true);
  });

  it('starts once, and keeps the recorded starts', async () => {
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

  it('returns false on a conflict, and is stored for the other controls', async () => {
    const { store, now } = given();
    const others = {
      ...store,
      commitLedger: async (...args: Parameters<typeof store.commitLedger>) =>
        args[0].controlId !== 'STR-L2-01' && store.commitLedger(...args),
    };
    expect(await noteDryRuns(document(['plan', 'STR-L2-01', 'STR-L2-02']), { store: others, now })).toBe(false);
    expect((await store.readLedger('STR-L2-02')).rehearsedSince).toBe(NOW);
  });

  it('is not stored on an outdated ledger', async () => {
    const { store, now } = given();
    const old = await store.readLedger('STR-L2-01');
    await store.commitLedger(old, { ...old, revision: 1, starts: [{ at: NOW, accountId: '111111111111' }] });
    expect(await noteDryRun(old, { store, now })).toBe(false);
    expect((await store.readLedger('STR-L2-01')).rehearsedSince).toBeUndefined();
  });
});
