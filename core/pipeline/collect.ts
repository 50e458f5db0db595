import { evaluateResource, type Finding, isRead, type RuleIndex } from '../evaluation/evaluate.ts';
import { parseFacts, parserOf } from '../facts/index.ts';
import { INVENTORY, inventoryParser } from '../facts/inventory.ts';
import type { ConfigItem, FactParser, ParsedFacts } from '../facts/parser.ts';
import { type ConfigHistory, type ListState, MAX_EVIDENCE_BYTES, type StateStore, type StoredResource } from '../ports.ts';
import { evidenceOfList, listOf } from './lists.ts';
import { withFindings } from './unreadable.ts';

/** Outcome for an item: newer than the stored one, the same, older, of a type that no control reads, or of a time ahead of the clock. */
export type CollectOutcome = 'applied' | 'duplicate' | 'stale' | 'ignored' | 'ahead';

export interface CollectDependencies {
  readonly store: StateStore;
  readonly rules: RuleIndex;
  /** Absent in a replay: an oversized item then has no facts. */
  readonly history?: ConfigHistory;
  readonly pause?: Pause;
  /**
   * Returns the latest capture time that csmm believes, ISO-8601 UTC with milliseconds. csmm does not store later evidence, and replaces
   * stored evidence with a later time by any that it believes. Absent: csmm believes every time.
   */
  readonly latest?: () => string;
}

/**
 * Waits before another attempt, counted from 1, so that writers of the same resource do not collide again. Without it, attempts
 * follow at once.
 */
export type Pause = (attempt: number) => Promise<void>;

/** Number of collisions in a row after which contention on one resource, or on one scorecard, counts as a fault. */
export const MAX_ATTEMPTS = 25;

export class ContentionError extends Error {
  constructor(what: string, attempts: number) {
    super(`${what} was changed by others ${attempts} times while it was being written; deliver it again later`);
    this.name = 'ContentionError';
  }
}

/**
 * Commits one configuration item. The newest item of a resource wins, in any order and with any number of deliveries. Costs one
 * read if the item contains nothing new. An inventory entry goes to the card of its Region.
 *
 * @throws ContentionError if other writers keep changing the same resource.
 */
export async function collectItem(delivered: ConfigItem, dependencies: CollectDependencies): Promise<CollectOutcome> {
  const parser = parserOf(delivered.resource.resourceType);
  if (!parser || !isRead(dependencies.rules, delivered.resource)) return 'ignored';
  if (delivered.resource.resourceType === INVENTORY) return collectEntry(entryOf(delivered), dependencies);
  const item = delivered.state === 'oversized' ? await complete(delivered, dependencies) : delivered;
  const { resource, capturedAt } = item;
  const isFromOtherRelease = (previous: StoredResource) => isOfOtherRelease(previous, item, parser);
  return take({ resource, capturedAt, parsed: parseFacts(item, parser) }, dependencies, isFromOtherRelease);
}

/** Evidence of a resource with its time; `parsed` is `undefined` if the resource is gone. */
export type ResourceEvidence = Pick<StoredResource, 'resource' | 'capturedAt' | 'parsed'>;

/**
 * Commits facts that were parsed earlier, such as recorded ones, by the rules of {@link collectItem}.
 *
 * @throws ContentionError if other writers keep changing the same resource.
 */
export async function collectFacts(evidence: ResourceEvidence, dependencies: CollectDependencies): Promise<CollectOutcome> {
  if (evidence.resource.resourceType === INVENTORY) return collectEntry(evidence, dependencies);
  return isRead(dependencies.rules, evidence.resource) ? take(evidence, dependencies, () => false) : 'ignored';
}

/** Replaces a stored list by another state of the same time: csmm learned that it is wrong. */
export const correctList = (entry: ResourceEvidence, dependencies: CollectDependencies): Promise<CollectOutcome> =>
  collectEntry(entry, dependencies, () => 1);

/**
 * Commits inventory entries: those of one account and Region with one write. The newest entry of a type wins, in any order and with
 * any number of deliveries.
 *
 * @returns the outcome of each entry.
 * @throws ContentionError if other writers keep changing the same card.
 */
