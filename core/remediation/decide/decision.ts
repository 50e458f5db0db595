import type { ResourceRef } from '../../model.ts';
import type { RemediationDocument, RemediationMode, RemediationRule } from '../../settings/document.ts';
import type { Known } from '../model/known.ts';
import { minutesAfter } from '../model/minutes.ts';
import {
  type Attempt,
  type Heartbeat,
  isFailure,
  type KillSwitch,
  type Ledger,
  type PlannedRun,
  type Rehearsals,
  type Remediation,
} from '../model/record.ts';
import { RISKS } from '../model/remedy.ts';
import { type CalendarState, nextStart } from './calendar.ts';
import { DRY_RUN_HOURS, rehearsedSince } from './dry-run.ts';
import { breakerOf, budgetHold, type Candidate, denialOf, type Hold, isLongHeld, longHeldReason } from './limits.ts';
import { landingZoneOf, type OwnResources, ownedByCsmm } from './platform.ts';
import { budgetOf, graceMinutes, isExempt, maxRiskOf, nearlyExempt, reversalsOf, ruleFor } from './rules.ts';
import { isByTwoPersons, needsTwoPersons } from './two-person.ts';

export { minutesAfter } from '../model/minutes.ts';

/** A finding from an API read that csmm made for this decision. */
export interface FreshFinding {
  readonly kind: 'failing' | 'passing' | 'gone';
  readonly reason: string;
  /** Start of the read, ISO-8601 UTC with milliseconds. */
  readonly capturedAt: string;
}

/** The runbook that is deployed in the account and Region. */
export interface RunbookDescription {
  /** Names of the declared parameters. */
  readonly parameters: readonly string[];
}

export type Tags = Readonly<Record<string, string>>;

/** The input of a decision. csmm reads all of it for this decision. */
export interface DecisionInput {
  /** Current time, ISO-8601 UTC with milliseconds. */
  readonly now: string;
  readonly remediation: Remediation;
  /** Time at which the decision became due, ISO-8601 UTC with milliseconds. */
  readonly dueSince: string;
  readonly finding: Known<FreshFinding>;
  /** Section `remediation` of the applied settings. `undefined` if there is no such section. */
  readonly settings: Known<RemediationDocument | undefined>;
  readonly tags: Known<Tags>;
  /** Other resources that the plan changes, or that own the failing one, each with its tags. */
  readonly touched: Known<readonly { readonly resource: ResourceRef; readonly tags: Tags }[]>;
  /** IDs of the organizational units above the account, at any depth. */
  readonly units: Known<readonly string[]>;
  /** Sentence about the exception that covers the finding. `undefined` if no exception covers it. */
  readonly exception: Known<string | undefined>;
  /** The planned run, or the reason why nothing can run. */
  readonly plan: Known<PlannedRun>;
  readonly killSwitch: Known<KillSwitch | undefined>;
  readonly ledger: Known<Ledger>;
  /** Dry-run periods of the account. */
  readonly rehearsals: Known<Rehearsals>;
  /** `undefined` if no tick was ever stored. */
  readonly heartbeat: Known<Heartbeat | undefined>;
  /** Resources of the csmm deployment. */
  readonly own: OwnResources;
  /** State of the change calendars in the settings. Open if the settings name no calendar. */
  readonly calendars: Known<CalendarState>;
  /** `undefined` if the runbook does not exist in the account and Region. */
  readonly runbook: Known<RunbookDescription | undefined>;
}

/** Wait after a decision that could not read a guard, in minutes. */
export const RETRY_MINUTES = 5;
/**
 * Longest gap between two ticks, in minutes. A longer one is an outage: what became due before its end requires approval. A decision that
 * waits for others in the queue is not late.
 */
export const LATE_MINUTES = 30;
/** Validity of an approval, in hours. */
export const APPROVAL_HOURS = 24;
/** Number of failed attempts at one failure after which only an operator can release the remediation. */
export const MAX_ATTEMPTS = 3;
/** Period in which another actor's reversals of a fix count as a fight, in days. */
export const FIGHT_DAYS = 14;
/** Number of refusals within an hour, each at another state, after which csmm waits. */
export const MAX_REFUSALS = 3;
/** The result of a guard that blocks the start. */
type Block =
  /** The remediation cannot start unless its conditions change. */
  | { readonly kind: 'refuse'; readonly reason: string }
  /** csmm publishes the plan. An operator can approve it. */
  | { readonly kind: 'plan'; readonly reason: string }
  /** csmm requests an approval. */
  | { readonly kind: 'ask'; readonly reason: string }
  /** Only an operator can release the remediation. */
  | { readonly kind: 'quarantine'; readonly reason: string }
  /** A limit holds it back. csmm decides again at `until`. */
  | ({ readonly kind: 'hold' } & Hold)
  /** csmm decides again at `until`. `unread` is present if the guard could not be read. */
  | { readonly kind: 'wait'; readonly reason: string; readonly until: string; readonly unread?: true }
  /** There is nothing to remediate. */
  | { readonly kind: 'close'; readonly reason: string };

