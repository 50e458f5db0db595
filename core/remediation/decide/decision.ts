import type { ResourceRef } from '../../model.ts';
import type { RemediationDocument, RemediationMode, RemediationRule } from '../../settings/document.ts';
import type { Known } from '../model/known.ts';
import type { Attempt, KillSwitch, Ledger, PlannedRun, Remediation } from '../model/record.ts';
import { RISKS } from '../model/remedy.ts';
import { isOfPlatform } from './platform.ts';
import { budgetOf, isExempt, maxRiskOf, nextWindow, ruleFor } from './rules.ts';

/** What a reading that was made for this decision says of the resource. */
export interface FreshFinding {
  readonly kind: 'failing' | 'passing' | 'gone';
  readonly reason: string;
  /** When the reading began, ISO-8601 UTC with milliseconds. */
  readonly capturedAt: string;
}

/** The runbook as the account and Region hold it. */
export interface RunbookDescription {
  /** Names of the parameters that it declares. */
  readonly parameters: readonly string[];
}

export type Tags = Readonly<Record<string, string>>;

/** All that a decision rests on, each read for it. */
export interface DecisionInput {
  /** The present, ISO-8601 UTC with milliseconds. */
  readonly now: string;
  readonly remediation: Remediation;
  /** Since when the decision is due, ISO-8601 UTC with milliseconds. */
  readonly dueSince: string;
  readonly finding: Known<FreshFinding>;
  /** The applied section; `undefined` where none is. */
  readonly settings: Known<RemediationDocument | undefined>;
  readonly tags: Known<Tags>;
  /** Other resources that the plan changes, or that own the one that fails, each with its tags. */
  readonly touched: Known<readonly { readonly resource: ResourceRef; readonly tags: Tags }[]>;
  /** The organizational units above the account, at any depth. */
  readonly units: Known<readonly string[]>;
  /** The exception that takes the finding out of the score, in a sentence; `undefined` where none does. */
  readonly exception: Known<string | undefined>;
  /** What would be run, or why nothing can be. */
  readonly plan: Known<PlannedRun>;
  readonly killSwitch: Known<KillSwitch | undefined>;
  readonly ledger: Known<Ledger>;
  /** `undefined` where account and Region do not have the runbook. */
  readonly runbook: Known<RunbookDescription | undefined>;
}

/** How long a decision that could not read a guard waits. */
export const RETRY_MINUTES = 5;
/** A decision that is due for longer than this comes after an outage: it starts nothing unasked. */
export const LATE_MINUTES = 30;
/** How long a control has to run in mode `plan` or `approve` before `auto` begins. */
export const REHEARSAL_HOURS = 24;
/** How long a person's approval holds. */
export const APPROVAL_HOURS = 24;
/** Failed attempts at one failure, after which only a person can have it tried again. */
export const MAX_ATTEMPTS = 3;
/** So many fixes of one resource within {@link FLAPPING_HOURS} are a fight, with a pipeline or a person. */
export const FLAPPING_FIXES = 3;
export const FLAPPING_HOURS = 24;
/** The breaker opens where so many remediations of a control failed within {@link BREAKER_HOURS}, and no fewer than succeeded. */
export const BREAKER_FAILURES = 3;
export const BREAKER_HOURS = 24;
/** How long a decision waits for a budget that a person's approval has to keep too. */
const BUDGET_MINUTES = 15;

/** Why nothing is started. */
type No =
  /** Nobody can have it started as things stand. */
  | { readonly kind: 'refuse'; readonly reason: string }
  /** It is told, and left to a person. */
  | { readonly kind: 'plan'; readonly reason: string }
  /** A person is asked. */
  | { readonly kind: 'ask'; readonly reason: string }
  /** Only a person can have it tried again. */
  | { readonly kind: 'quarantine'; readonly reason: string }
  /** It is decided anew at `until`. `unread`: as the guard could not be read. */
  | { readonly kind: 'wait'; readonly reason: string; readonly until: string; readonly unread?: true }
  /** There is nothing to put right. */
  | { readonly kind: 'close'; readonly reason: string };

/** What is done about a failing resource. All but `start` leave it alone. */
export type Decision =
  | { readonly kind: 'start'; readonly plan: PlannedRun; readonly killSwitch: KillSwitch; readonly ledger: Ledger }
  | (No & { readonly guard: GuardName; readonly plan?: PlannedRun });

/** The guards in the order in which they are asked. */
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
  'rehearsal',
  'breaker',
  'budget',
  'window',
  'runbook',
] as const;
export type GuardName = (typeof GUARD_NAMES)[number];

/**
 * Decides what is done about a failing resource. A runbook starts only where every guard has been read and says yes: each one
 * gives `undefined` for that, and else why not. The first that does not say yes decides.
 */
