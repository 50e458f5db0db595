import { factParser } from './parser.ts';

export type BucketFacts = {};

export const bucketParser = factParser<BucketFacts>({});