type Held = Extract<Block, { kind: 'hold' | 'plan' }>;
export type HeldDecision = Held & { readonly guard: GuardName };

/** A decision about a failing resource. Only `start` changes it. */
export type Decision =
  | {
      readonly kind: 'start';
      readonly plan: PlannedRun;
      readonly killSwitch: KillSwitch;
      readonly ledger: Ledger;
      /** Sentence about a tag that nearly exempts the resource. */
      readonly warning?: string;
    }
  | (Block & { readonly guard: GuardName; readonly plan?: PlannedRun });

/** Maximum time until csmm reads a closed change calendar again, in minutes. */
const CALENDAR_MINUTES = 60;
/** Maximum time from the reminder to the end of a grace period, in minutes. */
const MAX_REMINDER_MINUTES = 4 * 60;

/** Guards in evaluation order. */
export const GUARD_NAMES = [
  'finding',
  'settings',
  'platform',
  'rule',
  'exception',
  'remedy',
  'mode',
  'risk',
  'killSwitch',
  'attempts',
  'flapping',
  'backlog',
  'approval',
  'dryRun',
  'grace',
  'place',
  'breaker',
  'budget',
  'window',
  'runbook',
] as const;
export type GuardName = (typeof GUARD_NAMES)[number];

/**
 * Decides about a failing resource. A runbook starts only if every guard was read and passes. A guard returns `undefined` if it passes,
 * otherwise the reason why it blocks. The first guard that blocks determines the decision.
 */
export function decide(input: DecisionInput): Decision {
  for (const guard of GUARD_NAMES) {
    const block = GUARDS[guard](input);
    if (block) return { ...warned(block, input), guard, ...planOf(input) };
  }
  const warning = warningOf(input);
  const { plan, killSwitch, ledger } = input;
  if (!plan.known || !killSwitch.known || !killSwitch.value || !ledger.known) {
    return { kind: 'refuse', guard: 'runbook', reason: 'a guard was not read' };
  }
  return {
    kind: 'start',
    plan: withMode(plan.value, input),
    killSwitch: killSwitch.value,
    ledger: ledger.value,
    ...(warning && { warning }),
  };
}

