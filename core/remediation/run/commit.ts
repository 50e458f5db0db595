import { acceptedStart } from '../../characters.ts';
import { UnreadableItemError } from '../../ports.ts';
import { minutesAfter } from '../decide/decision.ts';
import {
  type Attempt,
  type Execution,
  type Ledger,
  MAX_REASON,
  MAX_TRAIL,
  type Remediation,
  type RemediationStatus,
} from '../model/record.ts';
import type { RemediationDependencies } from '../ports.ts';
import { sealed } from '../seals.ts';
import { kept, undoable } from './attempts.ts';
import { BACKOFF_MINUTES, POLL_MINUTES } from './timing.ts';

/** Commits the steps of a remediation and the end of an execution. */

/** Moves the execution of a remediation to its attempts, releases the lock of the resource, and sets the next status. */
export async function endAttempt(
  remediation: Remediation,
  execution: Execution,
  outcome: Attempt['outcome'] | 'withheld',
  reason: string,
  dependencies: RemediationDependencies,
): Promise<Remediation | undefined> {
  const at = dependencies.now();
  // A withheld execution never started. Its next start has the same token.
  const ended = outcome === 'withheld' ? [] : [attemptOf(execution, outcome, at, reason)];
  const attempts = [...remediation.attempts, ...ended];
  const { execution: _, approval, stopAskedBy: __, ...rest } = withoutDue(remediation);
  const isOutcome = execution.kind === 'fix' && outcome !== 'withheld' && outcome !== 'gone';
  return commit(
    remediation,
    dependencies,
    {
      ...rest,
      ...(approval && outcome !== 'verified' && { approval }),
      attempts,
      reason,
      ...statusAfter(remediation, attempts, execution.kind, outcome, at),
    },
    isOutcome ? { at, failed: outcome !== 'verified' } : undefined,
  );
}

/** Returns the status after the end of an attempt. */
function statusAfter(
  { failingSince, attempts: earlier }: Remediation,
  attempts: readonly Attempt[],
  kind: Execution['kind'],
  outcome: Attempt['outcome'] | 'withheld',
  at: string,
): Pick<Remediation, 'status' | 'dueAt'> {
  if (outcome === 'gone') return { status: 'CLOSED' };
  if (kind === 'undo') return afterUndo(attempts, outcome, at);
  if (outcome === 'verified') return { status: 'SUCCEEDED' };
  if (outcome === 'withheld') return { status: 'WAITING', dueAt: minutesAfter(at, POLL_MINUTES) };
  const failed = earlier.filter(({ intendedAt }) => intendedAt >= failingSince).length;
  return { status: 'WAITING', dueAt: minutesAfter(at, BACKOFF_MINUTES[failed] ?? POLL_MINUTES) };
}

/** Returns the status after the end of a rollback. csmm retries a withheld rollback, and then rolls back earlier executions too. */
function afterUndo(
  attempts: readonly Attempt[],
  outcome: Attempt['outcome'] | 'withheld',
  at: string,
): Pick<Remediation, 'status' | 'dueAt'> {
  if (outcome === 'withheld') return { status: 'ROLLBACK_REQUESTED', dueAt: minutesAfter(at, POLL_MINUTES) };
  if (outcome !== 'verified') return { status: 'QUARANTINED' };
  return undoable(attempts).length > 0 ? { status: 'ROLLBACK_REQUESTED', dueAt: at } : { status: 'ROLLED_BACK' };
}

export const attemptOf = (execution: Execution, outcome: Attempt['outcome'], at: string, reason: string): Attempt => ({
  ...execution,
  outcome,
  at,
  reason: acceptedStart(reason, MAX_REASON),
});

/** Quarantines a remediation if the result of its step is not known. Only an operator can continue. */
export function giveUp(remediation: Remediation, dependencies: RemediationDependencies, reason: string): Promise<Remediation | undefined> {
  const at = dependencies.now();
  const { execution, stopAskedBy: _, ...rest } = withoutDue(remediation);
  const lost = execution ? [attemptOf(execution, 'lost', at, reason)] : [];
  return commit(
    remediation,
    dependencies,
    { ...rest, status: 'QUARANTINED', reason, attempts: [...remediation.attempts, ...lost] },
    execution?.kind === 'fix' ? { at, failed: true } : undefined,
  );
}

