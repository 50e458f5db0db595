import { factParser } from './parser.ts';

export type VpcFacts = {};

export const vpcParser = factParser<VpcFacts>({});
