import type { ResourceRef } from '../model.ts';
import type { AppliedSettings } from '../ports.ts';
import type { CalendarState } from './decide/calendar.ts';
import type { FreshFinding, RunbookDescription, Tags } from './decide/decision.ts';
import type { OwnResources } from './decide/platform.ts';
import type { Known } from './model/known.ts';
import type { Baseline, Due, Heartbeat, KillSwitch, Ledger, Rehearsals, Remediation, RemediationStatus } from './model/record.ts';
import type { DeclaredParameters, Remedy, RemedyPlan, RunbookParameters } from './model/remedy.ts';
import type { RunScope, Scope, Stop, StopKind } from './model/stop.ts';
import type { PolicyRef } from './policy-drift/policy-document.ts';
import type { Seals } from './seals.ts';

/** Name of the parameter with the role that a runbook assumes. The automation adapter sets it. */
export const ASSUMED = 'AutomationAssumeRole';

/** Account and Region in which a runbook runs. */
export interface RunPlace {
  readonly accountId: string;
  readonly region: string;
}

/** A request to start a runbook. */
export interface RunRequest {
  readonly runbook: string;
  readonly parameters: RunbookParameters;
  /** UUID. SSM starts only one execution for it, and csmm can find the execution by it. */
  readonly token: string;
}

export type RunState =
  | { readonly ended: false; readonly status: string }
  | {
      readonly ended: true;
      readonly succeeded: boolean;
      readonly status: string;
      readonly reason: string;
      readonly outputs: RunbookParameters;
      /** Present if its steps show that it changed nothing. */
      readonly unchanged?: true;
      /** Present if the account denied a permission, or if the execution was cancelled. */
      readonly cause?: 'denied' | 'cancelled';
    };

/** SSM refused to start the execution and would refuse it again. Nothing was started. The message gives the reason. */
export class StartRefusedError extends Error {
  override readonly name = 'StartRefusedError';
}

/** The account does not let csmm start the runbook, or the runbook assume its role. Nothing was started. */
export class StartDeniedError extends Error {
  override readonly name = 'StartDeniedError';
}

/** SSM did not start the execution, because a limit of SSM is reached or for another temporary reason. csmm decides again later. */
export class StartDeferredError extends Error {
  override readonly name = 'StartDeferredError';
}

/** SSM Automation in all accounts and Regions. Every method throws if the answer is not certain. */
export interface Automation {
  /** Returns `undefined` if the runbook does not exist in the account and Region. */
  describe(place: RunPlace, runbook: string): Promise<RunbookDescription | undefined>;
  /**
   * Starts a runbook and returns the execution ID.
   *
   * @throws StartRefusedError, StartDeniedError or StartDeferredError if nothing was started. After any other error the execution may have started.
   */
  start(place: RunPlace, request: RunRequest): Promise<string>;
  /**
   * Returns the ID of the execution of a runbook that was started with a token. Returns `undefined` if there is no such execution. Throws if
   * there are several, because anyone in the account can start one with the same tag.
   */
  find(place: RunPlace, token: string, runbook: string): Promise<string | undefined>;
  state(place: RunPlace, executionId: string): Promise<RunState>;
  stop(place: RunPlace, executionId: string): Promise<void>;
}

/** The finding of a control on a resource after a new read, and the plan of its remedy. */
export interface Look {
  readonly finding: FreshFinding;
  /** Remedy with its plan. Absent if the resource passes or is gone, or if there is no remedy. */
  readonly remedy?: Remedy;
  readonly plan?: RemedyPlan;
  /** State that the plan is based on, as sorted lines `name=value`. */
  readonly state?: readonly string[];
}

/** Reads about a resource that csmm makes before it changes anything. If a method throws, the guard cannot be read. */
export interface Estate {
  /** Reads the evidence for a finding from the AWS APIs and evaluates the control again. */
  look(controlId: string, resource: ResourceRef, declared: DeclaredParameters): Promise<Known<Look>>;
  tagsOf(resource: ResourceRef): Promise<Tags>;
  /** Returns the IDs of the organizational units above an account and of the root. */
  unitsOf(accountId: string): Promise<readonly string[]>;
  /**
   * Returns a sentence that names the last actor, apart from csmm, that changed the resource. Returns `undefined` if CloudTrail has no
   * such event.
   */
  whoChanged(resource: ResourceRef, since: string): Promise<string | undefined>;
}

