import { readOrError, UnreadableItemError } from '../../ports.ts';
import { minutesAfter } from '../decide/decision.ts';
import type { KillSwitch, Remediation, RemediationStatus } from '../model/record.ts';
import { isIn, runScopeOf, type Scope, type Stop, type StopKind } from '../model/stop.ts';
import type { RemediationStore } from '../ports.ts';
import { undoable } from '../run/attempts.ts';
import { next } from '../run/commit.ts';
import { resumed } from '../switch.ts';
import { RequestRefusedError } from './refused.ts';

/** Requests of operators. Each is checked against the newest revision and committed atomically. */

export interface OperatorContext {
  readonly store: RemediationStore;
  /** ARN of the operator. */
  readonly by: string;
  readonly now: () => string;
}

const APPROVABLE: ReadonlySet<RemediationStatus> = new Set(['WAITING_FOR_APPROVAL', 'PLANNED']);

/**
 * Approves the plan of a remediation. The approval is valid only for the plan that the operator saw, with the hash `stateHash`. csmm reads
 * every guard again before it starts the runbook.
 *
 * @throws RequestRefusedError if the status or the plan does not allow it.
 */
export const approve = (id: string, stateHash: string | undefined, operator: OperatorContext): Promise<Remediation> =>
  changing(id, operator, (remediation, at) => {
    if (!APPROVABLE.has(remediation.status)) throw refused(remediation, 'only PLANNED or WAITING_FOR_APPROVAL can be approved');
    if (!remediation.plan) throw refused(remediation, `it has no plan: ${remediation.reason}`);
    if (remediation.plan.stateHash !== stateHash) throw refused(remediation, 'the plan has changed. Fix: review the new plan');
    return {
      ...remediation,
      status: 'APPROVED',
      reason: `approved by ${operator.by}`,
      approval: { by: operator.by, at, stateHash: remediation.plan.stateHash },
      dueAt: at,
    };
  });

const REVERSIBLE: ReadonlySet<RemediationStatus> = new Set([
  'SUCCEEDED',
  'QUARANTINED',
  'WAITING',
  'PLANNED',
  'CLOSED',
  'REFUSED',
  'WAITING_FOR_APPROVAL',
]);

/**
 * Requests the rollback of the last execution. csmm does not repeat the execution until an operator releases the remediation.
 *
 * @throws RequestRefusedError if the status does not allow it or there is nothing to roll back.
 */
export const rollBack = (id: string, operator: OperatorContext): Promise<Remediation> =>
  changing(id, operator, (remediation, at) => {
    if (!REVERSIBLE.has(remediation.status)) throw refused(remediation, 'it cannot be rolled back now. Fix: wait until it has ended');
    if (undoable(remediation.attempts).length === 0) throw refused(remediation, 'it has no execution to roll back');
    if (remediation.plan?.reversible === false) throw refused(remediation, `${remediation.plan.runbook} has no inverse runbook`);
    return { ...remediation, status: 'ROLLBACK_REQUESTED', reason: `rollback requested by ${operator.by}`, rollbackAskedAt: at, dueAt: at };
  });

const RELEASABLE: ReadonlySet<RemediationStatus> = new Set(['QUARANTINED', 'ROLLED_BACK', 'REFUSED']);

/**
 * Releases a remediation from quarantine, or allows a change that was rolled back again. csmm then decides again.
 *
 * @throws RequestRefusedError if the status does not allow it.
 */
export const release = (id: string, operator: OperatorContext): Promise<Remediation> =>
  changing(id, operator, (remediation, at) => {
    if (!RELEASABLE.has(remediation.status)) throw refused(remediation, 'only QUARANTINED, ROLLED_BACK or REFUSED can be released');
    const { approval: _, retries: __, ...rest } = remediation;
    return { ...rest, status: 'NEW', reason: `released by ${operator.by}`, failingSince: at, releasedAt: at, dueAt: at };
  });

const RUNS: ReadonlySet<RemediationStatus> = new Set(['STARTING', 'RUNNING']);

/** What a stop concerns. */
export interface StopRequest {
  readonly kind: StopKind;
  readonly scope: Scope;
}

/**
 * Writes a stop: nothing of its kind starts in its scope until it is resumed. One write without a condition, so that it always succeeds if
 * the table answers.
 */
export async function stop({ kind, scope }: StopRequest, reason: string, { store, by, now }: OperatorContext): Promise<Stop> {
  const written: Stop = { kind, scope, by, at: now(), reason };
  await store.writeStop(written);
  return written;
}

