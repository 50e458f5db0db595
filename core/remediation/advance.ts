import { GLOBAL } from '../model.ts';
import { canonical } from '../pipeline/collect.ts';
import { tellException } from '../pipeline/exceptions.ts';
import { settingsFor } from '../settings/account-settings.ts';
import type { SettingsDocument } from '../settings/document.ts';
import { exceptionOn } from '../settings/exception.ts';
import { kept, undoable } from './attempts.ts';
import { type Decision, decide, minutesAfter, RETRY_MINUTES, strangeParameters, toldOf } from './decision.ts';
import { type Known, known, unknown } from './known.ts';
import { type Look, type RemediationDependencies, type RunPlace, StartDeferredError, StartRefusedError } from './ports.ts';
import { noteRehearsal } from './rehearsal.ts';
import {
  type Attempt,
  type Execution,
  type Ledger,
  MAX_TRAIL,
  type PlannedRun,
  type Remediation,
  type RemediationStatus,
} from './remediation.ts';
import { undoOf } from './remedy.ts';

/** For so long nobody else touches a start that was intended; who intended it starts nothing after half of it. */
export const LEASE_MINUTES = 20;
/** How often SSM is asked how an execution goes. */
const POLL_MINUTES = 1;
/** An execution that runs for longer is stopped. */
export const MAX_RUN_MINUTES = 120;
/** After so long without an answer of SSM only a person can go on. */
export const MAX_SILENCE_HOURS = 24;
/** After which minutes a fresh reading that does not pass yet is made again, before the attempt counts as failed: APIs settle late. */
const VERIFY_AGAIN_MINUTES = [1, 2, 5, 10];
/** After which it is made again where it could not be made: IAM writes a credential report every four hours. */
const VERIFY_UNREAD_MINUTES = 15;
/** How long the next attempt waits after the first and the second that failed. The third is the last: it is decided on at once. */
const BACKOFF_MINUTES = [5, 20];
/** How long a remediation waits for another one of the same resource. */
const LOCKED_MINUTES = 2;
/** So often in a row a guard is not read before the resource is left to a person. */
export const MAX_RETRIES = 12;

/** For so long whoever reads the resource has it for itself, so that those who come meanwhile do not read it too. */
const CLAIM_MINUTES = 15;
/** So often in a row that may come to no end, before a person has to look. */
const MAX_CLAIMS = 5;

/**
 * Does the next thing that is due for a remediation: decides, starts, follows, verifies or takes back, one step at a time. May be
 * called by several workers, twice, or after one has died: each step is committed before the next, on what was read. What runs is
 * asked after before its time where something has `woken` it.
 *
 * @returns the remediation as this call left it; `undefined` where nothing was due or somebody else was faster.
 */
export async function advance(
  id: string,
  dependencies: RemediationDependencies,
  { woken = false }: { readonly woken?: boolean } = {},
): Promise<Remediation | undefined> {
  const remediation = await dependencies.store.readRemediation(id);
  const now = dependencies.now();
  if (!remediation?.dueAt) return undefined;
  const isDue = remediation.dueAt <= now || (woken && remediation.status === 'RUNNING');
  const step = isDue ? STEPS[remediation.status] : undefined;
  if (!step) return undefined;
  if (!READS_RESOURCE.has(remediation.status)) return step(remediation, dependencies, remediation.dueAt);
  const claims = (remediation.claims ?? 0) + 1;
  if (claims > MAX_CLAIMS) return giveUp(remediation, dependencies, `${MAX_CLAIMS} times whoever read the resource came to no end`);
  const claimed = next(remediation, dependencies, { ...remediation, claims, dueAt: minutesAfter(now, CLAIM_MINUTES) });
  if (!(await dependencies.store.commitRemediation({ previous: remediation, next: claimed }))) return undefined;
  return step(claimed, dependencies, remediation.dueAt);
}

/** `dueSince`: since when it is due. */
type Step = (remediation: Remediation, dependencies: RemediationDependencies, dueSince: string) => Promise<Remediation | undefined>;

/** What is done with a remediation that is due, by its status. The others are never due. */
const STEPS: Readonly<Partial<Record<RemediationStatus, Step>>> = {
  NEW: decideOn,
  WAITING: decideOn,
  APPROVED: decideOn,
  ROLLBACK_REQUESTED: startUndo,
  STARTING: reclaim,
  RUNNING: follow,
  VERIFYING: verify,
};

/** Statuses whose step reads the resource, which may take minutes. */
const READS_RESOURCE: ReadonlySet<RemediationStatus> = new Set(['NEW', 'WAITING', 'APPROVED', 'VERIFYING']);

