import { acceptedShort } from '../../characters.ts';
import { GLOBAL } from '../../model.ts';
import { canonical } from '../../pipeline/collect.ts';
import { describeException } from '../../pipeline/exceptions.ts';
import { settingsFor } from '../../settings/account-settings.ts';
import type { SettingsDocument } from '../../settings/document.ts';
import { exceptionOn } from '../../settings/exception.ts';
import { type Decision, decide, heldBack, minutesAfter, RETRY_MINUTES, type Tags } from '../decide/decision.ts';
import { withStart } from '../decide/limits.ts';
import { flat, type Known, known, resultOf, unknown } from '../model/known.ts';
import { MAX_STATE_LINE, MAX_STATE_LINES, type PlannedRun, type Remediation, type RemediationStatus } from '../model/record.ts';
import type { Change } from '../model/remedy.ts';
import type { Look, RemediationDependencies } from '../ports.ts';
import { sealed } from '../seals.ts';
import { readSwitchFor } from '../switch.ts';
import { commit, next, withoutDue } from './commit.ts';
import { intend, launch, whyNotStart } from './execution-steps.ts';
import { LEASE_MINUTES, LOCKED_MINUTES, MAX_RETRIES } from './timing.ts';

/** The step that decides about a remediation. */

/**
 * Reads every guard, decides, and carries out the decision. If a limit held the remediation back and still does, it does not read the
 * resource again.
 */
export async function decideOn(
  remediation: Remediation,
  dependencies: RemediationDependencies,
  dueSince: string,
): Promise<Remediation | undefined> {
  const { store, settings, estate, automation, now } = dependencies;
  const { controlId, resource } = remediation;
  const applied = await resultOf(() => settings.readSettings());
  const section = applied.known ? known(applied.value?.document.remediation) : applied;
  if (remediation.status === 'HELD' && remediation.plan) {
    const ledger = await resultOf(() => store.readLedger(controlId));
    const hold = heldBack({ ledger, settings: section, remediation, plan: known(remediation.plan), now: now() });
    if (hold) return stay(remediation, hold, dependencies);
  }
  const look = await resultOf(() => estate.look(controlId, resource, (section.known && section.value?.parameters) || {})).then(flat);
  const plan = planned(look, remediation, dependencies);
  const place = plan.known ? { accountId: resource.accountId, region: plan.value.region } : undefined;
  const touches = look.known && look.value.plan?.kind === 'run' ? (look.value.plan.touches ?? []) : [];
  const [tags, touched, units, runbook] = await Promise.all([
    resultOf(() => estate.tagsOf(resource)),
    resultOf(() => Promise.all(touches.map(async (each) => ({ resource: each, tags: await estate.tagsOf(each) })))),
    resultOf(() => estate.unitsOf(resource.accountId)),
    place && plan.known ? resultOf(() => automation.describe(place, plan.value.runbook)) : unknown('nothing is planned'),
  ]);
  const killSwitch = await resultOf(() => readSwitchFor(store, remediation));
  const [ledger, rehearsals, heartbeat] = await Promise.all([
    resultOf(() => store.readLedger(controlId)),
    resultOf(() => store.readRehearsals(resource.accountId)),
    resultOf(() => store.readHeartbeat()),
  ]);
  const calendarNames = (section.known && section.value?.changeCalendars) || [];
  const calendars =
    calendarNames.length > 0 ? await resultOf(() => dependencies.readCalendars(calendarNames)) : known({ open: true as const });
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
    plan: ownedBy(plan, tags, section.known ? section.value?.ownerTag : undefined),
    killSwitch,
    ledger,
    rehearsals,
    heartbeat,
    own: dependencies.own,
    calendars,
    runbook,
  };
  const decision = decide(input);
  if (decision.kind !== 'start') return stay(remediation, decision, dependencies);
  return start(remediation, decision, applied.known ? applied.value?.revision : undefined, dependencies);
}

/** Returns a sentence about the exemption or the exception that covers the finding now. */
function exceptionIn(
  document: SettingsDocument | undefined,
  { controlId, resource, exemption }: Remediation,
  at: string,
): string | undefined {
  if (exemption && at < exemption.until) return `exempt until ${exemption.until} by ${exemption.by}: ${exemption.reason}`;
  const exceptions = document ? settingsFor(document, resource.accountId).exceptions : [];
  const exception = exceptionOn(exceptions, controlId, resource, at);
  return exception && describeException(exception);
}

/** Adds the value of the owner tag to a plan. */
function ownedBy(plan: Known<PlannedRun>, tags: Known<Tags>, key = 'Owner'): Known<PlannedRun> {
  const owner = tags.known && Object.hasOwn(tags.value, key) ? tags.value[key] : undefined;
  return plan.known && owner ? known({ ...plan.value, owner: acceptedShort(owner, MAX_STATE_LINE) }) : plan;
}

/** Returns the planned run from a new read. */
function planned(
  look: Known<Look>,
  { resource, controlId }: Remediation,
  { globalRegion, hash }: RemediationDependencies,
): Known<PlannedRun> {
  if (!look.known) return look;
  const { remedy, plan, finding } = look.value;
  if (!remedy || !plan) return unknown('csmm has no runbook for this resource');
  if (plan.kind === 'cannot') return unknown(plan.reason);
  const { runbook, risk, reversible, impact, cost, notRestored } = remedy;
  const region = plan.region ?? (resource.region === GLOBAL ? globalRegion : resource.region);
  const { parameters, changes, touches = [], uses = [] } = plan;
  const { state = [] } = look.value;
  const stateHash = hash(canonical({ controlId, resource, runbook, region, parameters, changes, touches, state }));
  const short = (text: string): string => acceptedShort(text, MAX_STATE_LINE);
  const plannedRun: PlannedRun = { mode: 'off', runbook, parameters, risk, reversible, impact, region, stateHash, finding: finding.reason };
  return known({
    ...plannedRun,
    ...(state.length > 0 && { state: state.slice(0, MAX_STATE_LINES).map(short) }),
    ...(changes.length > 0 && { changes: shownChanges(changes, short) }),
    ...(touches.length > 0 && { touches }),
    ...(uses.length > 0 && { uses: uses.map(short) }),
    ...(cost !== undefined && { cost }),
    ...(notRestored !== undefined && { notRestored }),
  });
}