/**
 * Requests that every running execution in a scope is cancelled, if SSM still can: fixes, or rollbacks. Returns the remediations with such
 * a request. One that cannot be read does not keep the others running: `onUnreadable` takes the reason.
 */
export async function stopRuns(
  operator: OperatorContext,
  onUnreadable: (reason: string) => void = () => {},
  { kind, scope }: StopRequest = { kind: 'starts', scope: {} },
): Promise<Remediation[]> {
  const stopped: Remediation[] = [];
  const runs = kind === 'starts' ? 'fix' : 'undo';
  for (const found of await operator.store.listRemediations({ ...scope, statuses: [...RUNS] }, onUnreadable)) {
    if (found.execution && found.execution.kind !== runs) continue;
    try {
      stopped.push(
        await changing(found.id, operator, (remediation, at) => {
          const isMeant = RUNS.has(remediation.status) && (remediation.execution?.kind ?? runs) === runs;
          if (!isMeant || !isIn(scope, runScopeOf(remediation))) throw refused(remediation, 'it is no longer running');
          // A worker that is starting it must commit the execution ID first. Otherwise the execution is found after the lease.
          return { ...remediation, stopAskedBy: operator.by, ...(remediation.status === 'RUNNING' && { dueAt: at }) };
        }),
      );
    } catch (error) {
      if (error instanceof UnreadableItemError) onUnreadable(error.message);
      // An execution that has ended since then does not need to be stopped.
      else if (!(error instanceof RequestRefusedError)) throw error;
    }
  }
  return stopped;
}

/**
 * Removes the stop of exactly this scope. Wider and narrower stops stay. After a resume of starts, csmm does not act on older failures of
 * the scope without an approval: that is committed before the stop is removed.
 *
 * @throws RequestRefusedError if remediation was never started and the scope is only a part of it, or if other operators keep resuming.
 */
export async function resume({ kind, scope }: StopRequest, reason: string, operator: OperatorContext): Promise<KillSwitch | undefined> {
  const { store, by, now } = operator;
  const killSwitch =
    kind === 'starts' ? await writingSwitch(operator, (previous) => resumed(previous, scope, now(), by, reason)) : undefined;
  await store.removeStop(kind, scope);
  return killSwitch;
}

/** Sets the kill switch of all accounts. @throws RequestRefusedError if other operators keep setting it at the same time. */
export const setSwitch = (running: boolean, reason: string, operator: OperatorContext): Promise<KillSwitch> =>
  writingSwitch(operator, (previous) => ({ ...resumed(previous, {}, operator.now(), operator.by, reason), running }));

async function writingSwitch({ store }: OperatorContext, change: (previous: KillSwitch | undefined) => KillSwitch): Promise<KillSwitch> {
  for (let attempt = 0; attempt < MAX_RACES; attempt++) {
    const read = await readOrError(() => store.readSwitch());
    const revision = Math.floor(read?.revision ?? 0) + 1;
    const flipped = { ...change(read instanceof UnreadableItemError ? undefined : read), revision };
    if (await store.writeSwitch(read, flipped)) return flipped;
  }
  throw new RequestRefusedError(`could not set the kill switch: other operators set it ${MAX_RACES} times. Fix: check it and try again`);
}

const MAX_RACES = 10;

const refused = ({ id, status }: Remediation, why: string): RequestRefusedError =>
  new RequestRefusedError(`remediation ${id} is ${status}: ${why}`);

async function changing(
  id: string,
  { store, now }: OperatorContext,
  change: (remediation: Remediation, at: string) => Omit<Remediation, 'revision' | 'updatedAt' | 'trail'>,
): Promise<Remediation> {
  for (let attempt = 0; attempt < MAX_RACES; attempt++) {
    const previous = await store.readRemediation(id);
    if (!previous) throw new RequestRefusedError(`remediation ${id} does not exist. Fix: list the IDs with csmm remediation list`);
    // A request is never earlier than the last step, even if the clock of this machine is slow.
    const at = later(now(), previous.updatedAt);
    const following = next(previous, { now: () => at }, change(previous, at));
    if (await store.commitRemediation({ previous, next: following })) return following;
  }
  throw new RequestRefusedError(`remediation ${id} was changed by other processes ${MAX_RACES} times. Fix: check it and try again`);
}

const later = (now: string, updatedAt: string): string => (now > updatedAt ? now : minutesAfter(updatedAt, 0));
