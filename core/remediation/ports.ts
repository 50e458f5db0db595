import type { ResourceRef } from '../model.ts';
import type { AppliedSettings } from '../ports.ts';
import type { FreshFinding, RunbookDescription, Tags } from './decide/decision.ts';
import type { Known } from './model/known.ts';
import type { Baseline, KillSwitch, Ledger, Remediation, RemediationStatus } from './model/record.ts';
import type { DeclaredParameters, Remedy, RemedyPlan, RunbookParameters } from './model/remedy.ts';
import type { PolicyRef } from './policy-drift/policy-document.ts';

/** The parameter that whoever starts a runbook adds: the role that it acts as. */
export const ASSUMED = 'AutomationAssumeRole';

/** Where a runbook runs. */
export interface RunPlace {
  readonly accountId: string;
  readonly region: string;
}

/** What is asked of SSM. */
export interface RunRequest {
  readonly runbook: string;
  readonly parameters: RunbookParameters;
  /** UUID: SSM starts one execution for it, and it is found by it again. */
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
    };

/** SSM does not start this execution however often it is asked: it says why, and nothing has started. */
export class StartRefusedError extends Error {
  override readonly name = 'StartRefusedError';
}

/** Nothing has started, for a reason that passes: it is decided anew. */
export class StartDeferredError extends Error {
  override readonly name = 'StartDeferredError';
}

/** SSM Automation, in the accounts and Regions of the estate. Every call throws where the answer is not certain. */
export interface Automation {
  /** @returns `undefined` where account and Region have no such document. */
  describe(place: RunPlace, runbook: string): Promise<RunbookDescription | undefined>;
  /**
   * @returns the execution id.
   * @throws StartRefusedError or StartDeferredError where nothing has started; anything else where it may have.
   */
  start(place: RunPlace, request: RunRequest): Promise<string>;
  /** The execution that was started with a token; `undefined` where there is none. */
  find(place: RunPlace, token: string): Promise<string | undefined>;
  state(place: RunPlace, executionId: string): Promise<RunState>;
  stop(place: RunPlace, executionId: string): Promise<void>;
}

/** A control's finding on a resource as a reading that was made just now gives it, and what a remedy makes of it. */
export interface Look {
  readonly finding: FreshFinding;
  /** The remedy for it with its plan; absent where the resource passes, is gone, or only a person can help. */
  readonly remedy?: Remedy;
  readonly plan?: RemedyPlan;
}

/** What is asked about a resource before anything is done to it. A method that throws is a guard that cannot be read. */
export interface Estate {
  /** Reads what a control's finding on a resource rests on from the AWS APIs, now, and judges it. */
  look(controlId: string, resource: ResourceRef, declared: DeclaredParameters): Promise<Known<Look>>;
  tagsOf(resource: ResourceRef): Promise<Tags>;
  /** Ids of the organizational units above an account, and of the root. */
  unitsOf(accountId: string): Promise<readonly string[]>;
  /** Who has changed a resource lately beside csmm, in a sentence for whoever looks into it; `undefined` where CloudTrail names nobody. */
  whoChanged(resource: ResourceRef, since: string): Promise<string | undefined>;
}

/** Which remediations are wanted; what is absent does not matter. */
export interface RemediationFilter {
  readonly controlId?: string;
  readonly accountId?: string;
  readonly statuses?: readonly RemediationStatus[];
}

/** What is written together with a remediation, or not at all. */
export interface RemediationCommit {
  readonly previous: Remediation | undefined;
  readonly next: Remediation;
  /** Replaces the ledger of the control, unless somebody else has. `next.revision` is `previous.revision + 1`. */
  readonly ledger?: { readonly previous: Ledger; readonly next: Ledger };
  /** Written only while the kill switch is at this revision, and running. */
  readonly whileSwitch?: KillSwitch;
  /** Takes the lock of the resource, which only one remediation holds at a time, or gives it back. */
  readonly lock?: 'take' | 'release';
}

/** Where remediations live. Every write is conditional on what its writer has read, and happens whole or not at all. */
export interface RemediationStore {
  readRemediation(id: string): Promise<Remediation | undefined>;
  /** @returns false where a condition does not hold: read again and decide again. */
  commitRemediation(commit: RemediationCommit): Promise<boolean>;
  /** Ids of the remediations that are due at a time, the longest due first, at most `limit`. May lag by seconds. */
  listDue(now: string, limit: number): Promise<readonly string[]>;
  listRemediations(filter: RemediationFilter): Promise<readonly Remediation[]>;
  /** The remediation whose execution this is; `undefined` for an execution of somebody else. */
  findByExecution(executionId: string): Promise<string | undefined>;
  readSwitch(): Promise<KillSwitch | undefined>;
  /** @returns false where the stored one is no longer `previous`. */
  writeSwitch(previous: KillSwitch | undefined, next: KillSwitch): Promise<boolean>;
  /** An empty one with revision 0 where none was written. */
  readLedger(controlId: string): Promise<Ledger>;
  /** @returns false where the stored one is no longer `previous`. */
  commitLedger(previous: Ledger, next: Ledger): Promise<boolean>;
  /** What is approved of a policy; `undefined` where nothing ever was. */
  readBaseline(resource: PolicyRef): Promise<Baseline | undefined>;
  /** @returns false where the stored one is no longer `previous`. */
  commitBaseline(previous: Baseline | undefined, next: Baseline): Promise<boolean>;
}

export interface RemediationDependencies {
  readonly store: RemediationStore;
  readonly settings: { readSettings(): Promise<AppliedSettings | undefined> };
  readonly estate: Estate;
  readonly automation: Automation;
  /** The Region in which a runbook runs for a resource of a global service. */
  readonly globalRegion: string;
  /** SHA-256 in hexadecimal digits. */
  readonly hash: (text: string) => string;
  /** The present, ISO-8601 UTC with milliseconds. */
  readonly now: () => string;
}
