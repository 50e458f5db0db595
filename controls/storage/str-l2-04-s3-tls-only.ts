import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Inventory,
  type InventoryItem,
  insufficientData,
  type JoinedVerdict,
  lacks,
  NOT_READ,
  nonCompliant,
  type Verdict,
  verdictOn,
} from '../../core/control.ts';
import { cannotRun, change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

const BUCKET = 'AWS::S3::Bucket';
const ACCOUNT = 'AWS::Organizations::Account';

type Bucket = InventoryItem<typeof BUCKET>;
type Account = InventoryItem<typeof ACCOUNT>;

function* evaluateBuckets(inventory: Inventory): Generator<JoinedVerdict> {
  const [account] = inventory.all(ACCOUNT);
  const gap = inventory.listings(ACCOUNT).find((listing) => listing.gap !== undefined)?.gap;
  const byOrganization = evaluateOrganization(account, gap);
  for (const bucket of inventory.all(BUCKET)) yield verdictOn(bucket, evaluateBucket(bucket, byOrganization));
}

/** A bucket policy that denies plain HTTP decides. Without one, the resource control policies of the organization do. */
function evaluateBucket(bucket: Bucket, byOrganization: Verdict): Verdict {
  const { deniesPlainHttp } = bucket.facts;
  if (deniesPlainHttp) return compliant('bucket policy denies plain HTTP');
  return deniesPlainHttp === undefined && byOrganization.compliance !== 'COMPLIANT' ? lacks(bucket, 'deniesPlainHttp') : byOrganization;
}

const NOT_DENIED = 'bucket policy does not deny plain HTTP';

/**
 * Evaluates a bucket whose own policy does not deny plain HTTP. Resource control policies bind the resources of member accounts, not
 * those of the management account:
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
 *
 * @param account the place of the account in its organization; `undefined` if csmm has no evidence of one
 * @param gap why that place was not read
 */
function evaluateOrganization(account: Account | undefined, gap: string | undefined): Verdict {
  const unknown = (why: string) => insufficientData(NOT_READ, `${NOT_DENIED}, and ${why}`);
  if (!account) {
    return gap === undefined ? nonCompliant(CODE, NOT_DENIED) : unknown(`the organization was not read: ${gap}`);
  }
  const { inOrganization, isManagementAccount, plainHttpToS3: denial } = account.facts;
  if (denial?.kind === 'denied') return compliant('a resource control policy denies plain HTTP');
  if (inOrganization === false || isManagementAccount) return nonCompliant(CODE, NOT_DENIED);
  if (denial?.kind === 'open') return nonCompliant(CODE, `${NOT_DENIED}, and ${denial.reason}`);
  return unknown(denial?.reason ?? `the resource control policies are unknown: ${account.missing.plainHttpToS3 ?? 'not read'}`);
}

const CODE = 'plain-http-not-denied';

export default defineControl({
  id: 'STR-L2-04',
  title: 'Buckets refuse plaintext requests',
  pillar: 'storage',
  level: 2,
  severity: 'medium',
  rules: [across([BUCKET, ACCOUNT], evaluateBuckets, { handlesGaps: [ACCOUNT] })],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::S3::Bucket',
    {
      runbook: 'CSMM-DenyPlainHttp',
      risk: 'disruptive',
      reversible: true,
      impact: 'S3 denies requests over plain HTTP. This includes all readers of an S3 website endpoint.',
    },
    ({ resource, facts: { hasPolicy } }) =>
      hasPolicy
        ? runWith({ BucketName: resource.resourceId }, [
            change('bucket policy', 'as read', 'with one more statement, which denies requests without TLS'),
          ])
        : // A runbook cannot distinguish a missing policy from an unreadable one: the S3 call fails in both cases.
          cannotRun(hasPolicy === false ? 'bucket has no policy; add one that denies plain HTTP' : 'policy of the bucket was not read'),
  ),
];

export const page: ControlPage = {
  slug: 's3-tls-only',
  topic: 'encryption',
  scope: 'resource',
  evidence: 'policy-analysis',
  rule: 'Passes if the bucket policy or a resource control policy denies everyone every S3 action on all objects of the bucket over plain HTTP. Fails otherwise. No data if the bucket policy was not read, or if it does not deny plain HTTP and the resource control policies of the organization were not read. Not applicable if the account has no buckets.',
  why: 'S3 also answers plain HTTP. Anyone on the network path can then read and change the objects in transit.',
  triggers: {
    cloudTrail: [
      { source: 's3.amazonaws.com', names: ['CreateBucket', 'PutBucketPolicy', 'DeleteBucketPolicy'] },
      { source: 'organizations.amazonaws.com', names: ['AttachPolicy', 'DetachPolicy', 'UpdatePolicy'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'managed', document: 'AWSConfigRemediation-RestrictBucketSSLRequestsOnly' },
  crosswalk: {
    cisAwsV3: ['2.1.1'],
    cisAwsV5: ['2.1.1'],
    securityHub: ['S3.5'],
    prowler: ['s3_bucket_secure_transport_policy'],
    nistCsf2: ['PR.DS-02'],
    awsSmmV2: [{ phase: 3, category: 'Data protection', recommendation: 'Encryption in transit' }],
    iansCsmm2: ['Data Security'],
  },
  notes:
    'The denying statement uses aws:SecureTransport or s3:TlsVersion, and no further condition except one that exempts AWS services. It must cover the objects (arn:aws:s3:::bucket/*). One that names only the bucket leaves the objects readable over plain HTTP. Only the management account and delegated administrators can read resource control policies. If csmm has no evidence about an organization, as in a replay of AWS Config items, only the bucket policy decides. Resource control policies do not bind the management account.',
};