export function decide(input: DecisionInput): Decision {
  for (const guard of GUARD_NAMES) {
    const no = GUARDS[guard](input);
    if (no) return { ...no, guard, ...planOf(input) };
  }
  const { plan, killSwitch, ledger } = input;
  if (!plan.known || !killSwitch.known || !killSwitch.value || !ledger.known) {
    return { kind: 'refuse', guard: 'runbook', reason: 'a guard was not read' };
  }
  return { kind: 'start', plan: withMode(plan.value, input), killSwitch: killSwitch.value, ledger: ledger.value };
}

const GUARDS: Readonly<Record<GuardName, (input: DecisionInput) => No | undefined>> = {
  finding: ({ finding, remediation, now }) => {
    if (!finding.known) return unread(finding.reason, now);
    const { kind, reason, capturedAt } = finding.value;
    if (kind !== 'failing') return { kind: 'close', reason };
    const last = remediation.attempts.at(-1)?.at ?? '';
    return capturedAt > last ? undefined : unread(`the evidence of ${capturedAt} is older than the last attempt`, now);
  },

  settings: ({ settings, now }) => {
    if (!settings.known) return unread(settings.reason, now);
    return settings.value ? undefined : { kind: 'refuse', reason: 'the settings say nothing of remediation' };
  },

  platform: ({ tags, touched, remediation: { resource }, settings, now }) => {
    const byName = isOfPlatform(resource, {});
    if (byName !== undefined) return { kind: 'refuse', reason: byName };
    if (!tags.known) return unread(`tags not read: ${tags.reason}`, now);
    if (!touched.known) return unread(`tags of what is changed not read: ${touched.reason}`, now);
    for (const each of [{ resource, tags: tags.value }, ...touched.value]) {
      const reason = isOfPlatform(each.resource, each.tags) ?? isExempt(given(settings), each.tags);
      if (reason !== undefined)
        return { kind: 'refuse', reason: each.resource === resource ? reason : `${each.resource.resourceId}: ${reason}` };
    }
    return undefined;
  },

  rule: (input) => {
    const match = matchOf(input);
    if (match.kind === 'unknown') return unread(match.reason, input.now);
    if (match.kind === 'none') return { kind: 'refuse', reason: 'the mode is off: no rule of the settings fits' };
    return match.rule.mode === 'off' ? { kind: 'refuse', reason: `the mode is off, by rule ${match.index + 1}` } : undefined;
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
    return { kind: 'plan', reason: `its risk is ${risk}, and the settings allow no more than ${ceiling}` };
  },

  killSwitch: ({ killSwitch, now }) => {
    if (!killSwitch.known) return unread(killSwitch.reason, now);
    if (killSwitch.value?.running) return undefined;
    return { kind: 'plan', reason: toldOf(killSwitch.value) };
  },

  attempts: (input) => {
    const { failingSince } = input.remediation;
    const failed = countedAttempts(input).filter(({ outcome, intendedAt }) => isFailure(outcome) && intendedAt >= failingSince);
    if (failed.length < MAX_ATTEMPTS) return undefined;
    return { kind: 'quarantine', reason: `${failed.length} attempts failed, the last one so: ${failed.at(-1)?.reason}` };
  },

  flapping: (input) => {
    const since = minutesAfter(input.now, -FLAPPING_HOURS * 60);
    const fixes = countedAttempts(input).filter(({ outcome, at }) => outcome === 'verified' && at > since);
    if (fixes.length < FLAPPING_FIXES) return undefined;
    return { kind: 'quarantine', reason: `put right ${fixes.length} times within ${FLAPPING_HOURS} hours, and failing again` };
  },

  backlog: (input) => {
    const { remediation, dueSince, now } = input;
    if (isApproved(input)) return undefined;
    const since = given(input.killSwitch)?.since ?? now;
    if (remediation.backlog !== undefined) return { kind: 'plan', reason: remediation.backlog };
    if (remediation.failingSince < since) return { kind: 'plan', reason: `it failed before remediation was switched on, at ${since}` };
    if (now <= minutesAfter(dueSince, LATE_MINUTES)) return undefined;
    return { kind: 'plan', reason: `it was due at ${dueSince}: nothing is made up for unasked after an outage` };
  },

  approval: (input) => {
    if (isApproved(input)) return undefined;
    if (modeOf(input) !== 'auto') return { kind: 'ask', reason: approvalLost(input) ?? 'the mode is approve' };
    const isFinal = given(input.plan)?.risk === 'destructive';
    return isFinal ? { kind: 'ask', reason: approvalLost(input) ?? 'what cannot be undone is never done unasked' } : undefined;
  },

  rehearsal: (input) => {
    if (!input.ledger.known) return unread(input.ledger.reason, input.now);
    if (isApproved(input) || ruleOf(input)?.withoutPlan !== undefined) return undefined;
    const { rehearsedSince } = input.ledger.value;
    if (rehearsedSince !== undefined && rehearsedSince <= minutesAfter(input.now, -REHEARSAL_HOURS * 60)) return undefined;
    const far =
      rehearsedSince === undefined ? 'has never been in mode plan or approve' : `is in mode plan or approve since ${rehearsedSince} only`;
    return { kind: 'plan', reason: `the control ${far}; ${REHEARSAL_HOURS} hours are asked for, or withoutPlan in its rule` };
  },

  breaker: ({ ledger, now }) => {
    if (!ledger.known) return unread(ledger.reason, now);
    const outcomes = ledger.value.outcomes.filter(({ at }) => at > minutesAfter(now, -BREAKER_HOURS * 60));
    const failures = outcomes.filter(({ failed }) => failed).length;
    if (failures < BREAKER_FAILURES || failures * 2 < outcomes.length) return undefined;
    return { kind: 'plan', reason: `${failures} of ${outcomes.length} remediations of the control failed within ${BREAKER_HOURS} hours` };
  },

  budget: (input) => {
    const { ledger, remediation, now } = input;
    if (!ledger.known) return unread(ledger.reason, now);
    const budget = budgetOf(given(input.settings));
    const starts = ledger.value.starts.filter(({ at }) => at > minutesAfter(now, -60));
    const here = starts.filter(({ accountId }) => accountId === remediation.resource.accountId);
    if (here.length < budget.perAccount && starts.length < budget.perControl) return undefined;
    const [used, where] = here.length < budget.perAccount ? [starts.length, 'for the control'] : [here.length, 'in the account'];
    const reason = `the budget of ${used} within an hour ${where} is used up`;
    return isApproved(input) ? { kind: 'wait', reason, until: minutesAfter(now, BUDGET_MINUTES) } : { kind: 'plan', reason };
  },

  window: ({ settings, now }) => {
    const window = nextWindow(given(settings)?.changeWindows, now);
    if (window.open) return undefined;
    return { kind: 'wait', reason: `the next change window opens at ${window.opensAt}`, until: window.opensAt };
  },

  runbook: (input) => {
    if (!input.runbook.known) return unread(input.runbook.reason, input.now);
    const plan = given(input.plan);
    if (!plan || !input.runbook.value) return { kind: 'refuse', reason: `there is no runbook ${plan?.runbook} in ${plan?.region}` };
    const strange = strangeParameters(plan.parameters, input.runbook.value);
    if (strange.length === 0) return undefined;
    return { kind: 'refuse', reason: `${plan.runbook} in ${plan.region} does not declare ${strange.join(', ')}: it is of another release` };
  },
};

