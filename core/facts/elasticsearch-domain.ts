import { factParser } from './parser.ts';

export interface ElasticsearchDomainFacts {
  encrypted?: boolean;
}

export const elasticsearchDomainParser = factParser<ElasticsearchDomainFacts>({
  encrypted: ({ configuration }) => configuration.at('encryptionAtRestOptions').at('enabled').flag(),
});
