import type { ResourceRef } from '../../model.ts';
import type { RemediationMode } from '../../settings/document.ts';
import type { PolicyRef } from '../policy-drift/policy-document.ts';
import type { Risk, RunbookParameters } from './remedy.ts';

/**
 * Where a remediation stands.
 *
 * | status                 | what it waits for                                                       |
 * |------------------------|-------------------------------------------------------------------------|
 * | `NEW`                  | its decision, once tags and APIs have settled                           |
 * | `WAITING`              | a moment: a change window, the next attempt, a guard that can be read   |
 * | `PLANNED`              | a person: nothing is started unasked                                    |
 * | `WAITING_FOR_APPROVAL` | a person                                                                |
 * | `APPROVED`             | its decision, with the approval                                         |
 * | `STARTING`             | the answer of SSM: the intent is written, the execution id is not       |
 * | `RUNNING`              | the end of the execution                                                |
 * | `VERIFYING`            | a fresh reading that passes                                             |
 * | `ROLLBACK_REQUESTED`   | the start of the inverse runbook                                        |
 * | `SUCCEEDED`            | nothing: a fresh reading has passed                                     |
 * | `ROLLED_BACK`          | a person: what was taken back is not done again                         |
 * | `QUARANTINED`          | a person: it failed too often, or somebody undoes it again and again    |
 * | `REFUSED`              | nothing: a guard has said no                                            |
 * | `CLOSED`               | nothing: the resource passes, or is gone, without csmm                  |
 */
export const REMEDIATION_STATUSES = [
  'NEW',
  'WAITING',
  'PLANNED',
  'WAITING_FOR_APPROVAL',
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
] as const;
export type RemediationStatus = (typeof REMEDIATION_STATUSES)[number];

/** All that is known of putting one resource right for one control. Plain JSON; times are ISO-8601 UTC with milliseconds. */
export interface Remediation {
  /** The same for the same control and resource: 24 hexadecimal digits. */
  readonly id: string;
  readonly controlId: string;
  readonly resource: ResourceRef;
  readonly status: RemediationStatus;
  /** Why it has that status, in a sentence. */
  readonly reason: string;
  /** Counts the commits of this remediation, from 1. */
  readonly revision: number;
  /** When the failure was first seen that is being dealt with. */
  readonly failingSince: string;
  readonly updatedAt: string;
  /** When something is to be done next; absent where nothing is, unless a person asks. */
  readonly dueAt?: string;
  /** How often the resource was to be read since the last step that came to an end. */
  readonly claims?: number;
  /** How often a guard could not be read since the last decision. */
  readonly retries?: number;
  /** When a person took it out of quarantine: attempts before that no longer count. */
  readonly releasedAt?: string;
  /** Why the failure is not new: nothing is started for it unless a person asks. */
  readonly backlog?: string;
  /** The last decision's plan. */
  readonly plan?: PlannedRun;
  readonly approval?: Approval;
  /** The execution that is being started, runs, or is verified. */
  readonly execution?: Execution;
  /** When a person asked for what was done to be taken back. */
  readonly rollbackAskedAt?: string;
  /** ARN of who wants the execution cancelled. */
  readonly stopAskedBy?: string;
  /** Executions that have ended, oldest first; at most {@link MAX_ATTEMPTS_KEPT}. */
  readonly attempts: readonly Attempt[];
  /** The steps since the failure was seen, oldest first; at most {@link MAX_TRAIL}. */
  readonly trail: readonly TrailStep[];
}

export const MAX_ATTEMPTS_KEPT = 20;
export const MAX_TRAIL = 60;
/** Characters. Reasons quote resources and errors, which may say anything: longer ones are cut. */
export const MAX_REASON = 512;

