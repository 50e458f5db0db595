import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

export interface ElasticsearchDomainFacts {
  encrypted?: boolean;
}

const SHAPES: Shapes<ElasticsearchDomainFacts> = { encrypted: flag };

export const elasticsearchDomainParser = factParser<ElasticsearchDomainFacts>(SHAPES, {
  encrypted: ({ configuration }) => configuration.at('encryptionAtRestOptions').at('enabled').flag(),
});
