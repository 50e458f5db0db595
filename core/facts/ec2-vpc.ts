import { factParser } from './parser.ts';
import { accountId, type Shapes } from './shape.ts';

export interface VpcFacts {
  /** Account that owns the VPC. It differs from the account of the item if the VPC is shared. Missing in old items. */
  ownerId?: string;
}

const SHAPES: Shapes<VpcFacts> = { ownerId: accountId };

export const vpcParser = factParser<VpcFacts>(SHAPES, {
  ownerId: ({ configuration }) => {
    const owner = configuration.at('ownerId').text();
    return accountId.matches(owner) ? owner : undefined;
  },
});
