import { evaluateResource, type Finding, isRead, type RuleIndex } from '../evaluation/evaluate.ts';
import { parseFacts, parserOf } from '../facts/index.ts';
import type { ConfigItem, FactParser, ParsedFacts } from '../facts/parser.ts';
import type { ConfigHistory, StateStore, StoredResource } from '../ports.ts';
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
 * read if the item contains nothing new.
 *
 * @throws ContentionError if other writers keep changing the same resource.
 */
export async function collectItem(delivered: ConfigItem, dependencies: CollectDependencies): Promise<CollectOutcome> {
  const parser = parserOf(delivered.resource.resourceType);
  if (!parser || !isRead(dependencies.rules, delivered.resource)) return 'ignored';
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
  return isRead(dependencies.rules, evidence.resource) ? take(evidence, dependencies, () => false) : 'ignored';
}

/** Replaces the stored facts of a resource by others of the same time: csmm learned that they are wrong. */
export const correctFacts = (evidence: ResourceEvidence, dependencies: CollectDependencies): Promise<CollectOutcome> =>
  take(evidence, dependencies, () => true);

async function take(
  { resource, capturedAt, parsed }: ResourceEvidence,
  dependencies: CollectDependencies,
  isFromOtherRelease: (previous: StoredResource) => boolean,
): Promise<CollectOutcome> {
  const { store, rules, pause, latest } = dependencies;
  const believed = latest?.();
  if (isLater(capturedAt, believed)) return 'ahead';
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
function compareEvidence(capturedAt: string, parsed: ParsedFacts<object> | undefined, previous: StoredResource): number {
  if (capturedAt !== previous.capturedAt) return capturedAt > previous.capturedAt ? 1 : -1;
  const [a, b] = [rank(parsed), rank(previous.parsed)];
  if (a !== b) return a - b;
  const [text, previousText] = [canonical(parsed), canonical(previous.parsed)];
  return text === previousText ? 0 : text > previousText ? 1 : -1;
}

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