/** The parameters that a runbook does not declare. */
export function strangeParameters(parameters: PlannedRun['parameters'], { parameters: declared }: RunbookDescription): string[] {
  return Object.keys(parameters).filter((name) => !declared.includes(name));
}

/** Why nothing runs, by the kill switch. */
export const toldOf = (killSwitch: KillSwitch | undefined): string =>
  killSwitch
    ? `stopped since ${killSwitch.since} by ${killSwitch.by}: ${killSwitch.reason}`
    : 'remediation was never switched on: csmm remediation resume';

const unread = (reason: string, now: string): No => ({ kind: 'wait', reason, until: minutesAfter(now, RETRY_MINUTES), unread: true });

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

/** A person has agreed to this very run, and not too long ago. */
const isApproved = (input: DecisionInput): boolean => input.remediation.approval !== undefined && approvalLost(input) === undefined;

/** Why an approval that was given no longer holds. */
function approvalLost({ remediation: { approval }, plan, now }: DecisionInput): string | undefined {
  if (!approval) return undefined;
  if (now > minutesAfter(approval.at, APPROVAL_HOURS * 60)) return `the approval of ${approval.at} is older than ${APPROVAL_HOURS} hours`;
  const isSame = plan.known && (approval.stateHash === undefined || approval.stateHash === plan.value.stateHash);
  return isSame ? undefined : 'the resource is no longer as it was when it was approved';
}

/** The attempts since a person last took the resource out of quarantine. */
const countedAttempts = ({ remediation: { attempts, releasedAt = '' } }: DecisionInput): readonly Attempt[] =>
  attempts.filter(({ kind, intendedAt }) => kind === 'fix' && intendedAt >= releasedAt);

const isFailure = (outcome: Attempt['outcome']): boolean => outcome === 'failed' || outcome === 'lost';

/** A time some minutes after another, ISO-8601 UTC with milliseconds. The empty text is before all times. */
export const minutesAfter = (instant: string, minutes: number): string =>
  instant === '' ? '' : new Date(Date.parse(instant) + minutes * 60_000).toISOString();
