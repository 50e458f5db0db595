import { factParser } from './parser.ts';

export interface SearchDomainFacts {
  encrypted?: boolean;
}

export const searchDomainParser = factParser<SearchDomainFacts>({
  encrypted: ({ configuration }) => configuration.at('encryptionAtRestOptions').at('enabled').flag(),
});
