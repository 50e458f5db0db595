import { createHash } from 'node:crypto';
import { byResource, isOpen, openFindings } from '../../core/evaluation/open-finding.ts';
import { EMPTY_TALLY, TALLY_FIELD, type Tally } from '../../core/evaluation/tally.ts';
import type { ResourceRef } from '../../core/model.ts';
import {
  type AccountStatuses,
  type Behind,
  type CardChange,
  type Cause,
  type JoinHead,
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

/** State of a scope that a store keeps for its scoring runs. */
interface Scoring {
  readonly wanted: Map<string, number>;
  readonly causes: Map<string, Cause>;
  readonly heads: Map<string, JoinHead>;
  turn: Omit<ScoringTurn, 'scope'>;
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
  const scorings = new Map<string, Scoring>();
  const behind = new Map<string, Behind>();
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

  const scoring = (scope: string): Scoring => {
    const known = scorings.get(scope);
    if (known) return known;
    const fresh = { wanted: new Map(), causes: new Map(), heads: new Map(), turn: { version: 0, due: new Map<string, string>() } };
    scorings.set(scope, fresh);
    return fresh;
  };

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

    listResources: async (accountId, resourceType, { region, capturedBefore, believed } = {}) =>
      [...(accounts.get(accountId)?.resources.get(resourceType)?.values() ?? [])]
        .flatMap((ofRegion) => [...ofRegion.values()])
        .filter(
          ({ resource, capturedAt, parsed }) =>
            parsed !== undefined &&
            (region === undefined || resource.region === region) &&
            (capturedBefore === undefined || capturedAt < capturedBefore || (believed !== undefined && capturedAt > believed)),
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

    want: async (scope, keys) => {
      const { wanted } = scoring(scope);
      const counted = new Map<string, number>();
      for (const key of new Set(keys)) {
        const count = (wanted.get(key) ?? 0) + 1;
        wanted.set(key, count);
        counted.set(key, count);
      }
      return counted;
    },
    readWanted: async (scope) => new Map(scorings.get(scope)?.wanted),
    putCauses: async (scope, causes) => {
      for (const [key, cause] of causes) scoring(scope).causes.set(key, cause);
    },
    readCauses: async (scope) => new Map(scorings.get(scope)?.causes),

    beginScoring: async (scope) => ({ scope, ...scoring(scope).turn }),
    readScore: async (scope) => scores.get(scope),
    readHeads: async (accountId) => new Map(scorings.get(accountId)?.heads),
    readJoin: async (accountId, controlId) => accounts.get(accountId)?.joins.get(controlId),
    readJoins: async (accountId) => new Map(accounts.get(accountId)?.joins),
    digest: (text) => createHash('sha256').update(text).digest('base64url').slice(0, 22),

    commitScore: async ({ scope, version }: ScoringTurn, { seen, due, score, joins, heads, behind: debt }: ScoreCommit) => {
      const known = scoring(scope);
      if (known.turn.version !== version) return false;
      known.turn = { version: version + 1, seen, due: due ?? new Map() };
      for (const [controlId, result] of joins ?? []) account(scope).joins.set(controlId, result);
      if (heads) {
        known.heads.clear();
        for (const [controlId, head] of heads) known.heads.set(controlId, head);
      }
      if (debt) behind.set(scope, debt);
      if (score) {
        scoreChanges.push({ before: scores.get(scope), after: score });
        scores.set(scope, score);
      }
      return true;
    },
    readBehind: async (scope) => behind.get(scope),
    noteBehind: async (note) => void behind.set(note.scope, note),
    clearBehind: async (scope) => void behind.delete(scope),
    listBehind: async () => [...behind.values()],

    listAccountStatuses: async () => {
      const statuses = new Map<string, AccountStatuses>();
      for (const [scope, score] of scores) if (scope !== ORGANIZATION) statuses.set(scope, { statuses: score.statuses, asOf: score.asOf });
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
