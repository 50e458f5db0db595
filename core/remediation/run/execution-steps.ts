import { canonical } from '../../pipeline/collect.ts';
import { minutesAfter, undeclaredParameters, whyStopped } from '../decide/decision.ts';
import { flat, resultOf } from '../model/known.ts';
import type { Execution, Outcome, PlannedRun, Remediation } from '../model/record.ts';
import { undoOf } from '../model/remedy.ts';
import { describeStop, runScopeOf } from '../model/stop.ts';
import {
  ASSUMED,
  type RemediationDependencies,
  type RunPlace,
  type RunState,
  StartDeferredError,
  StartDeniedError,
  StartRefusedError,
} from '../ports.ts';
import { sealed } from '../seals.ts';
import { readSwitchFor } from '../switch.ts';
import { undoable } from './attempts.ts';
import { attemptOf, commit, type End, endAttempt, giveUp, next, withoutDue } from './commit.ts';
import {
  LEASE_MINUTES,
  LOCKED_MINUTES,
  MAX_RUN_MINUTES,
  MAX_SILENCE_HOURS,
  POLL_MINUTES,
  VERIFY_AGAIN_MINUTES,
  VERIFY_UNREAD_MINUTES,
} from './timing.ts';

/** The steps that start, follow, verify and roll back an execution. */

/** Returns the execution that csmm intends to start. */
export function intend(
  kind: Execution['kind'],
  { id, attempts, failingSince }: Remediation,
  { runbook, parameters, region, stateHash }: Pick<PlannedRun, 'runbook' | 'parameters' | 'region' | 'stateHash'>,
  intendedAt: string,
  { hash }: RemediationDependencies,
): Execution {
  const attempt = `${attempts.length} ${attempts.at(-1)?.token ?? ''}`;
  return {
    kind,
    runbook,
    parameters,
    region,
    stateHash,
    intendedAt,
    token: uuid(hash(canonical([id, kind, stateHash, failingSince, attempt]))),
  };
}

/** Returns the first 128 bits of a hash in the UUID format that SSM requires for a token. */
const uuid = (hash: string): string =>
  [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20), hash.slice(20, 32)].join('-');

/** Revisions that a decision to start was based on. */
export interface Seen {
  readonly settingsRevision: number | undefined;
  readonly switchRevision: number;
}

/** Starts an intended execution, after a last read of what can stop it: the stops, the kill switch and the settings. */
export async function launch(
  starting: Remediation,
  execution: Execution,
  withholds: () => Promise<string | undefined>,
  dependencies: RemediationDependencies,
): Promise<Remediation | undefined> {
  const end = (how: End, reason: string) =>
    whileStarting(starting, dependencies, (current) => endAttempt(current, execution, how, reason, dependencies));
  const withheld = (await withholds()) ?? overdue(execution, dependencies);
  if (withheld !== undefined) return end('withheld', withheld);
  try {
    const executionId = await dependencies.automation.start(placeOf(starting, execution), execution);
    return whileStarting(starting, dependencies, (current) => running(current, { ...execution, executionId }, dependencies));
  } catch (error) {
    if (error instanceof StartRefusedError) return end('refused', error.message);
    if (error instanceof StartDeniedError) return end('denied', error.message);
    if (error instanceof StartDeferredError) return end('deferred', error.message);
    // The execution may have started. The next step queries SSM after the lease.
    return undefined;
  }
}

const overdue = ({ intendedAt }: Execution, { now }: RemediationDependencies): string | undefined =>
  now() > minutesAfter(intendedAt, LEASE_MINUTES / 2) ? `the start took longer than ${LEASE_MINUTES / 2} minutes` : undefined;

