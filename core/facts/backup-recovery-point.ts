import { factParser } from './parser.ts';

export type RecoveryPointFacts = {};

export const recoveryPointParser = factParser<RecoveryPointFacts>({});
