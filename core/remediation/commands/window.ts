import { canonical } from '../../pipeline/collect.ts';
import type { Remediation } from '../model/record.ts';
import { lockName } from '../model/record.ts';
import { describeScope, isIn, runScopeOf, type Scope } from '../model/stop.ts';
import type { RemediationStore } from '../ports.ts';
import { undoable } from '../run/attempts.ts';
import { RequestRefusedError } from './refused.ts';
import { type OperatorContext, rollBack, whyNotReversible } from './requests.ts';

/** Rollback of everything that csmm did in a time window. */

export interface WindowRequest {
  /** Start (inclusive) and end (exclusive), ISO-8601 UTC with milliseconds. */
  readonly from: string;
  readonly to: string;
  readonly scope: Scope;
}

/** One rollback of a list, with its due time after the request. */
export interface ListedRollback {
  readonly id: string;
  readonly controlId: string;
  readonly resource: Remediation['resource'];
  /** Runbook of the execution, and the time at which csmm stored the intent to start it. */
  readonly runbook: string;
  readonly intendedAt: string;
  /** Token of the execution. */
  readonly token: string;
  readonly waitMinutes: number;
}

export interface RollbackList {
  /** Newest execution first. */
  readonly rollbacks: readonly ListedRollback[];
  /** Remediations of the window that cannot be rolled back now, each with the reason. */
  readonly others: readonly { readonly id: string; readonly reason: string }[];
  /** Confirms exactly this list: request, executions and order. */
  readonly hash: string;
}

/** Number of rollbacks of an account that are due at once. After that, one is due every {@link PACE_MINUTES} minutes. */
export const BURST = 20;
export const PACE_MINUTES = 3;
/** Wait between two rollbacks of one resource, in minutes, so that the newer one comes first. */
const SAME_RESOURCE_MINUTES = 10;
/** Maximum length of a list. A longer one could not start within the 24 hours in which a rollback must start. */
export const MAX_ROLLBACKS = 200;

/**
 * Lists what csmm did in a window and can roll back, newest first.
 *
 * @throws RequestRefusedError if the window is empty or has more than {@link MAX_ROLLBACKS}.
 */
export async function listRollbacks(
  { from, to, scope }: WindowRequest,
  store: Pick<RemediationStore, 'listRemediations'>,
  hash: (text: string) => string,
): Promise<RollbackList> {
  if (from >= to) throw new RequestRefusedError(`the window is empty: given ${from} to ${to}; the second time must be later`);
  const unreadable: { id: string; reason: string }[] = [];
  const found = await store.listRemediations({ ...scope }, (reason) => unreadable.push({ id: '(unreadable)', reason }));
  const candidates = found
    .filter((remediation) => isIn(scope, runScopeOf(remediation)))
    .flatMap((remediation) => {
      const [newest] = undoable(remediation.attempts);
      return newest && newest.intendedAt >= from && newest.intendedAt < to ? [{ remediation, newest }] : [];
    })
    .sort((a, b) =>
      a.newest.intendedAt === b.newest.intendedAt
        ? order(a.remediation.id, b.remediation.id)
        : order(b.newest.intendedAt, a.newest.intendedAt),
    );
  const others = candidates.flatMap(({ remediation }) => {
    const reason = whyNotReversible(remediation);
    return reason === undefined ? [] : [{ id: remediation.id, reason }];
  });
  const possible = candidates.filter(({ remediation }) => whyNotReversible(remediation) === undefined);
  if (possible.length > MAX_ROLLBACKS) {
    throw new RequestRefusedError(
      `${possible.length} remediations of ${describeScope(scope)} are in the window (allowed: ${MAX_ROLLBACKS}). Fix: shorten it, or name an account or a control`,
    );
  }
  const wait = pacing();
  const rollbacks = possible.map(({ remediation: { id, controlId, resource }, newest: { runbook, intendedAt, token } }) => ({
    id,
    controlId,
    resource,
    runbook,
    intendedAt,
    token,
    waitMinutes: wait(resource),
  }));
  return {
    rollbacks,
    others: [...others, ...unreadable],
    hash: hash(canonical([from, to, scope, rollbacks.map(({ id, token }) => [id, token])])),
  };
}

/** Returns a function that paces the rollbacks of each account, and keeps those of one resource in order. */
function pacing(): (resource: Remediation['resource']) => number {
  const counts = new Map<string, number>();
  const last = new Map<string, number>();
  return (resource) => {
    const count = counts.get(resource.accountId) ?? 0;
    counts.set(resource.accountId, count + 1);
    const paced = Math.max(0, count + 1 - BURST) * PACE_MINUTES;
    const after = last.get(lockName(resource));
    const wait = Math.max(paced, after === undefined ? 0 : after + SAME_RESOURCE_MINUTES);
    last.set(lockName(resource), wait);
    return wait;
  };
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export interface WindowResult {
  readonly requested: readonly ListedRollback[];
  /** Rollbacks that were refused, because the remediation changed after the list was read. */
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * Requests the rollback of everything in a window, newest first. Each request is a commit of its own, so any part of the list is a consistent
 * state.
 *
 * @throws RequestRefusedError if the list is not the one that the operator saw.
 */
export async function rollBackWindow(
  request: WindowRequest,
  seen: string,
  operator: OperatorContext,
  hash: (text: string) => string,
): Promise<WindowResult> {
  const list = await listRollbacks(request, operator.store, hash);
  if (list.hash !== seen) throw new RequestRefusedError('the list has changed since the preview. Fix: review the new list');
  const requested: ListedRollback[] = [];
  const refused: { id: string; reason: string }[] = [];
  for (const rollback of list.rollbacks) {
    try {
      await rollBack(rollback.id, operator, rollback.waitMinutes);
      requested.push(rollback);
    } catch (error) {
      if (!(error instanceof RequestRefusedError)) throw error;
      refused.push({ id: rollback.id, reason: error.message });
    }
  }
  return { requested, refused };
}
