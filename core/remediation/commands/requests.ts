import { readOrError, UnreadableItemError } from '../../ports.ts';
import type { RemediationDocument } from '../../settings/document.ts';
import { APPROVAL_HOURS, minutesAfter } from '../decide/decision.ts';
import { areTwoPersons, needsTwoPersons, personOf } from '../decide/two-person.ts';
import type { Approval, KillSwitch, Remediation, RemediationStatus, Signature } from '../model/record.ts';
import { isIn, runScopeOf, type Scope, type Stop, type StopKind } from '../model/stop.ts';
import type { RemediationCommit, RemediationStore } from '../ports.ts';
import { undoable } from '../run/attempts.ts';
import { markCorrupt, next } from '../run/commit.ts';
import { requestText, type Seal, type SignedRequest, whyCorrupt } from '../seals.ts';
import { resumed } from '../switch.ts';
import { RequestRefusedError } from './refused.ts';

/** Requests of people. Each is checked against the newest revision and committed atomically. */

/** An operator, without a proof. Enough to stop. */
export interface StoppingContext {
  readonly store: RemediationStore;
  /** ARN of the operator. */
  readonly by: string;
  readonly now: () => string;
}

/** A caller that AWS verified, and the key that proves to the engine that csmm accepted the request. */
export interface OperatorContext extends StoppingContext {
  /** Unique ID of the caller. */
  readonly userId: string;
  readonly requestId: string;
  readonly seals: { readonly people: Seal; readonly engine: Pick<Seal, 'holds'> };
  /** Reads the section `remediation` of the applied settings. Only approvals need it. */
  readonly readSettings: () => Promise<RemediationDocument | undefined>;
}

const APPROVABLE: ReadonlySet<RemediationStatus> = new Set(['WAITING_FOR_APPROVAL', 'HALF_APPROVED', 'PLANNED']);

/**
 * Approves the plan of a remediation. The approval is valid only for the plan that the operator saw, with the hash `stateHash`. csmm reads
 * every guard again before it starts the runbook. If the settings require two persons, the first approval only waits for the second.
 *
 * @throws RequestRefusedError if the status or the plan does not allow it, or the same person approved it before.
 */
export const approve = (id: string, stateHash: string | undefined, operator: OperatorContext): Promise<Remediation> =>
  changing(id, operator, async (remediation, at) => {
    const { status, plan, approval: earlier, controlId, resource, reason } = remediation;
    if (!APPROVABLE.has(status)) throw refused(remediation, 'only PLANNED, WAITING_FOR_APPROVAL or HALF_APPROVED can be approved');
    if (!plan) throw refused(remediation, `it has no plan: ${reason}`);
    if (plan.stateHash !== stateHash) throw refused(remediation, 'the plan has changed. Fix: review the new plan');
    const signature = await sign({ verb: 'approve', id, stateHash }, at, operator);
    const policy = (await operator.readSettings())?.twoPerson;
    if (!policy || !needsTwoPersons(policy, { risk: plan.risk, accountId: resource.accountId, controlId })) {
      return approved(remediation, { ...signature, stateHash }, `approved by ${operator.by}`);
    }
    if (personOf(operator.by, policy.namedSessions) === undefined)
      throw refused(remediation, `${operator.by} does not name a person, and the settings require the approval of two persons`);
    const isFirst = !earlier || earlier.stateHash !== stateHash || at > minutesAfter(earlier.at, APPROVAL_HOURS * 60);
    if (isFirst) {
      const { dueAt: _, ...waiting } = remediation;
      const why = `approved by ${operator.by}; the settings require the approval of a second person`;
      return { ...waiting, status: 'HALF_APPROVED', reason: why, approval: { ...signature, stateHash } };
    }
    const { stateHash: _, first: __, ...first } = earlier;
    if (!areTwoPersons(first, signature, policy)) throw refused(remediation, `another person than ${earlier.by} must approve it too`);
    return approved(remediation, { ...signature, stateHash, first }, `approved by ${first.by} and ${operator.by}`);
  });

const approved = (remediation: Remediation, approval: Approval, reason: string): Changed => ({
  ...remediation,
  status: 'APPROVED',
  reason,
  approval,
  dueAt: approval.at,
});

