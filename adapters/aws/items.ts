import type { ControlStatus, ResourceRef } from '../../core/model.ts';
import { listOf } from '../../core/pipeline/lists.ts';
import type {
  Behind,
  Cause,
  Counters,
  JoinHead,
  JoinResult,
  ListCard,
  ListState,
  OpenFinding,
  ScoringTurn,
  StoredResource,
  StoredScore,
} from '../../core/ports.ts';
import { behindKey, CARD, findingKey, HEADS, listsKey, resourceKey, scorePartition, tombstoneKey } from './keys.ts';

/** Conversions between the project's records and table items. Evidence and findings are JSON text: no query looks inside them. */

export type Item = Record<string, unknown>;

/** Thrown if a table contains an item that this version did not write. */
export class CorruptItemError extends Error {
  override readonly name = 'CorruptItemError';
}

export function resourceItem(stored: StoredResource): Item {
  return {
    ...resourceKey(stored.resource),
    ...stored.resource,
    capturedAt: stored.capturedAt,
    revision: stored.revision,
    findings: JSON.stringify(stored.findings),
    ...(stored.parsed && { evidence: JSON.stringify(stored.parsed) }),
  };
}

/**
 * Days for which a tombstone keeps late items from restoring a resource. A queue keeps a message for at most 14 days, so only a person
 * can deliver an older one.
 */
const TOMBSTONE_DAYS = 90;

/** Returns the tombstone of a resource. DynamoDB deletes it {@link TOMBSTONE_DAYS} after `now`, in milliseconds since 1970. */
export const tombstoneItem = (stored: StoredResource, now: number): Item => ({
  ...resourceItem(stored),
  ...tombstoneKey(stored.resource),
  ttl: Math.floor(now / 1000) + TOMBSTONE_DAYS * 24 * 60 * 60,
});

export function toResource(item: Item): StoredResource {
  return {
    resource: toRef(item),
    capturedAt: text(item, 'capturedAt'),
    revision: Number(item.revision),
    findings: JSON.parse(text(item, 'findings')),
    parsed: item.evidence === undefined ? undefined : JSON.parse(text(item, 'evidence')),
  };
}

/** A list on a card: `at` is its capture time, `n` its number of resources, `as` the time at which it holds. */
interface PackedList {
  readonly at: string;
  readonly n?: number;
  readonly as?: string;
  readonly gap?: string;
}

export const cardItem = ({ accountId, region, lists, revision }: ListCard): Item => ({
  ...listsKey(accountId, region),
  accountId,
  region,
  revision,
  lists: JSON.stringify(
    Object.fromEntries(
      [...lists].map(([type, { capturedAt, resources, asOf, gap }]) => [type, { at: capturedAt, n: resources, as: asOf, gap }]),
    ),
  ),
});

export function toCard(item: Item): ListCard {
  const lists: Readonly<Record<string, PackedList>> = JSON.parse(text(item, 'lists'));
  return {
    accountId: text(item, 'accountId'),
    region: text(item, 'region'),
    lists: new Map(Object.entries(lists).map(([type, list]) => [type, toList(list)])),
    revision: Number(item.revision),
  };
}

const toList = ({ at, n, as: asOf, gap }: PackedList): ListState => ({
  capturedAt: at,
  ...(n !== undefined && { resources: n }),
  ...(asOf !== undefined && { asOf }),
  ...(gap !== undefined && { gap }),
});

/**
 * Returns a card with the lists of inventory entries of one Region, which earlier releases stored as resources. The newest state of a
 * list counts. Without a card, the entries make up one of revision 0.
 */
export function withEntries(card: ListCard | undefined, entries: readonly StoredResource[]): ListCard {
  const { accountId, region } = card ?? entries[0]?.resource ?? { accountId: '', region: '' };
  const lists = new Map(card?.lists);
  for (const entry of entries) {
    const type = entry.resource.resourceId;
    const known = lists.get(type);
    if (!known || entry.capturedAt > known.capturedAt) lists.set(type, listOf(entry));
  }
  return { accountId, region, lists, revision: card?.revision ?? 0 };
}

export function findingItem(controlId: string, { resource, ...finding }: OpenFinding): Item {
  return { ...findingKey(resource, controlId), ...resource, controlId, ...finding };
}

