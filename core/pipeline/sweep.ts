import { forEachAtOnce } from '../concurrency.ts';
import type { CloudTrailTrigger } from '../control.ts';
import { INVENTORY, inventoryOf, inventoryParser, timeOfList } from '../facts/inventory.ts';
import type { ConfigItem } from '../facts/parser.ts';
import { Unread } from '../facts/view.ts';
import { aheadOfClock, latestBelieved, millisecondsOf } from '../instant.ts';
import { GLOBAL, type ResourceRef } from '../model.ts';
import type { ListCard } from '../ports.ts';
import { type CollectDependencies, collectItem, collectLists, isLater } from './collect.ts';

/** The properties of a reader that the sweep needs. */
export interface ReaderOutline {
  readonly id: string;
  readonly scope: 'region' | 'account' | 'organization';
  readonly lists: readonly string[];
  readonly refreshedBy: readonly CloudTrailTrigger[];
}

/** Returns the Region of the resources that a reader finds in `region`. */
export const scopeRegion = ({ scope }: Pick<ReaderOutline, 'scope'>, region: string): string => (scope === 'region' ? region : GLOBAL);

/** One run of one reader that is due. */
export interface Reading {
  readonly accountId: string;
  /** {@link GLOBAL} for a reader that does not run in each Region. */
  readonly region: string;
  /** Id of the reader. */
  readonly reader: string;
  /** The change that requests the read. Absent if none does, as in a sweep. */
  readonly changed?: Changed;
}

/** A change that a CloudTrail event reports. With it, a reader whose source lags can read the changed resources another way. */
export interface Changed {
  /** Time of the newest change, ISO-8601 UTC with milliseconds. */
  readonly at: string;
  /** Names of the changed IAM users, at most {@link MAX_CHANGED_USERS}. Empty if the event names none. */
  readonly users: readonly string[];
}

/** Maximum number of users that one request for a read names. The credential report shows the changes of the others later. */
export const MAX_CHANGED_USERS = 100;

/** Returns both changes as one. */
export function mergeChanged(a: Changed | undefined, b: Changed | undefined): Changed | undefined {
  if (!a || !b) return a ?? b;
  return { at: a.at > b.at ? a.at : b.at, users: [...new Set([...a.users, ...b.users])].slice(0, MAX_CHANGED_USERS) };
}

/** Whether a sweep lists the resources of a type in this account and Region. */
export const isSwept = (
  { region, resourceId: type }: Pick<ResourceRef, 'region' | 'resourceId'>,
  readers: readonly ReaderOutline[],
  regions: readonly string[],
): boolean =>
  readers.some(({ scope, lists }) => lists.includes(type) && (scope === 'region' ? regions.includes(region) : region === GLOBAL));

/**
 * Maximum delay of a list behind reality, in minutes: three times EC2's advice, because the APIs are eventually consistent.
 * https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 */
export const LISTING_MARGIN_MINUTES = 15;

/** Number of items that are committed concurrently: each costs a read and, if it is new, a write. */
const COLLECTED_AT_ONCE = 16;

/**
 * A reader yields it if its source may be behind reality, such as a report of some hours ago. csmm repeats the read at that time.
 * All else that the reader yields is still evidence.
 */
export class ReadAgain {
  /** ISO-8601 UTC with milliseconds. */
  readonly at: string;
  /** What is not known until then, for the log. */
  readonly why: string;

  constructor(at: string, why: string) {
    this.at = at;
    this.why = why;
  }
}

/** Maximum number of misplaced tombstones of one type that a run moves. */
const TOMBSTONES_MOVED = 100;

/** Outcome of one run of a reader. */
export interface RunOutcome {
  /** Number of resources that it found. */
  readonly found: number;
  /** Number of resources that are gone, because the list no longer contains them. */
  readonly removed: number;
  /** Number of resources that the list does not contain, but that were seen too recently. The next run decides whether they are gone. */
  readonly undecided: number;
  /** The types of the undecided resources. Absent if every resource is decided. */
  readonly undecidedTypes?: readonly string[];
  /** Whether the list is complete. */
  readonly complete: boolean;
  /** When to repeat the read, because its source may lag: the earliest time that the reader named. */
  readonly readAgainAt?: string;
}

/**
 * Commits the results of one reader run. First the resources. Then, for each type with a complete list, the end of resources that
 * are no longer in it. Last the inventory entries, because they describe everything before them: those of one card with one write.
 * A resource that is not in a complete list was gone {@link LISTING_MARGIN_MINUTES} before the time of the list, and its end has that
 * time: later evidence wins, in any order of arrival. An incomplete list ends nothing.
 */
export async function collectRun(
  items: AsyncIterable<ConfigItem | ReadAgain> | Iterable<ConfigItem | ReadAgain>,
  dependencies: CollectDependencies,
): Promise<RunOutcome> {
  const { entries, ...outcome } = await collectResources(items, dependencies);
  await collectLists(entries, dependencies);
  return outcome;
}

/**
 * Commits what {@link collectRun} commits, except the inventory entries. Pass those of all runs of one account and Region to
 * {@link collectLists} at the end: it commits them with one write.
 */
