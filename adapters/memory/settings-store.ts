import type { AppliedSettings, SettingsStore } from '../../core/ports.ts';

/** Returns a settings store in this process. It keeps nothing after the process ends. */
export function memorySettingsStore(): SettingsStore {
  let stored: AppliedSettings | undefined;
  return {
    readSettings: async () => stored,
    applySettings: async (previous, next) => {
      if (stored?.revision !== previous?.revision) return false;
      stored = next;
      return true;
    },
    noteExpired: async ({ revision }, expiredUntil) => {
      if (stored?.revision === revision && stored.expiredUntil < expiredUntil) stored = { ...stored, expiredUntil };
    },
  };
}
