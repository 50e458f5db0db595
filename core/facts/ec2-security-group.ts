import { factParser } from './parser.ts';

export type SecurityGroupFacts = {};

export const securityGroupParser = factParser<SecurityGroupFacts>({});
