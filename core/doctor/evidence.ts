import { millisecondsOf } from '../instant.ts';
import { EVIDENCE_MAX_AGE_HOURS } from '../pipeline/sweep.ts';
import type { Behind } from '../ports.ts';
import {
  brief,
  type Check,
  counted,
  duration,
  fail,
  isKnown,
  type Known,
  listed,
  ok,
  type Subject,
  unread,
  warn,
  worstOf,
} from './check.ts';

/** What csmm has read in one Region of an account, or in `global`. */
export interface RegionEvidence {
  readonly region: string;
  /** Capture time of the newest list, ISO-8601 UTC. */
  readonly newestAt: string;
  /** Reasons of incomplete lists, apart from those of a closed Region. */
  readonly gaps: readonly string[];
}

/** What csmm knows of one account. */
export interface AccountEvidence {
  readonly accountId: string;
  /** Time of the scorecard, ISO-8601 UTC; empty if an older release stored it. `undefined` if the account has no score. */
  readonly scoredAt?: string;
  readonly regions: Known<readonly RegionEvidence[]>;
}

export interface EvidenceFacts {
  /** Accounts with a score, and those that should have one. */
  readonly accounts: Known<readonly AccountEvidence[]>;
  /** Accounts to evaluate. */
  readonly expected: Known<readonly string[]>;
  /** Approved Regions of the settings. `undefined` if they name none. */
  readonly approvedRegions: Known<readonly string[] | undefined>;
  /** Accounts whose scoring fails or waits. */
  readonly behind: Known<readonly Behind[]>;
}

export interface EvidenceContext {
  /** ISO-8601 UTC. */
  readonly now: string;
  /** Regions to read. */
  readonly regions: readonly string[];
}

/** A sweep starts once a day and may take half a day. */
const LATE_HOURS = 36;

/** Checks whether csmm hears of every account and Region. */
export function evidenceChecks({ accounts, expected, approvedRegions, behind }: EvidenceFacts, context: EvidenceContext): Check[] {
  const subject: Subject = { group: 'evidence', id: 'accounts' };
  if (!isKnown(accounts)) return [unread(subject, 'the evidence of the accounts', accounts)];
  const wanted = isKnown(expected) ? new Set(expected) : undefined;
  const relevant = accounts.filter(({ accountId }) => wanted?.has(accountId) ?? true);
  const problems = relevant.flatMap((account) => accountProblems(account, context));
  return [
    ...(isKnown(expected) ? [] : [unread({ ...subject, id: 'expected-accounts' }, 'which accounts csmm should evaluate', expected)]),
    ...(isKnown(approvedRegions) ? [] : [unread({ ...subject, id: 'settings' }, 'which Regions the settings approve', approvedRegions)]),
    ...worstOf(problems, 'accounts or Regions', fineCheck(relevant, subject, context)),
    ...behindChecks(behind, { ...subject, id: 'scoring' }, context),
    ...gapChecks(relevant, { ...subject, id: 'gaps' }),
    ...leftChecks(accounts, wanted, { ...subject, id: 'left-accounts' }),
  ];
}

const START = {
  fix: 'if the deployment is younger than a day, wait for its first sweep. Otherwise look at the stack sets and dead-letter queues above, then start a sweep: see docs/operations.md',
};

function accountProblems({ accountId, scoredAt, regions }: AccountEvidence, { now, regions: wanted }: EvidenceContext): Check[] {
  const subject: Subject = { group: 'evidence', id: 'account', accountId };
  if (!isKnown(regions)) return [unread(subject, `the evidence of account ${accountId}`, regions)];
  if (regions.length === 0) {
    return [fail(subject, scoredAt === undefined ? 'csmm never heard of the account' : 'csmm has no list of the account', START)];
  }
  const late = regions.flatMap(({ region, newestAt }) => lateProblems(newestAt, { ...subject, id: 'lag', region }, now));
  const missing = wanted.filter((region) => !regions.some((one) => one.region === region));
  return [
    ...(scoredAt === undefined ? [fail({ ...subject, id: 'score' }, 'the account has no score', START)] : []),
    ...(missing.length > 0 ? [fail({ ...subject, id: 'region' }, `csmm never read ${listed(missing, 5)}`, START)] : []),
    ...late,
  ];
}

