import type { ResourceRef } from '../model.ts';
import { factParser } from './parser.ts';

/**
 * The type of the entries that say whether all resources of one type were read. An entry's id is that type; its Region is
 * where they were listed, `global` where the whole account was.
 */
export const INVENTORY = 'CSMM::Inventory';

export interface InventoryFacts {
  /** How many resources the finished list has. */
  resources?: number;
}

export const inventoryParser = factParser<InventoryFacts>({
  resources: ({ configuration }) => configuration.at('resources').number(),
});

/** The entry for one type in one account and Region. */
export const inventoryOf = (accountId: string, region: string, resourceType: string): ResourceRef => ({
  accountId,
  region,
  resourceType: INVENTORY,
  resourceId: resourceType,
});
