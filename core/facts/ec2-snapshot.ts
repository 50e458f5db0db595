import { factParser } from './parser.ts';

/**
 * Facts of an EBS snapshot. csmm lists only snapshots that are shared with all accounts. If the inventory is complete, no other
 * snapshot is shared.
 */
export interface SnapshotFacts {
  /** Whether every AWS account can create volumes from it. */
  restorableByAll?: boolean;
}

export const snapshotParser = factParser<SnapshotFacts>({
  restorableByAll: ({ configuration }) => configuration.at('RestorableByAll').flag(),
});
