import { factParser } from './parser.ts';

/** An EBS snapshot. Only those that are shared with everyone are listed, so that a complete list means: no other is. */
export interface SnapshotFacts {
  /** Whether its permissions let everyone create volumes from it. */
  restorableByAll?: boolean;
}

export const snapshotParser = factParser<SnapshotFacts>({
  restorableByAll: ({ configuration }) => configuration.at('RestorableByAll').flag(),
});
