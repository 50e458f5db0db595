import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySettingsStore } from '../../../adapters/memory/settings-store.ts';
import { memoryStateStore } from '../../../adapters/memory/state-store.ts';
import { CATALOGUE } from '../../../controls/catalogue.ts';
import { type SettingsFacts, settingsRef } from '../../../core/facts/csmm-settings.ts';
import { ContentionError } from '../../../core/pipeline/collect.ts';
import {
  collectSettings,
  endExceptions,
  replayedSettings,
  settingsEvidence,
  spreadSettings,
} from '../../../core/pipeline/collect-settings.ts';
import type { AppliedSettings, SettingsStore, StoredResource } from '../../../core/ports.ts';
import type { SettingsDocument } from '../../../core/settings/document.ts';

const A = '111111111111';
const B = '222222222222';
const at = (second: number): string => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();
const exception = (expires: string, accounts?: readonly string[]) => ({
  control: 'STR-L2-01',
  ...(accounts && { accounts }),
  owner: 'owner@example.com',
  reason: 'a reason',
  ticket: 'T-1',
  expires,
});
const DOCUMENT: SettingsDocument = { version: 1, approvedRegions: ['eu-west-1'], exceptions: [exception(at(20), [A]), exception(at(30))] };

const applied = (document: SettingsDocument, second: number, revision = 1): AppliedSettings => ({
  document,
  appliedAt: at(second),
  appliedBy: 'arn:aws:iam::111111111111:user/somebody',
  revision,
  expiredUntil: at(second),
});

/** A deployment with these settings, whose clock a test sets. */
async function deployment(document?: SettingsDocument) {
  const store = memoryStateStore();
  const settings = memorySettingsStore();
  if (document) await settings.applySettings(undefined, applied(document, 0));
  const clock = { second: 0 };
  const dependencies = { store, rules: CATALOGUE.rules, settings, now: () => at(clock.second) };
  const capturedAt = async (accountId: string) => (await store.readResource(settingsRef(accountId)))?.capturedAt;
  return { store, settings, clock, dependencies, capturedAt };
}
const declaredIn = (stored: StoredResource | undefined) => (stored?.parsed?.facts as SettingsFacts | undefined)?.settings;
const both = async () => [A, B];

describe('settings that are collected', () => {
  it('say of each account what concerns it', async () => {
    const { store, dependencies } = await deployment();
    expect(await collectSettings(DOCUMENT, [A, B], at(1), dependencies)).toBe(2);
    const stored = await store.readResource(settingsRef(B));
    expect(declaredIn(stored)).toMatchObject({
      approvedRegions: ['eu-west-1'],
      exceptions: [{ expires: at(30) }],
    });
    expect(await collectSettings(DOCUMENT, [A, B], at(1), dependencies)).toBe(0);
  });

  it('are none where none are applied', async () => {
    const { capturedAt, dependencies } = await deployment();
    expect(await spreadSettings([A], dependencies)).toBe(0);
    expect(await capturedAt(A)).toBeUndefined();
  });

  it('are those that were applied while others were collected', async () => {
    const { store, settings, clock, dependencies } = await deployment(DOCUMENT);
    let isFirst = true;
    const interrupted = new Proxy(store, {
      get: (target, name: keyof typeof store) => {
        if (name !== 'commitResource' || !isFirst) return target[name];
        isFirst = false;
        return async (...parameters: Parameters<typeof store.commitResource>) => {
          await settings.applySettings(await settings.readSettings(), applied({ version: 1, approvedRegions: ['us-east-1'] }, 1, 2));
          clock.second++;
          return target.commitResource(...parameters);
        };
      },
    });
    expect(await spreadSettings([A], { ...dependencies, store: interrupted })).toBe(1);
    const stored = await store.readResource(settingsRef(A));
    expect(declaredIn(stored)?.approvedRegions).toEqual(['us-east-1']);
  });

  it('are given up where others are applied again and again', async () => {
    const { dependencies } = await deployment();
    let revision = 0;
    const restless: SettingsStore = { ...memorySettingsStore(), readSettings: async () => applied(DOCUMENT, 0, ++revision) };
    await expect(spreadSettings([A], { ...dependencies, settings: restless })).rejects.toThrow(ContentionError);
  });
});

