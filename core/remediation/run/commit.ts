import { acceptedStart } from '../../characters.ts';
import { millisecondsOf } from '../../instant.ts';
import { UnreadableItemError } from '../../ports.ts';
import { DENIED_MINUTES, isLongHeld, longHeldReason, withDenial, withOutcome, withoutStart } from '../decide/limits.ts';
import { minutesAfter } from '../model/minutes.ts';
import {
  type Attempt,
  type Execution,
  isFailure,
  type Ledger,
  MAX_REASON,
  MAX_TRAIL,
  type Outcome,
  type Remediation,
  type RemediationStatus,
} from '../model/record.ts';
import type { RemediationDependencies } from '../ports.ts';
import { sealed } from '../seals.ts';
import { kept, undoable } from './attempts.ts';
import { BACKOFF_MINUTES, DEFERRED_MINUTES, POLL_MINUTES } from './timing.ts';

/** Commits the steps of a remediation and the end of an execution. */

/** End of an intended execution: its outcome, or why csmm or SSM did not start it for now. */
export type End = Outcome | 'withheld' | 'deferred';

/** Moves the execution of a remediation to its attempts, releases the lock of the resource, and sets the next status. */
export async function endAttempt(
  remediation: Remediation,
  execution: Execution,
  end: End,
  reason: string,
  dependencies: RemediationDependencies,
): Promise<Remediation | undefined> {
  const at = dependencies.now();
  const attempts = isAttempt(execution, end) ? [...remediation.attempts, attemptOf(execution, end, at, reason)] : remediation.attempts;
  const { execution: _, approval, stopAskedBy: __, heldSince, ...rest } = withoutDue(remediation);
  const after = statusAfter(remediation, attempts, execution.kind, end, at);
  return commit(
    remediation,
    dependencies,
    {
      ...rest,
      ...(approval && end !== 'verified' && { approval }),
      ...(after.status === 'HELD' && { heldSince: heldSince ?? at }),
      ...(end === 'withheld' && heldSince !== undefined && { heldSince }),
      attempts,
      reason: isHold(end) && after.status === 'PLANNED' ? longHeldReason(reason) : reason,
      ...after,
    },
    ledgerAfter(remediation, execution, end, reason, at),
  );
}

/** Whether an end is an attempt. If csmm or SSM did not start the execution, it is not, and the next start has the same token. */
const isAttempt = ({ executionId }: Execution, end: End): end is Outcome =>
  end !== 'withheld' && end !== 'deferred' && !(end === 'denied' && executionId === undefined);

/** Returns the change of the ledger by the end of a fix. Only a result that shows whether the runbook works counts for the breakers. */
function ledgerAfter(
  { resource }: Remediation,
  { kind, runbook, executionId, intendedAt }: Execution,
  end: End,
  reason: string,
  at: string,
): LedgerChange | undefined {
  if (kind === 'undo') return undefined;
  if (end === 'verified' || end === 'failed' || end === 'lost') return (ledger) => withOutcome(ledger, resource, end !== 'verified', at);
  const isStarted = executionId !== undefined;
  if (isStarted && end !== 'denied') return undefined;
  return (ledger) => {
    const left = isStarted ? ledger : withoutStart(ledger, resource, intendedAt, at);
    return end === 'denied' ? withDenial(left, resource, runbook, reason, at) : left;
  };
}

