import { factParser } from './parser.ts';

/** A Region's block public access for EBS snapshots. */
export interface SnapshotBlockPublicAccessFacts {
  /**
   * `block-all-sharing`, `block-new-sharing` or `unblocked`:
   * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetSnapshotBlockPublicAccessState.html
   */
  state?: string;
  /** Whether the account owns any EBS snapshot in the Region. AWS Config does not tell. */
  ownsSnapshots?: boolean;
}

export const snapshotBlockPublicAccessParser = factParser<SnapshotBlockPublicAccessFacts>(
  {
    state: ({ configuration }) => configuration.at('State').text(),
    ownsSnapshots: ({ configuration }) => configuration.at('OwnsSnapshots').flag(),
  },
  // The setting's resource exists while public sharing is blocked in some way.
  { whenDeleted: { state: 'unblocked' } },
);
