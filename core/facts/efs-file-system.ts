import { factParser } from './parser.ts';

export interface FileSystemFacts {
  encrypted?: boolean;
}

export const fileSystemParser = factParser<FileSystemFacts>({
  encrypted: ({ configuration }) => configuration.at('encrypted').flag(),
});
