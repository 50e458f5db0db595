import { compliant, type Inventory, type InventoryItem, lacks, nonCompliant, type Verdict } from '../control.ts';
import { currentOf } from '../evaluation/evidence.ts';
import { TRAIL_STATUS, type TrailStatusFacts } from '../facts/cloudtrail-trail-status.ts';

/** A trail as an account sees it. */
export type Trail = InventoryItem<typeof TRAIL_STATUS>;

/** The greatest age of a delivery that still counts: IAM-L2-04 and IAM-L2-05 demand one in the last 24 hours. */
const RECENT_MS = 24 * 60 * 60 * 1000;

/** Whether a time of a trail's status, which may be `never`, was in the 24 hours before the status was read. */
export const isRecent = (time: string, { capturedAt }: Pick<Trail, 'capturedAt'>): boolean =>
  Date.parse(time) >= Date.parse(capturedAt) - RECENT_MS;

/**
 * Whether a trail records all management events of all Regions: it is multi-Region and logging, selects read and write events
 * and leaves none out, and has delivered in the last 24 hours. That a trail which leaves out the events of KMS or the RDS Data
 * API does not count follows https://docs.aws.amazon.com/config/latest/developerguide/multi-region-cloudtrail-enabled.html
 */
export function recordsEverything(trail: Trail): Verdict {
  const { multiRegion, logging, managementEvents, latestDeliveryAt } = trail.facts;
  if (multiRegion === false) return nonCompliant('it records one Region');
  if (logging === false) return nonCompliant('it is not logging');
  if (managementEvents && !recordsAll(managementEvents)) return nonCompliant('it does not record all management events');
  if (latestDeliveryAt !== undefined && !isRecent(latestDeliveryAt, trail)) return nonCompliant(`its last delivery: ${latestDeliveryAt}`);
  for (const fact of NEEDED) if (trail.facts[fact] === undefined) return lacks(trail, fact);
  return compliant('it records the management events of all Regions');
}

const NEEDED = ['multiRegion', 'logging', 'managementEvents', 'latestDeliveryAt'] as const;

const recordsAll = ({ read, write }: NonNullable<TrailStatusFacts['managementEvents']>): boolean => read === 'all' && write === 'all';

/**
 * A trail with what only its owner could read of it: members may not ask for the selectors of an organization trail.
 *
 * @param owned the owner's own item of the trail; `undefined` where the owner is not evaluated
 */
export function completedBy(owned: Trail | undefined, trail: Trail): Trail {
  const managementEvents = trail.facts.managementEvents ?? owned?.facts.managementEvents;
  return managementEvents ? { ...trail, facts: { ...trail.facts, managementEvents } } : trail;
}

/** The owners of the trails that an account sees: where to look for what {@link completedBy} adds. */
export const trailOwners = (inventory: Inventory): string[] =>
  inventory.all(TRAIL_STATUS).flatMap(({ facts }) => facts.ownerAccountId ?? []);

/** The trails that an account sees, each with whether it records everything. */
export const evaluatedTrails = (inventory: Inventory): { readonly trail: Trail; readonly verdict: Verdict }[] =>
  currentOf(inventory, TRAIL_STATUS).map((seen) => {
    const owner = inventory.in(seen.facts.ownerAccountId ?? '');
    const trail = completedBy(
      owner && currentOf(owner, TRAIL_STATUS).find(({ resource }) => resource.resourceId === seen.resource.resourceId),
      seen,
    );
    return { trail, verdict: recordsEverything(trail) };
  });
