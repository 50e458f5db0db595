import { factParser } from './parser.ts';

export type LoadBalancerFacts = {};

export const loadBalancerParser = factParser<LoadBalancerFacts>({});