/** Reads every guard, decides, and does what was decided. */
async function decideOn(
  remediation: Remediation,
  dependencies: RemediationDependencies,
  dueSince: string,
): Promise<Remediation | undefined> {
  const { store, settings, estate, automation, now } = dependencies;
  const { controlId, resource } = remediation;
  const applied = await asked(() => settings.readSettings());
  const section = applied.known ? known(applied.value?.document.remediation) : applied;
  const look = await asked(() => estate.look(controlId, resource, (section.known && section.value?.parameters) || {})).then(flat);
  const plan = planned(look, remediation, dependencies);
  const place = plan.known ? { accountId: resource.accountId, region: plan.value.region } : undefined;
  const touches = look.known && look.value.plan?.kind === 'run' ? (look.value.plan.touches ?? []) : [];
  const [tags, touched, units, runbook] = await Promise.all([
    asked(() => estate.tagsOf(resource)),
    asked(() => Promise.all(touches.map(async (each) => ({ resource: each, tags: await estate.tagsOf(each) })))),
    asked(() => estate.unitsOf(resource.accountId)),
    place && plan.known ? asked(() => automation.describe(place, plan.value.runbook)) : unknown('nothing is planned'),
  ]);
  const killSwitch = await asked(() => store.readSwitch());
  const ledger = await asked(() => store.readLedger(controlId));
  const finding = look.known ? known(look.value.finding) : look;
  const exception = applied.known ? known(exceptionIn(applied.value?.document, remediation, now())) : applied;
  const input = {
    now: now(),
    remediation,
    dueSince,
    finding,
    settings: section,
    tags,
    touched,
    units,
    exception,
    plan,
    killSwitch,
    ledger,
    runbook,
  };
  const decision = decide(input);
  if (ledger.known && isRehearsal(decision)) await noteRehearsal(ledger.value, dependencies);
  if (decision.kind !== 'start') return stay(remediation, decision, dependencies);
  return start(remediation, decision, applied.known ? applied.value?.revision : undefined, dependencies);
}

/** The exception that takes the finding out of the score now, in a sentence. */
function exceptionIn(document: SettingsDocument | undefined, { controlId, resource }: Remediation, at: string): string | undefined {
  const exceptions = document ? settingsFor(document, resource.accountId).exceptions : [];
  const exception = exceptionOn(exceptions, controlId, resource, at);
  return exception && tellException(exception);
}

const isRehearsal = ({ kind, plan }: Decision): boolean => kind !== 'start' && (plan?.mode === 'plan' || plan?.mode === 'approve');

/** What would be run, by a fresh look. */
function planned(
  look: Known<Look>,
  { resource, controlId }: Remediation,
  { globalRegion, hash }: RemediationDependencies,
): Known<PlannedRun> {
  if (!look.known) return look;
  const { remedy, plan, finding } = look.value;
  if (!remedy || !plan) return unknown('only a person can put this right');
  if (plan.kind === 'cannot') return unknown(plan.reason);
  const { runbook, risk, reversible, impact } = remedy;
  const region = plan.region ?? (resource.region === GLOBAL ? globalRegion : resource.region);
  const stateHash = hash(canonical({ controlId, resource, runbook, region, parameters: plan.parameters }));
  return known({ mode: 'off', runbook, parameters: plan.parameters, risk, reversible, impact, region, stateHash, finding: finding.reason });
}

const STATUS_AFTER = {
  refuse: 'REFUSED',
  plan: 'PLANNED',
  ask: 'WAITING_FOR_APPROVAL',
  quarantine: 'QUARANTINED',
  wait: 'WAITING',
  close: 'CLOSED',
} as const satisfies Readonly<Record<string, RemediationStatus>>;

/** Commits a decision that starts nothing. A guard that stays unread leaves the resource to a person in the end. */
async function stay(
  remediation: Remediation,
  decision: Exclude<Decision, { kind: 'start' }>,
  dependencies: RemediationDependencies,
): Promise<Remediation | undefined> {
  const retries = decision.kind === 'wait' && decision.unread ? (remediation.retries ?? 0) + 1 : 0;
  const givesUp = retries > MAX_RETRIES;
  const status = givesUp ? 'REFUSED' : STATUS_AFTER[decision.kind];
  const reason = givesUp ? `${decision.reason}; not read ${retries} times in a row` : decision.reason;
  const named = decision.kind === 'quarantine' ? await nameOther(remediation, reason, dependencies) : reason;
  const keepsApproval = decision.kind === 'wait';
  const again = retries > 0 ? minutesAfter(dependencies.now(), Math.min(60, RETRY_MINUTES * 2 ** (retries - 1))) : undefined;
  const { approval, dueAt: _, retries: __, ...rest } = remediation;
  return commit(remediation, dependencies, {
    ...rest,
    status,
    reason: named,
    ...(approval && keepsApproval && { approval }),
    ...(decision.plan && { plan: decision.plan }),
    ...(retries > 0 && { retries }),
    ...(decision.kind === 'wait' && !givesUp && { dueAt: again ?? decision.until }),
  });
}

