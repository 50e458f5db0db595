import { cardItem } from '../../adapters/aws/items.ts';

/** Returns the item with one list of an account in a Region. The list is complete unless it has a gap. */
export const cardItemOf = (accountId: string, region: string, capturedAt: string, gap?: string): object =>
  cardItem({
    accountId,
    region,
    revision: 1,
    lists: new Map([['AWS::EC2::Volume', { capturedAt, ...(gap === undefined ? { resources: 1 } : { gap }) }]]),
  });