/** Returns the first changes, each cut. The last one says how many are missing. */
function shownChanges(changes: readonly Change[], short: (text: string) => string): Change[] {
  const shown = changes
    .slice(0, changes.length > MAX_STATE_LINES ? MAX_STATE_LINES - 1 : MAX_STATE_LINES)
    .map(({ what, before, after }) => ({ what: short(what), before: short(before), after: short(after) }));
  const missing = changes.length - shown.length;
  return missing === 0 ? shown : [...shown, { what: `${missing} more changes`, before: 'as read', after: 'as planned' }];
}

const STATUS_AFTER = {
  refuse: 'REFUSED',
  plan: 'PLANNED',
  ask: 'WAITING_FOR_APPROVAL',
  quarantine: 'QUARANTINED',
  wait: 'WAITING',
  hold: 'HELD',
  close: 'CLOSED',
} as const satisfies Readonly<Record<string, RemediationStatus>>;

/** Commits a decision that starts nothing. Refuses the remediation after too many failed reads of a guard. */
async function stay(
  remediation: Remediation,
  decision: Exclude<Decision, { kind: 'start' }>,
  dependencies: RemediationDependencies,
): Promise<Remediation | undefined> {
  const retries = decision.kind === 'wait' && decision.unread ? (remediation.retries ?? 0) + 1 : 0;
  const givesUp = retries > MAX_RETRIES;
  const status = givesUp ? 'REFUSED' : STATUS_AFTER[decision.kind];
  const reason = givesUp ? `${decision.reason} (failed ${retries} times in a row)` : decision.reason;
  const named = decision.kind === 'quarantine' ? await nameOther(remediation, reason, dependencies) : reason;
  const isLater = decision.kind === 'wait' || decision.kind === 'hold';
  const again = retries > 0 ? minutesAfter(dependencies.now(), Math.min(60, RETRY_MINUTES * 2 ** (retries - 1))) : undefined;
  const { approval, dueAt: _, retries: __, heldSince, ...rest } = remediation;
  const since = decision.kind === 'hold' ? (heldSince ?? dependencies.now()) : heldSince;
  return commit(remediation, dependencies, {
    ...rest,
    status,
    reason: named,
    ...(approval && isLater && { approval }),
    ...(isLater && since !== undefined && { heldSince: since }),
    ...(decision.plan && { plan: decision.plan }),
    ...(retries > 0 && { retries }),
    ...(isLater && !givesUp && { dueAt: again ?? decision.until }),
  });
}

/** Returns the reason of a quarantine with the last other actor that changed the resource, if CloudTrail has one. */
async function nameOther(remediation: Remediation, reason: string, { estate }: RemediationDependencies): Promise<string> {
  const since = remediation.attempts[0]?.intendedAt ?? remediation.failingSince;
  const other = await resultOf(() => estate.whoChanged(remediation.resource, since));
  if (!other.known) return `${reason}; could not read the last change from CloudTrail: ${other.reason}`;
  return other.value === undefined ? reason : `${reason}; ${other.value}`;
}

/** Commits the intent to start, with its use of the budget and the lock of the resource, and then starts the runbook. */
async function start(
  remediation: Remediation,
  { plan, killSwitch, ledger, warning }: Extract<Decision, { kind: 'start' }>,
  settingsRevision: number | undefined,
  dependencies: RemediationDependencies,
): Promise<Remediation | undefined> {
  const at = dependencies.now();
  const execution = intend('fix', remediation, plan, at, dependencies);
  const intended = next(remediation, dependencies, {
    ...withoutDue(remediation),
    status: 'STARTING',
    reason: `all guards passed: starting ${plan.runbook}${warning === undefined ? '' : `; ${warning}`}`,
    plan,
    execution,
    dueAt: minutesAfter(at, LEASE_MINUTES),
  });
  const starting = await sealed(intended, dependencies.seals);
  const isCommitted = await dependencies.store.commitRemediation({
    previous: remediation,
    next: starting,
    ledger: { previous: ledger, next: { ...withStart(ledger, remediation.resource, at), revision: ledger.revision + 1 } },
    whileSwitch: killSwitch,
    unlessStopped: 'starts',
    lock: 'take',
  });
  if (!isCommitted) return waitForOthers(remediation, dependencies);
  const seen = { settingsRevision, switchRevision: killSwitch.revision };
  return launch(starting, execution, () => whyNotStart(starting, seen, dependencies), dependencies);
}

/** Waits for a new decision, because another remediation locked the resource, or the budget, a stop or the kill switch changed. */
async function waitForOthers(remediation: Remediation, dependencies: RemediationDependencies): Promise<Remediation | undefined> {
  const current = await dependencies.store.readRemediation(remediation.id);
  if (current?.revision !== remediation.revision) return undefined;
  return commit(remediation, dependencies, {
    ...remediation,
    status: 'WAITING',
    reason: 'another remediation is in progress on the resource, or a limit has just changed',
    dueAt: minutesAfter(dependencies.now(), LOCKED_MINUTES),
  });
}
