import { factParser } from './parser.ts';

export interface RecoveryPointFacts {
  encrypted?: boolean;
}

export const recoveryPointParser = factParser<RecoveryPointFacts>({
  encrypted: ({ configuration }) => configuration.at('isEncrypted').flag(),
});