describe('exceptions that expire', () => {
  it.each([
    ['nothing before the first end', 19, undefined, undefined],
    ['the named account at its end', 20, at(20), undefined],
    ['every account at the end of an exception for all', 30, at(30), at(30)],
    ['both, when a tick was missed', 45, at(45), at(45)],
  ])('collect anew: %s', async (_, second, ofA, ofB) => {
    const { clock, capturedAt, dependencies } = await deployment(DOCUMENT);
    clock.second = second;
    await endExceptions(both, dependencies);
    expect([await capturedAt(A), await capturedAt(B)]).toEqual([ofA, ofB]);
  });

  it('are ended once, and again where that failed', async () => {
    const { clock, store, capturedAt, dependencies } = await deployment(DOCUMENT);
    clock.second = 20;
    const broken = { ...store, commitResource: () => Promise.reject(new Error('no answer')) };
    await expect(endExceptions(both, { ...dependencies, store: broken })).rejects.toThrow('no answer');
    clock.second = 21;
    expect(await endExceptions(both, dependencies)).toBe(1);
    clock.second = 22;
    expect(await endExceptions(both, dependencies)).toBe(0);
    expect(await capturedAt(A)).toBe(at(21));
  });

  it('cost one read where none has expired, and ask for no accounts', async () => {
    const { clock, settings, dependencies } = await deployment(DOCUMENT);
    let reads = 0;
    const counted: SettingsStore = {
      ...settings,
      readSettings: () => {
        reads++;
        return settings.readSettings();
      },
    };
    clock.second = 19;
    const nobody = () => Promise.reject(new Error('asked for accounts'));
    expect(await endExceptions(nobody, { ...dependencies, settings: counted })).toBe(0);
    expect(reads).toBe(1);
  });

  it('touch no account that nobody has seen', async () => {
    const { clock, capturedAt, dependencies } = await deployment(DOCUMENT);
    clock.second = 20;
    expect(await endExceptions(async () => [B], dependencies)).toBe(0);
    expect(await capturedAt(A)).toBeUndefined();
  });

  it('leave no exception that holds past its end, whenever ticks come', async () => {
    const ends = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.constantFrom([A], [B], undefined)), { maxLength: 6 });
    const ticks = fc
      .array(fc.integer({ min: 0, max: 70 }), { minLength: 1, maxLength: 12 })
      .map((seconds) => seconds.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(ends, ticks, async (ends, ticks) => {
        const exceptions = ends.map(([second, accounts]) => exception(at(second), accounts));
        const { clock, store, dependencies } = await deployment({ version: 1, exceptions });
        await spreadSettings([A, B], dependencies);
        for (clock.second of ticks) {
          await endExceptions(both, dependencies);
          for (const accountId of [A, B]) {
            const stored = await store.readResource(settingsRef(accountId));
            const declared = declaredIn(stored)?.exceptions ?? [];
            for (const { expires } of declared) expect((stored?.capturedAt ?? '') < expires).toBe(at(clock.second) < expires);
          }
        }
      }),
    );
  });
});

describe('settings of a replay', () => {
  it('are those of the last end of an exception before the newest evidence', () => {
    const given = replayedSettings(DOCUMENT);
    const captured = [0, 19, 20, 25, 45, 10].map((second) => given(A, at(second))?.capturedAt);
    expect(captured).toEqual(['1970-01-01T00:00:00.000Z', undefined, at(20), undefined, at(30), undefined]);
    expect(given(B, at(21))).toEqual(settingsEvidence(DOCUMENT, B, at(20)));
  });

  it('end the same in every order of the evidence', () => {
    const seconds = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(
        seconds.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const last = (order: readonly number[]) => {
            const given = replayedSettings(DOCUMENT);
            return order.flatMap((second) => given(A, at(second)) ?? []).at(-1);
          };
          expect(last(shuffled)).toEqual(last(all));
        },
      ),
    );
  });
});
