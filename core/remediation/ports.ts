import type { ResourceRef } from '../model.ts';
import type { AppliedSettings } from '../ports.ts';
import type { FreshFinding, RunbookDescription, Tags } from './decision.ts';
import type { Known } from './known.ts';
import type { RemediationStore } from './remediation.ts';
import type { DeclaredParameters, Remedy, RemedyPlan, RunbookParameters } from './remedy.ts';

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
