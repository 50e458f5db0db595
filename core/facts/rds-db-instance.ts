import { factParser } from './parser.ts';

export interface DbInstanceFacts {
  publiclyAccessible?: boolean;
  storageEncrypted?: boolean;
}

export const dbInstanceParser = factParser<DbInstanceFacts>({
  publiclyAccessible: ({ configuration }) => configuration.at('publiclyAccessible').flag(),
  storageEncrypted: ({ configuration }) => configuration.at('storageEncrypted').flag(),
});