const GUARDS: Readonly<Record<GuardName, (input: DecisionInput) => Block | undefined>> = {
  finding: ({ finding, remediation, now }) => {
    if (!finding.known) return unread(finding.reason, now);
    const { kind, reason, capturedAt } = finding.value;
    if (kind !== 'failing') return { kind: 'close', reason };
    const last = remediation.attempts.at(-1)?.at ?? '';
    return capturedAt > last ? undefined : unread(`the evidence of ${capturedAt} is older than the last attempt`, now);
  },

  settings: ({ settings, now }) => {
    if (!settings.known) return unread(settings.reason, now);
    return settings.value ? undefined : { kind: 'refuse', reason: 'the settings have no section remediation' };
  },

  platform: (input) => {
    const { tags, touched, remediation, settings, own, now } = input;
    const byName = ownedByCsmm(remediation.resource, {}, own);
    if (byName !== undefined) return { kind: 'refuse', reason: byName };
    if (!tags.known) return unread(`could not read the tags of the resource: ${tags.reason}`, now);
    if (!touched.known) return unread(`could not read the tags of the other affected resources: ${touched.reason}`, now);
    const reason = ofAffected(input, (resource, its) => ownedByCsmm(resource, its, own) ?? isExempt(given(settings), its));
    return reason === undefined ? undefined : { kind: 'refuse', reason };
  },

  rule: (input) => {
    const match = matchOf(input);
    if (match.kind === 'unknown') return unread(match.reason, input.now);
    if (match.kind === 'none') return { kind: 'refuse', reason: 'the mode is off: no rule of the settings matches' };
    return match.rule.mode === 'off' ? { kind: 'refuse', reason: `the mode is off (rule ${match.index + 1} of the settings)` } : undefined;
  },

  exception: ({ exception, now }) => {
    if (!exception.known) return unread(exception.reason, now);
    return exception.value === undefined ? undefined : { kind: 'refuse', reason: exception.value };
  },

  remedy: ({ plan }) => (plan.known ? undefined : { kind: 'refuse', reason: plan.reason }),

  mode: (input) => (modeOf(input) === 'plan' ? { kind: 'plan', reason: 'the mode is plan' } : undefined),

  risk: (input) => {
    const [risk, ceiling] = [given(input.plan)?.risk ?? 'destructive', maxRiskOf(given(input.settings), ruleOf(input) ?? {})];
    if (RISKS.indexOf(risk) <= RISKS.indexOf(ceiling)) return undefined;
    return { kind: 'plan', reason: `the risk is ${risk} (allowed: ${ceiling})` };
  },

  killSwitch: ({ killSwitch, now }) => {
    if (!killSwitch.known) return unread(killSwitch.reason, now);
    if (killSwitch.value?.running) return undefined;
    return { kind: 'plan', reason: whyStopped(killSwitch.value) };
  },

  attempts: (input) => {
    const { failingSince } = input.remediation;
    const counted = countedAttempts(input).filter(({ intendedAt }) => intendedAt >= failingSince);
    const failed = counted.filter(({ outcome }) => isFailure(outcome));
    if (failed.length >= MAX_ATTEMPTS)
      return { kind: 'quarantine', reason: `${failed.length} attempts failed; the last error: ${failed.at(-1)?.reason}` };
    const refused = counted.filter(({ outcome }) => outcome === 'refused');
    const same = refused.find(({ stateHash }) => stateHash === given(input.plan)?.stateHash);
    if (same) return { kind: 'refuse', reason: `${same.runbook} refuses the resource in its current state: ${same.reason}` };
    const hourAgo = minutesAfter(input.now, -60);
    const last = refused.filter(({ at }) => at > hourAgo);
    if (last.length < MAX_REFUSALS) return undefined;
    const reason = `the resource changes while csmm remediates it: ${last.length} refusals within an hour`;
    return { kind: 'hold', reason, until: minutesAfter(last[0]?.at ?? input.now, 60) };
  },

  flapping: (input) => {
    const since = minutesAfter(input.now, -FIGHT_DAYS * 24 * 60);
    const fixes = countedAttempts(input).filter(({ outcome, at }) => outcome === 'verified' && at > since);
    if (fixes.length < reversalsOf(given(input.settings))) return undefined;
    const reason = `csmm remediated it ${fixes.length} times within ${FIGHT_DAYS} days, but it fails again. Fix: adopt the change in the infrastructure code of the resource, or exempt the resource with an exception or an exempt tag`;
    return { kind: 'quarantine', reason };
  },

  backlog: (input) => {
    const { remediation, dueSince, heartbeat, now } = input;
    if (isApproved(input)) return undefined;
    const since = given(input.killSwitch)?.since ?? now;
    if (remediation.backlog !== undefined) return { kind: 'plan', reason: remediation.backlog };
    if (remediation.failingSince < since)
      return { kind: 'plan', reason: `the failure is older than the last start of remediation, at ${since}; it requires approval` };
    if (!heartbeat.known) return unread(heartbeat.reason, now);
    if (!heartbeat.value) return unread('csmm has not recorded a tick yet', now);
    if (dueSince >= heartbeat.value.since) return undefined;
    const reason = `the decision was due at ${dueSince}, in an outage of remediation that ended at ${heartbeat.value.since}; it requires approval`;
    return { kind: 'plan', reason };
  },

  approval: (input) => {
    if (isApproved(input)) return undefined;
    if (modeOf(input) !== 'auto') return { kind: 'ask', reason: approvalLost(input) ?? 'the mode is approve' };
    const isFinal = given(input.plan)?.risk === 'destructive';
    const why = isFinal ? 'the change cannot be rolled back, so it requires approval' : ofAffected(input, landingZoneOf);
    return why === undefined ? undefined : { kind: 'ask', reason: approvalLost(input) ?? why };
  },

  dryRun: (input) => {
    const { rehearsals, now, remediation } = input;
    const rule = ruleOf(input);
    if (!rehearsals.known) return unread(rehearsals.reason, now);
    if (!rule || isApproved(input) || rule.withoutPlan !== undefined) return undefined;
    const since = rehearsedSince(rehearsals.value, remediation.controlId, rule);
    if (since !== undefined && since <= minutesAfter(now, -DRY_RUN_HOURS * 60)) return undefined;
    const period = since === undefined ? 'was never in mode plan or approve' : `has been in mode plan or approve only since ${since}`;
    const reason = `the rule ${period} in account ${remediation.resource.accountId} (required before auto: ${DRY_RUN_HOURS} hours, or withoutPlan in the rule)`;
    return { kind: 'plan', reason };
  },

  place: (input) => held(input, denialOf),

  breaker: (input) => held(input, breakerOf),

  budget: (input) => held(input, (candidate) => budgetHold(candidate, budgetOf(given(input.settings)))),

  grace: (input) => {
    const minutes = graceMinutes(ruleOf(input) ?? {});
    const until = minutesAfter(input.remediation.failingSince, minutes);
    if (isApproved(input) || until <= input.now) return undefined;
    const remindsAt = minutesAfter(until, -Math.min(minutes / 4, MAX_REMINDER_MINUTES));
    const what = `csmm remediates it at ${until}, unless it is exempt by then`;
    if (input.now < remindsAt) return { kind: 'wait', reason: `in the grace period of the rule: ${what}`, until: remindsAt };
    return { kind: 'wait', reason: `the grace period of the rule ends soon: ${what}`, until };
  },

  window: ({ settings, calendars, now }) => {
    const start = nextStart(given(settings) ?? {}, now);
    if (!start.open) return { kind: 'wait', reason: `${start.reason}; runbooks may start at ${start.opensAt}`, until: start.opensAt };
    if (!calendars.known) return unread(`could not read the change calendars: ${calendars.reason}`, now);
    if (calendars.value.open) return undefined;
    const { opensAt } = calendars.value;
    const latest = minutesAfter(now, CALENDAR_MINUTES);
    // A calendar can change at any time.
    const until = opensAt !== undefined && opensAt > now && opensAt < latest ? opensAt : latest;
    return { kind: 'wait', reason: `a change calendar is closed${opensAt === undefined ? '' : ` until ${opensAt}`}`, until };
  },

  runbook: (input) => {
    if (!input.runbook.known) return unread(input.runbook.reason, input.now);
    const plan = given(input.plan);
    if (!plan || !input.runbook.value) return { kind: 'refuse', reason: `runbook ${plan?.runbook} does not exist in ${plan?.region}` };
    const undeclared = undeclaredParameters(plan.parameters, input.runbook.value);
    if (undeclared.length === 0) return undefined;
    const reason = `runbook ${plan.runbook} in ${plan.region} is from another release: it does not declare ${undeclared.join(', ')}`;
    return { kind: 'refuse', reason };
  },
};