const REJECTABLE: ReadonlySet<RemediationStatus> = new Set([...APPROVABLE, 'APPROVED', 'NEW', 'WAITING', 'HELD']);

/** Rejects a remediation: csmm starts nothing for this failure. @throws RequestRefusedError if the status does not allow it. */
export const reject = (id: string, reason: string, operator: OperatorContext): Promise<Remediation> =>
  changing(id, operator, (remediation) => {
    if (!REJECTABLE.has(remediation.status)) throw refused(remediation, 'only one that has not started can be rejected');
    return refusing(remediation, `rejected by ${operator.by}: ${reason}`);
  });

/** Maximum time of an exemption, in days. A longer one belongs into the settings, where it is reviewed. */
export const MAX_EXEMPT_DAYS = 90;

/**
 * Exempts a resource from the remediation of a control until a time. Later failures are refused too, until then.
 *
 * @throws RequestRefusedError if the status does not allow it, or the time is not within the next {@link MAX_EXEMPT_DAYS} days.
 */
export const exempt = (id: string, until: string, reason: string, operator: OperatorContext): Promise<Remediation> =>
  changing(id, operator, async (remediation, at) => {
    if (!REJECTABLE.has(remediation.status) && remediation.status !== 'REFUSED')
      throw refused(remediation, 'only one that has not started can be exempted');
    if (until <= at || until > minutesAfter(at, MAX_EXEMPT_DAYS * 24 * 60))
      throw refused(remediation, `${until} is not within the next ${MAX_EXEMPT_DAYS} days. Fix: use an exception of the settings`);
    const exemption = { ...(await sign({ verb: 'exempt', id, until, reason }, at, operator)), until, reason };
    return { ...refusing(remediation, `exempt until ${until} by ${operator.by}: ${reason}`), exemption };
  });

function refusing(remediation: Remediation, reason: string): Changed {
  const { approval: _, dueAt: __, ...rest } = remediation;
  return { ...rest, status: 'REFUSED', reason };
}

const REVERSIBLE: ReadonlySet<RemediationStatus> = new Set([
  'SUCCEEDED',
  'QUARANTINED',
  'WAITING',
  'HELD',
  'PLANNED',
  'CLOSED',
  'REFUSED',
  'WAITING_FOR_APPROVAL',
  'HALF_APPROVED',
]);

/** Returns the reason why a remediation cannot be rolled back now. Returns `undefined` if it can. */
export function whyNotReversible({ status, attempts, plan }: Remediation): string | undefined {
  if (!REVERSIBLE.has(status)) return 'it cannot be rolled back now. Fix: wait until it has ended';
  if (undoable(attempts).length === 0) return 'it has no execution to roll back';
  return plan?.reversible === false ? `${plan.runbook} has no inverse runbook` : undefined;
}

/**
 * Requests the rollback of the last execution. csmm does not repeat the execution until an operator releases the remediation. A stopped
 * remediation can be rolled back too. `wait` is the time in minutes until it is due.
 *
 * @throws RequestRefusedError if the status does not allow it, there is nothing to roll back, or csmm did not record what is stored.
 */
export const rollBack = (id: string, operator: OperatorContext, wait = 0): Promise<Remediation> =>
  changing(id, operator, async (remediation, at) => {
    const why = whyNotReversible(remediation);
    if (why !== undefined) throw refused(remediation, why);
    const corrupt = await whyCorrupt(remediation, operator.seals);
    if (corrupt !== undefined) {
      await markCorrupt(remediation, corrupt, operator);
      throw refused(remediation, `CORRUPT: ${corrupt}`);
    }
    const rollbackAsked = await sign({ verb: 'rollback', id }, at, operator);
    const reason = `rollback requested by ${operator.by}`;
    return { ...remediation, status: 'ROLLBACK_REQUESTED', reason, rollbackAsked, dueAt: minutesAfter(at, wait) };
  });

const RELEASABLE: ReadonlySet<RemediationStatus> = new Set(['QUARANTINED', 'ROLLED_BACK', 'REFUSED', 'CORRUPT']);

/**
 * Releases a remediation from quarantine, or allows a change that was rolled back again. csmm then decides again. The executions of a
 * corrupt one are dropped, because csmm cannot know which of them it recorded.
 *
 * @throws RequestRefusedError if the status does not allow it.
 */
