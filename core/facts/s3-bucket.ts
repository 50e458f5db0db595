import { type Policy, parsePolicy } from '../policy/document.ts';
import { deniesPlainHttp } from '../policy/plain-http.ts';
import { isPublicBucketPolicy } from '../policy/public-bucket-policy.ts';
import { factParser, type ItemView } from './parser.ts';
import type { View } from './view.ts';

/** The four settings of S3 Block Public Access, on a bucket or an account. */
export interface PublicAccessBlock {
  readonly blockPublicAcls: boolean;
  readonly ignorePublicAcls: boolean;
  readonly blockPublicPolicy: boolean;
  readonly restrictPublicBuckets: boolean;
}

export interface BucketFacts {
  /** The bucket's own settings. AWS Config leaves them out for a bucket without any, and in old items: absent is unknown. */
  publicAccessBlock?: PublicAccessBlock;
  /** Whether there is a bucket policy. */
  hasPolicy?: boolean;
  /** Whether S3 calls the bucket policy public. */
  policyIsPublic?: boolean;
  /** A group of everyone to whom the ACL grants something: `AllUsers`, `AuthenticatedUsers` or `none`. */
  publicAclGrantee?: string;
  deniesPlainHttp?: boolean;
  /** `Enabled`, `Suspended` or `Off`. */
  versioning?: string;
  /** Algorithm of the default encryption: `AES256`, `aws:kms`, `aws:kms:dsse` or `none`. */
  defaultEncryption?: string;
}

export const bucketParser = factParser<BucketFacts>({
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

/** The bucket policy; one without statements where the bucket has none, which AWS Config writes `{"policyText": null}`. */
function readBucketPolicy({ supplementary }: ItemView): Policy | undefined {
  const holder = supplementary.at('BucketPolicy').json();
  const text = holder.at('policyText');
  if (text.exists) return parsePolicy(text);
  return text.raw() === null ? { statements: [] } : undefined;
}

/** AWS Config hands the list over as JSON text, sometimes twice encoded. */
function readPublicAclGrantee({ supplementary }: ItemView): string | undefined {
  const acl = supplementary.at('AccessControlList').json().json();
  const grantees = acl
    .at('grantList')
    .list()
    ?.map((grant) => granteeName(grant.at('grantee')));
  const group = grantees?.find((name) => name === 'AllUsers' || name === 'AuthenticatedUsers');
  return group ?? (grantees && !grantees.includes(undefined) ? 'none' : undefined);
}

/** The groups that AWS Config writes as a bare name. */
const BARE_GRANTEES: ReadonlySet<string> = new Set(['AllUsers', 'AuthenticatedUsers', 'LogDelivery']);

/** A group's bare name or the last part of its URI, such as http://acs.amazonaws.com/groups/global/AllUsers; a user's canonical id. */
function granteeName(grantee: View): string | undefined {
  if (grantee.isObject) return grantee.at('uri', 'URI', 'identifier', 'id', 'ID').text()?.split('/').at(-1);
  const name = grantee.text();
  return name !== undefined && BARE_GRANTEES.has(name) ? name : undefined;
}

/**
 * AWS Config leaves ServerSideEncryptionConfiguration out for a bucket without default encryption, as buckets from before
 * January 2023 may be: where the item holds the bucket's other settings, its absence means none.
 */
function readDefaultEncryption({ supplementary }: ItemView): string | undefined {
  const encryption = supplementary.at('ServerSideEncryptionConfiguration').json();
  if (!encryption.exists) return supplementary.at('BucketVersioningConfiguration', 'BucketPolicy').exists ? 'none' : undefined;
  const rules = encryption.at('rules').list();
  if (!rules) return undefined;
  const algorithms = rules.map((rule) => rule.at('applyServerSideEncryptionByDefault').at('sseAlgorithm', 'SSEAlgorithm').text());
  return algorithms.find((algorithm) => algorithm !== undefined) ?? 'none';
}
