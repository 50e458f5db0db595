import { forEachAtOnce } from '../concurrency.ts';
import type { CloudTrailTrigger } from '../control.ts';
import { INVENTORY, type InventoryFacts, inventoryParser } from '../facts/inventory.ts';
import type { ConfigItem } from '../facts/parser.ts';
import { Unread } from '../facts/view.ts';
import { GLOBAL, type ResourceRef } from '../model.ts';
import type { StoredResource } from '../ports.ts';
import { type CollectDependencies, collectItem } from './collect.ts';

/** What the sweep has to know of a reader. */
export interface ReaderOutline {
  readonly id: string;
  readonly scope: 'region' | 'account' | 'organization';
  readonly lists: readonly string[];
  readonly refreshedBy: readonly CloudTrailTrigger[];
}

/** The Region under which what a reader finds in `region` is kept. */
export const scopeRegion = ({ scope }: Pick<ReaderOutline, 'scope'>, region: string): string => (scope === 'region' ? region : GLOBAL);

/** One run of one reader that is due. */
export interface Reading {
  readonly accountId: string;
  /** {@link GLOBAL} for a reader that does not run in each Region. */
  readonly region: string;
  /** Id of the reader. */
  readonly reader: string;
}

/** What is evaluated, and by whom. */
export interface Extent {
  readonly accountIds: readonly string[];
  readonly regions: readonly string[];
  /** The account that reads the organization. */
  readonly ownAccountId: string;
}

/** Every reading of a sweep. The accounts take turns, so that none of them gets all calls at once. */
export function* readingsOf(readers: readonly ReaderOutline[], { accountIds, regions, ownAccountId }: Extent): Generator<Reading> {
  for (const { id: reader, scope } of readers) {
    for (const region of scope === 'region' ? regions : [GLOBAL]) {
      for (const accountId of scope === 'organization' ? [ownAccountId] : accountIds) yield { accountId, region, reader };
    }
  }
}

/** Whether a sweep lists the resources of a type there. */
export const isSwept = (
  { region, resourceId: type }: Pick<ResourceRef, 'region' | 'resourceId'>,
  readers: readonly ReaderOutline[],
  regions: readonly string[],
): boolean =>
  readers.some(({ scope, lists }) => lists.includes(type) && (scope === 'region' ? regions.includes(region) : region === GLOBAL));

/**
 * How long a list may lag behind what happened, three times what EC2 advises to wait: the APIs are eventually consistent.
 * https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 */
export const LISTING_MARGIN_MINUTES = 15;

/** How many items are taken into the state at once: each costs a read and, where it is new, a write. */
const COLLECTED_AT_ONCE = 16;

/** What became of one run of a reader. */
export interface RunOutcome {
  /** Resources that it has shown. */
  readonly found: number;
  /** Resources that are gone, as it no longer shows them. */
  readonly removed: number;
  /** Resources that it does not show and that were seen too short a time before: whether they are gone, the next run tells. */
  readonly undecided: number;
  /** Whether it has listed all that there is. */
  readonly complete: boolean;
}

/**
 * Takes what one run of a reader gives into the state: the resources first; then, of each type whose list is complete, the end
 * of those that are no longer in it; the entries of the inventory last, as they speak of all that came before. What is not in a
 * complete list was gone {@link LISTING_MARGIN_MINUTES} before the run began, and its end is dated so: whatever was captured
 * later wins, in whatever order it arrives. A list that is not complete ends nothing.
 */
export async function collectRun(
  items: AsyncIterable<ConfigItem> | Iterable<ConfigItem>,
  dependencies: CollectDependencies,
): Promise<RunOutcome> {
  const entries: ConfigItem[] = [];
  let found = 0;
  await forEachAtOnce(items, COLLECTED_AT_ONCE, async (item) => {
    if (item.resource.resourceType === INVENTORY) return entries.push(item);
    found++;
    return collectItem(item, dependencies);
  });
  let [removed, undecided] = [0, 0];
  await forEachAtOnce(entries.filter(isComplete), COLLECTED_AT_ONCE, async (entry) => {
    const ended = await endUnlisted(entry, dependencies);
    removed += ended.removed;
    undecided += ended.undecided;
  });
  await forEachAtOnce(entries, COLLECTED_AT_ONCE, (entry) => collectItem(entry, dependencies));
  return { found, removed, undecided, complete: entries.length > 0 && entries.every(isComplete) };
}

const isComplete = (entry: ConfigItem): boolean => inventoryParser.parse(entry).facts.resources !== undefined;

/**
 * Ends the resources of one type that a complete list does not show. A resource that the list shows has been collected with
 * the time of the run, or had newer evidence: what is older was not shown.
 */
async function endUnlisted(
  { resource: { accountId, region, resourceId: type }, capturedAt: startedAt }: ConfigItem,
  dependencies: CollectDependencies,
): Promise<Pick<RunOutcome, 'removed' | 'undecided'>> {
  const goneAt = shifted(startedAt, { minutes: -LISTING_MARGIN_MINUTES });
  const unlisted = await dependencies.store.listResources(accountId, type, {
    capturedBefore: startedAt,
    ...(region !== GLOBAL && { region }),
  });
  let [removed, undecided] = [0, 0];
  await forEachAtOnce(unlisted, COLLECTED_AT_ONCE, async ({ resource, capturedAt, parsed }) => {
    if (parsed?.deleted) return;
    if (capturedAt > goneAt) undecided++;
    else if ((await collectItem(ended(resource, goneAt), dependencies)) === 'applied') removed++;
  });
  return { removed, undecided };
}

/** For how long a complete list is evidence: two daily sweeps. */
export const EVIDENCE_MAX_AGE_HOURS = 48;

/** Entries of the inventory that were read before this have expired. */
export const expiryOf = (now: string): string => shifted(now, { minutes: -EVIDENCE_MAX_AGE_HOURS * 60 });

/**
 * What is to be collected where entries of the inventory have not been renewed for {@link EVIDENCE_MAX_AGE_HOURS}: that the
 * list is no longer known, so that the controls that rest on it turn `NO_DATA`; of a list that nobody reads any more, the end
 * of the entry. An entry that tells a gap already needs no other. All are dated to the moment of the expiry, so that each is
 * the same however often it is told, and gives way to any later reading.
 */
export function expiredEntries(
  entries: readonly StoredResource[],
  now: string,
  isListed: (entry: ResourceRef) => boolean = () => true,
): ConfigItem[] {
  return entries.flatMap(({ resource, capturedAt, parsed }) => {
    if (!parsed || capturedAt >= expiryOf(now)) return [];
    const expiredAt = shifted(capturedAt, { minutes: EVIDENCE_MAX_AGE_HOURS * 60 });
    if (!isListed(resource)) return [ended(resource, expiredAt)];
    if ((parsed.facts as InventoryFacts).resources === undefined) return [];
    const resources = new Unread(`last read at ${capturedAt}, more than ${EVIDENCE_MAX_AGE_HOURS} hours ago`);
    return [{ ...ended(resource, expiredAt), state: 'recorded', configuration: { resources } }];
  });
}

const ended = (resource: ResourceRef, capturedAt: string): ConfigItem => ({
  resource,
  capturedAt,
  state: 'deleted',
  configuration: null,
  supplementaryConfiguration: {},
  tags: {},
  relationships: [],
});

const shifted = (instant: string, { minutes }: { readonly minutes: number }): string =>
  new Date(Date.parse(instant) + minutes * 60_000).toISOString();