export const release = (id: string, operator: OperatorContext): Promise<Remediation> =>
  changing(
    id,
    operator,
    (remediation, at) => {
      const { status } = remediation;
      if (!RELEASABLE.has(status)) throw refused(remediation, 'only QUARANTINED, ROLLED_BACK, REFUSED or CORRUPT can be released');
      const { approval: _, retries: __, exemption: ___, rollbackAsked: ____, ...rest } = remediation;
      const { execution: _____, seal: ______, stopAskedBy: _______, ...empty } = rest;
      const kept = status === 'CORRUPT' ? { ...empty, attempts: [] } : rest;
      return { ...kept, status: 'NEW', reason: `released by ${operator.by}`, failingSince: at, releasedAt: at, dueAt: at };
    },
    // A corrupt one may hold the lock of its resource.
    ({ status }) => (status === 'CORRUPT' ? { lock: 'release' } : {}),
  );

const RUNS: ReadonlySet<RemediationStatus> = new Set(['STARTING', 'RUNNING']);

async function sign(request: SignedRequest, at: string, { by, userId, requestId, seals }: OperatorContext): Promise<Signature> {
  const unsealed = { by, userId, at, requestId };
  return { ...unsealed, mac: await seals.people.make(requestText(request, unsealed)) };
}

/** Kind and scope of a stop. */
export interface StopRequest {
  readonly kind: StopKind;
  readonly scope: Scope;
}

/**
 * Writes a stop: nothing of its kind starts in its scope until it is resumed. One write without a condition, so that it always succeeds if
 * the table answers.
 */
export async function stop({ kind, scope }: StopRequest, reason: string, { store, by, now }: StoppingContext): Promise<Stop> {
  const written: Stop = { kind, scope, by, at: now(), reason };
  await store.writeStop(written);
  return written;
}

/**
 * Requests that every running execution in a scope is cancelled, if SSM still can: fixes, or rollbacks. Returns the remediations with such
 * a request. One that cannot be read does not keep the others running: `onUnreadable` takes the reason.
 */
export async function stopRuns(
  operator: StoppingContext,
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
export async function resume({ kind, scope }: StopRequest, reason: string, operator: StoppingContext): Promise<KillSwitch | undefined> {
  const { store, by, now } = operator;
  const killSwitch =
    kind === 'starts' ? await writingSwitch(operator, (previous) => resumed(previous, scope, now(), by, reason)) : undefined;
  await store.removeStop(kind, scope);
  return killSwitch;
}

/** Sets the kill switch of all accounts. @throws RequestRefusedError if other operators keep setting it at the same time. */
export const setSwitch = (running: boolean, reason: string, operator: StoppingContext): Promise<KillSwitch> =>
  writingSwitch(operator, (previous) => ({ ...resumed(previous, {}, operator.now(), operator.by, reason), running }));

async function writingSwitch({ store }: StoppingContext, change: (previous: KillSwitch | undefined) => KillSwitch): Promise<KillSwitch> {
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

type Changed = Omit<Remediation, 'revision' | 'updatedAt' | 'trail'>;

async function changing(
  id: string,
  { store, now }: StoppingContext,
  change: (remediation: Remediation, at: string) => Changed | Promise<Changed>,
  more: (remediation: Remediation) => Pick<RemediationCommit, 'lock'> = () => ({}),
): Promise<Remediation> {
  for (let attempt = 0; attempt < MAX_RACES; attempt++) {
    const previous = await store.readRemediation(id);
    if (!previous) throw new RequestRefusedError(`remediation ${id} does not exist. Fix: list the IDs with csmm remediation list`);
    // A request is never earlier than the last step, even if the clock of this machine is slow.
    const at = later(now(), previous.updatedAt);
    const following = next(previous, { now: () => at }, await change(previous, at));
    if (await store.commitRemediation({ previous, next: following, ...more(previous) })) return following;
  }
  throw new RequestRefusedError(`remediation ${id} was changed by other processes ${MAX_RACES} times. Fix: check it and try again`);
}

const later = (now: string, updatedAt: string): string => (now > updatedAt ? now : minutesAfter(updatedAt, 0));
