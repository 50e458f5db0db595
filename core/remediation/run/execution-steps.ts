import { canonical } from '../../pipeline/collect.ts';
import { minutesAfter, strangeParameters, toldOf } from '../decide/decision.ts';
import { asked, flat } from '../model/known.ts';
import type { Execution, PlannedRun, Remediation } from '../model/record.ts';
import { undoOf } from '../model/remedy.ts';
import { ASSUMED, type RemediationDependencies, type RunPlace, StartDeferredError, StartRefusedError } from '../ports.ts';
import { undoable } from './attempts.ts';
import { attemptOf, commit, endAttempt, giveUp, next, withoutDue } from './commit.ts';
import {
  LEASE_MINUTES,
  LOCKED_MINUTES,
  MAX_RUN_MINUTES,
  MAX_SILENCE_HOURS,
  POLL_MINUTES,
  VERIFY_AGAIN_MINUTES,
  VERIFY_UNREAD_MINUTES,
} from './timing.ts';

/** How an execution is started, followed, verified and taken back. */

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

/** The first 128 bits of a hash in the form that SSM asks of a token. */
const uuid = (hash: string): string =>
  [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20), hash.slice(20, 32)].join('-');

/** The revisions of what a start was decided on. */
export interface Seen {
  /** Absent where the settings do not matter. */
  readonly settingsRevision?: number | undefined;
  readonly switchRevision: number;
}

/** Starts what was intended, after one last look at the kill switch and the settings. */
export async function launch(
  starting: Remediation,
  execution: Execution,
  seen: Seen,
  dependencies: RemediationDependencies,
): Promise<Remediation | undefined> {
  const end = (outcome: 'failed' | 'withheld', reason: string) =>
    whileStarting(starting, dependencies, (current) => endAttempt(current, execution, outcome, reason, dependencies));
  const withheld = await reasonToWithhold(execution, seen, dependencies);
  if (withheld !== undefined) return end('withheld', withheld);
  try {
    const executionId = await dependencies.automation.start(placeOf(starting, execution), execution);
    return whileStarting(starting, dependencies, (current) => running(current, { ...execution, executionId }, dependencies));
  } catch (error) {
    if (error instanceof StartRefusedError) return end('failed', error.message);
    if (error instanceof StartDeferredError) return end('withheld', error.message);
    // Whether it has started nobody knows: when the lease is over, SSM is asked.
    return undefined;
  }
}

async function reasonToWithhold(
  { intendedAt }: Execution,
  { settingsRevision, switchRevision }: Seen,
  { store, settings, now }: RemediationDependencies,
): Promise<string | undefined> {
  const applied = await asked(() => settings.readSettings());
  if (!applied.known) return `the settings could not be read just before the start: ${applied.reason}`;
  if (settingsRevision !== undefined && applied.value?.revision !== settingsRevision) return 'the settings have changed';
  const killSwitch = await asked(() => store.readSwitch());
  if (!killSwitch.known) return `the kill switch could not be read just before the start: ${killSwitch.reason}`;
  if (!killSwitch.value?.running) return toldOf(killSwitch.value);
  if (killSwitch.value.revision !== switchRevision) return 'remediation was stopped and switched on again meanwhile';
  return now() > minutesAfter(intendedAt, LEASE_MINUTES / 2) ? 'it took too long to start' : undefined;
}

/** Takes a step from a start; once more where a person has asked to stop it meanwhile, which is kept. */
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

/** Notes the id of what runs. What is to be stopped is asked after at once. */
function running(remediation: Remediation, execution: Execution, dependencies: RemediationDependencies): Promise<Remediation | undefined> {
  const at = dependencies.now();
  return commit(remediation, dependencies, {
    ...remediation,
    status: 'RUNNING',
    reason: `${execution.runbook} runs`,
    execution,
    dueAt: remediation.stopAskedBy === undefined ? minutesAfter(at, POLL_MINUTES) : at,
  });
}

const placeOf = ({ resource: { accountId } }: Remediation, { region }: Execution): RunPlace => ({ accountId, region });

/** Whoever intended a start has not said what came of it: SSM is asked. */
export async function reclaim(remediation: Remediation, dependencies: RemediationDependencies): Promise<Remediation | undefined> {
  const { execution } = remediation;
  if (!execution) return giveUp(remediation, dependencies, 'it was to start, and nothing says what');
  const found = await asked(() => dependencies.automation.find(placeOf(remediation, execution), execution.token));
  if (!found.known) return askAgain(remediation, execution, found.reason, dependencies);
  if (found.value !== undefined) return running(remediation, { ...execution, executionId: found.value }, dependencies);
  return endAttempt(remediation, execution, 'lost', 'whoever was to start it has died; SSM knows of no execution', dependencies);
}

/** SSM does not answer: it is asked again, and after a day a person is. */
async function askAgain(
  remediation: Remediation,
  execution: Execution,
  reason: string,
  dependencies: RemediationDependencies,
): Promise<Remediation | undefined> {
  const at = dependencies.now();
  if (at > minutesAfter(execution.intendedAt, MAX_SILENCE_HOURS * 60)) {
    return giveUp(remediation, dependencies, `SSM has not told for ${MAX_SILENCE_HOURS} hours how ${execution.runbook} ended: ${reason}`);
  }
  return commit(remediation, dependencies, {
    ...remediation,
    dueAt: minutesAfter(at, POLL_MINUTES),
    reason: `SSM does not answer: ${reason}`,
  });
}

