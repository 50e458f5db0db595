import type { Inventory, InventoryItem, Listing, ResourceType } from '../control.ts';
import { GLOBAL } from '../model.ts';

/** Whether a list speaks of a Region. */
export const covers = (listing: Pick<Listing, 'region'>, region: string): boolean => listing.region === region || listing.region === GLOBAL;

/** Whether neither AWS Config nor a reader has told anything of these types in the account: there is nothing to judge. */
export const hasNoEvidence = (inventory: Inventory, types: readonly ResourceType[]): boolean =>
  types.every((type) => inventory.listings(type).length === 0 && inventory.all(type).length === 0);

/** Why there may be more resources of these types than are known; `undefined` where all were listed. */
export function gapIn(inventory: Inventory, types: readonly ResourceType[]): string | undefined {
  for (const type of types) {
    const listings = inventory.listings(type);
    if (listings.length === 0) return `${type} was not listed`;
    const gap = listings.find((listing) => listing.gap !== undefined);
    if (gap) return `${type} not read in ${gap.region}: ${gap.gap}`;
  }
  return undefined;
}

/** The resources of a type without those that the last, failed run may not have come to: what was read before may no longer hold. */
export function currentOf<T extends ResourceType>(inventory: Inventory, type: T): InventoryItem<T>[] {
  const gaps = inventory.listings(type).filter(({ gap }) => gap !== undefined);
  return inventory
    .all(type)
    .filter(({ resource, capturedAt }) => !gaps.some((gap) => covers(gap, resource.region) && gap.capturedAt > capturedAt));
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Days from one ISO time to another, with their fraction; `NaN` where either is none. */
export const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / DAY_MS;

/** The moment so many days before an ISO time, ISO-8601 UTC. @throws RangeError where the time is none */
export const daysBefore = (time: string, days: number): string => new Date(Date.parse(time) - days * DAY_MS).toISOString();
