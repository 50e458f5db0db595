import type { ResourceRef } from '../model.ts';
import { factParser } from './parser.ts';

/**
 * Type of the entries that show whether all resources of one type were read. The resource ID is that type. The Region is the listed
 * Region, or `global` if csmm listed the whole account.
 */
export const INVENTORY = 'CSMM::Inventory';

export interface InventoryFacts {
  /** Number of resources in the complete inventory. */
  resources?: number;
}

export const inventoryParser = factParser<InventoryFacts>({
  resources: ({ configuration }) => configuration.at('resources').number(),
});

/** Returns the reference of the entry for one type in one account and Region. */
export const inventoryOf = (accountId: string, region: string, resourceType: string): ResourceRef => ({
  accountId,
  region,
  resourceType: INVENTORY,
  resourceId: resourceType,
});
