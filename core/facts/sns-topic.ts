import { factParser } from './parser.ts';

export type TopicFacts = {};

export const topicParser = factParser<TopicFacts>({});