export function toOpenFinding(item: Item): OpenFinding {
  return {
    resource: toRef(item),
    compliance: text(item, 'compliance') as OpenFinding['compliance'],
    ...(item.code !== undefined && { code: text(item, 'code') }),
    reason: text(item, 'reason'),
    capturedAt: text(item, 'capturedAt'),
  };
}

export function scoreItem({ statuses, ...score }: StoredScore): Item {
  return { pk: scorePartition(score.scope), sk: CARD, ...score, statuses: packStatuses(statuses) };
}

export function toScore(item: Item): StoredScore {
  return {
    scope: text(item, 'scope'),
    revision: Number(item.revision),
    catalogueVersion: text(item, 'catalogueVersion'),
    asOf: text(item, 'asOf'),
    statuses: unpackStatuses(text(item, 'statuses')),
    scorecard: item.scorecard as StoredScore['scorecard'],
    changes: item.changes as StoredScore['changes'],
  };
}

export const toJoin = (item: Item): JoinResult => JSON.parse(text(item, 'result'));

/** Counters are numbers beside the keys of their item. */
export const toCounters = ({ pk: _, sk: __, ...counters }: Item): Counters =>
  new Map(Object.entries(counters).flatMap(([key, count]) => (typeof count === 'number' ? [[key, count]] : [])));

/** A turn of a release without counters has no `seen`: everything is then wanted. */
export const toTurn = (scope: string, turn: Item | undefined): ScoringTurn => ({
  scope,
  version: Number(turn?.version ?? 0),
  ...(turn?.seen !== undefined && { seen: toCounters(turn.seen as Item) }),
  due: new Map(Object.entries((turn?.due ?? {}) as Record<string, string>)),
});

export const headsItem = (accountId: string, heads: ReadonlyMap<string, JoinHead>): Item => ({
  pk: scorePartition(accountId),
  sk: HEADS,
  heads: JSON.stringify([...heads]),
});
export const toHeads = (item: Item): ReadonlyMap<string, JoinHead> => new Map(JSON.parse(text(item, 'heads')));

export const toCause = (item: Item): Cause => JSON.parse(text(item, 'cause'));

export const behindItem = ({ scope, ...behind }: Behind): Item => ({ ...behindKey(scope), ...behind });
export const toBehind = (item: Item): Behind => ({
  scope: text(item, 'sk'),
  since: text(item, 'since'),
  attempts: Number(item.attempts),
  nextAt: text(item, 'nextAt'),
  reason: text(item, 'reason'),
});

const LETTERS: readonly (readonly [ControlStatus, string])[] = [
  ['PASSED', 'P'],
  ['FAILED', 'F'],
  ['NOT_APPLICABLE', 'A'],
  ['NO_DATA', 'N'],
];
const LETTER_OF: ReadonlyMap<ControlStatus, string> = new Map(LETTERS);
const STATUS_OF: ReadonlyMap<string, ControlStatus> = new Map(LETTERS.map(([status, letter]) => [letter, status]));

/** Packs statuses into a few hundred bytes: `NET-L1-01:F NET-L1-02:P …`. */
export const packStatuses = (statuses: ReadonlyMap<string, ControlStatus>): string =>
  [...statuses].map(([id, status]) => `${id}:${LETTER_OF.get(status)}`).join(' ');

export function unpackStatuses(packed: string): Map<string, ControlStatus> {
  const pairs = packed === '' ? [] : packed.split(' ');
  return new Map(
    pairs.map((pair) => {
      const at = pair.lastIndexOf(':');
      const status = STATUS_OF.get(pair.slice(at + 1));
      if (!status) throw new CorruptItemError(`${JSON.stringify(pair)} is not a control status`);
      return [pair.slice(0, at), status];
    }),
  );
}

const toRef = (item: Item): ResourceRef => ({
  accountId: text(item, 'accountId'),
  region: text(item, 'region'),
  resourceType: text(item, 'resourceType'),
  resourceId: text(item, 'resourceId'),
});

/** @throws CorruptItemError if the item has no such text. */
export function text(item: Item, name: string): string {
  const value = item[name];
  if (typeof value !== 'string') throw new CorruptItemError(`item ${String(item.pk)} / ${String(item.sk)} has no text ${name}`);
  return value;
}
