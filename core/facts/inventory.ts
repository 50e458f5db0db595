import type { ResourceRef } from '../model.ts';
import { factParser } from './parser.ts';
import { count, type Shapes } from './shape.ts';

/**
 * Type of the entries that show whether all resources of one type were read. The resource ID is that type. The Region is the listed
 * Region, or `global` if csmm listed the whole account.
 */
export const INVENTORY = 'CSMM::Inventory';

export interface InventoryFacts {
  /** Number of resources in the complete inventory. */
  resources?: number;
}

const SHAPES: Shapes<InventoryFacts> = { resources: count };

export const inventoryParser = factParser<InventoryFacts>(SHAPES, {
  resources: ({ configuration }) => configuration.at('resources').number(),
});

/** Returns the reference of the entry for one type in one account and Region. */
export const inventoryOf = (accountId: string, region: string, resourceType: string): ResourceRef => ({
  accountId,
  region,
  resourceType: INVENTORY,
  resourceId: resourceType,
});
