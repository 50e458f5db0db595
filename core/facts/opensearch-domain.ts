import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

export interface SearchDomainFacts {
  encrypted?: boolean;
}

const SHAPES: Shapes<SearchDomainFacts> = { encrypted: flag };

export const searchDomainParser = factParser<SearchDomainFacts>(SHAPES, {
  encrypted: ({ configuration }) => configuration.at('encryptionAtRestOptions').at('enabled').flag(),
});
