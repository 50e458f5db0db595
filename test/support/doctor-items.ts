import { resourceItem } from '../../adapters/aws/items.ts';
import { INVENTORY } from '../../core/facts/inventory.ts';

/** Items of the tables, for the tests of the doctor. */

/** The entry of one list that was read at a time. */
export const inventoryItem = (accountId: string, region: string, capturedAt: string): object =>
  resourceItem({
    resource: { accountId, region, resourceType: INVENTORY, resourceId: 'AWS::EC2::Volume' },
    capturedAt,
    parsed: { facts: { resources: 1 }, missing: {} },
    findings: [],
    revision: 1,
  });