/** Returns the reason why a fix must not start now. */
export async function whyNotStart(
  starting: Remediation,
  { settingsRevision, switchRevision }: Seen,
  { store, settings }: RemediationDependencies,
): Promise<string | undefined> {
  const applied = await resultOf(() => settings.readSettings());
  if (!applied.known) return `could not read the settings just before the start: ${applied.reason}`;
  if (settingsRevision !== undefined && applied.value?.revision !== settingsRevision) return 'the settings have changed since the decision';
  const killSwitch = await resultOf(() => readSwitchFor(store, starting));
  if (!killSwitch.known) return `could not read the kill switch just before the start: ${killSwitch.reason}`;
  if (!killSwitch.value?.running) return whyStopped(killSwitch.value);
  return killSwitch.value.revision === switchRevision ? undefined : 'remediation was stopped and resumed since the decision';
}

/** Returns the reason why a rollback must not start now. A stop of starts and the kill switch never prevent a rollback. */
async function whyNotUndo(starting: Remediation, { store }: RemediationDependencies): Promise<string | undefined> {
  const stops = await resultOf(() => store.readStops('rollbacks', runScopeOf(starting)));
  if (!stops.known) return `could not read the stops of rollbacks: ${stops.reason}`;
  const [stop] = stops.value;
  return stop && describeStop(stop);
}

/** Takes a step from status `STARTING`. Repeats it if an operator has requested a stop at the same time, and keeps that request. */
async function whileStarting(
  starting: Remediation,
  { store }: RemediationDependencies,
  step: (current: Remediation) => Promise<Remediation | undefined>,
): Promise<Remediation | undefined> {
  const taken = await step(starting);
  if (taken) return taken;
  const current = await store.readRemediation(starting.id);
  const isSame = current?.status === 'STARTING' && current.execution?.token === starting.execution?.token;
  return isSame && current.revision !== starting.revision ? step(current) : undefined;
}

/** Commits the ID of a started execution. If an operator has requested a stop, the next step is due at once. */
function running(remediation: Remediation, execution: Execution, dependencies: RemediationDependencies): Promise<Remediation | undefined> {
  const at = dependencies.now();
  return commit(remediation, dependencies, {
    ...remediation,
    status: 'RUNNING',
    reason: `${execution.runbook} is running`,
    execution,
    dueAt: remediation.stopAskedBy === undefined ? minutesAfter(at, POLL_MINUTES) : at,
  });
}

const placeOf = ({ resource: { accountId } }: Remediation, { region }: Execution): RunPlace => ({ accountId, region });

/** Queries SSM for an execution if the worker that intended it did not commit the result of the start. */
export async function reclaim(remediation: Remediation, dependencies: RemediationDependencies): Promise<Remediation | undefined> {
  const { execution } = remediation;
  if (!execution) return giveUp(remediation, dependencies, 'the status is STARTING, but there is no execution');
  const found = await resultOf(() => dependencies.automation.find(placeOf(remediation, execution), execution.token, execution.runbook));
  if (!found.known) return retryStatus(remediation, execution, found.reason, dependencies);
  if (found.value !== undefined) return running(remediation, { ...execution, executionId: found.value }, dependencies);
  return endAttempt(remediation, execution, 'lost', 'the start was interrupted, and SSM has no execution for it', dependencies);
}

/** Queries SSM again later. Quarantines the remediation if SSM has not answered for too long. */
async function retryStatus(
  remediation: Remediation,
  execution: Execution,
  reason: string,
  dependencies: RemediationDependencies,
): Promise<Remediation | undefined> {
  const at = dependencies.now();
  if (at > minutesAfter(execution.intendedAt, MAX_SILENCE_HOURS * 60)) {
    const silence = `could not read the status of ${execution.runbook} from SSM for ${MAX_SILENCE_HOURS} hours: ${reason}`;
    return giveUp(remediation, dependencies, silence);
  }
  return commit(remediation, dependencies, {
    ...remediation,
    dueAt: minutesAfter(at, POLL_MINUTES),
    reason: `could not read the status from SSM: ${reason}`,
  });
}

