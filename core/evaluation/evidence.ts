import type { Inventory, InventoryItem, Listing, ResourceType } from '../control.ts';
import { millisecondsOf } from '../instant.ts';
import { GLOBAL } from '../model.ts';

/** Whether a list covers a Region. */
export const covers = (listing: Pick<Listing, 'region'>, region: string): boolean => listing.region === region || listing.region === GLOBAL;

/** Whether csmm has neither a resource nor a list of these types in the account: there is nothing to evaluate. */
export const hasNoEvidence = (inventory: Inventory, types: readonly ResourceType[]): boolean =>
  types.every((type) => inventory.listings(type).length === 0 && inventory.all(type).length === 0);

/** Returns why the lists of these types are incomplete, or `undefined` if all are complete. */
export function gapIn(inventory: Inventory, types: readonly ResourceType[]): string | undefined {
  for (const type of types) {
    const listings = inventory.listings(type);
    if (listings.length === 0) return `${type} was not listed`;
    const gap = listings.find((listing) => listing.gap !== undefined);
    if (gap) return `${type} was not read in ${gap.region}: ${gap.gap}`;
  }
  return undefined;
}

/** Returns the resources of a type, except those that a newer, failed run may have missed: their evidence may be outdated. */
export function currentOf<T extends ResourceType>(inventory: Inventory, type: T): InventoryItem<T>[] {
  const gaps = inventory.listings(type).filter(({ gap }) => gap !== undefined);
  return inventory
    .all(type)
    .filter(({ resource, capturedAt }) => !gaps.some((gap) => covers(gap, resource.region) && gap.capturedAt > capturedAt));
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Returns the days from one ISO-8601 time to another, with a fraction. Returns `NaN` if one of them is invalid. */
export const daysBetween = (from: string, to: string): number => (millisecondsOf(to) - millisecondsOf(from)) / DAY_MS;

/** Whether a time is later than the capture of the evidence, by more than clocks can differ: it cannot be right. Both are ISO-8601. */
export const isInFuture = (time: string, capturedAt: string): boolean => daysBetween(capturedAt, time) > 1;

/** Returns the time a number of days before an ISO-8601 time, in UTC. @throws RangeError if the time is invalid */
export const daysBefore = (time: string, days: number): string => new Date(millisecondsOf(time) - days * DAY_MS).toISOString();
