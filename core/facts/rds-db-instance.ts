import { factParser } from './parser.ts';

export type DbInstanceFacts = {};

export const dbInstanceParser = factParser<DbInstanceFacts>({});
