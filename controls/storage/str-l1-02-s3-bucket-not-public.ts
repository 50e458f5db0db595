import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Inventory,
  type InventoryItem,
  lacks,
  nonCompliant,
  type Verdict,
  verdictOn,
} from '../../core/control.ts';
import type { BucketFacts, PublicAccessBlock } from '../../core/facts/s3-bucket.ts';
import { cannotRun, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

type Settings = Partial<PublicAccessBlock>;

/** Returns the settings of the account from its newest items. They apply in every Region. A setting is off if it is not on in all of these items. */
export function accountBlock(inventory: Inventory): Settings {
  const items = inventory.all('AWS::S3::AccountPublicAccessBlock');
  const newest = items
    .map(({ capturedAt }) => capturedAt)
    .sort()
    .at(-1);
  const current = items.filter(({ capturedAt }) => capturedAt === newest);
  return Object.fromEntries(SETTINGS.map((setting) => [setting, current.length > 0 && current.every(({ facts }) => facts[setting])]));
}

/** Evaluates whether a bucket is public. An unknown setting counts as off, because AWS Config omits the settings of a bucket that has none. */
export function evaluateBucket(bucket: InventoryItem<'AWS::S3::Bucket'>, account: Settings): Verdict {
  const { policyIsPublic, publicAclGrantee } = bucket.facts;
  const own: Settings = bucket.facts.publicAccessBlock ?? {};
  const open = SETTINGS.filter((setting) => !own[setting] && !account[setting]);
  if (open.length === 0) return compliant('bucket has Block Public Access on in all four settings');
  const exposure = exposureOf(bucket.facts);
  if (exposure)
    return nonCompliant(exposure.code, `${exposure.fact}, and Block Public Access is off or unknown in ${open.length} of 4 settings`);
  if (policyIsPublic === undefined) return lacks(bucket, 'policyIsPublic');
  if (publicAclGrantee === undefined) return lacks(bucket, 'publicAclGrantee');
  return compliant('bucket is public neither by its policy nor by its ACL');
}

const SETTINGS = ['blockPublicAcls', 'ignorePublicAcls', 'blockPublicPolicy', 'restrictPublicBuckets'] as const;

/** Returns how the policy or the ACL exposes a bucket. Returns `undefined` if neither is known to expose it. */
function exposureOf({ policyIsPublic, publicAclGrantee }: BucketFacts): { readonly code: string; readonly fact: string } | undefined {
  if (policyIsPublic) return { code: 'policy-public', fact: 'bucket policy is public' };
  if (publicAclGrantee !== undefined && publicAclGrantee !== 'none') {
    return { code: 'acl-public', fact: `bucket ACL grants access to ${publicAclGrantee}` };
  }
  return undefined;
}

export default defineControl({
  id: 'STR-L1-02',
  title: 'No bucket is public',
  pillar: 'storage',
  level: 1,
  severity: 'critical',
  rules: [
    across(['AWS::S3::Bucket', 'AWS::S3::AccountPublicAccessBlock'], function* (inventory) {
      const account = accountBlock(inventory);
      for (const bucket of inventory.all('AWS::S3::Bucket')) yield verdictOn(bucket, evaluateBucket(bucket, account));
    }),
  ],
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
    ({ resource, facts: { publicAccessBlock: own } }) =>
      own
        ? runWith({
            BucketName: resource.resourceId,
            PreviousBlockPublicAcls: String(own.blockPublicAcls),
            PreviousIgnorePublicAcls: String(own.ignorePublicAcls),
            PreviousBlockPublicPolicy: String(own.blockPublicPolicy),
            PreviousRestrictPublicBuckets: String(own.restrictPublicBuckets),
          })
        : cannotRun('Block Public Access settings of the bucket were not read, so a rollback could not restore them'),
  ),
];

export const page: ControlPage = {
  slug: 's3-bucket-not-public',
  topic: 'S3 public block',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if the effective (account and bucket) Block Public Access settings are all true, or GetBucketPolicyStatus reports IsPublic = false and no ACL grant names AllUsers or AuthenticatedUsers. Fails otherwise. Not applicable if the account has no buckets.',
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
};
