import { factParser } from './parser.ts';

/** Facts of a custom domain name of API Gateway, from either of its two APIs. */
export interface DomainNameFacts {
  /** Security policy, such as `TLS_1_2` or `SecurityPolicy_TLS13_1_3_2025_09`. */
  securityPolicy?: string;
}

export const domainNameParser = factParser<DomainNameFacts>({
  securityPolicy: ({ configuration }) => configuration.at('securityPolicy').text(),
});
