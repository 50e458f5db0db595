import { acceptedStart } from '../../core/characters.ts';
import { accountRef } from '../../core/control.ts';
import { count, EMPTY_TALLY } from '../../core/evaluation/tally.ts';
import type { ParsedFacts } from '../../core/facts/parser.ts';
import { instant, isObject, listOf, mapOf, type Shape, count as shapeOfCount, text } from '../../core/facts/shape.ts';
import { type ControlStatus, GLOBAL, type ResourceRef } from '../../core/model.ts';
import { listOf as listOfEntry } from '../../core/pipeline/lists.ts';
import {
  type Behind,
  type Cause,
  type Counters,
  type JoinHead,
  type JoinResult,
  type ListCard,
  type ListState,
  type OpenFinding,
  type ScoringTurn,
  type StoredResource,
  type StoredScore,
  UnreadableItemError,
} from '../../core/ports.ts';
import { scoreAccount } from '../../core/scoring/scorecard.ts';
import {
  ANYTHING,
  CAUSE,
  CHANGES,
  EVIDENCE,
  FINDINGS,
  HEAD,
  JOIN,
  LIST,
  OPEN,
  OPEN_FINDING_FIELDS,
  type PackedList,
  REF,
  REVISION,
  SCORECARD,
} from './item-shapes.ts';
import {
  behindKey,
  CARD,
  findingKey,
  HEADS,
  LISTS_PREFIX,
  listsKey,
  resourceKey,
  scorePartition,
  TOMBSTONE_PREFIX,
  tombstoneKey,
} from './keys.ts';

/** Conversions between the project's records and table items. Evidence and findings are JSON text: no query looks inside them. */

export type Item = Record<string, unknown>;

/** Reads a number that JavaScript cannot represent without its precision. By default it becomes a BigInt, or makes the answer an error. */
export const READ_NUMBERS = { wrapNumbers: Number } as const;