/** The reason with who changed the resource, where CloudTrail knows: it is a fight that csmm does not go on with. */
async function nameOther(remediation: Remediation, reason: string, { estate }: RemediationDependencies): Promise<string> {
  const since = remediation.attempts[0]?.intendedAt ?? remediation.failingSince;
  const other = await asked(() => estate.whoChanged(remediation.resource, since));
  if (!other.known) return `${reason}; who changed it could not be read: ${other.reason}`;
  return other.value === undefined ? reason : `${reason}; ${other.value}`;
}

/** Writes the intent with its share of the budget and the lock of the resource, and starts what is still allowed then. */
async function start(
  remediation: Remediation,
  { plan, killSwitch, ledger }: Extract<Decision, { kind: 'start' }>,
  settingsRevision: number | undefined,
  dependencies: RemediationDependencies,
): Promise<Remediation | undefined> {
  const at = dependencies.now();
  const execution = intend('fix', remediation, plan, at, dependencies);
  const { accountId } = remediation.resource;
  const starting = next(remediation, dependencies, {
    ...withoutDue(remediation),
    status: 'STARTING',
    reason: `every guard said yes: ${plan.runbook} is started`,
    plan,
    execution,
    dueAt: minutesAfter(at, LEASE_MINUTES),
  });
  const isCommitted = await dependencies.store.commitRemediation({
    previous: remediation,
    next: starting,
    ledger: {
      previous: ledger,
      next: { ...ledger, revision: ledger.revision + 1, starts: recent([...ledger.starts, { at, accountId }], at) },
    },
    whileSwitch: killSwitch,
    lock: 'take',
  });
  if (!isCommitted) return waitForOthers(remediation, dependencies);
  return launch(starting, execution, { settingsRevision, switchRevision: killSwitch.revision }, dependencies);
}

/** Another remediation holds the resource, a budget was spent or the switch was flipped meanwhile: it is decided anew. */
async function waitForOthers(remediation: Remediation, dependencies: RemediationDependencies): Promise<Remediation | undefined> {
  const current = await dependencies.store.readRemediation(remediation.id);
  if (current?.revision !== remediation.revision) return undefined;
  return commit(remediation, dependencies, {
    ...remediation,
    status: 'WAITING',
    reason: 'the resource is being dealt with for another control, or a limit has changed just now',
    dueAt: minutesAfter(dependencies.now(), LOCKED_MINUTES),
  });
}

