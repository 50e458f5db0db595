import { factParser } from './parser.ts';

export type AutoScalingGroupFacts = {};

export const autoScalingGroupParser = factParser<AutoScalingGroupFacts>({});
