import { type ControlPage, compliant, defineControl, nonCompliant, on } from '../../core/control.ts';
import { cannotRun, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'STR-L2-04',
  title: 'Buckets refuse plaintext requests',
  pillar: 'storage',
  level: 2,
  severity: 'medium',
  rules: [
    on('AWS::S3::Bucket', ['deniesPlainHttp'], ({ deniesPlainHttp }) =>
      deniesPlainHttp ? compliant('the bucket policy denies plain HTTP') : nonCompliant('the bucket policy does not deny plain HTTP'),
    ),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::S3::Bucket',
    {
      runbook: 'CSMM-DenyPlainHttp',
      risk: 'disruptive',
      reversible: true,
      impact: 'Whoever uses the bucket over plain HTTP is refused, which every reader of an S3 website endpoint does.',
    },
    ({ resource, facts: { hasPolicy } }) =>
      hasPolicy
        ? runWith({ BucketName: resource.resourceId })
        : // No call of S3 succeeds just where there is no policy: a runbook cannot tell that from a policy that it may not read.
          cannotRun(
            hasPolicy === false
              ? 'the bucket has no policy: add one that denies plain HTTP'
              : 'whether the bucket has a policy is not known',
          ),
  ),
];

export const page: ControlPage = {
  slug: 's3-tls-only',
  topic: 'encryption',
  scope: 'resource',
  evidence: 'policy-analysis',
  rule: 'PASS iff the bucket policy or an effective resource control policy denies s3:* when aws:SecureTransport is false; FAIL otherwise; NOT_APPLICABLE when the account has no buckets.',
  apiFacts: ['s3:GetBucketPolicy', 'organizations:ListPoliciesForTarget'],
  triggers: {
    configTypes: ['AWS::S3::Bucket'],
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
    'Resource control policies count once they are read; until then a bucket without a denying policy fails. The denying statement must name the bucket or all of its objects.',
};
