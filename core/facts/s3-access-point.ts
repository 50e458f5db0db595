import { isPublicAccessPointPolicy } from '../policy/public-bucket-policy.ts';
import { factParser, type ItemView } from './parser.ts';
import { BLOCK_SHAPE, type PublicAccessBlock, readPublicAccessBlock, readResourcePolicy } from './s3-bucket.ts';
import { flag, listOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

/** Facts of an access point of S3, in one Region or in several. */
export interface AccessPointFacts {
  /** Names of its buckets, in this or in other accounts: one, or at most 50 of a Multi-Region Access Point. */
  buckets?: readonly string[];
  /** Whether it accepts requests only from one VPC. It is then never public. */
  onlyFromVpc?: boolean;
  publicAccessBlock?: Partial<PublicAccessBlock>;
  /** Whether its policy is public: the answer of S3 if it was read, or else what the policy says by the definition of S3. */
  policyIsPublic?: boolean;
}

const SHAPES: Shapes<AccessPointFacts> = {
  buckets: listOf(text),
  onlyFromVpc: flag,
  publicAccessBlock: BLOCK_SHAPE,
  policyIsPublic: flag,
};

/** Maximum number of buckets that csmm keeps. AWS allows 17: https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointRestrictions.html */
const MAX_BUCKETS = 50;

/** Parses an item with the properties of https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-s3-accesspoint.html. */
export const accessPointParser = factParser<AccessPointFacts>(SHAPES, {
  buckets: ({ configuration }) => {
    const bucket = configuration.at('bucket').text();
    return bucket === undefined ? undefined : [bucket];
  },
  onlyFromVpc: ({ configuration }) => {
    if (configuration.at('vpcConfiguration').at('vpcId').text()) return true;
    const origin = configuration.at('networkOrigin').text()?.toLowerCase();
    return origin === 'vpc' ? true : origin === 'internet' ? false : undefined;
  },
  publicAccessBlock: ({ configuration }) => readPublicAccessBlock(configuration.at('publicAccessBlockConfiguration')),
  policyIsPublic,
});

/**
 * Parses an item with the properties of
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-s3-multiregionaccesspoint.html. AWS Config has its policy
 * in no item.
 */
export const multiRegionAccessPointParser = factParser<AccessPointFacts>(SHAPES, {
  buckets: ({ configuration }) => {
    const buckets = configuration
      .at('regions')
      .list()
      ?.slice(0, MAX_BUCKETS)
      .map((region) => region.at('bucket').text());
    return buckets?.every((bucket) => bucket !== undefined) ? buckets : undefined;
  },
  onlyFromVpc: ({ configuration }) => (configuration.isObject ? false : undefined),
  publicAccessBlock: ({ configuration }) => readPublicAccessBlock(configuration.at('publicAccessBlockConfiguration', 'publicAccessBlock')),
  policyIsPublic,
});

function policyIsPublic({ configuration }: ItemView): boolean | undefined {
  const isPublic = configuration.at('policyStatus').at('isPublic');
  return isPublic.exists ? isPublic.flag() : readPolicy(configuration.at('policy'));
}

/** Returns whether a policy is public. `null` stands for an access point without a policy, which is not public. */
function readPolicy(policyText: View): boolean | undefined {
  if (policyText.raw() === null) return false;
  const policy = policyText.exists ? readResourcePolicy(policyText) : undefined;
  return policy && isPublicAccessPointPolicy(policy);
}
