import { factParser } from './parser.ts';

export type FlowLogFacts = {};

export const flowLogParser = factParser<FlowLogFacts>({});