function intend(
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
interface Seen {
  /** Absent where the settings do not matter. */
  readonly settingsRevision?: number | undefined;
  readonly switchRevision: number;
}

/** Starts what was intended, after one last look at the kill switch and the settings. */
async function launch(
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
async function reclaim(remediation: Remediation, dependencies: RemediationDependencies): Promise<Remediation | undefined> {
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
async function follow(remediation: Remediation, dependencies: RemediationDependencies): Promise<Remediation | undefined> {
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
async function verify(remediation: Remediation, dependencies: RemediationDependencies): Promise<Remediation | undefined> {
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

/** Takes an execution off a remediation as an attempt, gives the resource back, and says what comes next. */
async function endAttempt(
  remediation: Remediation,
  execution: Execution,
  outcome: Attempt['outcome'] | 'withheld',
  reason: string,
  dependencies: RemediationDependencies,
): Promise<Remediation | undefined> {
  const at = dependencies.now();
  // What was withheld never began: the next start of it bears the same token.
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

/** What follows the end of an attempt. */
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

/** What was withheld is asked for still; what ran before the execution that was taken back is taken back too. */
function afterUndo(
  attempts: readonly Attempt[],
  outcome: Attempt['outcome'] | 'withheld',
  at: string,
): Pick<Remediation, 'status' | 'dueAt'> {
  if (outcome === 'withheld') return { status: 'ROLLBACK_REQUESTED', dueAt: minutesAfter(at, POLL_MINUTES) };
  if (outcome !== 'verified') return { status: 'QUARANTINED' };
  return undoable(attempts).length > 0 ? { status: 'ROLLBACK_REQUESTED', dueAt: at } : { status: 'ROLLED_BACK' };
}

const attemptOf = (execution: Execution, outcome: Attempt['outcome'], at: string, reason: string): Attempt => ({
  ...execution,
  outcome,
  at,
  reason: reason.slice(0, MAX_REASON),
});

/** Nobody knows what has become of it: only a person can go on. */
function giveUp(remediation: Remediation, dependencies: RemediationDependencies, reason: string): Promise<Remediation | undefined> {
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

/**
 * Starts the inverse of the newest execution that is not taken back yet, as a person has asked. The kill switch and the preflight
 * hold for it too.
 */
async function startUndo(remediation: Remediation, dependencies: RemediationDependencies): Promise<Remediation | undefined> {
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

/** The parameter that whoever starts a runbook adds. */
export const ASSUMED = 'AutomationAssumeRole';

type Outcome = Ledger['outcomes'][number];

/** Commits what follows a remediation; the resource is given back where nothing runs on it any more. */
async function commit(
  previous: Remediation,
  dependencies: RemediationDependencies,
  { claims: _, ...changed }: Omit<Remediation, 'revision' | 'updatedAt' | 'trail'>,
  outcome?: Outcome,
): Promise<Remediation | undefined> {
  const { store } = dependencies;
  const following = next(previous, dependencies, changed);
  const release = HOLDS_LOCK.has(previous.status) && !HOLDS_LOCK.has(following.status) ? { lock: 'release' as const } : {};
  for (let attempt = 0; attempt < MAX_LEDGER_RACES; attempt++) {
    const ledger = outcome ? await ledgerWith(previous.controlId, outcome, dependencies) : undefined;
    if (await store.commitRemediation({ previous, next: following, ...(ledger && { ledger }), ...release })) return following;
    if (!ledger || (await store.readRemediation(previous.id))?.revision !== previous.revision) return undefined;
  }
  return undefined;
}

/** So many others write the ledger of a control at once before the step is left to the next tick. */
const MAX_LEDGER_RACES = 25;

async function ledgerWith(controlId: string, outcome: Outcome, { store }: RemediationDependencies) {
  const previous = await store.readLedger(controlId);
  const outcomes = recent([...previous.outcomes, outcome], outcome.at);
  return { previous, next: { ...previous, revision: previous.revision + 1, outcomes } };
}

const HOLDS_LOCK: ReadonlySet<RemediationStatus> = new Set(['STARTING', 'RUNNING', 'VERIFYING']);

/** What budgets and the breaker still look at; the newest where there is more than an item of the table holds. */
const recent = <T extends { readonly at: string }>(entries: readonly T[], now: string): T[] =>
  entries.filter(({ at }) => at > minutesAfter(now, -24 * 60)).slice(-MAX_LEDGER_ENTRIES);

/** Above every budget that the settings allow within an hour. */
const MAX_LEDGER_ENTRIES = 2000;

/** A remediation with what has changed, one revision on. A step is told where status, reason or execution have changed. */
export function next(
  previous: Pick<Remediation, 'revision' | 'trail'> & Partial<Remediation>,
  { now }: Pick<RemediationDependencies, 'now'>,
  changed: Omit<Remediation, 'revision' | 'updatedAt' | 'trail'>,
): Remediation {
  const updatedAt = now();
  const { status, reason: given, execution, attempts } = changed;
  const reason = given.slice(0, MAX_REASON);
  const executionId = execution?.executionId ?? attempts.at(-1)?.executionId;
  const isStep = previous.status !== status || previous.reason !== reason;
  const step = { at: updatedAt, status, reason, ...(executionId !== undefined && { executionId }) };
  const trail = isStep ? [...previous.trail, step].slice(-MAX_TRAIL) : previous.trail;
  return { ...changed, attempts: kept(attempts), reason, revision: previous.revision + 1, updatedAt, trail };
}

/** Reasons quote resources and errors, which may say anything: longer ones are cut. */
const MAX_REASON = 512;

function withoutDue(remediation: Remediation): Omit<Remediation, 'dueAt'> {
  const { dueAt: _, ...rest } = remediation;
  return rest;
}

/** The answer of something that may fail: the failure is then the answer. */
async function asked<T>(question: () => Promise<T>): Promise<Known<T>> {
  try {
    return known(await question());
  } catch (error) {
    return unknown(error instanceof Error ? `${error.name}: ${error.message}`.slice(0, MAX_REASON) : String(error));
  }
}

const flat = <T>(answer: Known<Known<T>>): Known<T> => (answer.known ? answer.value : answer);