/** Queries the status of an execution and commits its end. Stops an execution that runs too long or that an operator stopped. */
export async function follow(remediation: Remediation, dependencies: RemediationDependencies): Promise<Remediation | undefined> {
  const { automation, now } = dependencies;
  const { execution } = remediation;
  if (!execution?.executionId) return giveUp(remediation, dependencies, 'the status is RUNNING, but there is no execution ID');
  const { executionId } = execution;
  const place = placeOf(remediation, execution);
  const state = await resultOf(() => automation.state(place, executionId));
  if (!state.known) return retryStatus(remediation, execution, state.reason, dependencies);
  if (!state.value.ended) {
    const isTooLong = now() > minutesAfter(execution.intendedAt, MAX_RUN_MINUTES);
    const isStopped = isTooLong || remediation.stopAskedBy !== undefined;
    if (isStopped) await resultOf(() => automation.stop(place, executionId));
    if (isStopped && now() > minutesAfter(execution.intendedAt, MAX_SILENCE_HOURS * 60)) {
      return giveUp(remediation, dependencies, `${execution.runbook} did not end after the stop: its status is ${state.value.status}`);
    }
    const reason = isTooLong
      ? `stopping ${execution.runbook}: it has been running for more than ${MAX_RUN_MINUTES} minutes`
      : isStopped
        ? `stopping ${execution.runbook}: requested by ${remediation.stopAskedBy}`
        : remediation.reason;
    return commit(remediation, dependencies, { ...remediation, reason, dueAt: minutesAfter(now(), POLL_MINUTES) });
  }
  const { outputs, unchanged, status, reason } = state.value;
  const ended: Execution = { ...execution, endedAt: now(), outputs, ...(unchanged && { unchanged }) };
  if (!state.value.succeeded)
    return endAttempt(remediation, ended, failureOf(state.value, remediation), `${status}: ${reason}`, dependencies);
  if (ended.kind === 'undo' && undoable([...remediation.attempts, attemptOf(ended, 'verified', now(), '')]).length > 0) {
    return endAttempt(
      remediation,
      ended,
      'verified',
      `${ended.runbook} succeeded; csmm rolls back the execution before it too`,
      dependencies,
    );
  }
  return commit(remediation, dependencies, {
    ...remediation,
    status: 'VERIFYING',
    reason: `${ended.runbook} succeeded; csmm reads the resource again to verify the result`,
    execution: ended,
    dueAt: now(),
  });
}

/** Returns the outcome of an execution that did not succeed. */
function failureOf({ unchanged, cause }: Extract<RunState, { ended: true }>, { stopAskedBy }: Remediation): Outcome {
  if (cause === 'cancelled' && stopAskedBy !== undefined) return 'cancelled';
  if (!unchanged) return 'failed';
  return cause === 'denied' ? 'denied' : 'refused';
}

/**
 * Verifies the result of an execution with a read that starts after its end. After a fix the control must pass. After a rollback it must
 * fail again.
 */
export async function verify(remediation: Remediation, dependencies: RemediationDependencies): Promise<Remediation | undefined> {
  const { execution } = remediation;
  if (!execution) return giveUp(remediation, dependencies, 'the status is VERIFYING, but there is no execution');
  const { estate, now } = dependencies;
  const look = await resultOf(() => estate.look(remediation.controlId, remediation.resource, {})).then(flat);
  const endedAt = execution.endedAt ?? execution.intendedAt;
  const finding = look.known && look.value.finding.capturedAt > endedAt ? look.value.finding : undefined;
  if (finding?.kind === 'gone') return endAttempt(remediation, execution, 'gone', `read again: ${finding.reason}`, dependencies);
  const isShown = finding?.kind === (execution.kind === 'fix' ? 'passing' : 'failing');
  if (finding && isShown) return endAttempt(remediation, execution, 'verified', `read again: ${finding.reason}`, dependencies);
  const unread = look.known ? 'the evidence is older than the end of the runbook' : look.reason;
  const reason = finding?.reason ?? unread;
  const readings = execution.readings ?? 0;
  const pause = VERIFY_AGAIN_MINUTES[readings];
  if (finding && pause === undefined) {
    const outcome = `${execution.runbook} succeeded, but the result is not visible: ${reason}`;
    return endAttempt(remediation, execution, 'failed', outcome, dependencies);
  }
  if (now() > minutesAfter(endedAt, MAX_SILENCE_HOURS * 60)) {
    return giveUp(
      remediation,
      dependencies,
      `could not verify the result of ${execution.runbook} for ${MAX_SILENCE_HOURS} hours: ${reason}`,
    );
  }
  return commit(remediation, dependencies, {
    ...remediation,
    reason: `not verified yet: ${reason}`,
    execution: { ...execution, readings: readings + 1 },
    dueAt: minutesAfter(now(), pause ?? VERIFY_UNREAD_MINUTES),
  });
}

