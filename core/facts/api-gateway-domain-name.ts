import { factParser } from './parser.ts';
import { type Shapes, text } from './shape.ts';

/** Facts of a custom domain name of API Gateway, from either of its two APIs. */
export interface DomainNameFacts {
  /** Security policy, such as `TLS_1_2` or `SecurityPolicy_TLS13_1_3_2025_09`. */
  securityPolicy?: string;
}

const SHAPES: Shapes<DomainNameFacts> = { securityPolicy: text };

export const domainNameParser = factParser<DomainNameFacts>(SHAPES, {
  securityPolicy: ({ configuration }) => configuration.at('securityPolicy').text(),
});
