import type { MemoryStateStore } from '../adapters/memory/state-store.ts';
import { INVENTORY, type InventoryFacts } from '../core/facts/inventory.ts';
import { millisecondsOf } from '../core/instant.ts';
import { GLOBAL } from '../core/model.ts';
import { LISTING_MARGIN_MINUTES } from '../core/pipeline/sweep.ts';
import type { StoredResource } from '../core/ports.ts';

/** A list of a record with more resources than csmm read. */
export interface ShortList {
  readonly list: StoredResource;
  readonly reason: string;
}

/**
 * Returns the lists that say more resources than csmm read: a line of the record is missing, or was rejected. A resource counts if
 * its evidence is not older than the list, within {@link LISTING_MARGIN_MINUTES}, or if it was deleted after it. Older evidence of
 * AWS Config counts too, because it holds until the next item, but older records are of an earlier scan. `isRecorded` tells whether
 * records, and not only items of AWS Config, describe the resources of a type in an account.
 */
export async function shortLists(store: MemoryStateStore, isRecorded: (accountId: string, type: string) => boolean): Promise<ShortList[]> {
  const short: ShortList[] = [];
  for (const accountId of store.accountIds()) {
    for (const list of await store.listResources(accountId, INVENTORY)) {
      const { region, resourceId: type } = list.resource;
      const { resources: listed = 0 }: InventoryFacts = list.parsed?.facts ?? {};
      if (listed === 0) continue;
      const since = new Date(millisecondsOf(list.capturedAt) - LISTING_MARGIN_MINUTES * 60_000).toISOString();
      const counts = ({ capturedAt, parsed }: StoredResource): boolean => {
        if (!parsed || parsed.deleted) return capturedAt > list.capturedAt;
        return capturedAt >= since || !isRecorded(accountId, type);
      };
      const read = store.evidenceOf(accountId, type, region === GLOBAL ? undefined : region).filter(counts).length;
      if (read < listed) short.push({ list, reason: `${listed - read} of ${listed} resources could not be read` });
    }
  }
  return short;
}
