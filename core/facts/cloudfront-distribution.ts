import { factParser } from './parser.ts';

export type DistributionFacts = {};

export const distributionParser = factParser<DistributionFacts>({});
