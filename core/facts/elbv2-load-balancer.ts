import { factParser } from './parser.ts';

/** The id of a load balancer of this type is its ARN. */
export interface LoadBalancerFacts {
  /** `internet-facing` or `internal`. A gateway load balancer has none. */
  scheme?: string;
  /** `application`, `network` or `gateway`. */
  type?: string;
}

export const loadBalancerParser = factParser<LoadBalancerFacts>({
  scheme: ({ configuration }) => configuration.at('scheme').text(),
  type: ({ configuration }) => configuration.at('type').text(),
});
