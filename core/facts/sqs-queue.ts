import { factParser } from './parser.ts';

export type QueueFacts = {};

export const queueParser = factParser<QueueFacts>({});
