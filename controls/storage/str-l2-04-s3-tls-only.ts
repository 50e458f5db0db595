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
      deniesPlainHttp
        ? compliant('bucket policy denies plain HTTP')
        : nonCompliant('plain-http-not-denied', 'bucket policy does not deny plain HTTP'),
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
      impact: 'S3 denies requests over plain HTTP. This includes all readers of an S3 website endpoint.',
    },
    ({ resource, facts: { hasPolicy } }) =>
      hasPolicy
        ? runWith({ BucketName: resource.resourceId })
        : // A runbook cannot distinguish a missing policy from an unreadable one: the S3 call fails in both cases.
          cannotRun(hasPolicy === false ? 'bucket has no policy; add one that denies plain HTTP' : 'policy of the bucket was not read'),
  ),
];

export const page: ControlPage = {
  slug: 's3-tls-only',
  topic: 'encryption',
  scope: 'resource',
  evidence: 'policy-analysis',
  rule: 'Passes if the bucket policy or an effective resource control policy denies s3:* if aws:SecureTransport is false. Fails otherwise. Not applicable if the account has no buckets.',
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
    'csmm does not read resource control policies yet, so a bucket without a denying policy fails. The denying statement must name the bucket or all of its objects.',
};