function lateProblems(newestAt: string, subject: Subject, now: string): Check[] {
  const hours = (millisecondsOf(now) - millisecondsOf(newestAt)) / 3_600_000;
  if (hours <= LATE_HOURS) return [];
  const message = `csmm last read it ${duration(hours * 3600)} ago`;
  return [hours > EVIDENCE_MAX_AGE_HOURS ? fail(subject, `${message}: its evidence has expired`, START) : warn(subject, message, START)];
}

function fineCheck(accounts: readonly AccountEvidence[], subject: Subject, { now }: EvidenceContext): Check {
  const times = accounts.flatMap(({ regions }) => (isKnown(regions) ? regions.map(({ newestAt }) => newestAt) : []));
  const [oldest] = times.sort();
  if (oldest === undefined) return warn(subject, 'no account to evaluate', { fix: 'check organizationalUnits' });
  const age = duration(Math.max(0, (millisecondsOf(now) - millisecondsOf(oldest)) / 1000));
  return ok(subject, `${counted(accounts.length, 'account')}, each read in every Region, the last one ${age} ago`);
}

/** Time in hours after which failing scoring runs need a person: csmm repeats them by itself. */
const STUCK_HOURS = 1;

function behindChecks(behind: EvidenceFacts['behind'], subject: Subject, { now }: EvidenceContext): Check[] {
  if (!isKnown(behind)) return [unread(subject, 'whether each account can be scored', behind)];
  const problems = behind.flatMap(({ scope, since, attempts, reason }) => {
    // Without a failed attempt, csmm has only put long joins off.
    if (attempts === 0) return [];
    const about = /^\d{12}$/.test(scope) ? { ...subject, accountId: scope } : subject;
    const hours = (millisecondsOf(now) - millisecondsOf(since)) / 3_600_000;
    const message = `${counted(attempts, 'attempt')} to score ${brief(scope, 40)} failed since ${brief(since, 40)}: ${brief(reason)}`;
    if (hours < STUCK_HOURS) return warn(about, message, { fix: 'wait: csmm tries again by itself' });
    return fail(about, message, {
      fix: 'repair the cause that the reason and the logs of the function score name. csmm tries again by itself',
    });
  });
  return worstOf(problems, 'accounts');
}

/** Gaps are evidence too: a control says which one it lacks. Their common reasons tell what to repair. */
function gapChecks(accounts: readonly AccountEvidence[], subject: Subject): Check[] {
  const byReason = new Map<string, { lists: number; places: string[] }>();
  for (const { accountId, regions } of accounts) {
    for (const { region, gaps } of isKnown(regions) ? regions : []) {
      for (const gap of gaps) {
        const reason = brief(gap, 120);
        const known = byReason.get(reason) ?? { lists: 0, places: [] };
        known.lists++;
        if (known.places.at(-1) !== `${accountId} ${region}`) known.places.push(`${accountId} ${region}`);
        byReason.set(reason, known);
      }
    }
  }
  const sorted = [...byReason].sort(([, a], [, b]) => b.lists - a.lists);
  const problems = sorted.map(([reason, { lists, places }]) =>
    warn(subject, `${counted(lists, 'incomplete list')} in ${listed(places, 2)}: ${reason}`, {
      fix: 'allow the action to the role csmm-read, or wait for the next sweep if AWS was busy. The controls concerned say so in their reason',
    }),
  );
  return worstOf(problems, 'reasons of incomplete lists');
}

function leftChecks(accounts: readonly AccountEvidence[], wanted: ReadonlySet<string> | undefined, subject: Subject): Check[] {
  const left = wanted ? accounts.filter(({ accountId }) => !wanted.has(accountId)).map(({ accountId }) => accountId) : [];
  if (left.length === 0) return [];
  return [
    warn(subject, `${counted(left.length, 'account')} with a score, but not evaluated any more: ${listed(left, 10)}`, {
      fix: 'nothing to do if they left the organization. Otherwise add their organizational unit to organizationalUnits',
    }),
  ];
}
