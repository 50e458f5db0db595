import { factParser } from './parser.ts';

export type AccountPublicAccessBlockFacts = {};

export const accountPublicAccessBlockParser = factParser<AccountPublicAccessBlockFacts>({});
