import { factParser } from './parser.ts';
import { NO_BLOCK, type PublicAccessBlock } from './s3-bucket.ts';
import { flag, type Shapes } from './shape.ts';

/** S3 Block Public Access settings of an account. They apply in every Region. */
export interface AccountPublicAccessBlockFacts extends Partial<PublicAccessBlock> {}

const SHAPES: Shapes<AccountPublicAccessBlockFacts> = {
  blockPublicAcls: flag,
  ignorePublicAcls: flag,
  blockPublicPolicy: flag,
  restrictPublicBuckets: flag,
};

export const accountPublicAccessBlockParser = factParser<AccountPublicAccessBlockFacts>(
  SHAPES,
  {
    blockPublicAcls: ({ configuration }) => configuration.at('blockPublicAcls').flag(),
    ignorePublicAcls: ({ configuration }) => configuration.at('ignorePublicAcls').flag(),
    blockPublicPolicy: ({ configuration }) => configuration.at('blockPublicPolicy').flag(),
    restrictPublicBuckets: ({ configuration }) => configuration.at('restrictPublicBuckets').flag(),
  },
  // An account without this resource has all four settings off.
  { whenDeleted: NO_BLOCK },
);
