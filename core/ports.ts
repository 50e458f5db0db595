import type { Finding } from './evaluation/evaluate.ts';
import type { Tally } from './evaluation/tally.ts';
import type { ConfigItem, ParsedFacts } from './facts/parser.ts';
import type { Compliance, ControlStatus, ResourceRef } from './model.ts';
import type { Scorecard } from './scoring/scorecard.ts';
import type { SettingsDocument } from './settings/document.ts';

/** A resource in the store: its newest evidence, and the findings of every rule on its type. */
export interface StoredResource {
  readonly resource: ResourceRef;
  /** Capture time of the evidence, ISO-8601 UTC with milliseconds. */
  readonly capturedAt: string;
  /** `undefined` if the resource is gone: a tombstone, so that a late item cannot restore it. */
  readonly parsed: ParsedFacts<object> | undefined;
  readonly findings: readonly Finding[];
  /** Number of commits of this resource, from 1. 0 if the store cannot read it. */
  readonly revision: number;
  /** Why the store cannot read what it holds of the resource: then no fact is known. Absent if it can. */
  readonly unreadable?: string;
}

/** Selects resources. An absent field selects all. */
export interface ResourceFilter {
  readonly region?: string;
  /** Selects resources with older evidence than this time, ISO-8601 UTC with milliseconds. */
  readonly capturedBefore?: string;
  /** Latest time that csmm believes, ISO-8601 UTC with milliseconds. Evidence of a later time counts as older than `capturedBefore`. */
  readonly believed?: string;
  /**
   * Returns also tombstones that an earlier release stored among the resources. The next commit of one moves it to the other tombstones.
   */
  readonly misplacedTombstones?: true;
}

/**
 * What csmm knows of one list: the resources of one type in one account and Region, or in the whole account. It is complete, incomplete
 * with the reason, or it has ended (neither `resources` nor `gap`), because no reader makes it any more.
 */
export interface ListState {
  /** Start of the run that made the list, ISO-8601 UTC with milliseconds. */
  readonly capturedAt: string;
  /** Number of resources in the complete list. */
  readonly resources?: number;
  /** Time at which the complete list holds, if its source was older than the run. */
  readonly asOf?: string;
  /** Why the list is incomplete. */
  readonly gap?: string;
}

/** The lists of one account in one Region, or those of the whole account in the Region `global`. */
export interface ListCard {
  readonly accountId: string;
  readonly region: string;
  /** By resource type. */
  readonly lists: ReadonlyMap<string, ListState>;
  /** Number of commits of this card, from 1. It is 0 if only the entries of an earlier release make up the card. */
  readonly revision: number;
}

/** A finding that needs attention: failing, or without sufficient data. */
export interface OpenFinding {
  readonly resource: ResourceRef;
  readonly compliance: Extract<Compliance, 'NON_COMPLIANT' | 'INSUFFICIENT_DATA'>;
  /** Stable name of the reason. Absent if a release before codes stored the finding. */
  readonly code?: string;
  readonly reason: string;
  readonly capturedAt: string;
}

/**
 * An open finding of a join. It has no capture time: a newer time of the same facts evaluates no join again, so a stored time would
 * depend on the order of arrival. The evidence has it. Only earlier releases stored it.
 */
export type JoinFinding = Omit<OpenFinding, 'capturedAt'> & Partial<Pick<OpenFinding, 'capturedAt'>>;

/** Findings of the joins of one control in one account. */
export interface JoinResult {
  readonly tally: Tally;
  /** Version of the catalogue whose rules produced the findings. */
  readonly catalogueVersion?: string;
  /** At most {@link MAX_JOINED_FINDINGS} in {@link MAX_JOINED_BYTES}, by resource; the tally counts all. */
  readonly open: readonly JoinFinding[];
}

/** Maximum number of open findings that a store keeps for the joins of one control in one account, and their maximum size in bytes of JSON. */
export const MAX_JOINED_FINDINGS = 1000;
export const MAX_JOINED_BYTES = 200_000;

/**
 * Maximum size of the evidence of one resource, in bytes of JSON. Every store must hold it together with the findings: an item of DynamoDB
 * has at most 400 KB.
 */
export const MAX_EVIDENCE_BYTES = 320_000;

/** A control whose status changed, and the resource that caused it, if known. */
export interface ControlChange {
  readonly controlId: string;
  readonly from: ControlStatus;
  readonly to: ControlStatus;
  readonly resource: ResourceRef | null;
  /** Stable name of the reason, if the cause has one. */
  readonly code?: string;
  readonly reason: string | null;
}

/** Id under which the store keeps the organization's scorecard. */
export const ORGANIZATION = 'organization';

