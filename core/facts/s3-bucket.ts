import { type Policy, parsePolicy } from '../policy/document.ts';
import { deniesPlainHttp } from '../policy/plain-http.ts';
import { isPublicBucketPolicy } from '../policy/public-bucket-policy.ts';
import { factParser, type ItemView } from './parser.ts';
import { flag, objectOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

/** The four settings of S3 Block Public Access, on a bucket or an account. */
export interface PublicAccessBlock {
  readonly blockPublicAcls: boolean;
  readonly ignorePublicAcls: boolean;
  readonly blockPublicPolicy: boolean;
  readonly restrictPublicBuckets: boolean;
}

export interface BucketFacts {
  /**
   * Block Public Access settings of the bucket itself. Absent means unknown: AWS Config omits them for a bucket without settings and
   * in old items.
   */
  publicAccessBlock?: PublicAccessBlock;
  /** Whether the bucket has a policy. */
  hasPolicy?: boolean;
  /** Whether the bucket policy is public by the definition of S3. */
  policyIsPublic?: boolean;
  /** Public group that has a grant in the ACL: `AllUsers`, `AuthenticatedUsers` or `none`. */
  publicAclGrantee?: string;
  deniesPlainHttp?: boolean;
  /** Versioning status: `Enabled`, `Suspended` or `Off`. */
  versioning?: string;
  /** Algorithm of the default encryption: `AES256`, `aws:kms`, `aws:kms:dsse` or `none`. */
  defaultEncryption?: string;
}

const SHAPES: Shapes<BucketFacts> = {
  publicAccessBlock: objectOf({ blockPublicAcls: flag, ignorePublicAcls: flag, blockPublicPolicy: flag, restrictPublicBuckets: flag }),
  hasPolicy: flag,
  policyIsPublic: flag,
  publicAclGrantee: text,
  deniesPlainHttp: flag,
  versioning: text,
  defaultEncryption: text,
};

export const bucketParser = factParser<BucketFacts>(SHAPES, {
  publicAccessBlock: ({ supplementary }) => readPublicAccessBlock(supplementary.at('PublicAccessBlockConfiguration').json()),
  hasPolicy: (item) => {
    const policy = readBucketPolicy(item);
    return policy && policy.statements.length > 0;
  },
  policyIsPublic: (item) => {
    const policy = readBucketPolicy(item);
    return policy && isPublicBucketPolicy(policy);
  },
  publicAclGrantee: readPublicAclGrantee,
  deniesPlainHttp: (item) => {
    const policy = readBucketPolicy(item);
    return policy && deniesPlainHttp(policy, item.resource.resourceId);
  },
  versioning: ({ supplementary }) => {
    const versioning = supplementary.at('BucketVersioningConfiguration').json();
    if (!versioning.isObject) return undefined;
    // A bucket that never had versioning has the status null or "Off".
    const status = versioning.at('status');
    return status.exists ? status.text() : 'Off';
  },
  defaultEncryption: readDefaultEncryption,
});

function readPublicAccessBlock(block: View): PublicAccessBlock | undefined {
  const blockPublicAcls = block.at('blockPublicAcls').flag();
  const ignorePublicAcls = block.at('ignorePublicAcls').flag();
  const blockPublicPolicy = block.at('blockPublicPolicy').flag();
  const restrictPublicBuckets = block.at('restrictPublicBuckets').flag();
  if (blockPublicAcls === undefined || ignorePublicAcls === undefined) return undefined;
  if (blockPublicPolicy === undefined || restrictPublicBuckets === undefined) return undefined;
  return { blockPublicAcls, ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets };
}

/** Returns the bucket policy. A bucket without one, `{"policyText": null}` in AWS Config, has a policy without statements. */
function readBucketPolicy({ supplementary }: ItemView): Policy | undefined {
  const holder = supplementary.at('BucketPolicy').json();
  const text = holder.at('policyText');
  if (text.exists) return parsePolicy(text);
  return text.raw() === null ? { statements: [] } : undefined;
}

/** Returns the public group with a grant in the ACL, or `none`. AWS Config delivers the ACL as a JSON string, sometimes encoded twice. */
function readPublicAclGrantee({ supplementary }: ItemView): string | undefined {
  const acl = supplementary.at('AccessControlList').json().json();
  const grantees = acl
    .at('grantList')
    .list()
    ?.map((grant) => granteeName(grant.at('grantee')));
  const group = grantees?.find((name) => name === 'AllUsers' || name === 'AuthenticatedUsers');
  return group ?? (grantees && !grantees.includes(undefined) ? 'none' : undefined);
}

/** Groups that AWS Config writes only by name. */
const BARE_GRANTEES: ReadonlySet<string> = new Set(['AllUsers', 'AuthenticatedUsers', 'LogDelivery']);

/**
 * Returns the name of a group, from its name or its URI such as http://acs.amazonaws.com/groups/global/AllUsers, or the canonical ID
 * of a user.
 */
function granteeName(grantee: View): string | undefined {
  if (grantee.isObject) return grantee.at('uri', 'URI', 'identifier', 'id', 'ID').text()?.split('/').at(-1);
  const name = grantee.text();
  return name !== undefined && BARE_GRANTEES.has(name) ? name : undefined;
}

/**
 * Returns the algorithm of the default encryption. Buckets from before January 2023 can be without it. AWS Config then omits
 * ServerSideEncryptionConfiguration, so its absence means `none` if the item contains the other settings of the bucket.
 */
function readDefaultEncryption({ supplementary }: ItemView): string | undefined {
  const encryption = supplementary.at('ServerSideEncryptionConfiguration').json();
  if (!encryption.exists) return supplementary.at('BucketVersioningConfiguration', 'BucketPolicy').exists ? 'none' : undefined;
  const rules = encryption.at('rules').list();
  if (!rules) return undefined;
  const algorithms = rules.map((rule) => rule.at('applyServerSideEncryptionByDefault').at('sseAlgorithm', 'SSEAlgorithm').text());
  return algorithms.find((algorithm) => algorithm !== undefined) ?? 'none';
}
