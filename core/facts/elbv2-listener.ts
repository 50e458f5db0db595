import { factParser } from './parser.ts';

export type ListenerFacts = {};

export const listenerParser = factParser<ListenerFacts>({});
