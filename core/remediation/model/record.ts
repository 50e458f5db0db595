import { acceptedShort } from '../../characters.ts';
import type { ResourceRef } from '../../model.ts';
import type { RemediationMode } from '../../settings/document.ts';
import type { PolicyRef } from '../policy-drift/policy-document.ts';
import type { Change, Risk, RunbookParameters } from './remedy.ts';
import type { Scope } from './stop.ts';

/**
 * Status of a remediation.
 *
 * | status                 | waits for                                                                          |
 * |------------------------|------------------------------------------------------------------------------------|
 * | `NEW`                  | a decision, after tags and APIs have settled                                       |
 * | `WAITING`              | a time, such as a change window, the next attempt or the next read of a guard      |
 * | `HELD`                 | a limit: the budget, a circuit breaker, SSM, or an account that denies the runbook |
 * | `PLANNED`              | an approval; csmm starts nothing without it                                        |
 * | `WAITING_FOR_APPROVAL` | an approval                                                                        |
 * | `HALF_APPROVED`        | the approval of a second person                                                    |
 * | `APPROVED`             | a decision that takes the approval into account                                    |
 * | `STARTING`             | SSM: csmm stored the intent to start, but not yet the execution ID                 |
 * | `RUNNING`              | the end of the execution                                                           |
 * | `VERIFYING`            | a new read after which the control passes                                          |
 * | `ROLLBACK_REQUESTED`   | the start of the inverse runbook                                                   |
 * | `SUCCEEDED`            | nothing; csmm read the resource again and the control passed                       |
 * | `ROLLED_BACK`          | an operator; csmm does not repeat a change that was rolled back                    |
 * | `QUARANTINED`          | an operator; it failed too often, or another actor keeps reverting it              |
 * | `REFUSED`              | nothing; a guard blocked it                                                        |
 * | `CLOSED`               | nothing; the resource passes or is gone without a change by csmm                   |
 * | `CORRUPT`              | an operator; csmm did not write what is stored, so it does not act on it           |
 */
export const REMEDIATION_STATUSES = [
  'NEW',
  'WAITING',
  'HELD',
  'PLANNED',
  'WAITING_FOR_APPROVAL',
  'HALF_APPROVED',
  'APPROVED',
  'STARTING',
  'RUNNING',
  'VERIFYING',
  'ROLLBACK_REQUESTED',
  'SUCCEEDED',
  'ROLLED_BACK',
  'QUARANTINED',
  'REFUSED',
  'CLOSED',
  'CORRUPT',
] as const;
export type RemediationStatus = (typeof REMEDIATION_STATUSES)[number];

/** The remediation of one resource for one control. Plain JSON; times are ISO-8601 UTC with milliseconds. */
export interface Remediation {
  /** 24 hexadecimal digits, derived from the control and the resource. */
  readonly id: string;
  readonly controlId: string;
  readonly resource: ResourceRef;
  readonly status: RemediationStatus;
  /** Reason for the status, as a sentence. */
  readonly reason: string;
  /** Number of commits of this remediation, from 1. */
  readonly revision: number;
  /** Time at which csmm first saw the current failure. */
  readonly failingSince: string;
  readonly updatedAt: string;
  /** Time of the next step. Absent if there is no next step without a request by an operator. */
  readonly dueAt?: string;
  /** Number of workers that claimed the current step. Reset when a step ends. */
  readonly claims?: number;
  /** Number of consecutive decisions that csmm postponed because it could not read a guard. */
  readonly retries?: number;
  /** Number of consecutive steps that threw an error. */
  readonly faults?: number;
  /** Time since which a limit holds it back. It stays while the start fails for the same kind of reason. */
  readonly heldSince?: string;
  /** Time at which an operator released it. Earlier attempts no longer count. */
  readonly releasedAt?: string;
  /** Why the failure is not new. If present, csmm starts nothing without an approval. */
  readonly backlog?: string;
  /** Plan of the last decision. */
  readonly plan?: PlannedRun;
  readonly approval?: Approval;
  /** Execution that is starting, running or being verified. */
  readonly execution?: Execution;
  /** Request of an operator to roll it back. */
  readonly rollbackAsked?: Signature;
  /** Until when csmm starts nothing for it, at the request of a person. */
  readonly exemption?: Exemption;
  /** ARN of the operator who requested that the execution is cancelled. */
  readonly stopAskedBy?: string;
  /** Ended executions, oldest first, at most {@link MAX_ATTEMPTS_KEPT}. */
  readonly attempts: readonly Attempt[];
  /** Message authentication code of the engine over `execution` and `attempts`. Absent without an execution. */
  readonly seal?: string;
  /** Changes of the status or its reason, oldest first, at most {@link MAX_TRAIL}. */
  readonly trail: readonly TrailStep[];
}

