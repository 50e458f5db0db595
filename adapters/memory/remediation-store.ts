import {
  type Baseline,
  type Heartbeat,
  type KillSwitch,
  type Ledger,
  lockedBy,
  lockName,
  longestDueFirst,
  type Rehearsals,
  type Remediation,
} from '../../core/remediation/model/record.ts';
import { describeScope, runScopeOf, type Scope, type Stop, type StopKind, scopesOf } from '../../core/remediation/model/stop.ts';
import type { RemediationStore } from '../../core/remediation/ports.ts';

/** A remediation store in this process. Nothing outlives the process. */
export function memoryRemediationStore(): RemediationStore {
  const remediations = new Map<string, Remediation>();
  const executions = new Map<string, string>();
  /** Ids of the holders, by what is locked. */
  const locks = new Map<string, string>();
  const ledgers = new Map<string, Ledger>();
  /** By the name of the policy. */
  const baselines = new Map<string, Baseline>();
  const stops = new Map<string, Stop>();
  const rehearsals = new Map<string, Rehearsals>();
  let killSwitch: KillSwitch | undefined;
  let heartbeat: Heartbeat | undefined;

  const stopName = (kind: StopKind, scope: Scope): string => `${kind} ${describeScope(scope)}`;
  const stopsOf = (kind: StopKind, run: Parameters<typeof scopesOf>[0]): Stop[] =>
    scopesOf(run).flatMap((scope) => stops.get(stopName(kind, scope)) ?? []);

  const isFree = (owners: ReadonlyMap<string, string>, name: string, id: string): boolean => (owners.get(name) ?? id) === id;
  const changeLocks = (change: 'take' | 'release', names: readonly string[], id: string): void => {
    for (const name of names) {
      if (change === 'take') locks.set(name, id);
      else if (locks.get(name) === id) locks.delete(name);
    }
  };
  const isCurrent = ({ controlId, revision }: Ledger): boolean => (ledgers.get(controlId)?.revision ?? 0) === revision;

  return {
    readRemediation: async (id) => remediations.get(id),

    commitRemediation: async ({ previous, next, ledger, whileSwitch, unlessStopped, lock }) => {
      const executionId = next.execution?.executionId;
      const started = executionId !== undefined && executionId !== previous?.execution?.executionId;
      const locked = lockedBy(next).map(lockName);
      const holds =
        remediations.get(next.id)?.revision === previous?.revision &&
        (!started || isFree(executions, executionId, next.id)) &&
        (!ledger || isCurrent(ledger.previous)) &&
        (!whileSwitch || (killSwitch?.running === true && killSwitch.revision === whileSwitch.revision)) &&
        (!unlessStopped || stopsOf(unlessStopped, runScopeOf(next)).length === 0) &&
        (lock !== 'take' || locked.every((name) => isFree(locks, name, next.id)));
      if (!holds) return false;
      remediations.set(next.id, next);
      if (started) executions.set(executionId, next.id);
      if (ledger) ledgers.set(ledger.next.controlId, ledger.next);
      if (lock !== undefined) changeLocks(lock, locked, next.id);
      return true;
    },

    listDue: async (now, limit) =>
      [...remediations.values()]
        .flatMap(({ id, controlId, resource: { accountId }, dueAt }) =>
          dueAt !== undefined && dueAt <= now ? [{ id, controlId, accountId, dueAt }] : [],
        )
        .sort(longestDueFirst)
        .slice(0, Math.max(0, limit)),

    listRemediations: async ({ controlId, accountId, statuses }) =>
      [...remediations.values()].filter(
        (remediation) =>
          (controlId === undefined || remediation.controlId === controlId) &&
          (accountId === undefined || remediation.resource.accountId === accountId) &&
          (statuses === undefined || statuses.includes(remediation.status)),
      ),

    setAside: async () => {},

    findByExecution: async (executionId) => executions.get(executionId),

    readSwitch: async () => killSwitch,
    writeSwitch: async (previous, next) => {
      if (killSwitch?.revision !== previous?.revision) return false;
      killSwitch = next;
      return true;
    },

    readStops: async (kind, run) => stopsOf(kind, run),
    listStops: async () => [...stops.values()],
    writeStop: async (stop) => void stops.set(stopName(stop.kind, stop.scope), stop),
    removeStop: async (kind, scope) => void stops.delete(stopName(kind, scope)),

    readLedger: async (controlId) => ledgers.get(controlId) ?? { controlId, revision: 0, starts: [], outcomes: [], denials: [] },

    readRehearsals: async (accountId) => rehearsals.get(accountId) ?? { accountId, revision: 0, entries: [] },
    commitRehearsals: async ({ accountId, revision }, next) => {
      if ((rehearsals.get(accountId)?.revision ?? 0) !== revision) return false;
      rehearsals.set(accountId, next);
      return true;
    },

    readHeartbeat: async () => heartbeat,
    writeHeartbeat: async (previous, next) => {
      if (heartbeat?.revision !== previous?.revision) return false;
      heartbeat = next;
      return true;
    },

    readBaseline: async (resource) => baselines.get(lockName(resource)),
    commitBaseline: async (previous, next) => {
      const name = lockName(next.resource);
      if (baselines.get(name)?.revision !== previous?.revision) return false;
      baselines.set(name, next);
      return true;
    },
  };
}