/**
 * Starts the inverse of the newest execution that is not rolled back yet, at the request of an operator. csmm also checks the stops of
 * rollbacks and the parameters of the inverse runbook. A stopped remediation can be rolled back.
 */
export async function startUndo(remediation: Remediation, dependencies: RemediationDependencies): Promise<Remediation | undefined> {
  const { automation, store, now } = dependencies;
  const at = now();
  const cannot = (reason: string) =>
    commit(remediation, dependencies, { ...withoutDue(remediation), status: 'QUARANTINED', reason: `not rolled back: ${reason}` });
  const later = (reason: string) =>
    commit(remediation, dependencies, {
      ...remediation,
      reason: `not rolled back yet: ${reason}`,
      dueAt: minutesAfter(at, LOCKED_MINUTES),
    });
  const [done] = undoable(remediation.attempts);
  if (!done) return cannot('every execution is already rolled back');
  if (remediation.plan?.reversible === false) return cannot(`${done.runbook} has no inverse runbook`);
  const askedAt = remediation.rollbackAsked?.at ?? at;
  if (at > minutesAfter(askedAt, MAX_SILENCE_HOURS * 60)) {
    return cannot(`csmm could not start it within ${MAX_SILENCE_HOURS} hours of the request at ${askedAt}`);
  }
  const runbook = undoOf(done.runbook);
  const description = await resultOf(() => automation.describe(placeOf(remediation, done), runbook));
  if (!description.known) return later(description.reason);
  const stopped = await whyNotUndo(remediation, dependencies);
  if (stopped !== undefined) return later(stopped);
  if (!description.value) return cannot(`runbook ${runbook} does not exist in ${done.region}`);
  const given = { ...done.parameters, ...done.outputs };
  const missing = description.value.parameters.filter((name) => name !== ASSUMED && given[name] === undefined);
  if (missing.length > 0) return cannot(`${done.runbook} did not output ${missing.join(', ')}`);
  const undeclared = new Set(undeclaredParameters(given, description.value));
  const parameters = Object.fromEntries(Object.entries(given).filter(([name]) => !undeclared.has(name)));
  const { region, stateHash, token: undoes } = done;
  const execution = { ...intend('undo', remediation, { runbook, parameters, region, stateHash }, at, dependencies), undoes };
  const intended = next(remediation, dependencies, {
    ...withoutDue(remediation),
    status: 'STARTING',
    reason: `starting ${runbook}`,
    execution,
    dueAt: minutesAfter(at, LEASE_MINUTES),
  });
  const starting = await sealed(intended, dependencies.seals);
  const isCommitted = await store.commitRemediation({ previous: remediation, next: starting, unlessStopped: 'rollbacks', lock: 'take' });
  if (isCommitted) return launch(starting, execution, () => whyNotUndo(starting, dependencies), dependencies);
  const current = await store.readRemediation(remediation.id);
  const why = 'another remediation is in progress on the resource, or rollbacks were just stopped';
  return current?.revision === remediation.revision ? later(why) : undefined;
}
