import { byResource, isOpen, openFindings } from '../../core/evaluation/open-finding.ts';
import { EMPTY_TALLY, TALLY_FIELD, type Tally } from '../../core/evaluation/tally.ts';
import type { ControlStatus, ResourceRef } from '../../core/model.ts';
import {
  type CardChange,
  type JoinResult,
  type ListCard,
  ORGANIZATION,
  type ScoreChange,
  type ScoreCommit,
  type ScoringTurn,
  type StateChange,
  type StateStore,
  type StoredResource,
  type StoredScore,
} from '../../core/ports.ts';

/** A state store in this process, with the ordered changes committed to it. */
export interface MemoryStateStore extends StateStore {
  /** Returns the resource changes since the last call. */
  takeStateChanges(): StateChange[];
  /** Returns the changes of lists since the last call. */
  takeCardChanges(): CardChange[];
  /** Returns the scorecard changes since the last call. */
  takeScoreChanges(): ScoreChange[];
  /** Returns the resources of a type, in one Region or in all, with those that are gone. */
  evidenceOf(accountId: string, resourceType: string, region?: string): StoredResource[];
  /** Returns the accounts with at least one resource or list, sorted. */
  accountIds(): string[];
}

interface Account {
  /** By type, then by Region, then by id. Tombstones stay. */
  readonly resources: Map<string, Map<string, Map<string, StoredResource>>>;
  /** By Region. */
  readonly cards: Map<string, ListCard>;
  readonly tallies: Map<string, MutableTally>;
  readonly joins: Map<string, JoinResult>;
  /** The resources with an open finding, by control. */
  readonly open: Map<string, Set<StoredResource>>;
}

type MutableTally = { -readonly [K in keyof Tally]: Tally[K] };

function tallyOf(tallies: Map<string, MutableTally>, controlId: string): MutableTally {
  const known = tallies.get(controlId);
  if (known) return known;
  const fresh = { ...EMPTY_TALLY };
  tallies.set(controlId, fresh);
  return fresh;
}

/** Returns the embedded default store, which `npm start` and the command line use. It keeps nothing after the process ends. */
export function memoryStateStore(): MemoryStateStore {
  const accounts = new Map<string, Account>();
  const scores = new Map<string, StoredScore>();
  const versions = new Map<string, number>();
  let stateChanges: StateChange[] = [];
  let cardChanges: CardChange[] = [];
  let scoreChanges: ScoreChange[] = [];

  const account = (accountId: string): Account => {
    const known = accounts.get(accountId);
    if (known) return known;
    const fresh = { resources: new Map(), cards: new Map(), tallies: new Map(), joins: new Map(), open: new Map() };
    accounts.set(accountId, fresh);
    return fresh;
  };
  const find = ({ accountId, resourceType, region, resourceId }: ResourceRef) =>
    accounts.get(accountId)?.resources.get(resourceType)?.get(region)?.get(resourceId);

  return {
    readResource: async (ref) => find(ref),

    commitResource: async (previous, next) => {
      const { accountId, resourceType, region, resourceId } = next.resource;
      const { resources, tallies, open } = account(accountId);
      const ofRegion = mapIn(mapIn(resources, resourceType), region);
      const known = ofRegion.get(resourceId);
      if (known?.revision !== previous?.revision) return false;
      ofRegion.set(resourceId, next);
      if (known) {
        for (const { controlId, compliance } of known.findings) {
          tallyOf(tallies, controlId)[TALLY_FIELD[compliance]]--;
          if (isOpen(compliance)) open.get(controlId)?.delete(known);
        }
      }
      for (const { controlId, compliance } of next.findings) {
        tallyOf(tallies, controlId)[TALLY_FIELD[compliance]]++;
        if (isOpen(compliance)) open.set(controlId, (open.get(controlId) ?? new Set()).add(next));
      }
      stateChanges.push({ before: previous, after: next });
      return true;
    },

    listResources: async (accountId, resourceType, { region, capturedBefore } = {}) =>
      [...(accounts.get(accountId)?.resources.get(resourceType)?.values() ?? [])]
        .flatMap((ofRegion) => [...ofRegion.values()])
        .filter(
          ({ resource, capturedAt, parsed }) =>
            parsed !== undefined &&
            (region === undefined || resource.region === region) &&
            (capturedBefore === undefined || capturedAt < capturedBefore),
        ),

    hasResources: async (accountId, resourceType) => {
      for (const ofRegion of accounts.get(accountId)?.resources.get(resourceType)?.values() ?? []) {
        for (const { parsed } of ofRegion.values()) if (parsed !== undefined) return true;
      }
      return false;
    },

    readCards: async (accountId) => [...(accounts.get(accountId)?.cards.values() ?? [])],
    readCard: async (accountId, region) => accounts.get(accountId)?.cards.get(region),

    commitCard: async (previous, next) => {
      const { cards } = account(next.accountId);
      const known = cards.get(next.region);
      if (known?.revision !== previous?.revision) return false;
      cards.set(next.region, next);
      cardChanges.push({ before: known, after: next });
      return true;
    },

    readTallies: async (accountId) =>
      new Map([...(accounts.get(accountId)?.tallies ?? [])].map(([controlId, tally]) => [controlId, { ...tally }])),

    listOpenFindings: async (accountId, controlId) =>
      [...(accounts.get(accountId)?.open.get(controlId) ?? [])]
        .flatMap((stored) => openFindings(stored).flatMap((finding) => (finding.controlId === controlId ? [finding.open] : [])))
        .sort(byResource),

    beginScoring: async (scope) => ({ scope, version: versions.get(scope) ?? 0 }),
    readScore: async (scope) => scores.get(scope),
    readJoins: async (accountId) => new Map(accounts.get(accountId)?.joins),

    commitScore: async ({ scope, version }: ScoringTurn, { score, joins }: ScoreCommit) => {
      if ((versions.get(scope) ?? 0) !== version) return false;
      versions.set(scope, version + 1);
      for (const [controlId, result] of joins ?? []) account(scope).joins.set(controlId, result);
      if (score) {
        scoreChanges.push({ before: scores.get(scope), after: score });
        scores.set(scope, score);
      }
      return true;
    },

    listAccountStatuses: async () => {
      const statuses = new Map<string, ReadonlyMap<string, ControlStatus>>();
      for (const [scope, score] of scores) if (scope !== ORGANIZATION) statuses.set(scope, score.statuses);
      return statuses;
    },

    takeStateChanges: () => {
      const taken = stateChanges;
      stateChanges = [];
      return taken;
    },
    takeCardChanges: () => {
      const taken = cardChanges;
      cardChanges = [];
      return taken;
    },
    takeScoreChanges: () => {
      const taken = scoreChanges;
      scoreChanges = [];
      return taken;
    },
    evidenceOf: (accountId, resourceType, region) => {
      const byRegion = accounts.get(accountId)?.resources.get(resourceType);
      const chosen = region === undefined ? [...(byRegion?.values() ?? [])] : [byRegion?.get(region) ?? new Map<string, StoredResource>()];
      return chosen.flatMap((ofRegion) => [...ofRegion.values()]);
    },
    accountIds: () => [...accounts.keys()].sort(),
  };
}

/** Returns the map under a key. Adds an empty one if it is missing. */
function mapIn<V>(maps: Map<string, Map<string, V>>, key: string): Map<string, V> {
  const known = maps.get(key);
  if (known) return known;
  const fresh = new Map<string, V>();
  maps.set(key, fresh);
  return fresh;
}
