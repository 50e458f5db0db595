import { factParser } from './parser.ts';

export type InstanceFacts = {};

export const instanceParser = factParser<InstanceFacts>({});