export const collectLists = (entries: readonly ConfigItem[], dependencies: CollectDependencies): Promise<CollectOutcome[]> =>
  takeLists(entries.map(entryOf), dependencies);

const entryOf = (entry: ConfigItem): ResourceEvidence => ({
  resource: entry.resource,
  capturedAt: entry.capturedAt,
  parsed: parseFacts(entry, inventoryParser),
});

const collectEntry = async (entry: ResourceEvidence, dependencies: CollectDependencies, order = compareLists): Promise<CollectOutcome> =>
  (await takeLists([entry], dependencies, order))[0] ?? 'ignored';

async function takeLists(
  entries: readonly ResourceEvidence[],
  dependencies: CollectDependencies,
  order = compareLists,
): Promise<CollectOutcome[]> {
  const cards = new Map<string, ResourceEvidence[]>();
  for (const entry of entries) {
    if (!isRead(dependencies.rules, entry.resource)) continue;
    const key = `${entry.resource.accountId} ${entry.resource.region}`;
    cards.set(key, [...(cards.get(key) ?? []), entry]);
  }
  const outcomes = new Map<ResourceEvidence, CollectOutcome>();
  for (const ofCard of cards.values())
    for (const [entry, outcome] of await takeCard(ofCard, dependencies, order)) outcomes.set(entry, outcome);
  return entries.map((entry) => outcomes.get(entry) ?? 'ignored');
}

/** Commits the lists of one card with one write. */
async function takeCard(
  entries: readonly ResourceEvidence[],
  { store, pause, latest }: CollectDependencies,
  order: typeof compareLists,
): Promise<ReadonlyMap<ResourceEvidence, CollectOutcome>> {
  const [{ accountId, region } = { accountId: '', region: '' }] = entries.map(({ resource }) => resource);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const previous = await store.readCard(accountId, region);
    const { lists, outcomes } = replaceLists(previous?.lists ?? new Map(), entries, order, latest?.());
    const isSame = ![...outcomes.values()].includes('applied');
    if (isSame || (await store.commitCard(previous, { accountId, region, lists, revision: (previous?.revision ?? 0) + 1 })))
      return outcomes;
    await pause?.(attempt + 1);
  }
  throw new ContentionError(`the lists of ${accountId} in ${region}`, MAX_ATTEMPTS);
}

/** Replaces the lists that newer entries describe. A time after `believed` counts for nothing. */
function replaceLists(
  known: ReadonlyMap<string, ListState>,
  entries: readonly ResourceEvidence[],
  order: typeof compareLists,
  believed: string | undefined,
) {
  const lists = new Map(known);
  const outcomes = new Map<ResourceEvidence, CollectOutcome>();
  for (const entry of entries) {
    const type = entry.resource.resourceId;
    if (isLater(entry.capturedAt, believed)) {
      outcomes.set(entry, 'ahead');
      continue;
    }
    const [previous, next] = [lists.get(type), listOf(entry)];
    const by = previous && !isLater(previous.capturedAt, believed) ? order(next, previous) : 1;
    if (by > 0) lists.set(type, next);
    outcomes.set(entry, by > 0 ? 'applied' : by === 0 ? 'duplicate' : 'stale');
  }
  return { lists, outcomes };
}

async function take(
  { resource, capturedAt, parsed: given }: ResourceEvidence,
  dependencies: CollectDependencies,
  isFromOtherRelease: (previous: StoredResource) => boolean,
): Promise<CollectOutcome> {
  const { store, rules, pause, latest } = dependencies;
  const believed = latest?.();
  if (isLater(capturedAt, believed)) return 'ahead';
  const parsed = given && fitting(given);
  const findings = parsed ? evaluateResource(rules, parsed, resource, capturedAt) : [];
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const previous = await store.readResource(resource);
    const order = previous && !isLater(previous.capturedAt, believed) ? compareEvidence(capturedAt, parsed, previous) : 1;
    if (previous && order === 0 && sameFindings(previous.findings, findings)) return 'duplicate';
    if (previous && order < 0 && !isFromOtherRelease(previous)) return 'stale';
    const next = { resource, capturedAt, parsed, findings, revision: Math.floor(previous?.revision ?? 0) + 1 };
    if (await store.commitResource(previous && (await withFindings(previous, dependencies)), next)) return 'applied';
    await pause?.(attempt + 1);
  }
  throw new ContentionError(`${resource.resourceType} ${resource.resourceId}`, MAX_ATTEMPTS);
}

