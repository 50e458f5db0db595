import { factParser } from './parser.ts';

export type SubnetFacts = {};

export const subnetParser = factParser<SubnetFacts>({});
