import { factParser } from './parser.ts';

export type ClassicLoadBalancerFacts = {};

export const classicLoadBalancerParser = factParser<ClassicLoadBalancerFacts>({});
