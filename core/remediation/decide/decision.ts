import { millisecondsOf } from '../../instant.ts';
import type { ResourceRef } from '../../model.ts';
import type { RemediationDocument, RemediationMode, RemediationRule } from '../../settings/document.ts';
import type { Known } from '../model/known.ts';
import type { Attempt, KillSwitch, Ledger, PlannedRun, Remediation } from '../model/record.ts';
import { RISKS } from '../model/remedy.ts';
import { platformOwnerOf } from './platform.ts';
import { budgetOf, isExempt, maxRiskOf, nextWindow, ruleFor } from './rules.ts';
import { isByTwoPersons, needsTwoPersons } from './two-person.ts';

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
  /** `undefined` if the runbook does not exist in the account and Region. */
  readonly runbook: Known<RunbookDescription | undefined>;
}

/** Wait after a decision that could not read a guard, in minutes. */
export const RETRY_MINUTES = 5;
/** Maximum delay of a decision, in minutes. A later decision requires approval, because it follows an outage. */
export const LATE_MINUTES = 30;
/** Dry-run period: time in mode `plan` or `approve` that a control needs before mode `auto` starts runbooks, in hours. */
export const DRY_RUN_HOURS = 24;
/** Validity of an approval, in hours. */
export const APPROVAL_HOURS = 24;
/** Number of failed attempts at one failure after which only an operator can release the remediation. */
export const MAX_ATTEMPTS = 3;
/** Number of fixes of one resource within {@link FLAPPING_HOURS} that counts as flapping, such as a conflict with a pipeline. */
export const FLAPPING_FIXES = 3;
export const FLAPPING_HOURS = 24;
/**
 * Number of failed remediations of a control within {@link BREAKER_HOURS} that opens the circuit breaker. It opens only if at least half
 * of the remediations failed.
 */
export const BREAKER_FAILURES = 3;
export const BREAKER_HOURS = 24;
/** Wait of an approved run for the next budget, in minutes. */
const BUDGET_MINUTES = 15;

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
  /** csmm decides again at `until`. `unread` is present if the guard could not be read. */
  | { readonly kind: 'wait'; readonly reason: string; readonly until: string; readonly unread?: true }
  /** There is nothing to remediate. */
  | { readonly kind: 'close'; readonly reason: string };