/** Returns the first sentence about the failing resource or another affected one. It names the other one. */
function ofAffected(
  { remediation: { resource }, tags, touched }: DecisionInput,
  sentenceOn: (resource: ResourceRef, tags: Tags) => string | undefined,
): string | undefined {
  const reason = sentenceOn(resource, given(tags) ?? {});
  if (reason !== undefined) return reason;
  for (const other of given(touched) ?? []) {
    const about = sentenceOn(other.resource, other.tags);
    if (about !== undefined) return `${other.resource.resourceId}: ${about}`;
  }
  return undefined;
}

/** Returns a sentence about a tag that nearly exempts the resource. */
const warningOf = (input: DecisionInput): string | undefined => ofAffected(input, (_, tags) => nearlyExempt(given(input.settings), tags));

/** Adds the warning to the reason of a plan that an operator reads. */
function warned(block: Block, input: DecisionInput): Block {
  const warning = block.kind === 'plan' || block.kind === 'ask' ? warningOf(input) : undefined;
  return warning === undefined ? block : { ...block, reason: `${block.reason}; ${warning}` };
}

/** Returns the names of the parameters that a runbook does not declare. */
export function undeclaredParameters(parameters: PlannedRun['parameters'], { parameters: declared }: RunbookDescription): string[] {
  return Object.keys(parameters).filter((name) => !declared.includes(name));
}

/** Returns the reason why the kill switch blocks. */
export const whyStopped = (killSwitch: KillSwitch | undefined): string =>
  killSwitch
    ? `${killSwitch.by} stopped remediation at ${killSwitch.since}: ${killSwitch.reason}`
    : 'remediation was never started. Fix: run csmm remediation resume';