export async function collectResources(
  items: AsyncIterable<ConfigItem | ReadAgain> | Iterable<ConfigItem | ReadAgain>,
  dependencies: CollectDependencies,
): Promise<RunOutcome & { readonly entries: readonly ConfigItem[] }> {
  const entries: ConfigItem[] = [];
  let found = 0;
  let readAgainAt: string | undefined;
  await forEachAtOnce(items, COLLECTED_AT_ONCE, async (item) => {
    if (item instanceof ReadAgain) {
      if (readAgainAt === undefined || item.at < readAgainAt) readAgainAt = item.at;
      return;
    }
    if (item.resource.resourceType === INVENTORY) return entries.push(item);
    found++;
    return collectItem(item, dependencies);
  });
  let [removed, undecided] = [0, 0];
  const undecidedTypes = new Set<string>();
  await forEachAtOnce(entries.filter(isComplete), COLLECTED_AT_ONCE, async (entry) => {
    const ended = await endUnlisted(entry, dependencies);
    removed += ended.removed;
    undecided += ended.undecided;
    if (ended.undecided > 0) undecidedTypes.add(entry.resource.resourceId);
  });
  const complete = entries.length > 0 && entries.every(isComplete);
  return {
    found,
    removed,
    undecided,
    ...(undecided > 0 && { undecidedTypes: [...undecidedTypes] }),
    complete,
    ...(readAgainAt !== undefined && { readAgainAt }),
    entries,
  };
}

const isComplete = (entry: ConfigItem): boolean => inventoryParser.parse(entry).facts.resources !== undefined;

/**
 * Ends the resources of one type that are not in a complete list. A resource in the list has the time of the list or newer
 * evidence, so older evidence means that it was not listed.
 */
async function endUnlisted(entry: ConfigItem, dependencies: CollectDependencies): Promise<Pick<RunOutcome, 'removed' | 'undecided'>> {
  const { accountId, region, resourceId: type } = entry.resource;
  const holdsAt = timeOfList({ capturedAt: entry.capturedAt, asOf: inventoryParser.parse(entry).facts.asOf });
  const goneAt = shifted(holdsAt, { minutes: -LISTING_MARGIN_MINUTES });
  const believed = dependencies.latest?.();
  const unlisted = await dependencies.store.listResources(accountId, type, {
    capturedBefore: holdsAt,
    ...(believed !== undefined && { believed }),
    misplacedTombstones: true,
    ...(region !== GLOBAL && { region }),
  });
  let [removed, undecided, moved] = [0, 0, 0];
  await forEachAtOnce(unlisted, COLLECTED_AT_ONCE, async (stored) => {
    const { resource, capturedAt, parsed } = stored;
    if (parsed?.deleted) return;
    if (!parsed) {
      if (moved++ < TOMBSTONES_MOVED) await dependencies.store.commitResource(stored, { ...stored, revision: stored.revision + 1 });
    } else if (capturedAt > goneAt && !isLater(capturedAt, believed)) undecided++;
    else if ((await collectItem(ended(resource, goneAt), dependencies)) === 'applied') removed++;
  });
  return { removed, undecided };
}

/** Time for which a complete list is evidence, in hours: two daily sweeps. */
export const EVIDENCE_MAX_AGE_HOURS = 48;

/** Returns the time before which lists have expired. */
const expiryOf = (now: string): string => shifted(now, { minutes: -EVIDENCE_MAX_AGE_HOURS * 60 });

/**
 * Returns the inventory entries to collect for the lists of a card that were not refreshed for {@link EVIDENCE_MAX_AGE_HOURS}. The list
 * becomes unknown, so that controls that depend on it become `NO_DATA`. If no reader reads the type any more, the list ends. A list
 * with a gap needs no change. All of it has the time of the expiry, so repeats are equal and any later read wins. A list of a time ahead
 * of the clock has expired, too.
 */
export function expiredLists(
  { accountId, region, lists }: ListCard,
  now: string,
  isListed: (entry: ResourceRef) => boolean = () => true,
): ConfigItem[] {
  return [...lists].flatMap(([type, { capturedAt, resources: listed, gap }]) => {
    const isAhead = isLater(capturedAt, latestBelieved(millisecondsOf(now)));
    if ((listed === undefined && gap === undefined) || (capturedAt >= expiryOf(now) && !isAhead)) return [];
    const resource = inventoryOf(accountId, region, type);
    const expiredAt = isAhead ? expiryOf(now) : shifted(capturedAt, { minutes: EVIDENCE_MAX_AGE_HOURS * 60 });
    if (!isListed(resource)) return [ended(resource, expiredAt)];
    if (listed === undefined) return [];
    const why = isAhead ? aheadOfClock(capturedAt) : `last read at ${capturedAt}, more than ${EVIDENCE_MAX_AGE_HOURS} hours ago`;
    const resources = new Unread(why);
    return [{ ...ended(resource, expiredAt), state: 'recorded', configuration: { resources } }];
  });
}

/** Returns the end of a resource as an item. */
export const ended = (resource: ResourceRef, capturedAt: string): ConfigItem => ({
  resource,
  capturedAt,
  state: 'deleted',
  configuration: null,
  supplementaryConfiguration: {},
  tags: {},
  relationships: [],
});

const shifted = (instant: string, { minutes }: { readonly minutes: number }): string =>
  new Date(millisecondsOf(instant) + minutes * 60_000).toISOString();