/** Asks how the execution goes, and takes its end, whichever it is. */
export async function follow(remediation: Remediation, dependencies: RemediationDependencies): Promise<Remediation | undefined> {
  const { automation, now } = dependencies;
  const { execution } = remediation;
  if (!execution?.executionId) return giveUp(remediation, dependencies, 'it runs, and nothing says as which execution');
  const { executionId } = execution;
  const place = placeOf(remediation, execution);
  const state = await asked(() => automation.state(place, executionId));
  if (!state.known) return askAgain(remediation, execution, state.reason, dependencies);
  if (!state.value.ended) {
    const isTooLong = now() > minutesAfter(execution.intendedAt, MAX_RUN_MINUTES);
    const isStopped = isTooLong || remediation.stopAskedBy !== undefined;
    if (isStopped) await asked(() => automation.stop(place, executionId));
    if (isStopped && now() > minutesAfter(execution.intendedAt, MAX_SILENCE_HOURS * 60)) {
      return giveUp(remediation, dependencies, `${execution.runbook} does not end: its status is ${state.value.status}`);
    }
    const reason = isTooLong
      ? `${execution.runbook} runs for over ${MAX_RUN_MINUTES} minutes, and is being stopped`
      : isStopped
        ? `${execution.runbook} is being stopped, as ${remediation.stopAskedBy} asked`
        : remediation.reason;
    return commit(remediation, dependencies, { ...remediation, reason, dueAt: minutesAfter(now(), POLL_MINUTES) });
  }
  const ended: Execution = { ...execution, endedAt: now(), outputs: state.value.outputs };
  if (!state.value.succeeded) return endAttempt(remediation, ended, 'failed', `${state.value.status}: ${state.value.reason}`, dependencies);
  if (ended.kind === 'undo' && undoable([...remediation.attempts, attemptOf(ended, 'verified', now(), '')]).length > 0) {
    return endAttempt(
      remediation,
      ended,
      'verified',
      `${ended.runbook} has ended well; what ran before it is taken back too`,
      dependencies,
    );
  }
  return commit(remediation, dependencies, {
    ...remediation,
    status: 'VERIFYING',
    reason: `${ended.runbook} has ended well; a fresh reading has to show it`,
    execution: ended,
    dueAt: now(),
  });
}

/** Believes no success but that of a reading that began after the execution had ended: it passes, or fails again after an undo. */
export async function verify(remediation: Remediation, dependencies: RemediationDependencies): Promise<Remediation | undefined> {
  const { execution } = remediation;
  if (!execution) return giveUp(remediation, dependencies, 'it is to be verified, and nothing says what was done');
  const { estate, now } = dependencies;
  const look = await asked(() => estate.look(remediation.controlId, remediation.resource, {})).then(flat);
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
    return endAttempt(remediation, execution, 'failed', `${execution.runbook} ended well, and does not show: ${reason}`, dependencies);
  }
  if (now() > minutesAfter(endedAt, MAX_SILENCE_HOURS * 60)) {
    return giveUp(
      remediation,
      dependencies,
      `what ${execution.runbook} has done could not be read for ${MAX_SILENCE_HOURS} hours: ${reason}`,
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
 * Starts the inverse of the newest execution that is not taken back yet, as a person has asked. The kill switch and the preflight
 * hold for it too.
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
  if (!done) return cannot('nothing is left to be taken back');
  if (remediation.plan?.reversible === false) return cannot(`${done.runbook} cannot be undone`);
  if (at > minutesAfter(remediation.rollbackAskedAt ?? at, MAX_SILENCE_HOURS * 60)) {
    return cannot(`it was asked for at ${remediation.rollbackAskedAt}, and could not be started since`);
  }
  const runbook = undoOf(done.runbook);
  const description = await asked(() => automation.describe(placeOf(remediation, done), runbook));
  if (!description.known) return later(description.reason);
  const killSwitch = await asked(() => store.readSwitch());
  if (!killSwitch.known) return later(killSwitch.reason);
  if (!killSwitch.value?.running) return cannot(toldOf(killSwitch.value));
  if (!description.value) return cannot(`there is no runbook ${runbook} in ${done.region}`);
  const given = { ...done.parameters, ...done.outputs };
  const missing = description.value.parameters.filter((name) => name !== ASSUMED && given[name] === undefined);
  if (missing.length > 0) return cannot(`${done.runbook} has not told ${missing.join(', ')}`);
  const strange = new Set(strangeParameters(given, description.value));
  const parameters = Object.fromEntries(Object.entries(given).filter(([name]) => !strange.has(name)));
  const { region, stateHash, token: undoes } = done;
  const execution = { ...intend('undo', remediation, { runbook, parameters, region, stateHash }, at, dependencies), undoes };
  const starting = next(remediation, dependencies, {
    ...withoutDue(remediation),
    status: 'STARTING',
    reason: `${runbook} is started`,
    execution,
    dueAt: minutesAfter(at, LEASE_MINUTES),
  });
  const isCommitted = await store.commitRemediation({ previous: remediation, next: starting, whileSwitch: killSwitch.value, lock: 'take' });
  if (isCommitted) return launch(starting, execution, { switchRevision: killSwitch.value.revision }, dependencies);
  const current = await store.readRemediation(remediation.id);
  return current?.revision === remediation.revision ? later('the resource is being dealt with') : undefined;
}