/** A committed scorecard of an account or of the organization. */
export interface StoredScore {
  /** An account id, or {@link ORGANIZATION}. */
  readonly scope: string;
  /** Number of changes of this scorecard, from 1. */
  readonly revision: number;
  readonly catalogueVersion: string;
  /** Newest capture time among the evidence that changed this scorecard, ISO-8601 UTC. */
  readonly asOf: string;
  readonly statuses: ReadonlyMap<string, ControlStatus>;
  readonly scorecard: Scorecard;
  /** Changes of control statuses in this revision. */
  readonly changes: readonly ControlChange[];
}

/**
 * Counts of committed changes, by what a scoring run must look at again: a resource type, or a key of wanted.ts. They only grow.
 */
export type Counters = ReadonlyMap<string, number>;

/** The right to commit one scoring run of a scope, unless another run commits first. */
export interface ScoringTurn {
  readonly scope: string;
  /** Number of committed scoring runs of the scope at the start of the turn. */
  readonly version: number;
  /** The counters that the last committed run had read. Absent before the first run, and after a run of a release without counters. */
  readonly seen?: Counters;
  /** Controls whose joins a run has put off, with the time of their next run, ISO-8601 UTC. */
  readonly due: ReadonlyMap<string, string>;
}

/** The part of an unchanged join that a scoring run needs. */
export interface JoinHead {
  readonly tally: Tally;
  /** Version of the catalogue whose rules produced the findings. */
  readonly catalogueVersion: string;
  /** Digest of the stored {@link JoinResult}. */
  readonly digest: string;
  /** The last evaluation, if it was a long one. */
  readonly long?: {
    readonly milliseconds: number;
    /** ISO-8601 UTC. */
    readonly at: string;
  };
}

/** Why the status of a control may have changed. It explains, it decides nothing. */
export interface Cause {
  readonly resource: ResourceRef;
  readonly code?: string;
  readonly reason: string;
  /** Capture time of the resource's evidence, ISO-8601 UTC. */
  readonly capturedAt: string;
  /** The counter with which the change was counted, and its value then. A run that has seen it has told of the cause. */
  readonly counter: string;
  readonly count: number;
}

/** A scope that could not be scored, or whose joins were put off. */
export interface Behind {
  readonly scope: string;
  /** ISO-8601 UTC. */
  readonly since: string;
  /** Number of runs that failed. 0: only joins wait. */
  readonly attempts: number;
  /** Time of the next attempt, ISO-8601 UTC. */
  readonly nextAt: string;
  readonly reason: string;
}

/** The result of a scoring run. The store commits all of it or nothing. */
export interface ScoreCommit {
  /** The counters that the run has read. */
  readonly seen: Counters;
  readonly due?: ReadonlyMap<string, string>;
  readonly score?: StoredScore;
  /** Results of joins that differ from the stored ones, by control id. */
  readonly joins?: ReadonlyMap<string, JoinResult>;
  /** All heads, if one of them changed. */
  readonly heads?: ReadonlyMap<string, JoinHead>;
  /** The note that the scope lags, if joins are due later. */
  readonly behind?: Behind;
}

/** The part of an account that the organization's scorecard needs. */
export interface AccountStatuses {
  readonly statuses: ReadonlyMap<string, ControlStatus>;
  /** Time of the account's scorecard, ISO-8601 UTC; empty if a release before it stored the statuses. */
  readonly asOf: string;
}

/** Asks for a scoring run of a scope. Runs of one scope follow one another. */
export interface ScoringQueue {
  /** @param version the version of the scope's turn, read after the change was counted */
  send(scope: string, version: number): Promise<void>;
}

/**
 * Stores the state. Two writes of one resource, or of one scorecard, never mix: the store checks each write against the version
 * that its writer has read, and commits all of it or nothing.
 */
export interface StateStore {
  readResource(ref: ResourceRef): Promise<StoredResource | undefined>;
  /**
   * Replaces a resource, its findings and the account's tallies together.
   * @returns false if the stored resource is no longer `previous`. The caller must then read and decide again.
   */
  commitResource(previous: StoredResource | undefined, next: StoredResource): Promise<boolean>;
  /** Returns the live resources of one type in one account: all of them, or those that `only` selects. */
  listResources(accountId: string, resourceType: string, only?: ResourceFilter): Promise<readonly StoredResource[]>;
  /** Whether one account has a live resource of a type. */
  hasResources(accountId: string, resourceType: string): Promise<boolean>;
  /** Returns what is known of the lists of one account, by Region. */
  readCards(accountId: string): Promise<readonly ListCard[]>;
  readCard(accountId: string, region: string): Promise<ListCard | undefined>;
  /**
   * Replaces the card of one Region.
   * @returns false if the stored card is no longer `previous`. The caller must then read and decide again.
   */
  commitCard(previous: ListCard | undefined, next: ListCard): Promise<boolean>;
  /** Returns the tallies of the rules on single resources in one account, by control id. */
  readTallies(accountId: string): Promise<ReadonlyMap<string, Tally>>;
  /** Returns the open findings of the rules on single resources, for one control in one account. */
  listOpenFindings(accountId: string, controlId: string): Promise<readonly OpenFinding[]>;

