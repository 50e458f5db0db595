import { describe, expect, it } from 'vitest';
import { memoryRemediationStore } from '../../../../adapters/memory/remediation-store.ts';
import { rehearsedSince } from '../../../../core/remediation/decide/dry-run.ts';
import { type Known, known, unknown } from '../../../../core/remediation/model/known.ts';
import { noteDryRuns } from '../../../../core/remediation/run/note-dry-runs.ts';
import type { RemediationRule, SettingsDocument } from '../../../../core/settings/document.ts';

const NOW = '2026-11-18T12:00:00.000Z';
const LATER = '2026-11-19T12:00:00.000Z';
const ACCOUNT = '111111111111';
const OTHER = '222222222222';
const CONTROL = 'STR-L2-01';

const document = (...rules: readonly RemediationRule[]): SettingsDocument => ({ version: 1, remediation: { rules } });
const plan = (rule: Partial<RemediationRule> = {}): RemediationRule => ({ mode: 'plan', controls: [CONTROL], ...rule });
const given = (store = memoryRemediationStore(), now = NOW) => ({ store, now: () => now });
const account = (accountId = ACCOUNT, units: Known<readonly string[]> = unknown('not read')) => ({ accountId, units });
const since = async (
  store: ReturnType<typeof memoryRemediationStore>,
  rule: Partial<RemediationRule> = {},
  controlId = CONTROL,
  accountId = ACCOUNT,
) => rehearsedSince(await store.readRehearsals(accountId), controlId, rule);

describe('a dry-run period', () => {
  it('is stored for every control in plan or approve, and for no other', async () => {
    const { store, ...rest } = given();
    const rules = document(
      { mode: 'auto', controls: ['STR-L2-01'] },
      plan({ controls: ['STR-L2-02', 'STR-L2-03'] }),
      { mode: 'approve', controls: ['STR-L2-04'] },
      { mode: 'off', controls: ['STR-L2-05'] },
    );
    expect(await noteDryRuns(rules, account(), { store, ...rest })).toBe(true);
    const found = await Promise.all(['01', '02', '03', '04', '05'].map((id) => since(store, {}, `STR-L2-${id}`)));
    expect(found).toEqual([undefined, NOW, NOW, NOW, undefined]);
  });

  it.each<[string, SettingsDocument]>([
    ['the settings have no section remediation', { version: 1 }],
    ['there are no rules', document()],
  ])('is not stored if %s', async (_, settings) => {
    expect(await noteDryRuns(settings, account(), given())).toBe(true);
  });

  it('counts only in the accounts that the rule names', async () => {
    const { store, ...rest } = given();
    const rules = document(plan({ accounts: ['999999999999', OTHER] }));
    for (const each of [ACCOUNT, OTHER]) await noteDryRuns(rules, account(each), { store, ...rest });
    expect([await since(store), await since(store, {}, CONTROL, OTHER)]).toEqual([undefined, NOW]);
  });

  it.each<[string, Known<readonly string[]>, string | undefined]>([
    ['is in the unit', known(['ou-1', 'r-1']), NOW],
    ['is not', known(['ou-2', 'r-1']), undefined],
    ['has units that were not read', unknown('denied'), undefined],
  ])('of a rule with units counts in an account that %s: %s', async (_, units, expected) => {
    const { store, ...rest } = given();
    await noteDryRuns(document(plan({ organizationalUnits: ['ou-1'] })), account(ACCOUNT, units), { store, ...rest });
    expect(await since(store)).toBe(expected);
  });

  it.each<[string, Partial<RemediationRule>, Partial<RemediationRule>, string | undefined]>([
    ['the same conditions', { tags: { stage: 'dev' } }, { tags: { stage: 'dev' } }, NOW],
    ['no conditions for a narrower rule', {}, { tags: { stage: 'dev' }, regions: ['eu-west-1'] }, NOW],
    ['any value for one value', { tags: { stage: '*' } }, { tags: { stage: 'dev' } }, NOW],
    ['a narrower rule for a wider one', { tags: { stage: 'dev' } }, {}, undefined],
    ['another tag', { tags: { stage: 'dev' } }, { tags: { stage: 'production' } }, undefined],
    ['other Regions', { regions: ['eu-west-1'] }, { regions: ['eu-west-1', 'eu-north-1'] }, undefined],
  ])('covers a rule: %s', async (_, rehearsed, rule, expected) => {
    const { store, ...rest } = given();
    await noteDryRuns(document(plan(rehearsed)), account(), { store, ...rest });
    expect(await since(store, rule)).toBe(expected);
  });

  it('starts once, and a new account or rule starts its own', async () => {
    const { store } = given();
    await noteDryRuns(document(plan()), account(), given(store));
    const rules = document(plan({ mode: 'approve' }), plan({ controls: ['STR-L2-02'] }));
    expect(await noteDryRuns(rules, account(), given(store, LATER))).toBe(true);
    await noteDryRuns(rules, account(OTHER), given(store, LATER));
    expect([await since(store), await since(store, {}, 'STR-L2-02'), await since(store, {}, CONTROL, OTHER)]).toEqual([NOW, LATER, LATER]);
  });

  it('writes nothing if everything is stored', async () => {
    const { store } = given();
    await noteDryRuns(document(plan()), account(), given(store));
    await noteDryRuns(document(plan(), plan()), account(), given(store, LATER));
    expect(await store.readRehearsals(ACCOUNT)).toMatchObject({ revision: 1, entries: [{ since: NOW }] });
  });

  it('returns false on a conflict', async () => {
    const { store, now } = given();
    expect(await noteDryRuns(document(plan()), account(), { store: { ...store, commitRehearsals: async () => false }, now })).toBe(false);
  });

  it('fits an item, and keeps the periods of the current rules', async () => {
    const { store } = given();
    for (let index = 0; index < 300; index++) {
      const rule = plan({ tags: { [`key-${index}`]: 'x'.repeat(250), other: 'y'.repeat(250) }, controls: [CONTROL] });
      await noteDryRuns(document(plan(), rule), account(), given(store));
    }
    expect(JSON.stringify(await store.readRehearsals(ACCOUNT)).length).toBeLessThan(200_000);
    expect(await since(store)).toBe(NOW);
  });
});
