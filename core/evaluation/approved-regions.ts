import {
  type Inventory,
  type InventoryItem,
  insufficientData,
  type JoinedVerdict,
  type Listing,
  NOT_READ,
  notApplicable,
  type ResourceType,
  type Verdict,
  verdictOn,
} from '../control.ts';
import { covers } from './evidence.ts';

/**
 * Evaluates a resource that each Region has once, such as the settings of a service, in the approved Regions. If the settings
 * approve no Regions, it evaluates all Regions that were read. Other Regions are `NOT_APPLICABLE`. An approved Region that was not
 * read is `INSUFFICIENT_DATA`: a rule that uses this function handles the gaps of its types and also reads `CSMM::Settings`.
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

/** Returns a verdict if a newer run failed: the evidence from before it may be outdated. */
function outdatedBy(gaps: readonly Listing[], { resource, capturedAt }: InventoryItem<ResourceType>): Verdict | undefined {
  const newer = gaps.find((listing) => covers(listing, resource.region) && listing.capturedAt > capturedAt);
  return newer && insufficientData(NOT_READ, `${resource.resourceType} was last read at ${capturedAt}: ${newer.gap}`);
}

function unread({ accountId, capturedAt }: Inventory, resourceType: string, region: string, gaps: readonly Listing[]): JoinedVerdict {
  const gap = gaps.find((listing) => covers(listing, region))?.gap ?? 'not read';
  const resource = { accountId, region, resourceType, resourceId: region };
  return { ...insufficientData(NOT_READ, `${region} is unknown: ${gap}`), resource, capturedAt };
}
