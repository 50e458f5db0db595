import { factParser } from './parser.ts';
import { type Shapes, text } from './shape.ts';

export interface VpcFacts {
  /** Account that owns the VPC. It differs from the account of the item if the VPC is shared. Missing in old items. */
  ownerId?: string;
}

const SHAPES: Shapes<VpcFacts> = { ownerId: text };

export const vpcParser = factParser<VpcFacts>(SHAPES, {
  ownerId: ({ configuration }) => configuration.at('ownerId').text(),
});
