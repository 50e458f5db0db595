import { factParser } from './parser.ts';

export type FileSystemFacts = {};

export const fileSystemParser = factParser<FileSystemFacts>({});
