import { isoTimeOf } from '../instant.ts';
import type { ResourceRef } from '../model.ts';
import { type FactParser, factParser } from './parser.ts';
import { count, instant, type Shapes } from './shape.ts';

/**
 * Type of the entries that show whether all resources of one type were read. The resource ID is that type. The Region is the listed
 * Region, or `global` if csmm listed the whole account.
 */
export const INVENTORY = 'CSMM::Inventory';

export interface InventoryFacts {
  /** Number of resources in the complete inventory. */
  resources?: number;
  /** Time at which the list holds, ISO-8601 UTC, if its source is older than the read. Absent if it holds at the time of the read. */
  asOf?: string;
}

const SHAPES: Shapes<InventoryFacts> = { resources: count, asOf: instant };

const parser = factParser<InventoryFacts>(SHAPES, {
  resources: ({ configuration }) => configuration.at('resources').number(),
  asOf: ({ configuration }) => isoTimeOf(configuration.at('asOf').text()),
});

export const inventoryParser: FactParser<InventoryFacts> = {
  ...parser,
  parse: (item) => {
    const { facts, missing } = parser.parse(item);
    // An entry without `asOf` lacks nothing.
    const { asOf: _, ...lacking } = missing;
    return { facts, missing: lacking };
  },
};

/** Returns the time at which a list holds. A resource that a complete list does not contain did not exist at that time. */
export const timeOfList = ({ capturedAt, asOf }: { readonly capturedAt: string; readonly asOf?: string | undefined }): string =>
  asOf !== undefined && asOf < capturedAt ? asOf : capturedAt;

/** Returns the reference of the entry for one type in one account and Region. */
export const inventoryOf = (accountId: string, region: string, resourceType: string): ResourceRef => ({
  accountId,
  region,
  resourceType: INVENTORY,
  resourceId: resourceType,
});