export const MAX_ATTEMPTS_KEPT = 20;
export const MAX_TRAIL = 60;
/** Maximum length of a reason, in characters. csmm cuts longer ones, because a reason can quote a resource or an error. */
export const MAX_REASON = 512;

/** A planned run of a runbook. */
export interface PlannedRun {
  readonly mode: RemediationMode;
  readonly runbook: string;
  readonly parameters: RunbookParameters;
  readonly risk: Risk;
  readonly reversible: boolean;
  readonly impact: string;
  /** Region in which it runs. */
  readonly region: string;
  /** Hash of the control, resource, runbook, Region, parameters, changes, touched resources and the whole state that csmm read. */
  readonly stateHash: string;
  /** Reason of the finding. */
  readonly finding: string;
  /** State that csmm read, as lines `name=value`: at most {@link MAX_STATE_LINES}, and long ones cut. The hash covers all of it. */
  readonly state?: readonly string[];
  /** Values that the runbook changes: at most {@link MAX_STATE_LINES}, and long ones cut. The hash covers all of them. */
  readonly changes?: readonly Change[];
  /** Other resources that the run changes, or that own the failing one. */
  readonly touches?: readonly ResourceRef[];
  /** Users of the resource, as sentences. */
  readonly uses?: readonly string[];
  readonly cost?: string;
  readonly notRestored?: string;
  /** Value of the owner tag of the resource. */
  readonly owner?: string;
}

export const MAX_STATE_LINES = 30;
/** Maximum length of a line of the state, in characters. */
export const MAX_STATE_LINE = 300;

/** A request of a person, as the command function accepted it. */
export interface Signature {
  /** ARN of the caller, as AWS verified it. */
  readonly by: string;
  /** Unique ID of the caller, as AWS verified it. */
  readonly userId: string;
  readonly at: string;
  /** ID of the request at Lambda. */
  readonly requestId: string;
  /** Message authentication code of the command function over the request. */
  readonly mac: string;
}

export interface Approval extends Signature {
  /** Hash of the approved plan. Another state requires another approval. */
  readonly stateHash: string;
  /** Earlier approval of the same plan by another person, if the settings require two. */
  readonly first?: Signature;
}

export interface Exemption extends Signature {
  /** ISO-8601 UTC with milliseconds. */
  readonly until: string;
  readonly reason: string;
}

/** An execution that csmm intends to start or has started. */
export interface Execution {
  readonly kind: 'fix' | 'undo';
  readonly runbook: string;
  readonly parameters: RunbookParameters;
  /** Region in which it runs. */
  readonly region: string;
  readonly stateHash: string;
  /** UUID, the same for the same attempt at the same state. SSM starts only one execution for a token. */
  readonly token: string;
  /** Time at which csmm stored the intent to start. */
  readonly intendedAt: string;
  readonly executionId?: string;
  /** Time at which csmm found that the execution had ended. */
  readonly endedAt?: string;
  /** Outputs of the runbook by name, such as `PreviousEncryption`. */
  readonly outputs?: RunbookParameters;
  /** Token of the execution that this rollback reverts. */
  readonly undoes?: string;
  /** Number of reads that failed or did not show the result yet. */
  readonly readings?: number;
  /** Present if the steps of the ended execution show that it changed nothing. */
  readonly unchanged?: true;
}

/**
 * Result of an ended execution.
 *
 * | outcome     | meaning                                                                                     |
 * |-------------|---------------------------------------------------------------------------------------------|
 * | `verified`  | csmm read the resource again and the control passed                                         |
 * | `refused`   | the runbook or SSM refused it, and nothing was changed; another state can be tried          |
 * | `denied`    | the account denies the runbook or its role, and nothing was changed                         |
 * | `cancelled` | an operator of csmm cancelled it                                                            |
 * | `failed`    | it failed after a change, or the control still fails after it                               |
 * | `lost`      | its result is not known                                                                     |
 * | `gone`      | the resource no longer existed when csmm verified the result                                |
 *
 * Only `failed` and `lost` count as failures of a runbook.
 */
