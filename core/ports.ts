import type { Finding } from './evaluation/evaluate.ts';
import type { Tally } from './evaluation/tally.ts';
import type { ConfigItem, ParsedFacts } from './facts/parser.ts';
import type { Compliance, ControlStatus, ResourceRef } from './model.ts';
import type { Scorecard } from './scoring/scorecard.ts';
import type { SettingsDocument } from './settings/document.ts';

/** A resource as it stands in the store: its newest evidence and what every rule on its type says of it. */
export interface StoredResource {
  readonly resource: ResourceRef;
  /** Capture time of the evidence, ISO-8601 UTC with milliseconds. */
  readonly capturedAt: string;
  /** `undefined` where the resource is gone: a tombstone, so that a late item cannot bring it back. */
  readonly parsed: ParsedFacts<object> | undefined;
  readonly findings: readonly Finding[];
  /** Counts the commits of this resource, from 1. */
  readonly revision: number;
}

/** Which resources are wanted; what is absent does not matter. */
export interface ResourceFilter {
  readonly region?: string;
  /** Those whose evidence is older than this, ISO-8601 UTC with milliseconds. */
  readonly capturedBefore?: string;
}

/** A finding that somebody should look at: failing, or not known. */
export interface OpenFinding {
  readonly resource: ResourceRef;
  readonly compliance: Extract<Compliance, 'NON_COMPLIANT' | 'INSUFFICIENT_DATA'>;
  /** Stable name of the reason. Absent from findings that a version before codes stored. */
  readonly code?: string;
  readonly reason: string;
  readonly capturedAt: string;
}

/** What the joins of one control find in one account. */
export interface JoinResult {
  readonly tally: Tally;
  /** The catalogue whose rules found it. */
  readonly catalogueVersion?: string;
  /** At most {@link MAX_JOINED_FINDINGS} in {@link MAX_JOINED_BYTES}, by resource; the tally counts all. */
  readonly open: readonly OpenFinding[];
}

/** Maximum number of open findings that a store keeps for the joins of one control in one account, and their maximum size in bytes of JSON. */
export const MAX_JOINED_FINDINGS = 1000;
export const MAX_JOINED_BYTES = 200_000;

/** A control whose status changed, and the resource that changed it where that is known. */
export interface ControlChange {
  readonly controlId: string;
  readonly from: ControlStatus;
  readonly to: ControlStatus;
  readonly resource: ResourceRef | null;
  /** Stable name of the reason, if the cause has one. */
  readonly code?: string;
  readonly reason: string | null;
}

/** The id under which the organization is scored beside its accounts. */
export const ORGANIZATION = 'organization';

/** The scorecard of an account or of the organization as it is committed. */
export interface StoredScore {
  /** An account id, or {@link ORGANIZATION}. */
  readonly scope: string;
  /** Counts the changes of this scorecard, from 1. */
  readonly revision: number;
  readonly catalogueVersion: string;
  /** Newest capture time among the evidence that moved this scorecard. */
  readonly asOf: string;
  readonly statuses: ReadonlyMap<string, ControlStatus>;
  readonly scorecard: Scorecard;
  /** What changed with this revision. */
  readonly changes: readonly ControlChange[];
}

/** The right to commit one scoring of a scope, unless another one commits first. */
export interface ScoringTurn {
  readonly scope: string;
  /** How many scorings of the scope were committed when the turn began. */
  readonly version: number;
}

/** What a scoring commits, together or not at all. */
export interface ScoreCommit {
  readonly score?: StoredScore;
  /** The joins that were evaluated anew, by control id. */
  readonly joins?: ReadonlyMap<string, JoinResult>;
}

/**
 * Where the state lives. Two writes of one resource, or of one scorecard, never mix: each is checked against what its
 * writer has read, and happens whole or not at all.
 */
export interface StateStore {
  readResource(ref: ResourceRef): Promise<StoredResource | undefined>;
  /**
   * Replaces a resource, its findings and the account's tallies together.
   * @returns false where the stored resource is no longer `previous`: read again and decide again.
   */
  commitResource(previous: StoredResource | undefined, next: StoredResource): Promise<boolean>;
  /** The live resources of one type in one account: all of them, or those that `only` names. */
  listResources(accountId: string, resourceType: string, only?: ResourceFilter): Promise<readonly StoredResource[]>;
  /** What the rules on single resources find in one account, by control id. */
  readTallies(accountId: string): Promise<ReadonlyMap<string, Tally>>;
  /** Findings of the rules on single resources, for one control in one account. */
  listOpenFindings(accountId: string, controlId: string): Promise<readonly OpenFinding[]>;

  /** Begins a turn; to be called before the state is read. */
  beginScoring(scope: string): Promise<ScoringTurn>;
  readScore(scope: string): Promise<StoredScore | undefined>;
  /** Results of the account's joins, by control id. */
  readJoins(accountId: string): Promise<ReadonlyMap<string, JoinResult>>;
  /**
   * Ends a turn, also where nothing changed: whoever began earlier and read less must not commit after it.
   * @returns false where another turn has ended since this one began: begin again.
   */
  commitScore(turn: ScoringTurn, commit: ScoreCommit): Promise<boolean>;
  /** The control statuses of every account that has been scored, by account id. */
  listAccountStatuses(): Promise<ReadonlyMap<string, ReadonlyMap<string, ControlStatus>>>;
}

/** The settings of a deployment. */
export interface AppliedSettings {
  readonly document: SettingsDocument;
  /** ISO-8601 UTC with milliseconds. */
  readonly appliedAt: string;
  /** ARN of who applied them. */
  readonly appliedBy: string;
  /** Counts the documents that were applied, from 1. */
  readonly revision: number;
  /** Up to when the ends of exceptions have been acted on, ISO-8601 UTC with milliseconds. */
  readonly expiredUntil: string;
}

/** Where a deployment's settings live. */
export interface SettingsStore {
  readSettings(): Promise<AppliedSettings | undefined>;
  /**
   * Replaces the settings.
   * @returns false where the stored ones are no longer `previous`: somebody else has applied others.
   */
  applySettings(previous: AppliedSettings | undefined, next: AppliedSettings): Promise<boolean>;
  /** Notes up to when the ends of exceptions of `settings` have been acted on, unless that is earlier than what is noted or other settings have been applied since. */
  noteExpired(settings: AppliedSettings, until: string): Promise<void>;
}

/** Gives the full item where AWS delivered only its summary. */
export interface ConfigHistory {
  /**
   * @returns `undefined` where AWS Config does not have the item, or nobody may ask it there.
   * @throws what the SDK throws where the read was denied or failed: deliver the notice again.
   */
  fetchItem(resource: ResourceRef, capturedAt: string): Promise<ConfigItem | undefined>;
}

/** A committed change of one resource. */
export interface StateChange {
  readonly before: StoredResource | undefined;
  readonly after: StoredResource;
}

/** A committed change of one scorecard. */
export interface ScoreChange {
  readonly before: StoredScore | undefined;
  readonly after: StoredScore;
}
