import { factParser } from './parser.ts';
import { NO_BLOCK, type PublicAccessBlock } from './s3-bucket.ts';

/** S3 Block Public Access settings of an account. They apply in every Region. */
export interface AccountPublicAccessBlockFacts extends Partial<PublicAccessBlock> {}

export const accountPublicAccessBlockParser = factParser<AccountPublicAccessBlockFacts>(
  {
    blockPublicAcls: ({ configuration }) => configuration.at('blockPublicAcls').flag(),
    ignorePublicAcls: ({ configuration }) => configuration.at('ignorePublicAcls').flag(),
    blockPublicPolicy: ({ configuration }) => configuration.at('blockPublicPolicy').flag(),
    restrictPublicBuckets: ({ configuration }) => configuration.at('restrictPublicBuckets').flag(),
  },
  // An account without this resource has all four settings off.
  { whenDeleted: NO_BLOCK },
);
