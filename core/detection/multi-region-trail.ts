import { compliant, type Inventory, type InventoryItem, lacks, nonCompliant, type Verdict } from '../control.ts';
import { currentOf } from '../evaluation/evidence.ts';
import { TRAIL_STATUS, type TrailStatusFacts } from '../facts/cloudtrail-trail-status.ts';
import { millisecondsOf } from '../instant.ts';

/** A trail as one account sees it. */
export type Trail = InventoryItem<typeof TRAIL_STATUS>;

/** Maximum age of a recent delivery, in milliseconds: IAM-L2-04 and IAM-L2-05 require one in the last 24 hours. */
const RECENT_MS = 24 * 60 * 60 * 1000;

/** Whether a time of a trail's status, which can be `never`, is at most 24 hours before the status was read. */
export const isRecent = (time: string, { capturedAt }: Pick<Trail, 'capturedAt'>): boolean =>
  millisecondsOf(time) >= millisecondsOf(capturedAt) - RECENT_MS;

/**
 * Evaluates whether a trail records all management events of all Regions: it is multi-Region and logging, selects all read and
 * write events, and delivered in the last 24 hours. A trail without the events of KMS or the RDS Data API does not count, see
 * https://docs.aws.amazon.com/config/latest/developerguide/multi-region-cloudtrail-enabled.html
 *
 * Two trails do not count if one records the reads and the other the writes: the Config rule and Security Hub (CloudTrail.1)
 * require one trail too. Its selectors may share the events among them.
 */
export function recordsEverything(trail: Trail): Verdict {
  const { multiRegion, logging, managementEvents, latestDeliveryAt } = trail.facts;
  if (multiRegion === false) return nonCompliant('single-region', 'trail records one Region (required: all Regions)');
  if (logging === false) return nonCompliant('not-logging', 'trail is not logging');
  if (managementEvents && !recordsAll(managementEvents))
    return nonCompliant('events-left-out', 'trail does not record all management events');
  if (latestDeliveryAt !== undefined && !isRecent(latestDeliveryAt, trail))
    return nonCompliant(
      'delivery-outdated',
      latestDeliveryAt === 'never' ? 'trail never delivered logs' : `trail last delivered logs at ${latestDeliveryAt} (limit: 24 hours)`,
    );
  for (const fact of NEEDED) if (trail.facts[fact] === undefined) return lacks(trail, fact);
  return compliant('trail records the management events of all Regions');
}

const NEEDED = ['multiRegion', 'logging', 'managementEvents', 'latestDeliveryAt'] as const;

const recordsAll = ({ read, write }: NonNullable<TrailStatusFacts['managementEvents']>): boolean => read === 'all' && write === 'all';

/**
 * Returns a trail with what only its owner can read: members cannot read the event selectors of an organization trail, and some not
 * its status.
 *
 * @param owned the trail as its owner sees it; `undefined` if csmm does not evaluate the owner
 */
export function completedBy(owned: Trail | undefined, trail: Trail): Trail {
  if (!owned) return trail;
  const lost = FROM_OWNER.filter((fact) => trail.facts[fact] === undefined && owned.facts[fact] !== undefined);
  return { ...trail, facts: { ...trail.facts, ...Object.fromEntries(lost.map((fact) => [fact, owned.facts[fact]])) } };
}

/** Facts that are the same in every account that sees the trail. */
const FROM_OWNER = ['managementEvents', 'logging', 'latestDeliveryAt', 'latestLogGroupDeliveryAt'] as const;

/** Returns the owners of the trails that an account sees. They have the selectors that {@link completedBy} adds. */
export const trailOwners = (inventory: Inventory): string[] =>
  inventory.all(TRAIL_STATUS).flatMap(({ facts }) => facts.ownerAccountId ?? []);

/** Returns the trails that an account sees, each with the verdict of {@link recordsEverything}. */
export const evaluatedTrails = (inventory: Inventory): { readonly trail: Trail; readonly verdict: Verdict }[] =>
  currentOf(inventory, TRAIL_STATUS).map((seen) => {
    const owner = inventory.in(seen.facts.ownerAccountId ?? '');
    const trail = completedBy(
      owner && currentOf(owner, TRAIL_STATUS).find(({ resource }) => resource.resourceId === seen.resource.resourceId),
      seen,
    );
    return { trail, verdict: recordsEverything(trail) };
  });