/** Guards of the limits, in evaluation order. They need only the settings, the plan and the ledger. */
export const LIMITS = ['place', 'breaker', 'budget'] as const satisfies readonly GuardName[];

/** Returns the decision of a limit that holds a planned run back. Returns `undefined` if no limit does, or if it cannot be known. */
export function heldBack(input: Pick<DecisionInput, 'ledger' | 'settings' | 'remediation' | 'plan' | 'now'>): HeldDecision | undefined {
  if (!input.ledger.known || !input.settings.known || !input.plan.known) return undefined;
  const candidate = candidateOf(input, input.ledger.value, input.plan.value);
  const budget = budgetOf(input.settings.value);
  const holds = { place: denialOf, breaker: breakerOf, budget: (each: Candidate) => budgetHold(each, budget) };
  for (const guard of LIMITS) {
    const hold = holds[guard](candidate);
    if (hold) return { ...longHeld(hold, input), guard };
  }
  return undefined;
}

const candidateOf = (
  { remediation: { resource }, now }: Pick<DecisionInput, 'remediation' | 'now'>,
  ledger: Ledger,
  { runbook }: Pick<PlannedRun, 'runbook'>,
): Candidate => ({ resource, runbook, ledger, now });

function held(input: DecisionInput, limit: (candidate: Candidate) => Hold | undefined): Block | undefined {
  const { ledger, plan, now } = input;
  if (!ledger.known) return unread(ledger.reason, now);
  if (!plan.known) return undefined;
  const hold = limit(candidateOf(input, ledger.value, plan.value));
  return hold && longHeld(hold, input);
}

/** Returns a hold as a block. After {@link HOLD_HOURS} it requires approval. */
const longHeld = (hold: Hold, { remediation, now }: Pick<DecisionInput, 'remediation' | 'now'>): Held =>
  isLongHeld(remediation, now) ? { kind: 'plan', reason: longHeldReason(hold.reason) } : { kind: 'hold', ...hold };

const unread = (reason: string, now: string): Block => ({ kind: 'wait', reason, until: minutesAfter(now, RETRY_MINUTES), unread: true });

const given = <T>(answer: Known<T>): T | undefined => (answer.known ? answer.value : undefined);

const matchOf = ({ settings, remediation: { controlId, resource }, tags, units }: DecisionInput) =>
  ruleFor(given(settings), { controlId, accountId: resource.accountId, region: resource.region, tags, units });

function ruleOf(input: DecisionInput): RemediationRule | undefined {
  const match = matchOf(input);
  return match.kind === 'rule' ? match.rule : undefined;
}

const modeOf = (input: DecisionInput): RemediationMode => ruleOf(input)?.mode ?? 'off';

const withMode = (plan: PlannedRun, input: DecisionInput): PlannedRun => ({ ...plan, mode: modeOf(input) });

const planOf = (input: DecisionInput): { plan?: PlannedRun } => (input.plan.known ? { plan: withMode(input.plan.value, input) } : {});

/** Whether an operator approved exactly this run and the approval is still valid. */
const isApproved = (input: DecisionInput): boolean => input.remediation.approval !== undefined && approvalLost(input) === undefined;

/** Returns the reason why an approval is no longer valid. Returns `undefined` if it is valid or absent. */
function approvalLost({ remediation: { approval, controlId, resource }, plan, settings, now }: DecisionInput): string | undefined {
  if (!approval) return undefined;
  const policy = given(settings)?.twoPerson;
  const { accountId } = resource;
  if (policy && plan.known && needsTwoPersons(policy, { ...plan.value, accountId, controlId }) && !isByTwoPersons(approval, policy))
    return 'the settings require the approval of two persons';
  if (now > minutesAfter(approval.at, APPROVAL_HOURS * 60)) return `the approval of ${approval.at} is older than ${APPROVAL_HOURS} hours`;
  const isSame = plan.known && approval.stateHash === plan.value.stateHash;
  return isSame ? undefined : 'the resource has changed since the approval';
}

/** Returns the fixes since an operator last released the remediation. */
const countedAttempts = ({ remediation: { attempts, releasedAt = '' } }: DecisionInput): readonly Attempt[] =>
  attempts.filter(({ kind, intendedAt }) => kind === 'fix' && intendedAt >= releasedAt);
