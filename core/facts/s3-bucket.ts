import { partitionOf } from '../partitions.ts';
import { type Policy, parsePolicy } from '../policy/document.ts';
import { deniesPlainHttp } from '../policy/plain-http.ts';
import { isPublicBucketPolicy } from '../policy/public-bucket-policy.ts';
import { factParser, type ItemView } from './parser.ts';
import { flag, objectOf, oneOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

/** The four settings of S3 Block Public Access, on a bucket or an account. */
export interface PublicAccessBlock {
  readonly blockPublicAcls: boolean;
  readonly ignorePublicAcls: boolean;
  readonly blockPublicPolicy: boolean;
  readonly restrictPublicBuckets: boolean;
}

export interface BucketFacts {
  /** Block Public Access settings of the bucket itself. One that could not be read is absent. */
  publicAccessBlock?: Partial<PublicAccessBlock>;
  /** Whether the bucket has a policy. */
  hasPolicy?: boolean;
  /** Whether the bucket policy is public: the answer of S3 if it was read, or else what the policy says by the definition of S3. */
  policyIsPublic?: boolean;
  /** Public group that has a grant in the ACL: `AllUsers`, `AuthenticatedUsers` or `none`. The ACL of an object is not in it. */
  publicAclGrantee?: string;
  /** Whether the bucket policy denies everyone every request over plain HTTP to an object. */
  deniesPlainHttp?: boolean;
  /** Versioning status: `Enabled`, `Suspended` or `Off`. */
  versioning?: string;
  /** Algorithm of the default encryption: `AES256`, `aws:kms`, `aws:kms:dsse` or `none`. */
  defaultEncryption?: string;
}

/** The settings of Block Public Access that were read. */
export const BLOCK_SHAPE = objectOf<object, Partial<PublicAccessBlock>>(
  {},
  {
    blockPublicAcls: flag,
    ignorePublicAcls: flag,
    blockPublicPolicy: flag,
    restrictPublicBuckets: flag,
  },
);

const SHAPES: Shapes<BucketFacts> = {
  publicAccessBlock: BLOCK_SHAPE,
  hasPolicy: flag,
  policyIsPublic: flag,
  publicAclGrantee: oneOf('AllUsers', 'AuthenticatedUsers', 'none'),
  deniesPlainHttp: flag,
  versioning: text,
  defaultEncryption: text,
};

export const bucketParser = factParser<BucketFacts>(SHAPES, {
  publicAccessBlock: ({ supplementary }) => {
    const block = supplementary.at('PublicAccessBlockConfiguration').json();
    // AWS Config omits the settings of a bucket that never had any. An API answer never lacks them without a reason.
    return block.exists || !hasSettings(supplementary) ? readPublicAccessBlock(block) : NO_BLOCK;
  },
  hasPolicy: (item) => {
    const policy = readBucketPolicy(item);
    return policy && policy.statements.length > 0;
  },
  policyIsPublic: (item) => {
    const isPublic = item.supplementary.at('BucketPolicyStatus').at('isPublic');
    if (isPublic.exists) return isPublic.flag();
    const policy = readBucketPolicy(item);
    return policy && isPublicBucketPolicy(policy);
  },
  publicAclGrantee: readPublicAclGrantee,
  deniesPlainHttp: (item) => {
    const policy = readBucketPolicy(item);
    return policy && deniesPlainHttp(policy, item.resource.resourceId, partitionOf(item.resource.region));
  },
  versioning: ({ supplementary }) => {
    const versioning = supplementary.at('BucketVersioningConfiguration').json();
    if (!versioning.isObject) return undefined;
    // A bucket that never had versioning has the status null or "Off".
    const status = versioning.at('status');
    return status.raw() === null ? 'Off' : status.text();
  },
  defaultEncryption: readDefaultEncryption,
});

/** Whether the item has settings that every bucket has. AWS Config then omits another one only because the bucket does not have it. */
const hasSettings = (supplementary: View): boolean => supplementary.at('BucketVersioningConfiguration', 'BucketPolicy').exists;

/** All four settings off. */
export const NO_BLOCK: PublicAccessBlock = {
  blockPublicAcls: false,
  ignorePublicAcls: false,
  blockPublicPolicy: false,
  restrictPublicBuckets: false,
};

/** Reads the settings of a bucket or an access point. One that cannot be read is absent, because another one can decide. */
export function readPublicAccessBlock(block: View): Partial<PublicAccessBlock> | undefined {
  const settings: Partial<PublicAccessBlock> = {};
  for (const setting of SETTINGS) {
    const value = block.quietly().at(setting).flag();
    if (value !== undefined) Object.assign(settings, { [setting]: value });
  }
  return Object.keys(settings).length > 0 ? settings : block.complain('an object with the settings of Block Public Access');
}

const SETTINGS = ['blockPublicAcls', 'ignorePublicAcls', 'blockPublicPolicy', 'restrictPublicBuckets'] as const;

/** Returns the bucket policy. A bucket without one, `{"policyText": null}` in AWS Config, has a policy without statements. */
function readBucketPolicy({ supplementary }: ItemView): Policy | undefined {
  const holder = supplementary.at('BucketPolicy').json();
  const text = holder.at('policyText');
  if (text.exists) return readResourcePolicy(text);
  return text.raw() === null ? { statements: [] } : undefined;
}

/** Parses a policy of a resource. S3 accepts none without statements, and no statement without principals and resources. */
export function readResourcePolicy(text: View): Policy | undefined {
  const policy = parsePolicy(text);
  const isWhole = policy?.statements.every(({ principals, resources }) => principals && resources) && policy.statements.length > 0;
  return policy && (isWhole ? policy : text.complain('a policy of a resource'));
}

/** Returns the public group with a grant in the ACL, or `none`. AWS Config delivers the ACL as a JSON string, sometimes encoded twice. */
function readPublicAclGrantee({ supplementary }: ItemView): string | undefined {
  const acl = supplementary.at('AccessControlList').json().json();
  const grants = acl.at('grantList').list();
  const grantees = grants?.map((grant) => granteeName(grant.quietly().at('grantee')));
  // A public group decides, even if another grantee cannot be read.
  const group = grantees?.find((name) => name === 'AllUsers' || name === 'AuthenticatedUsers');
  if (group !== undefined || !grants || !grantees) return group;
  const unread = grantees.indexOf(undefined);
  return unread < 0 ? 'none' : grants[unread]?.at('grantee').complain('a grantee that csmm knows');
}

/** The groups of S3. AWS Config writes them by name. https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html */
const GROUPS: ReadonlySet<string> = new Set(['AllUsers', 'AuthenticatedUsers', 'LogDelivery']);

/**
 * Returns the name of a group, from its name or its URI such as http://acs.amazonaws.com/groups/global/AllUsers, or the canonical ID
 * of a user. Returns `undefined` for an unknown group, which could be public.
 */
function granteeName(grantee: View): string | undefined {
  const text = (grantee.isObject ? grantee.at('uri', 'URI', 'identifier', 'id', 'ID') : grantee).text();
  if (grantee.isObject && text !== undefined && !text.includes('/')) return text;
  const name = text?.split('/').at(-1);
  return name !== undefined && GROUPS.has(name) ? name : undefined;
}

/**
 * Returns the algorithm of the default encryption. Buckets from before January 2023 can be without it. AWS Config then omits
 * ServerSideEncryptionConfiguration, so its absence means `none` if the item contains the other settings of the bucket.
 */
function readDefaultEncryption({ supplementary }: ItemView): string | undefined {
  const encryption = supplementary.at('ServerSideEncryptionConfiguration').json();
  if (!encryption.exists) return hasSettings(supplementary) ? 'none' : undefined;
  const rules = encryption.at('rules').list();
  if (!rules) return undefined;
  const algorithms = rules.map((rule) => rule.at('applyServerSideEncryptionByDefault').at('sseAlgorithm', 'SSEAlgorithm').text());
  return algorithms.find((algorithm) => algorithm !== undefined) ?? 'none';
}
