import {
  type Inventory,
  type InventoryItem,
  insufficientData,
  type JoinedVerdict,
  type Listing,
  notApplicable,
  type ResourceType,
  type Verdict,
  verdictOn,
} from '../control.ts';
import { covers } from './evidence.ts';

/**
 * Judges what each Region has once, such as a service's settings, in the Regions that the account's owners approve; where they
 * declare none, in all that were read. What was read elsewhere does not apply. A Region to judge that could not be read is
 * `INSUFFICIENT_DATA`, so that a rule that uses this for its types handles their gaps; it reads `CSMM::Settings` too.
 */
export function* evaluateApprovedRegions<T extends ResourceType>(
  inventory: Inventory,
  type: T,
  evaluateRegion: (item: InventoryItem<T>) => Verdict,
): Generator<JoinedVerdict> {
  const { approvedRegions } = inventory.settings;
  const gaps = inventory.listings(type).filter((listing) => listing.gap !== undefined);
  const read = new Set<string>();
  for (const item of inventory.all(type)) {
    const { region } = item.resource;
    read.add(region);
    if (approvedRegions && !approvedRegions.includes(region)) yield verdictOn(item, notApplicable(`${region} is not an approved Region`));
    else yield verdictOn(item, outdatedBy(gaps, item) ?? evaluateRegion(item));
  }
  for (const region of new Set(approvedRegions ?? gaps.map((listing) => listing.region))) {
    if (!read.has(region)) yield unread(inventory, type, region, gaps);
  }
}

/** What was read before a run that failed may no longer hold. */
function outdatedBy(gaps: readonly Listing[], { resource, capturedAt }: InventoryItem<ResourceType>): Verdict | undefined {
  const newer = gaps.find((listing) => covers(listing, resource.region) && listing.capturedAt > capturedAt);
  return newer && insufficientData(`not read again since ${capturedAt}: ${newer.gap}`);
}

function unread({ accountId, capturedAt }: Inventory, resourceType: string, region: string, gaps: readonly Listing[]): JoinedVerdict {
  const gap = gaps.find((listing) => covers(listing, region))?.gap ?? 'nobody read it';
  const resource = { accountId, region, resourceType, resourceId: region };
  return { ...insufficientData(`${region}: ${gap}`), resource, capturedAt };
}