/**
 * Returns facts that a store can hold. If they are too large, the largest are missing, with the reason: no rule decides on a part of a fact.
 */
function fitting(parsed: ParsedFacts<object>): ParsedFacts<object> {
  let bytes = bytesOf(parsed);
  if (bytes <= MAX_EVIDENCE_BYTES) return parsed;
  const facts: Record<string, unknown> = { ...parsed.facts };
  const missing = { ...parsed.missing };
  const sizes = Object.entries(facts).map(([name, fact]) => ({ name, size: bytesOf(fact) }));
  for (const { name, size } of sizes.sort((a, b) => b.size - a.size)) {
    if (bytes <= MAX_EVIDENCE_BYTES) break;
    delete facts[name];
    missing[name] = `too large to store: ${size} bytes, where all facts of a resource have at most ${MAX_EVIDENCE_BYTES}`;
    bytes = bytesOf({ ...parsed, facts, missing });
  }
  return { ...parsed, facts, missing };
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

/** Returns the full item behind a summary, if it is available and not stored already. */
async function complete(summary: ConfigItem, { store, history, latest }: CollectDependencies): Promise<ConfigItem> {
  if (!history) return summary;
  const known = await store.readResource(summary.resource);
  const counts = known !== undefined && !isLater(known.capturedAt, latest?.());
  const isKnown = counts && known.capturedAt >= summary.capturedAt && rank(known.parsed) > 0;
  return isKnown ? summary : ((await history.fetchItem(summary.resource, summary.capturedAt)) ?? summary);
}

/** Whether a capture time is later than the latest that csmm believes. */
export const isLater = (capturedAt: string, believed: string | undefined): boolean => believed !== undefined && capturedAt > believed;

/** Whether the rules return the stored findings for the same evidence. After an upgrade they may not. */
const sameFindings = (a: readonly Finding[], b: readonly Finding[]): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Whether a parser with other facts, before an upgrade, read the same item. */
function isOfOtherRelease({ capturedAt, parsed }: StoredResource, item: ConfigItem, parser: FactParser<object>): boolean {
  if (capturedAt !== item.capturedAt || item.state !== 'recorded' || !parsed || parsed.deleted) return false;
  const known = new Set([...Object.keys(parsed.facts), ...Object.keys(parsed.missing)]);
  return known.size !== parser.names.length || parser.names.some((name) => !known.has(name));
}

/**
 * Orders evidence of one resource: by capture time, and at the same time by its content. A deletion comes after a description, and
 * a description after one with fewer facts. If that is equal too, the text decides, so that every order of arrival ends in the
 * same state.
 */
function compareEvidence(
  capturedAt: string,
  parsed: ParsedFacts<object> | undefined,
  previous: Pick<StoredResource, 'capturedAt' | 'parsed'>,
): number {
  if (capturedAt !== previous.capturedAt) return capturedAt > previous.capturedAt ? 1 : -1;
  const [a, b] = [rank(parsed), rank(previous.parsed)];
  if (a !== b) return a - b;
  const [text, previousText] = [canonical(parsed), canonical(previous.parsed)];
  return text === previousText ? 0 : text > previousText ? 1 : -1;
}

/** Orders two states of one list as {@link compareEvidence} orders evidence. */
const compareLists = (state: ListState, known: ListState): number =>
  compareEvidence(state.capturedAt, evidenceOfList(state).parsed, evidenceOfList(known));

const rank = (parsed: ParsedFacts<object> | undefined): number =>
  parsed && !parsed.deleted ? Object.keys(parsed.facts).length : Number.MAX_SAFE_INTEGER;

/** JSON with sorted keys. */
export function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, member: unknown) =>
      typeof member === 'object' && member !== null && !Array.isArray(member)
        ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
        : member,
    ) ?? ''
  );
}