/** Thrown if a table contains an item that this version did not write. */
export class CorruptItemError extends UnreadableItemError {
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

/** Capture time of an item whose time cannot be read: any evidence is newer. */
const LONG_AGO = new Date(0).toISOString();

/** @throws CorruptItemError if {@link resourceItem} would not write such an item. Does not check the forms of the facts. */
export function toResource(item: Item): StoredResource {
  const resource = refOf(item);
  const keys = [resourceKey(resource), tombstoneKey(resource)];
  if (!keys.some(({ pk, sk }) => item.pk === pk && item.sk === sk)) throw corrupt(item, 'describes another resource');
  const parsed = evidenceOf(item);
  const findings = json(item, 'findings', FINDINGS);
  if (!parsed && findings.length > 0) throw corrupt(item, 'has findings and no evidence');
  return {
    resource,
    capturedAt: member(item, 'capturedAt', instant),
    revision: member(item, 'revision', REVISION),
    findings,
    parsed,
  };
}

/** Returns the resource of an item in any form. If the evidence or its time cannot be read, it has no facts. */
export function toAnyResource(item: Item): StoredResource {
  return orElse(
    () => toResource(item),
    (unreadable) => {
      const resource = resourceIn(item);
      const capturedAt = readable(() => member(item, 'capturedAt', instant));
      const findings = readable(() => json(item, 'findings', FINDINGS));
      const reason = acceptedStart(unreadable, MAX_UNREADABLE);
      // A rule can take the time of the evidence for the present: facts without a time decide nothing.
      const evidence = capturedAt === undefined ? undefined : readable(() => evidenceOf(item));
      const isGone = String(item.pk).startsWith(TOMBSTONE_PREFIX) || (item.evidence === undefined && findings?.length === 0);
      return {
        resource,
        capturedAt: capturedAt ?? LONG_AGO,
        revision: revisionIn(item),
        findings: findings ?? [],
        parsed: isGone ? undefined : (evidence ?? { facts: {}, missing: {} }),
        unreadable: reason,
      };
    },
  );
}

/** Returns the evidence of an item; `undefined` if the resource is gone. @throws CorruptItemError if it has another form. */
const evidenceOf = (item: Item): ParsedFacts<object> | undefined =>
  item.evidence === undefined ? undefined : json(item, 'evidence', EVIDENCE);

/** Maximum length of the reason why an item cannot be read, in characters. */
const MAX_UNREADABLE = 300;

/** Returns the resource that the key of an item names. */
function resourceIn({ pk, sk }: Item): ResourceRef {
  const [, accountId = '', resourceType = ''] = String(pk).split('#');
  return { accountId, resourceType, ...placeIn(String(sk)) };
}

/** Returns the Region and the ID in `<Region>#<ID>`. */
function placeIn(text: string): Pick<ResourceRef, 'region' | 'resourceId'> {
  const at = text.indexOf('#');
  return at < 0 ? { region: GLOBAL, resourceId: text } : { region: text.slice(0, at), resourceId: text.slice(at + 1) };
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

/** @throws CorruptItemError if {@link cardItem} would not write such an item. */
export function toCard(item: Item): ListCard {
  const lists = json(item, 'lists', mapOf(LIST));
  return {
    accountId: member(item, 'accountId', text),
    region: member(item, 'region', text),
    lists: new Map(Object.entries(lists).map(([type, list]) => [type, toList(list)])),
    revision: member(item, 'revision', REVISION),
  };
}

/**
 * Returns the card of an item in any form. A list that cannot be read is incomplete. If none can, this is so of every type: that they were
 * never listed would be another thing.
 */
export function toAnyCard(item: Item, types: readonly string[] = []): ListCard {
  return orElse(
    () => toCard(item),
    (reason) => {
      const unread: ListState = { capturedAt: LONG_AGO, gap: acceptedStart(reason, MAX_UNREADABLE) };
      const lists = readable(() => json(item, 'lists', mapOf(ANYTHING))) ?? Object.fromEntries(types.map((type) => [type, undefined]));
      return {
        accountId: String(item.pk).slice(LISTS_PREFIX.length),
        region: String(item.sk),
        lists: new Map(Object.entries(lists).map(([type, list]) => [type, LIST.matches(list) ? toList(list) : unread])),
        revision: revisionIn(item),
      };
    },
  );
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
    if (!known || entry.capturedAt > known.capturedAt) lists.set(type, listOfEntry(entry));
  }
  return { accountId, region, lists, revision: card?.revision ?? 0 };
}

export function findingItem(controlId: string, { resource, ...finding }: OpenFinding): Item {
  return { ...findingKey(resource, controlId), ...resource, controlId, ...finding };
}

/** @throws CorruptItemError if {@link findingItem} would not write such an item. */
export function toOpenFinding(item: Item): OpenFinding {
  const { compliance, code, reason, capturedAt } = field(item, OPEN_FINDING_FIELDS);
  const resource = refOf(item);
  const { pk, sk } = findingKey(resource, String(item.controlId));
  if (item.pk !== pk || item.sk !== sk) throw corrupt(item, 'describes another resource');
  return { resource, compliance, ...(code !== undefined && { code }), reason, capturedAt };
}

/** Code of a finding that the store cannot read. */
const UNREADABLE = 'unreadable';

/** Returns the finding of an item in any form. The key names its resource. A part that cannot be read is unknown. */
export function toAnyOpenFinding(item: Item): OpenFinding {
  return orElse(
    () => toOpenFinding(item),
    (unreadable) => {
      const [, accountId = ''] = String(item.pk).split('#');
      const [resourceType = '', ...place] = String(item.sk).split('#');
      const compliance = readable(() => member(item, 'compliance', OPEN)) ?? 'INSUFFICIENT_DATA';
      const resource = { accountId, resourceType, ...placeIn(place.join('#')) };
      return { resource, compliance, code: UNREADABLE, reason: acceptedStart(unreadable, MAX_UNREADABLE), capturedAt: LONG_AGO };
    },
  );
}

export function scoreItem({ statuses, ...score }: StoredScore): Item {
  return { pk: scorePartition(score.scope), sk: CARD, ...score, statuses: packStatuses(statuses) };
}

/** @throws CorruptItemError if {@link scoreItem} would not write such an item. */
export function toScore(item: Item): StoredScore {
  return {
    scope: member(item, 'scope', text),
    revision: member(item, 'revision', REVISION),
    catalogueVersion: member(item, 'catalogueVersion', text),
    asOf: member(item, 'asOf', text),
    statuses: toStatuses(item),
    scorecard: member(item, 'scorecard', SCORECARD),
    changes: member(item, 'changes', CHANGES),
  };
}

/**
 * Returns the score of an item in any form, for the run that replaces it. If the item is not in the form of {@link scoreItem}, it is of
 * no version of the catalogue, so that the run commits a new one. `instead` has its revision and statuses if they cannot be read.
 */
export function toAnyScore(scope: string, item: Item, instead: Pick<StoredScore, 'revision' | 'statuses'>): StoredScore {
  return (
    readable(() => toScore(item)) ?? {
      scope,
      revision: readable(() => member(item, 'revision', REVISION)) ?? instead.revision,
      catalogueVersion: '',
      asOf: readable(() => member(item, 'asOf', instant)) ?? '',
      statuses: readable(() => toStatuses(item)) ?? instead.statuses,
      scorecard: scoreAccount([], new Map()),
      changes: [],
    }
  );
}

/** @throws CorruptItemError if the item does not hold a result. */
export const toJoin = (item: Item): JoinResult => json(item, 'result', JOIN);

/** Returns the result of an item in any form. One that cannot be read is unknown data of the account. */
export function toAnyJoin(accountId: string, item: Item): JoinResult {
  return orElse(
    () => toJoin(item),
    (reason) => ({
      tally: count(EMPTY_TALLY, 'INSUFFICIENT_DATA'),
      open: [
        {
          resource: accountRef(accountId),
          compliance: 'INSUFFICIENT_DATA',
          code: UNREADABLE,
          reason: acceptedStart(reason, MAX_UNREADABLE),
        },
      ],
    }),
  );
}

/** Counters are the numbers in their item, in addition to its keys. */
export const toCounters = ({ pk: _, sk: __, ...counters }: Item): Counters => new Map(Object.entries(counters).filter(isCounter));

const isCounter = (entry: [string, unknown]): entry is [string, number] => typeof entry[1] === 'number';

/**
 * A turn of a release without counters has no `seen`: everything is then wanted. So is it if they cannot be read. A `version` that is not
 * in the form of {@link REVISION} is 0.
 */
export const toTurn = (scope: string, { version, seen, due }: Item = {}): ScoringTurn => ({
  scope,
  version: REVISION.matches(version) ? version : 0,
  ...(isObject(seen) && { seen: toCounters(seen) }),
  due: new Map(Object.entries(isObject(due) ? due : {}).filter(isTime)),
});

const isTime = (entry: [string, unknown]): entry is [string, string] => instant.matches(entry[1]);

export const headsItem = (accountId: string, heads: ReadonlyMap<string, JoinHead>): Item => ({
  pk: scorePartition(accountId),
  sk: HEADS,
  heads: JSON.stringify([...heads]),
});
/** Returns the heads that can be read. A run evaluates the joins without one. */
export const toHeads = (item: Item): ReadonlyMap<string, JoinHead> =>
  new Map((readable(() => json(item, 'heads', listOf(ANYTHING))) ?? []).filter(isHead));

const isHead = (entry: unknown): entry is [string, JoinHead] => Array.isArray(entry) && text.matches(entry[0]) && HEAD.matches(entry[1]);

/** Returns a cause; `undefined` if it cannot be read, because it only explains. */
export const toCause = (item: Item): Cause | undefined => readable(() => json(item, 'cause', CAUSE));

export const behindItem = ({ scope, ...behind }: Behind): Item => ({ ...behindKey(scope), ...behind });
/** Returns a note in any form. One that cannot be read is due now. */
export const toBehind = (item: Item): Behind => ({
  scope: String(item.sk),
  since: readable(() => member(item, 'since', instant)) ?? LONG_AGO,
  attempts: readable(() => member(item, 'attempts', shapeOfCount)) ?? 1,
  nextAt: readable(() => member(item, 'nextAt', instant)) ?? LONG_AGO,
  reason: readable(() => member(item, 'reason', text)) ?? 'the note cannot be read',
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

/** @throws CorruptItemError if the item does not hold statuses. */
export const toStatuses = (item: Item): Map<string, ControlStatus> => unpackStatuses(member(item, 'statuses', text));

/** Returns the part of the statuses that can be read. The others are unknown. */
export function knownStatuses(packed: unknown): Map<string, ControlStatus> {
  const pairs = typeof packed === 'string' ? packed.split(' ') : [];
  return new Map(pairs.flatMap((pair) => readable(() => [...unpackStatuses(pair)]) ?? []));
}

/** Returns a record; `undefined` if its item is not one that csmm writes. */
export const readable = <T>(read: () => T): T | undefined => orElse<T | undefined>(read, () => undefined);

/** Returns the result of a function, or of `otherwise` with the reason if a part of an item is not in its form. */
function orElse<T>(read: () => T, otherwise: (reason: string) => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof CorruptItemError) return otherwise(error.message);
    throw error;
  }
}

function refOf(item: Item): ResourceRef {
  const { accountId, region, resourceType, resourceId } = field(item, REF);
  return { accountId, region, resourceType, resourceId };
}

/** Returns the item as a value. @throws CorruptItemError if it has another shape. */
function field<T>(item: Item, shape: Shape<T>): T {
  if (!shape.matches(item)) throw corrupt(item, `is not ${shape.expected}`);
  return item;
}

/** Returns a field. @throws CorruptItemError if it is absent or has another shape. */
function member<T>(item: Item, name: string, shape: Shape<T>): T {
  const value = item[name];
  if (!shape.matches(value)) throw corrupt(item, `has no ${name} that is ${shape.expected}`);
  return value;
}

/** Returns the value in a field of JSON. @throws CorruptItemError if it is not JSON or has another shape. */
function json<T>(item: Item, name: string, shape: Shape<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(member(item, name, text));
  } catch (error) {
    if (error instanceof CorruptItemError) throw error;
    throw corrupt(item, `has a field ${name} that is not JSON`);
  }
  if (!shape.matches(value)) throw corrupt(item, `has a field ${name} that is not ${shape.expected}`);
  return value;
}

/** Returns the error for an item, which names it by its key: its content can hold anything. */
const corrupt = ({ pk, sk }: Item, what: string): CorruptItemError =>
  new CorruptItemError(`the stored item ${String(pk)} / ${String(sk)} ${what}`);

/** Returns the revision of an item in any form; 0 if it cannot be read. */
export const revisionIn = (item: Item): number => readable(() => member(item, 'revision', REVISION)) ?? 0;

/** @throws CorruptItemError if the item has no such text. */
export const textIn = (item: Item, name: string): string => member(item, name, text);
