import { minutesAfter } from './decide/decision.ts';
import type { KillSwitch, Remediation, RemediationStatus } from './model/record.ts';
import type { RemediationStore } from './ports.ts';
import { undoable } from './run/attempts.ts';
import { next } from './run/commit.ts';

/** What people ask of remediations. Each is checked against the newest state, and committed whole or not at all. */

/** What was asked cannot be done as things stand: says why, and what can. */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError';
}

export interface Asking {
  readonly store: RemediationStore;
  /** ARN of who asks. */
  readonly by: string;
  readonly now: () => string;
}

const APPROVABLE: ReadonlySet<RemediationStatus> = new Set(['WAITING_FOR_APPROVAL', 'PLANNED']);

/**
 * Agrees to what a remediation has planned, as it was shown: to the run that `stateHash` names, and no other. Every guard is asked
 * again before it starts. @throws RequestRefusedError
 */
export const approve = (id: string, stateHash: string | undefined, asking: Asking): Promise<Remediation> =>
  changing(id, asking, (remediation, at) => {
    if (!APPROVABLE.has(remediation.status)) throw refused(remediation, 'only what is PLANNED or WAITING_FOR_APPROVAL can be approved');
    if (!remediation.plan) throw refused(remediation, `nothing is planned: ${remediation.reason}`);
    if (remediation.plan.stateHash !== stateHash) throw refused(remediation, 'what it plans is no longer what was shown: look at it again');
    return {
      ...remediation,
      status: 'APPROVED',
      reason: `approved by ${asking.by}`,
      approval: { by: asking.by, at, stateHash: remediation.plan.stateHash },
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

/** Has the last execution taken back. It is not done again until the remediation is released. @throws RequestRefusedError */
export const rollBack = (id: string, asking: Asking): Promise<Remediation> =>
  changing(id, asking, (remediation, at) => {
    if (!REVERSIBLE.has(remediation.status)) throw refused(remediation, 'wait until nothing runs on the resource');
    if (undoable(remediation.attempts).length === 0) throw refused(remediation, 'nothing was run that is not taken back already');
    if (remediation.plan?.reversible === false) throw refused(remediation, `${remediation.plan.runbook} cannot be undone`);
    return { ...remediation, status: 'ROLLBACK_REQUESTED', reason: `rollback asked for by ${asking.by}`, rollbackAskedAt: at, dueAt: at };
  });

const RELEASABLE: ReadonlySet<RemediationStatus> = new Set(['QUARANTINED', 'ROLLED_BACK', 'REFUSED']);

/** Takes a remediation out of quarantine, or lets what was rolled back be done again: it is decided anew. @throws RequestRefusedError */
export const release = (id: string, asking: Asking): Promise<Remediation> =>
  changing(id, asking, (remediation, at) => {
    if (!RELEASABLE.has(remediation.status)) throw refused(remediation, 'only what is QUARANTINED, ROLLED_BACK or REFUSED can be released');
    const { approval: _, retries: __, ...rest } = remediation;
    return { ...rest, status: 'NEW', reason: `released by ${asking.by}`, failingSince: at, releasedAt: at, dueAt: at };
  });

const RUNS: ReadonlySet<RemediationStatus> = new Set(['STARTING', 'RUNNING']);

/** Has every execution that runs cancelled, as far as SSM still can. @returns the remediations that were asked. */
export async function stopRuns(asking: Asking): Promise<Remediation[]> {
  const stopped: Remediation[] = [];
  for (const { id } of await asking.store.listRemediations({ statuses: [...RUNS] })) {
    try {
      stopped.push(
        await changing(id, asking, (remediation, at) => {
          if (!RUNS.has(remediation.status)) throw refused(remediation, 'it no longer runs');
          // Who is starting it notes its id first, or the lease brings it out.
          return { ...remediation, stopAskedBy: asking.by, ...(remediation.status === 'RUNNING' && { dueAt: at }) };
        }),
      );
    } catch (error) {
      // What has ended meanwhile need not be stopped.
      if (!(error instanceof RequestRefusedError)) throw error;
    }
  }
  return stopped;
}

/** Flips the kill switch. @throws RequestRefusedError where others keep flipping it. */
export async function setSwitch(running: boolean, reason: string, { store, by, now }: Asking): Promise<KillSwitch> {
  for (let attempt = 0; attempt < MAX_RACES; attempt++) {
    const previous = await store.readSwitch();
    const flipped: KillSwitch = { running, since: now(), by, reason, revision: (previous?.revision ?? 0) + 1 };
    if (await store.writeSwitch(previous, flipped)) return flipped;
  }
  throw new RequestRefusedError(`others have flipped the switch ${MAX_RACES} times meanwhile: look at it again`);
}

const MAX_RACES = 10;

const refused = ({ id, status }: Remediation, why: string): RequestRefusedError =>
  new RequestRefusedError(`remediation ${id} is ${status}: ${why}`);

async function changing(
  id: string,
  { store, now }: Asking,
  change: (remediation: Remediation, at: string) => Omit<Remediation, 'revision' | 'updatedAt' | 'trail'>,
): Promise<Remediation> {
  for (let attempt = 0; attempt < MAX_RACES; attempt++) {
    const previous = await store.readRemediation(id);
    if (!previous) throw new RequestRefusedError(`there is no remediation ${id}: csmm remediation list shows those there are`);
    // Nothing can be asked for before the last step was written, whatever this clock says.
    const at = later(now(), previous.updatedAt);
    const following = next(previous, { now: () => at }, change(previous, at));
    if (await store.commitRemediation({ previous, next: following })) return following;
  }
  throw new RequestRefusedError(`others have changed remediation ${id} ${MAX_RACES} times meanwhile: look at it again`);
}

const later = (now: string, updatedAt: string): string => (now > updatedAt ? now : minutesAfter(updatedAt, 0));