export const OUTCOMES = ['verified', 'refused', 'denied', 'cancelled', 'failed', 'lost', 'gone'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const isFailure = (outcome: Outcome): boolean => outcome === 'failed' || outcome === 'lost';

/** An execution that has ended. */
export interface Attempt extends Execution {
  readonly outcome: Outcome;
  readonly at: string;
  readonly reason: string;
}

export interface TrailStep {
  readonly at: string;
  readonly status: RemediationStatus;
  readonly reason: string;
  readonly executionId?: string;
}

/** Whether runbooks may start. If no switch is stored, no runbook may start. */
export interface KillSwitch {
  readonly running: boolean;
  /** Time of the last change. csmm does not act on older failures without an approval. */
  readonly since: string;
  readonly by: string;
  readonly reason: string;
  /** Number of changes, from 1. */
  readonly revision: number;
  /** Resumed scopes with a later `since` than that of all accounts, at most {@link MAX_RESUMED}. */
  readonly resumed?: readonly Resumed[];
}

/** A scope that was resumed after a stop. csmm does not act on its older failures without an approval. */
export interface Resumed extends Scope {
  readonly since: string;
}

export const MAX_RESUMED = 500;

/** Recent starts, results and denials of one control in all accounts. The limits of a start depend on them. */
export interface Ledger {
  readonly controlId: string;
  /** Number of commits. 0 if the ledger was never stored. */
  readonly revision: number;
  /** Starts that used the budget. */
  readonly starts: readonly LedgerStart[];
  /** Results that show whether the runbook works. */
  readonly outcomes: readonly LedgerOutcome[];
  /** The last denial of each account and runbook. */
  readonly denials: readonly LedgerDenial[];
}

export interface LedgerStart {
  readonly at: string;
  readonly accountId: string;
  readonly resourceType: string;
}

export interface LedgerOutcome {
  readonly at: string;
  readonly failed: boolean;
  readonly accountId: string;
  /** Type and ID of the resource, cut to a length that fits the ledger. */
  readonly resource: string;
}

export interface LedgerDenial {
  readonly at: string;
  readonly accountId: string;
  readonly runbook: string;
  readonly reason: string;
}

/** Dry-run periods of one account. */
export interface Rehearsals {
  readonly accountId: string;
  /** Number of commits. 0 if nothing was ever stored. */
  readonly revision: number;
  readonly entries: readonly Rehearsal[];
}

/** Time since which a rule in mode `plan` or `approve` covers a control in the account. */
export interface Rehearsal {
  readonly controlId: string;
  /** Conditions of the rule on resources, as canonical JSON. */
  readonly conditions: string;
  readonly since: string;
}

/** Ticks of the engine. They show whether a decision is late because of an outage. */
export interface Heartbeat {
  /** Last tick. */
  readonly at: string;
  /** Tick since which there was no gap longer than an outage. */
  readonly since: string;
  /** Number of commits, from 1. */
  readonly revision: number;
}

/** The approved document of a policy. */
export interface Baseline {
  readonly resource: PolicyRef;
  /** JSON without whitespace. Absent if the earlier approval was withdrawn and no other document is approved. */
  readonly document?: string;
  /** Time at which the document was set. Earlier changes of the policy do not count. */
  readonly approvedAt: string;
  /** ARN of the principal that set the document. */
  readonly approvedBy: string;
  /** Number of commits, from 1. */
  readonly revision: number;
}

/** Returns the name of a remediation. The caller hashes it with SHA-256, because core has no hash function. */
export const remediationKey = (controlId: string, { accountId, region, resourceType, resourceId }: ResourceRef): string =>
  JSON.stringify([controlId, accountId, region, resourceType, resourceId]);

/** Returns the name of a resource in a ledger. It is cut, because an ID can be long. */
export const ledgerName = ({ region, resourceType, resourceId }: ResourceRef): string =>
  `${resourceType} ${acceptedShort(resourceId, MAX_LEDGER_NAME)} (${region})`;

const MAX_LEDGER_NAME = 150;

/** Returns the name of the lock of a resource. */
export const lockName = ({ accountId, region, resourceType, resourceId }: ResourceRef): string =>
  JSON.stringify([accountId, region, resourceType, resourceId]);

/** Returns what a run of a remediation locks: its resource, and each other one that the run changes or that owns the resource. */
export function lockedBy({ resource, plan }: Pick<Remediation, 'resource' | 'plan'>): ResourceRef[] {
  return [...new Map([resource, ...(plan?.touches ?? [])].map((each) => [lockName(each), each])).values()];
}

/** A remediation that waits for a time. */
export interface Due extends Required<Pick<Remediation, 'id' | 'controlId' | 'dueAt'>> {
  readonly accountId: string;
}

/** Sorts by due time, earliest first. */
export const longestDueFirst = (a: Due, b: Due): number => order(a.dueAt, b.dueAt) || order(a.id, b.id);

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A committed change of a remediation. `before` is absent if the remediation is new. */
export interface RemediationChange {
  readonly before?: Remediation;
  readonly after: Remediation;
}
