import { factParser } from './parser.ts';

export interface VpcFacts {
  /** Account that owns the VPC. It differs from the account of the item if the VPC is shared. Missing in old items. */
  ownerId?: string;
}

export const vpcParser = factParser<VpcFacts>({
  ownerId: ({ configuration }) => configuration.at('ownerId').text(),
});