/** Commits that a remediation is not what csmm has stored. Keeps the lock, because an execution may run on the resource. */
export async function markCorrupt(
  remediation: Remediation,
  why: string,
  { store, now }: Pick<RemediationDependencies, 'store' | 'now'>,
): Promise<Remediation | undefined> {
  const reason = `${why}. csmm starts nothing for it. Fix: find out who wrote the table of remediations, then run csmm remediation release`;
  const corrupt = next(remediation, { now }, { ...withoutDue(remediation), status: 'CORRUPT', reason });
  return (await store.commitRemediation({ previous: remediation, next: corrupt })) ? corrupt : undefined;
}

type Outcome = Ledger['outcomes'][number];

/** Commits the next revision of a remediation. Releases the lock of the resource if no execution runs on it any more. */
export async function commit(
  previous: Remediation,
  dependencies: RemediationDependencies,
  { claims: _, ...changed }: Omit<Remediation, 'revision' | 'updatedAt' | 'trail'>,
  outcome?: Outcome,
): Promise<Remediation | undefined> {
  const { store, seals } = dependencies;
  const following = await sealed(next(previous, dependencies, changed), seals, previous);
  const release = HOLDS_LOCK.has(previous.status) && !HOLDS_LOCK.has(following.status) ? { lock: 'release' as const } : {};
  for (let attempt = 0; attempt < MAX_LEDGER_RACES; attempt++) {
    const ledger = outcome && (await ledgerWith(previous.controlId, outcome, dependencies));
    if (await store.commitRemediation({ previous, next: following, ...(ledger && { ledger }), ...release })) return following;
    if (!ledger || (await store.readRemediation(previous.id))?.revision !== previous.revision) return undefined;
  }
  return undefined;
}

/** Number of conflicting ledger writes after which the step waits for the next tick. */
const MAX_LEDGER_RACES = 25;

/** Returns the write of an outcome. A ledger that cannot be read stays as it is: it lets csmm start nothing, and the execution has ended. */
async function ledgerWith(controlId: string, outcome: Outcome, { store }: RemediationDependencies) {
  const previous = await store.readLedger(controlId).catch(unlessUnreadable);
  if (!previous) return undefined;
  const outcomes = recent([...previous.outcomes, outcome], outcome.at);
  return { previous, next: { ...previous, revision: previous.revision + 1, outcomes } };
}

function unlessUnreadable(error: unknown): undefined {
  if (!(error instanceof UnreadableItemError)) throw error;
}

const HOLDS_LOCK: ReadonlySet<RemediationStatus> = new Set(['STARTING', 'RUNNING', 'VERIFYING']);

/** Returns the entries of the last 24 hours, which the budgets and the circuit breaker read. If there are too many, it returns the newest. */
export const recent = <T extends { readonly at: string }>(entries: readonly T[], now: string): T[] =>
  entries.filter(({ at }) => at > minutesAfter(now, -24 * 60)).slice(-MAX_LEDGER_ENTRIES);

/** Maximum number of entries. It is higher than every budget per hour that the settings allow. */
const MAX_LEDGER_ENTRIES = 2000;

/** Returns the next revision of a remediation. Adds a step to the trail if the status or the reason has changed. */
export function next(
  previous: Pick<Remediation, 'revision' | 'trail'> & Partial<Remediation>,
  { now }: Pick<RemediationDependencies, 'now'>,
  changed: Omit<Remediation, 'revision' | 'updatedAt' | 'trail'>,
): Remediation {
  const updatedAt = now();
  const { status, reason: fullReason, execution, attempts } = changed;
  const reason = acceptedStart(fullReason, MAX_REASON);
  const executionId = execution?.executionId ?? attempts.at(-1)?.executionId;
  const isStep = previous.status !== status || previous.reason !== reason;
  const step = { at: updatedAt, status, reason, ...(executionId !== undefined && { executionId }) };
  const trail = isStep ? [...previous.trail, step].slice(-MAX_TRAIL) : previous.trail;
  const unchanged = attempts === previous.attempts;
  return { ...changed, attempts: unchanged ? attempts : kept(attempts), reason, revision: previous.revision + 1, updatedAt, trail };
}

export function withoutDue(remediation: Remediation): Omit<Remediation, 'dueAt'> {
  const { dueAt: _, ...rest } = remediation;
  return rest;
}
