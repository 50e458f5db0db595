import { factParser } from './parser.ts';
import { type Shapes, text } from './shape.ts';

/** Facts of an Application, Network or Gateway Load Balancer. The resource ID is its ARN. */
export interface LoadBalancerFacts {
  /** Scheme: `internet-facing` or `internal`. A Gateway Load Balancer has none. */
  scheme?: string;
  /** Type: `application`, `network` or `gateway`. */
  type?: string;
}

const SHAPES: Shapes<LoadBalancerFacts> = { scheme: text, type: text };

export const loadBalancerParser = factParser<LoadBalancerFacts>(SHAPES, {
  scheme: ({ configuration }) => configuration.at('scheme').text(),
  type: ({ configuration }) => configuration.at('type').text(),
});
