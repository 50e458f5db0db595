import type { AccountList, LaterReading, PlanStore } from '../../core/pipeline/plan.ts';
import type { Wheel } from '../../core/pipeline/wheel.ts';

/** Returns a store of the planner's progress in this process. It keeps nothing after the process ends. */
export function memoryPlanStore(): PlanStore {
  const wheels = new Map<string, Wheel>();
  const later = new Map<string, LaterReading>();
  const lists = new Map<string, AccountList>();
  const keyOf = ({ at, accountId, region, reader }: LaterReading): string => `${at}#${accountId}#${region}#${reader}`;
  return {
    readWheel: async (name) => wheels.get(name),
    commitWheel: async (name, previous, next) => {
      if (wheels.get(name)?.revision !== previous?.revision) return false;
      wheels.set(name, next);
      return true;
    },
    readAccounts: async (name) => lists.get(name),
    writeAccounts: async (name, list) => void lists.set(name, list),
    keep: async (reading) => void later.set(keyOf(reading), reading),
    listDue: async (now, limit) =>
      [...later.entries()]
        .filter(([, { at }]) => at < now)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit)
        .map(([, reading]) => reading),
    end: async (reading) => void later.delete(keyOf(reading)),
  };
}
