import { GLOBAL } from '../../model.ts';
import { canonical } from '../../pipeline/collect.ts';
import { describeException } from '../../pipeline/exceptions.ts';
import { settingsFor } from '../../settings/account-settings.ts';
import type { SettingsDocument } from '../../settings/document.ts';
import { exceptionOn } from '../../settings/exception.ts';
import { type Decision, decide, minutesAfter, RETRY_MINUTES } from '../decide/decision.ts';
import { noteRehearsal } from '../decide/dry-run.ts';
import { asked, flat, type Known, known, unknown } from '../model/known.ts';
import type { PlannedRun, Remediation, RemediationStatus } from '../model/record.ts';
import type { Look, RemediationDependencies } from '../ports.ts';
import { commit, next, recent, withoutDue } from './commit.ts';
import { intend, launch } from './execution-steps.ts';
import { LEASE_MINUTES, LOCKED_MINUTES, MAX_RETRIES } from './timing.ts';

/** How a remediation is decided on, and what follows. */

/** Reads every guard, decides, and does what was decided. */
export async function decideOn(
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
  return exception && describeException(exception);
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
