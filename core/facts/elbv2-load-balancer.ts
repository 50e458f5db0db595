import { factParser } from './parser.ts';

/** Facts of an Application, Network or Gateway Load Balancer. The resource ID is its ARN. */
export interface LoadBalancerFacts {
  /** Scheme: `internet-facing` or `internal`. A Gateway Load Balancer has none. */
  scheme?: string;
  /** Type: `application`, `network` or `gateway`. */
  type?: string;
}

export const loadBalancerParser = factParser<LoadBalancerFacts>({
  scheme: ({ configuration }) => configuration.at('scheme').text(),
  type: ({ configuration }) => configuration.at('type').text(),
});
