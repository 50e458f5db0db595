import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

/**
 * Facts of an EBS snapshot. csmm lists only snapshots that are shared with all accounts. If the inventory is complete, no other
 * snapshot is shared.
 */
export interface SnapshotFacts {
  /** Whether every AWS account can create volumes from it. */
  restorableByAll?: boolean;
}

const SHAPES: Shapes<SnapshotFacts> = { restorableByAll: flag };

export const snapshotParser = factParser<SnapshotFacts>(SHAPES, {
  restorableByAll: ({ configuration }) => configuration.at('RestorableByAll').flag(),
});
