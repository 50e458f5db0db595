import { factParser } from './parser.ts';
import { flag, type Shapes, text } from './shape.ts';

/** Block public access setting of a Region for EBS snapshots. */
export interface SnapshotBlockPublicAccessFacts {
  /**
   * State of the setting: `block-all-sharing`, `block-new-sharing` or `unblocked`:
   * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetSnapshotBlockPublicAccessState.html
   */
  state?: string;
  /** Whether the account owns an EBS snapshot in the Region. Unknown if the evidence is from AWS Config. */
  ownsSnapshots?: boolean;
}

const SHAPES: Shapes<SnapshotBlockPublicAccessFacts> = { state: text, ownsSnapshots: flag };

export const snapshotBlockPublicAccessParser = factParser<SnapshotBlockPublicAccessFacts>(
  SHAPES,
  {
    state: ({ configuration }) => configuration.at('State').text(),
    ownsSnapshots: ({ configuration }) => configuration.at('OwnsSnapshots').flag(),
  },
  // AWS Config has a resource for the setting only while it blocks some or all public sharing.
  { whenDeleted: { state: 'unblocked' } },
);
