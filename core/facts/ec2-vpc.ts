import { factParser } from './parser.ts';

export interface VpcFacts {
  /** The account that owns the VPC; another than the item's where the VPC is shared with it. Old items do not hold it. */
  ownerId?: string;
}

export const vpcParser = factParser<VpcFacts>({
  ownerId: ({ configuration }) => configuration.at('ownerId').text(),
});
