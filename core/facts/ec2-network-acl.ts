import { factParser } from './parser.ts';

export type NetworkAclFacts = {};

export const networkAclParser = factParser<NetworkAclFacts>({});
