import { acceptedStart } from '../../characters.ts';
import { millisecondsOf } from '../../instant.ts';
import type { ResourceRef } from '../../model.ts';
import type { RemediationBudget } from '../../settings/document.ts';
import { minutesAfter } from '../model/minutes.ts';
import { type Ledger, type LedgerOutcome, ledgerName, type Remediation } from '../model/record.ts';

/**
 * Limits of starts: denials by an account, circuit breakers and budgets. A limit holds a remediation back for a time and then lets csmm
 * decide again. An account holds back others only through the breaker of the control and its budget in all accounts.
 */

/** A limit that holds a start back. The reason contains no time, so repeated decisions publish no new event. */
export interface Hold {
  readonly reason: string;
  /** Time of the next decision, ISO-8601 UTC with milliseconds. */
  readonly until: string;
}

/** The start that csmm wants to make, and the ledger of its control. */
export interface Candidate {
  readonly resource: ResourceRef;
  readonly runbook: string;
  readonly ledger: Ledger;
  readonly now: string;
}

/** Pause of an account that denies a runbook, in minutes. Then one remediation tries again. */
export const DENIED_MINUTES = 60;
/** Period in which failures count for the circuit breakers, in hours. It is also the longest pause. */
export const BREAKER_HOURS = 24;
/** Number of distinct resources with a failure that opens the breaker of a control in one account. */
export const ACCOUNT_BREAKER = { resources: 3, accounts: 1 } as const;
/** Numbers of distinct resources and accounts with a failure that open the breaker of a control in all accounts. */
export const CONTROL_BREAKER = { resources: 5, accounts: 3 } as const;
/** First pause of an open breaker, in minutes. Each further failing resource doubles it. */
export const BREAKER_MINUTES = 60;
/** Part of the budget of a control that is reserved for accounts with fewer than {@link FAIR_STARTS} starts within the hour. */
export const RESERVED = 0.3;
export const FAIR_STARTS = 2;
/** Longest time for which a limit can hold back a remediation, in hours. After that it requires approval. */
export const HOLD_HOURS = 24;
/** Number of failing resources that a reason names. */
const NAMED = 5;

/** Whether a limit has held a remediation back for too long to continue without approval. */
export const isLongHeld = ({ heldSince }: Pick<Remediation, 'heldSince'>, now: string): boolean =>
  heldSince !== undefined && now >= minutesAfter(heldSince, HOLD_HOURS * 60);

export const longHeldReason = (reason: string): string => `held back for more than ${HOLD_HOURS} hours: ${reason}`;

/** Returns the hold of an account that denied the runbook. Accounts do not affect each other. */
export function denialOf({ resource, runbook, ledger, now }: Candidate): Hold | undefined {
  const denial = ledger.denials.find((each) => each.accountId === resource.accountId && each.runbook === runbook);
  const until = denial && minutesAfter(denial.at, DENIED_MINUTES);
  if (!denial || !until || until <= now) return undefined;
  return { reason: `account ${resource.accountId} denies ${runbook}: ${denial.reason}`, until };
}

/**
 * Returns the hold of an open circuit breaker. It opens if enough distinct resources failed after a change, and at least half of the
 * remediated resources did. After the pause it lets remediations try again.
 */
export function breakerOf({ resource: { accountId }, ledger: { controlId, outcomes }, now }: Candidate): Hold | undefined {
  const recent = outcomes.filter(({ at }) => at > minutesAfter(now, -BREAKER_HOURS * 60));
  const here = recent.filter((each) => each.accountId === accountId);
  return opened(here, ACCOUNT_BREAKER, `${controlId} in account ${accountId}`, now) ?? opened(recent, CONTROL_BREAKER, controlId, now);
}

function opened(
  outcomes: readonly LedgerOutcome[],
  threshold: { readonly resources: number; readonly accounts: number },
  scope: string,
  now: string,
): Hold | undefined {
  const failures = outcomes.filter(({ failed }) => failed);
  const failing = new Map(failures.map((each) => [nameOf(each), each]));
  const accounts = new Set(failures.map(({ accountId }) => accountId));
  if (failing.size < threshold.resources || accounts.size < threshold.accounts) return undefined;
  if (failing.size * 2 < new Set(outcomes.map(nameOf)).size) return undefined;
  const last = failures.reduce((latest, { at }) => (at > latest ? at : latest), '');
  const minutes = Math.min(BREAKER_HOURS * 60, BREAKER_MINUTES * 2 ** (failing.size - threshold.resources));
  const until = minutesAfter(last, minutes);
  if (until <= now) return undefined;
  const named = [...failing.values()].slice(0, NAMED).map(({ accountId, resource }) => `${resource} in ${accountId}`);
  const more = failing.size > NAMED ? ` and ${failing.size - NAMED} more` : '';
  const reason = `the circuit breaker of ${scope} is open: ${failing.size} resources in ${accounts.size} accounts failed within ${BREAKER_HOURS} hours: `;
  return { reason: reason + named.join(', ') + more, until };
}

const nameOf = ({ accountId, resource }: LedgerOutcome): string => JSON.stringify([accountId, resource]);

