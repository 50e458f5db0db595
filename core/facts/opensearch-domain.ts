import { factParser } from './parser.ts';

export type SearchDomainFacts = {};

export const searchDomainParser = factParser<SearchDomainFacts>({});