/** A decision about a failing resource. Only `start` changes it. */
export type Decision =
  | { readonly kind: 'start'; readonly plan: PlannedRun; readonly killSwitch: KillSwitch; readonly ledger: Ledger }
  | (Block & { readonly guard: GuardName; readonly plan?: PlannedRun });

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
    if (block) return { ...block, guard, ...planOf(input) };
  }
  const { plan, killSwitch, ledger } = input;
  if (!plan.known || !killSwitch.known || !killSwitch.value || !ledger.known) {
    return { kind: 'refuse', guard: 'runbook', reason: 'a guard was not read' };
  }
  return { kind: 'start', plan: withMode(plan.value, input), killSwitch: killSwitch.value, ledger: ledger.value };
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

  platform: ({ tags, touched, remediation: { resource }, settings, now }) => {
    const byName = platformOwnerOf(resource, {});
    if (byName !== undefined) return { kind: 'refuse', reason: byName };
    if (!tags.known) return unread(`could not read the tags of the resource: ${tags.reason}`, now);
    if (!touched.known) return unread(`could not read the tags of the other affected resources: ${touched.reason}`, now);
    for (const each of [{ resource, tags: tags.value }, ...touched.value]) {
      const reason = platformOwnerOf(each.resource, each.tags) ?? isExempt(given(settings), each.tags);
      if (reason !== undefined)
        return { kind: 'refuse', reason: each.resource === resource ? reason : `${each.resource.resourceId}: ${reason}` };
    }
    return undefined;
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
    const failed = countedAttempts(input).filter(({ outcome, intendedAt }) => isFailure(outcome) && intendedAt >= failingSince);
    if (failed.length < MAX_ATTEMPTS) return undefined;
    return { kind: 'quarantine', reason: `${failed.length} attempts failed; the last error: ${failed.at(-1)?.reason}` };
  },

  flapping: (input) => {
    const since = minutesAfter(input.now, -FLAPPING_HOURS * 60);
    const fixes = countedAttempts(input).filter(({ outcome, at }) => outcome === 'verified' && at > since);
    if (fixes.length < FLAPPING_FIXES) return undefined;
    return { kind: 'quarantine', reason: `remediated ${fixes.length} times within ${FLAPPING_HOURS} hours, but it fails again` };
  },

  backlog: (input) => {
    const { remediation, dueSince, now } = input;
    if (isApproved(input)) return undefined;
    const since = given(input.killSwitch)?.since ?? now;
    if (remediation.backlog !== undefined) return { kind: 'plan', reason: remediation.backlog };
    if (remediation.failingSince < since)
      return { kind: 'plan', reason: `the failure is older than the last start of remediation, at ${since}; it requires approval` };
    if (now <= minutesAfter(dueSince, LATE_MINUTES)) return undefined;
    return { kind: 'plan', reason: `the decision was due at ${dueSince}; after an outage a remediation requires approval` };
  },

  approval: (input) => {
    if (isApproved(input)) return undefined;
    if (modeOf(input) !== 'auto') return { kind: 'ask', reason: approvalLost(input) ?? 'the mode is approve' };
    const isFinal = given(input.plan)?.risk === 'destructive';
    return isFinal
      ? { kind: 'ask', reason: approvalLost(input) ?? 'the change cannot be rolled back, so it requires approval' }
      : undefined;
  },

  dryRun: (input) => {
    if (!input.ledger.known) return unread(input.ledger.reason, input.now);
    if (isApproved(input) || ruleOf(input)?.withoutPlan !== undefined) return undefined;
    const { rehearsedSince } = input.ledger.value;
    if (rehearsedSince !== undefined && rehearsedSince <= minutesAfter(input.now, -DRY_RUN_HOURS * 60)) return undefined;
    const period =
      rehearsedSince === undefined
        ? 'has never been in mode plan or approve'
        : `has been in mode plan or approve only since ${rehearsedSince}`;
    const reason = `the control ${period} (required before auto: ${DRY_RUN_HOURS} hours, or withoutPlan in the rule)`;
    return { kind: 'plan', reason };
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
    const reason = `the budget ${where} is used up: ${used} runbooks started within an hour`;
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
    if (!plan || !input.runbook.value) return { kind: 'refuse', reason: `runbook ${plan?.runbook} does not exist in ${plan?.region}` };
    const undeclared = undeclaredParameters(plan.parameters, input.runbook.value);
    if (undeclared.length === 0) return undefined;
    const reason = `runbook ${plan.runbook} in ${plan.region} is from another release: it does not declare ${undeclared.join(', ')}`;
    return { kind: 'refuse', reason };
  },
};

/** Returns the names of the parameters that a runbook does not declare. */
export function undeclaredParameters(parameters: PlannedRun['parameters'], { parameters: declared }: RunbookDescription): string[] {
  return Object.keys(parameters).filter((name) => !declared.includes(name));
}

/** Returns the reason why the kill switch blocks. */
export const whyStopped = (killSwitch: KillSwitch | undefined): string =>
  killSwitch
    ? `${killSwitch.by} stopped remediation at ${killSwitch.since}: ${killSwitch.reason}`
    : 'remediation was never started. Fix: run csmm remediation resume';

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

const isFailure = (outcome: Attempt['outcome']): boolean => outcome === 'failed' || outcome === 'lost';

/** Returns the time some minutes after another, ISO-8601 UTC with milliseconds. The empty string is before all times and stays empty. */
export const minutesAfter = (instant: string, minutes: number): string =>
  instant === '' ? '' : new Date(millisecondsOf(instant) + minutes * 60_000).toISOString();