/**
 * Returns the hold of a used-up budget. A budget of n allows n starts at once, and then n within an hour, evenly. The account has a budget
 * for each resource type, so that many failing resources of one type do not hold back another. Accounts with few starts can use the
 * last part of the budget of the control.
 */
export function budgetHold({ resource, ledger, now }: Candidate, budget: RemediationBudget): Hold | undefined {
  const { accountId, resourceType } = resource;
  const here = ledger.starts.filter((start) => start.accountId === accountId);
  const own = here.filter((start) => start.resourceType === resourceType).map(({ at }) => at);
  const hourAgo = minutesAfter(now, -60);
  const reserved = here.filter(({ at }) => at > hourAgo).length < FAIR_STARTS ? 0 : Math.floor(budget.perControl * RESERVED);
  const all = ledger.starts.map(({ at }) => at);
  const waits: readonly (readonly [minutes: number, where: string, size: number])[] = [
    [minutesToToken(own, budget.perAccount, now, 0), `for ${resourceType} in account ${accountId}`, budget.perAccount],
    [minutesToToken(all, budget.perControl, now, reserved), 'in all accounts', budget.perControl],
  ];
  const longest = waits.reduce((a, b) => (b[0] > a[0] ? b : a));
  const [minutes, where, size] = longest;
  if (minutes <= 0) return undefined;
  return {
    reason: `the budget of ${ledger.controlId} ${where} is used up (${size} runbooks at once, and ${size} within an hour)`,
    until: minutesAfter(now, minutes),
  };
}

/**
 * Returns the minutes until a bucket has one token more than `reserved`. The bucket holds `size` tokens, refills evenly with `size` tokens
 * in an hour, and each start takes one.
 */
export function minutesToToken(starts: readonly string[], size: number, now: string, reserved: number): number {
  const perMinute = size / 60;
  let tokens = size;
  let last: number | undefined;
  const fill = (at: number): void => {
    if (last !== undefined) tokens = Math.min(size, tokens + (Math.max(0, at - last) / 60_000) * perMinute);
    last = last === undefined ? at : Math.max(last, at);
  };
  for (const at of starts.map(millisecondsOf).sort((a, b) => a - b)) {
    fill(at);
    tokens -= 1;
  }
  fill(millisecondsOf(now));
  const missing = 1 + Math.min(reserved, size - 1) - tokens;
  return missing <= ROUNDING ? 0 : missing / perMinute;
}

/** Error of the sums of fractions of a token. */
const ROUNDING = 1e-6;

/** Maximum numbers of entries of a ledger. They keep it below the 400 KB of a DynamoDB item. */
const MAX_STARTS = 2000;
const MAX_OUTCOMES = 500;
const MAX_OUTCOMES_OF_ACCOUNT = 50;
const MAX_DENIALS = 200;
/** Time after which a start no longer matters, because the bucket is full again, in minutes. */
const STARTS_MINUTES = 120;

/** Returns a ledger with a start. */
export const withStart = (ledger: Ledger, { accountId, resourceType }: ResourceRef, at: string): Ledger =>
  pruned({ ...ledger, starts: [...ledger.starts, { at, accountId, resourceType }] }, at);

/** Returns a ledger without a start that did not happen. */
export function withoutStart(ledger: Ledger, { accountId, resourceType }: ResourceRef, startedAt: string, now: string): Ledger {
  const index = ledger.starts.findIndex(
    (start) => start.at === startedAt && start.accountId === accountId && start.resourceType === resourceType,
  );
  return pruned({ ...ledger, starts: ledger.starts.filter((_, position) => position !== index) }, now);
}

/** Returns a ledger with the result of an execution. */
export const withOutcome = (ledger: Ledger, resource: ResourceRef, failed: boolean, at: string): Ledger =>
  pruned({ ...ledger, outcomes: [...ledger.outcomes, { at, failed, accountId: resource.accountId, resource: ledgerName(resource) }] }, at);

/** Returns a ledger with a denial by an account. */
export function withDenial(ledger: Ledger, { accountId }: ResourceRef, runbook: string, reason: string, at: string): Ledger {
  const others = ledger.denials.filter((each) => each.accountId !== accountId || each.runbook !== runbook);
  return pruned({ ...ledger, denials: [...others, { at, accountId, runbook, reason: acceptedStart(reason, MAX_DENIAL) }] }, at);
}

const MAX_DENIAL = 200;

/** Returns a ledger without entries that no longer count. One account cannot displace the outcomes of another. */
function pruned(ledger: Ledger, now: string): Ledger {
  const after = (minutes: number) => (entry: { readonly at: string }) => entry.at > minutesAfter(now, -minutes);
  const kept = new Map<string, number>();
  const outcomes = ledger.outcomes
    .filter(after(BREAKER_HOURS * 60))
    .toReversed()
    .filter(({ accountId }) => {
      const count = (kept.get(accountId) ?? 0) + 1;
      kept.set(accountId, count);
      return count <= MAX_OUTCOMES_OF_ACCOUNT;
    })
    .toReversed();
  return {
    ...ledger,
    starts: ledger.starts.filter(after(STARTS_MINUTES)).slice(-MAX_STARTS),
    outcomes: outcomes.slice(-MAX_OUTCOMES),
    denials: ledger.denials.filter(after(DENIED_MINUTES)).slice(-MAX_DENIALS),
  };
}
