import { factParser } from './parser.ts';

export type ElasticsearchDomainFacts = {};

export const elasticsearchDomainParser = factParser<ElasticsearchDomainFacts>({});
