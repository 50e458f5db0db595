import type { MemoryStateStore } from '../adapters/memory/state-store.ts';
import { inventoryOf, timeOfList } from '../core/facts/inventory.ts';
import { millisecondsOf } from '../core/instant.ts';
import { GLOBAL } from '../core/model.ts';
import type { ResourceEvidence } from '../core/pipeline/collect.ts';
import { LISTING_MARGIN_MINUTES } from '../core/pipeline/sweep.ts';
import type { StoredResource } from '../core/ports.ts';

/** A complete list in a record, compared with the resources that csmm read. */
export interface RecordedList {
  readonly list: Pick<ResourceEvidence, 'resource' | 'capturedAt'>;
  /** Why the list is incomplete for csmm: a line of the record is missing, or csmm rejected it. */
  readonly gap?: string;
  /** Time before which a resource was gone that the list does not contain, ISO-8601 UTC. */
  readonly goneAt: string;
  /** Resources that the list does not contain. */
  readonly gone: readonly StoredResource[];
}

/**
 * Compares the complete lists in the store with its resources. A resource is in a list if its evidence is not older than the list,
 * within {@link LISTING_MARGIN_MINUTES}, or if it was deleted later. Older records are of an earlier scan. If the resources of a type
 * are only from AWS Config, older items count too, because an item holds until the next one. `isRecorded` returns whether records
 * describe the resources of a type in an account.
 */
export async function recordedLists(
  store: MemoryStateStore,
  isRecorded: (accountId: string, type: string) => boolean,
): Promise<RecordedList[]> {
  const cards = (await Promise.all(store.accountIds().map((accountId) => store.readCards(accountId)))).flat();
  const lists = cards.flatMap(({ accountId, region, lists }) => [...lists].map(([type, list]) => ({ accountId, region, type, ...list })));
  return lists.flatMap(({ accountId, region, type, capturedAt, resources: listed, asOf }): RecordedList[] => {
    if (listed === undefined) return [];
    const list = { resource: inventoryOf(accountId, region, type), capturedAt };
    const holdsAt = timeOfList({ capturedAt, asOf });
    const goneAt = new Date(millisecondsOf(holdsAt) - LISTING_MARGIN_MINUTES * 60_000).toISOString();
    const evidence = store.evidenceOf(accountId, type, region === GLOBAL ? undefined : region);
    const older = evidence.filter((resource) => isLive(resource) && resource.capturedAt < goneAt);
    const current = evidence.filter((resource) => resource.capturedAt >= (isLive(resource) ? goneAt : after(holdsAt)));
    const holdsOlder = listed > 0 && !isRecorded(accountId, type);
    const read = current.length + (holdsOlder ? older.length : 0);
    if (read < listed) return [{ list, gap: `${listed - read} of ${listed} resources could not be read`, goneAt, gone: [] }];
    return [{ list, goneAt, gone: holdsOlder ? [] : older }];
  });
}

const isLive = ({ parsed }: StoredResource): boolean => parsed !== undefined && !parsed.deleted;

/** Returns the first time after another. */
const after = (time: string): string => new Date(millisecondsOf(time) + 1).toISOString();
