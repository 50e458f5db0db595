import { factParser } from './parser.ts';
import { type Shapes, text } from './shape.ts';

export interface SubnetFacts {
  vpcId?: string;
}

const SHAPES: Shapes<SubnetFacts> = { vpcId: text };

export const subnetParser = factParser<SubnetFacts>(SHAPES, {
  vpcId: ({ configuration, related }) => configuration.at('vpcId').text() ?? related('AWS::EC2::VPC')[0],
});