  /** Adds 1 to counters of a scope. @returns their new values. */
  want(scope: string, keys: Iterable<string>): Promise<Counters>;
  readWanted(scope: string): Promise<Counters>;
  /** Keeps causes by their keys. A newer one replaces an older one. */
  putCauses(scope: string, causes: ReadonlyMap<string, Cause>): Promise<void>;
  readCauses(scope: string): Promise<ReadonlyMap<string, Cause>>;

  /** Begins a turn. Call it before you read the state. */
  beginScoring(scope: string): Promise<ScoringTurn>;
  readScore(scope: string): Promise<StoredScore | undefined>;
  readHeads(accountId: string): Promise<ReadonlyMap<string, JoinHead>>;
  readJoin(accountId: string, controlId: string): Promise<JoinResult | undefined>;
  /** Returns the results of the account's joins, by control id. */
  readJoins(accountId: string): Promise<ReadonlyMap<string, JoinResult>>;
  /** Returns a short text that is different for every other text. */
  digest(text: string): string;
  /**
   * Ends a turn, even if nothing changed: a scoring run with older data must not overwrite a newer result.
   * @returns false if another turn has ended since this one began. The caller must then start a new turn.
   */
  commitScore(turn: ScoringTurn, commit: ScoreCommit): Promise<boolean>;
  readBehind(scope: string): Promise<Behind | undefined>;
  noteBehind(behind: Behind): Promise<void>;
  clearBehind(scope: string): Promise<void>;
  /** Returns the scopes that lag, in no order. Normally none. */
  listBehind(): Promise<readonly Behind[]>;
  /** Returns the statuses of every scored account, by account id. */
  listAccountStatuses(): Promise<ReadonlyMap<string, AccountStatuses>>;
}

/** Thrown if a store holds something in a form that csmm does not write. Reading it again does not help. */
export class UnreadableItemError extends Error {
  override readonly name: string = 'UnreadableItemError';
  /** Revision of the item, for a write that replaces it. 0 if it cannot be read. */
  readonly revision: number;

  constructor(message: string, revision = 0) {
    super(message);
    this.revision = revision;
  }
}

/** Returns an item, or the error of one that cannot be read: both have the revision that a write replaces. */
export async function readOrError<T>(read: () => Promise<T>): Promise<T | UnreadableItemError> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnreadableItemError) return error;
    throw error;
  }
}

/** The settings of a deployment. */
export interface AppliedSettings {
  readonly document: SettingsDocument;
  /** ISO-8601 UTC with milliseconds. */
  readonly appliedAt: string;
  /** ARN of the user who applied them. */
  readonly appliedBy: string;
  /** Number of applied documents, from 1. */
  readonly revision: number;
  /** Time up to which csmm has ended expired exceptions, ISO-8601 UTC with milliseconds. */
  readonly expiredUntil: string;
}

/** Stores a deployment's settings. */
export interface SettingsStore {
  /** @throws UnreadableItemError */
  readSettings(): Promise<AppliedSettings | undefined>;
  /**
   * Replaces the settings. `previous` can be the error of settings that cannot be read.
   * @returns false if the stored settings are no longer `previous`, because another user has applied others.
   */
  applySettings(previous: Pick<AppliedSettings, 'revision'> | undefined, next: AppliedSettings): Promise<boolean>;
  /**
   * Records the time up to which csmm has ended the expired exceptions of `settings`. Does nothing if the stored time is later, or
   * if other settings have been applied since.
   */
  noteExpired(settings: AppliedSettings, until: string): Promise<void>;
}

/** Returns the full item if AWS delivered only its summary. */
export interface ConfigHistory {
  /**
   * @returns `undefined` if AWS Config does not have the item, or csmm may not read it there.
   * @throws the SDK's error if the read was denied or failed. The caller must deliver the notice again.
   */
  fetchItem(resource: ResourceRef, capturedAt: string): Promise<ConfigItem | undefined>;
}

/** A committed change of one resource. */
export interface StateChange {
  readonly before: StoredResource | undefined;
  readonly after: StoredResource;
}

/** A committed change of the lists of one account in one Region. */
export interface CardChange {
  readonly before: ListCard | undefined;
  readonly after: ListCard;
  /** The list moved from an entry of an earlier release to its card. It counts once less, and has not ended. */
  readonly isMove?: true;
}

/** A committed change of one scorecard. */
export interface ScoreChange {
  readonly before: StoredScore | undefined;
  readonly after: StoredScore;
}
