import { factParser } from './parser.ts';

export type DbClusterFacts = {};

export const dbClusterParser = factParser<DbClusterFacts>({});
