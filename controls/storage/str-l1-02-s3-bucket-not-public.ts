import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Evidence,
  type Inventory,
  type InventoryItem,
  insufficientData,
  type JoinedVerdict,
  lacks,
  NOT_READ,
  nonCompliant,
  type Verdict,
  verdictOn,
  verdictOnAccount,
} from '../../core/control.ts';
import { worstOf } from '../../core/evaluation/worst-verdict.ts';
import type { PublicAccessBlock } from '../../core/facts/s3-bucket.ts';
import { cannotRun, change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

const BUCKET = 'AWS::S3::Bucket';
const ACCOUNT_BLOCK = 'AWS::S3::AccountPublicAccessBlock';
const ACCESS_POINTS = ['AWS::S3::AccessPoint', 'AWS::S3::MultiRegionAccessPoint'] as const;

/** Settings of Block Public Access. One that was not read is absent. */
type Settings = Partial<PublicAccessBlock>;
type Setting = 'ignorePublicAcls' | 'restrictPublicBuckets';
type Bucket = InventoryItem<typeof BUCKET>;
type AccessPoint = InventoryItem<(typeof ACCESS_POINTS)[number]>;

/**
 * Returns the settings of the account that close a bucket, from its newest items. They apply in every Region, and are off if one of
 * these items says so. An account without an item has them off, because AWS Config has no item of an account without settings: only
 * a failure to read them leaves them unknown.
 */
export function accountBlock(inventory: Inventory): Settings {
  const items = inventory.all(ACCOUNT_BLOCK);
  const isUnread = items.length === 0 && inventory.listings(ACCOUNT_BLOCK).some(({ gap }) => gap !== undefined);
  const newest = items
    .map(({ capturedAt }) => capturedAt)
    .sort()
    .at(-1);
  const current = items.filter(({ capturedAt }) => capturedAt === newest);
  const settings: Settings = {};
  for (const setting of ['ignorePublicAcls', 'restrictPublicBuckets'] as const) {
    const flags = current.map(({ facts }) => facts[setting]);
    const on = flags.length === 0 ? (isUnread ? undefined : false) : everyOn(flags);
    if (on !== undefined) Object.assign(settings, { [setting]: on });
  }
  return settings;
}

type Flag = boolean | undefined;
/** Whether all are on. `undefined` if none is known to be off and one is not known. */
const everyOn = (flags: readonly Flag[]): Flag => (flags.includes(false) ? false : flags.includes(undefined) ? undefined : true);
/** Whether one is on. `undefined` if none is known to be on and one is not known. */
const someOn = (flags: readonly Flag[]): Flag => (flags.includes(true) ? true : flags.includes(undefined) ? undefined : false);

/** A policy or an ACL that can make a resource public, and the setting of Block Public Access that takes its effect away. */
interface Exposure {
  /** Its name in sentences, such as `bucket policy`. */
  readonly name: string;
  readonly code: string;
  /** The fact from which `isPublic` is. */
  readonly fact: string;
  readonly isPublic: Flag;
  readonly setting: Setting;
  /** Whether the setting is on in one of the places that count. */
  readonly isClosed: Flag;
}

const SETTING_NAMES: Readonly<Record<Setting, string>> = {
  ignorePublicAcls: 'IgnorePublicAcls',
  restrictPublicBuckets: 'RestrictPublicBuckets',
};

function evaluateExposure(evidence: Evidence, { name, code, fact, isPublic, setting, isClosed }: Exposure): Verdict {
  const block = `${SETTING_NAMES[setting]} of Block Public Access`;
  if (isPublic === false) return compliant(`${name} is not public`);
  if (isClosed) return compliant(`${block} is on, so ${name} cannot make it public`);
  if (isPublic === undefined) return lacks(evidence, fact);
  if (isClosed === undefined) return insufficientData(NOT_READ, `${name} is public, and ${block} was not read everywhere`);
  return nonCompliant(code, `${name} is public, and ${block} is off`);
}

/**
 * Evaluates whether a bucket is public. S3 ignores a public ACL under `IgnorePublicAcls`, and access from a public policy under
 * `RestrictPublicBuckets`, of the bucket or of the account. The other two settings only refuse new public ACLs and policies.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-options
 */
export function evaluateBucket(bucket: Bucket, account: Settings): Verdict {
  const { policyIsPublic, publicAclGrantee, publicAccessBlock } = bucket.facts;
  const policy = evaluateExposure(bucket, {
    name: 'bucket policy',
    code: 'policy-public',
    fact: 'policyIsPublic',
    isPublic: policyIsPublic,
    setting: 'restrictPublicBuckets',
    isClosed: someOn([publicAccessBlock?.restrictPublicBuckets, account.restrictPublicBuckets]),
  });
  const acl = evaluateExposure(bucket, {
    name: isPublicGroup(publicAclGrantee) ? `bucket ACL with a grant to ${publicAclGrantee}` : 'bucket ACL',
    code: 'acl-public',
    fact: 'publicAclGrantee',
    isPublic: isPublicGroup(publicAclGrantee),
    setting: 'ignorePublicAcls',
    isClosed: someOn([publicAccessBlock?.ignorePublicAcls, account.ignorePublicAcls]),
  });
  const worst = worstOf(policy, acl);
  return worst.compliance === 'COMPLIANT' ? compliant(`${policy.reason}; ${acl.reason}`) : worst;
}

/** Whether a grantee is a public group. `undefined` for a grantee that is not known. */
const isPublicGroup = (grantee: string | undefined): Flag =>
  grantee === 'none' ? false : grantee === 'AllUsers' || grantee === 'AuthenticatedUsers' ? true : undefined;

/**
 * Evaluates whether the policy of an access point is public. An access point for one VPC never is. Its own settings count, those of
 * its account, and those of its bucket. The settings of a bucket in another account are not known.
 *
 * @param buckets the buckets of the account by name
 */
function evaluateAccessPoint(point: AccessPoint, account: Settings, buckets: ReadonlyMap<string, Bucket>): Verdict {
  const { onlyFromVpc, policyIsPublic, publicAccessBlock } = point.facts;
  if (onlyFromVpc) return compliant('access point accepts requests only from its VPC');
  const settings = (point.facts.buckets ?? []).map((name) => buckets.get(name)?.facts.publicAccessBlock?.restrictPublicBuckets);
  const verdict = evaluateExposure(point, {
    name: 'policy of the access point',
    code: 'access-point-policy-public',
    fact: 'policyIsPublic',
    isPublic: policyIsPublic,
    setting: 'restrictPublicBuckets',
    isClosed: someOn([
      publicAccessBlock?.restrictPublicBuckets,
      account.restrictPublicBuckets,
      settings.length === 0 ? undefined : everyOn(settings),
    ]),
  });
  return verdict.compliance === 'NON_COMPLIANT' && onlyFromVpc === undefined ? lacks(point, 'onlyFromVpc') : verdict;
}

function* evaluateAccount(inventory: Inventory): Generator<JoinedVerdict> {
  const account = accountBlock(inventory);
  const buckets = inventory.all(BUCKET);
  for (const bucket of buckets) yield verdictOn(bucket, evaluateBucket(bucket, account));
  const byName = new Map(buckets.map((bucket) => [bucket.resource.resourceId, bucket]));
  for (const type of ACCESS_POINTS) {
    for (const point of inventory.all(type)) yield verdictOn(point, evaluateAccessPoint(point, account, byName));
    // The setting of the account closes also the access points that csmm could not list.
    const unread = account.restrictPublicBuckets ? undefined : inventory.listings(type).find(({ gap }) => gap !== undefined);
    if (unread) yield verdictOnAccount(inventory, insufficientData(NOT_READ, `${type} was not read in ${unread.region}: ${unread.gap}`));
  }
}

export default defineControl({
  id: 'STR-L1-02',
  title: 'No bucket is public',
  pillar: 'storage',
  level: 1,
  severity: 'critical',
  rules: [across([BUCKET, ACCOUNT_BLOCK, ...ACCESS_POINTS], evaluateAccount, { handlesGaps: [ACCOUNT_BLOCK, ...ACCESS_POINTS] })],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::S3::Bucket',
    {
      runbook: 'CSMM-BlockBucketPublicAccess',
      risk: 'disruptive',
      reversible: true,
      impact: 'Users who depend on the public policy or ACL of the bucket lose access. This includes the readers of a website in it.',
    },
    ({ resource, facts: { publicAccessBlock: own = {} } }) => {
      const { blockPublicAcls, ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets } = own;
      if ([blockPublicAcls, ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets].includes(undefined))
        return cannotRun('Block Public Access settings of the bucket were not read, so a rollback could not restore them');
      return runWith(
        {
          BucketName: resource.resourceId,
          PreviousBlockPublicAcls: String(blockPublicAcls),
          PreviousIgnorePublicAcls: String(ignorePublicAcls),
          PreviousBlockPublicPolicy: String(blockPublicPolicy),
          PreviousRestrictPublicBuckets: String(restrictPublicBuckets),
        },
        [
          change('BlockPublicAcls', blockPublicAcls, true),
          change('IgnorePublicAcls', ignorePublicAcls, true),
          change('BlockPublicPolicy', blockPublicPolicy, true),
          change('RestrictPublicBuckets', restrictPublicBuckets, true),
        ].filter(({ before }) => before !== 'true'),
      );
    },
  ),
];

export const page: ControlPage = {
  slug: 's3-bucket-not-public',
  topic: 'S3 public block',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if neither the policy nor the ACL of the bucket is public, and the policy of no access point is. A public policy does not count under RestrictPublicBuckets, and a public ACL does not count under IgnorePublicAcls. Either setting can be on the bucket or the account. Fails otherwise. No data if a policy, an ACL or a setting that decides was not read. Not applicable if the account has no buckets.',
  why: 'Anyone on the internet can read or even change a public bucket. Attackers scan for such buckets all the time.',
  triggers: {
    cloudTrail: [
      {
        source: 's3.amazonaws.com',
        names: [
          'CreateBucket',
          'PutBucketPolicy',
          'DeleteBucketPolicy',
          'PutBucketAcl',
          'PutBucketPublicAccessBlock',
          'DeleteBucketPublicAccessBlock',
          'PutAccessPointPolicy',
          'PutMultiRegionAccessPointPolicy',
        ],
      },
    ],
    native: [{ source: 'aws.access-analyzer', detailType: 'Access Analyzer Finding' }],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWS-DisableS3BucketPublicReadWrite',
    alternatives: ['AWSConfigRemediation-ConfigureS3BucketPublicAccessBlock', 'AWSConfigRemediation-RemovePrincipalStarFromS3BucketPolicy'],
  },
  crosswalk: {
    cisAwsV3: ['2.1.4'],
    cisAwsV5: ['2.1.4'],
    securityHub: ['S3.2', 'S3.3', 'S3.8'],
    prowler: [
      's3_bucket_public_access',
      's3_bucket_level_public_access_block',
      's3_bucket_policy_public_write_access',
      's3_bucket_public_list_acl',
      's3_bucket_public_write_acl',
    ],
    nistCsf2: ['PR.DS-01', 'PR.AA-05'],
    awsSmmV2: [{ phase: 1, category: 'Data protection', recommendation: 'Block Public Access' }],
    iansCsmm2: ['Data Security'],
  },
  notes:
    'A policy is public if S3 says so (GetBucketPolicyStatus) or, without that answer, by the definition of S3; ranges of aws:SourceIp that together are the internet are then public too (ADR 0019). An ACL is public if it has a grant to AllUsers or AuthenticatedUsers. An access point, also a Multi-Region Access Point, also passes if it accepts requests only from a VPC, or if RestrictPublicBuckets is on for the access point, its account or all of its buckets. A Deny in a policy does not make the policy less public, as in the definition of S3 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status). csmm does not read the ACLs of single objects. Directory buckets and Object Lambda Access Points are not evaluated: Block Public Access is always on for the former, and the latter give access only through an access point.',
};
