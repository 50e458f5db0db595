import { factParser } from './parser.ts';

export interface SubnetFacts {
  vpcId?: string;
}

export const subnetParser = factParser<SubnetFacts>({
  vpcId: ({ configuration, related }) => configuration.at('vpcId').text() ?? related('AWS::EC2::VPC')[0],
});