/** Returns the status after the end of an attempt. */
function statusAfter(
  remediation: Remediation,
  attempts: readonly Attempt[],
  kind: Execution['kind'],
  end: End,
  at: string,
): Pick<Remediation, 'status' | 'dueAt'> {
  const { failingSince, attempts: earlier, heldSince } = remediation;
  if (end === 'gone') return { status: 'CLOSED' };
  if (kind === 'undo') return afterUndo(attempts, end, at);
  if (end === 'verified') return { status: 'SUCCEEDED' };
  if (end === 'withheld' || end === 'refused') return { status: 'WAITING', dueAt: minutesAfter(at, POLL_MINUTES) };
  if (isHold(end) && isLongHeld(remediation, at)) return { status: 'PLANNED' };
  if (end === 'deferred') return { status: 'HELD', dueAt: minutesAfter(at, deferredMinutes(heldSince ?? at, at)) };
  if (end === 'denied') return { status: 'HELD', dueAt: minutesAfter(at, DENIED_MINUTES) };
  const failed = earlier.filter(({ intendedAt, outcome }) => intendedAt >= failingSince && isFailure(outcome)).length;
  return { status: 'WAITING', dueAt: minutesAfter(at, BACKOFF_MINUTES[failed] ?? POLL_MINUTES) };
}

/** Whether an end holds a remediation back, because of a limit of SSM or a denial by the account. */
const isHold = (end: End): boolean => end === 'deferred' || end === 'denied';

const deferredMinutes = (since: string, at: string): number =>
  Math.min(DEFERRED_MINUTES.longest, Math.max(DEFERRED_MINUTES.shortest, (millisecondsOf(at) - millisecondsOf(since)) / 120_000));

/** Returns the status after the end of a rollback. csmm retries a withheld rollback, and then rolls back earlier executions too. */
function afterUndo(attempts: readonly Attempt[], end: End, at: string): Pick<Remediation, 'status' | 'dueAt'> {
  if (end === 'withheld' || end === 'deferred') return { status: 'ROLLBACK_REQUESTED', dueAt: minutesAfter(at, POLL_MINUTES) };
  if (end !== 'verified') return { status: 'QUARANTINED' };
  return undoable(attempts).length > 0 ? { status: 'ROLLBACK_REQUESTED', dueAt: at } : { status: 'ROLLED_BACK' };
}

export const attemptOf = (execution: Execution, outcome: Outcome, at: string, reason: string): Attempt => ({
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
    execution && ledgerAfter(remediation, execution, 'lost', reason, at),
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

/** Returns the changed content of a ledger. The commit sets its revision. */
type LedgerChange = (ledger: Ledger) => Ledger;

/** Commits the next revision of a remediation. Releases the lock of the resource if no execution runs on it any more. */
export async function commit(
  previous: Remediation,
  dependencies: RemediationDependencies,
  { claims: _, faults: __, ...changed }: Omit<Remediation, 'revision' | 'updatedAt' | 'trail'>,
  change?: LedgerChange,
): Promise<Remediation | undefined> {
  const { store, seals } = dependencies;
  const following = await sealed(next(previous, dependencies, changed), seals, previous);
  const release = HOLDS_LOCK.has(previous.status) && !HOLDS_LOCK.has(following.status) ? { lock: 'release' as const } : {};
  for (let attempt = 0; attempt < MAX_LEDGER_RACES; attempt++) {
    const ledger = change && (await changedLedger(previous.controlId, change, dependencies));
    if (await store.commitRemediation({ previous, next: following, ...(ledger && { ledger }), ...release })) return following;
    if (!ledger || (await store.readRemediation(previous.id))?.revision !== previous.revision) return undefined;
  }
  return undefined;
}

/** Number of conflicting ledger writes after which the step waits for the next tick. */
const MAX_LEDGER_RACES = 25;

/** Returns the write of a ledger. A ledger that cannot be read stays as it is: it lets csmm start nothing, and the execution has ended. */
async function changedLedger(controlId: string, change: LedgerChange, { store }: RemediationDependencies) {
  const previous = await store.readLedger(controlId).catch(unlessUnreadable);
  return previous && { previous, next: { ...change(previous), revision: previous.revision + 1 } };
}

function unlessUnreadable(error: unknown): undefined {
  if (!(error instanceof UnreadableItemError)) throw error;
}

const HOLDS_LOCK: ReadonlySet<RemediationStatus> = new Set(['STARTING', 'RUNNING', 'VERIFYING']);

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
