import { factParser } from './parser.ts';
import type { PublicAccessBlock } from './s3-bucket.ts';

/** The account's settings; they hold in every Region. */
export interface AccountPublicAccessBlockFacts extends Partial<PublicAccessBlock> {}

export const accountPublicAccessBlockParser = factParser<AccountPublicAccessBlockFacts>(
  {
    blockPublicAcls: ({ configuration }) => configuration.at('blockPublicAcls').flag(),
    ignorePublicAcls: ({ configuration }) => configuration.at('ignorePublicAcls').flag(),
    blockPublicPolicy: ({ configuration }) => configuration.at('blockPublicPolicy').flag(),
    restrictPublicBuckets: ({ configuration }) => configuration.at('restrictPublicBuckets').flag(),
  },
  // An account without the block has every setting off, as if it had been written so.
  { whenDeleted: { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: false } },
);
