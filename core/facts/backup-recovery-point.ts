import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

export interface RecoveryPointFacts {
  encrypted?: boolean;
}

const SHAPES: Shapes<RecoveryPointFacts> = { encrypted: flag };

export const recoveryPointParser = factParser<RecoveryPointFacts>(SHAPES, {
  encrypted: ({ configuration }) => configuration.at('isEncrypted').flag(),
});