/** What would be run, or is. */
export interface PlannedRun {
  readonly mode: RemediationMode;
  readonly runbook: string;
  readonly parameters: RunbookParameters;
  readonly risk: Risk;
  readonly reversible: boolean;
  readonly impact: string;
  /** Where it runs. */
  readonly region: string;
  /** Names what would be done to what: the same for the same runbook and parameters, which hold the state that was read. */
  readonly stateHash: string;
  /** What the finding said. */
  readonly finding: string;
}

export interface Approval {
  /** ARN of who approved. */
  readonly by: string;
  readonly at: string;
  /** The state that was approved, where a plan showed one; another state needs another approval. */
  readonly stateHash?: string;
}

/** An execution that is about to start or has started. */
export interface Execution {
  readonly kind: 'fix' | 'undo';
  readonly runbook: string;
  readonly parameters: RunbookParameters;
  /** Where it runs. */
  readonly region: string;
  readonly stateHash: string;
  /** UUID, the same for the same attempt at the same state; it makes a second start of it harmless. */
  readonly token: string;
  /** When the intent was written. */
  readonly intendedAt: string;
  readonly executionId?: string;
  /** When the execution was found to have ended. */
  readonly endedAt?: string;
  /** Values that it told, by name, such as `PreviousEncryption`. */
  readonly outputs?: RunbookParameters;
  /** Token of the execution that an undo takes back. */
  readonly undoes?: string;
  /** Fresh readings that did not pass yet, or failed. */
  readonly readings?: number;
}

/** An execution that has ended, one way or the other. */
export interface Attempt extends Execution {
  /** `gone`: the resource no longer was there when it was to be verified. */
  readonly outcome: 'verified' | 'failed' | 'lost' | 'gone';
  readonly at: string;
  readonly reason: string;
}

export interface TrailStep {
  readonly at: string;
  readonly status: RemediationStatus;
  readonly reason: string;
  readonly executionId?: string;
}

/** Whether runbooks may start at all. Absent where nobody has ever said so: then none may. */
export interface KillSwitch {
  readonly running: boolean;
  /** What fails since before this moment is not acted on unasked. */
  readonly since: string;
  readonly by: string;
  readonly reason: string;
  /** Counts the changes, from 1. */
  readonly revision: number;
}

/** What was lately done for one control in all accounts: what budgets and the breaker are judged by. */
export interface Ledger {
  readonly controlId: string;
  /** Counts the commits, from 0: never written. */
  readonly revision: number;
  readonly starts: readonly { readonly at: string; readonly accountId: string }[];
  readonly outcomes: readonly { readonly at: string; readonly failed: boolean }[];
  /** Since when the control is in mode `plan` or `approve`, or was before it was put to `auto`. */
  readonly rehearsedSince?: string;
}

/** What a policy is to say, as its owners have approved it. */
export interface Baseline {
  readonly resource: PolicyRef;
  /** JSON without blanks; absent where what was approved before no longer is, and nothing else. */
  readonly document?: string;
  /** When it was set; what was done to the policy before does not count. */
  readonly approvedAt: string;
  /** ARN of who has set it. */
  readonly approvedBy: string;
  /** Counts the commits, from 1. */
  readonly revision: number;
}

/** Names a remediation: SHA-256 is given by whoever calls, as core computes none. */
export const remediationKey = (controlId: string, { accountId, region, resourceType, resourceId }: ResourceRef): string =>
  JSON.stringify([controlId, accountId, region, resourceType, resourceId]);

/** Names what the lock of a resource is on. */
export const lockName = ({ accountId, region, resourceType, resourceId }: ResourceRef): string =>
  JSON.stringify([accountId, region, resourceType, resourceId]);

/** A remediation that waits for a moment. */
export type Due = Required<Pick<Remediation, 'id' | 'dueAt'>>;

/** Sorts the longest due first. */
export const longestDueFirst = (a: Due, b: Due): number => order(a.dueAt, b.dueAt) || order(a.id, b.id);

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A committed change of a remediation; `before` is absent where it is new. */
export interface RemediationChange {
  readonly before?: Remediation;
  readonly after: Remediation;
}
