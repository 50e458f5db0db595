import { factParser } from './parser.ts';

export type StreamFacts = {};

export const streamParser = factParser<StreamFacts>({});