/** Filter for remediations. An absent property matches all. */
export interface RemediationFilter {
  readonly controlId?: string;
  readonly accountId?: string;
  readonly statuses?: readonly RemediationStatus[];
}

/** Changes that the store commits together or not at all. */
export interface RemediationCommit {
  readonly previous: Remediation | undefined;
  readonly next: Remediation;
  /** Replaces the ledger of the control if it is still `previous`. `next.revision` is `previous.revision + 1`. */
  readonly ledger?: { readonly previous: Ledger; readonly next: Ledger };
  /** Commits only if the kill switch still has this revision and is running. */
  readonly whileSwitch?: KillSwitch;
  /** Commits only if no stop of this kind concerns the account and the control. */
  readonly unlessStopped?: StopKind;
  /** Takes or releases the locks of the resource and of what else the run concerns. Only one remediation can hold each at a time. */
  readonly lock?: 'take' | 'release';
}

/** Stores remediations. A write succeeds only if the stored revision is still the one that the writer read, and it is atomic. */
export interface RemediationStore {
  readRemediation(id: string): Promise<Remediation | undefined>;
  /** Returns `false` if a condition does not hold. The caller must then read and decide again. */
  commitRemediation(commit: RemediationCommit): Promise<boolean>;
  /** Returns at most `limit` due remediations, earliest due time first. The list can lag by seconds. */
  listDue(now: string, limit: number): Promise<readonly Due[]>;
  /** @throws UnreadableItemError if one cannot be read, unless `onUnreadable` takes the reason. */
  listRemediations(filter: RemediationFilter, onUnreadable?: (reason: string) => void): Promise<readonly Remediation[]>;
  /** Makes a remediation that cannot be read no longer due, so that it does not come before others in every list. */
  setAside(id: string): Promise<void>;
  /** Returns the ID of the remediation that started an execution. Returns `undefined` if csmm did not start the execution. */
  findByExecution(executionId: string): Promise<string | undefined>;
  readSwitch(): Promise<KillSwitch | undefined>;
  /** Returns `false` if the stored switch is no longer `previous`, which can be the error of a switch that cannot be read. */
  writeSwitch(previous: Pick<KillSwitch, 'revision'> | undefined, next: KillSwitch): Promise<boolean>;
  /** Returns the stops of a kind that concern an account and a control. A stop with an unreadable content is a stop too. */
  readStops(kind: StopKind, run: RunScope): Promise<readonly Stop[]>;
  listStops(): Promise<readonly Stop[]>;
  /** Writes a stop without a read and without a condition, so that it cannot lose against another writer. */
  writeStop(stop: Stop): Promise<void>;
  /** Removes the stop of exactly this scope, if there is one. */
  removeStop(kind: StopKind, scope: Scope): Promise<void>;
  /** Returns an empty ledger with revision 0 if no ledger is stored. */
  readLedger(controlId: string): Promise<Ledger>;
  /** Returns no entries and revision 0 if nothing is stored for the account. */
  readRehearsals(accountId: string): Promise<Rehearsals>;
  /** Returns `false` if the stored dry-run periods are no longer `previous`. */
  commitRehearsals(previous: Rehearsals, next: Rehearsals): Promise<boolean>;
  readHeartbeat(): Promise<Heartbeat | undefined>;
  /** Returns `false` if the stored heartbeat is no longer `previous`. */
  writeHeartbeat(previous: Heartbeat | undefined, next: Heartbeat): Promise<boolean>;
  /** Returns the baseline of a policy. Returns `undefined` if no document was ever approved. */
  readBaseline(resource: PolicyRef): Promise<Baseline | undefined>;
  /** Returns `false` if the stored baseline is no longer `previous`. */
  commitBaseline(previous: Baseline | undefined, next: Baseline): Promise<boolean>;
}

export interface RemediationDependencies {
  readonly store: RemediationStore;
  readonly settings: { readSettings(): Promise<AppliedSettings | undefined> };
  readonly estate: Estate;
  /** Reads change calendars of Systems Manager in the account of the deployment, by name or ARN. */
  readonly readCalendars: (names: readonly string[]) => Promise<CalendarState>;
  readonly automation: Automation;
  readonly seals: Seals;
  /** Resources of the csmm deployment. */
  readonly own: OwnResources;
  /** Region in which a runbook runs for a resource of a global service. */
  readonly globalRegion: string;
  /** Returns the SHA-256 of a string in hexadecimal digits. */
  readonly hash: (text: string) => string;
  /** Returns the current time, ISO-8601 UTC with milliseconds. */
  readonly now: () => string;
}
