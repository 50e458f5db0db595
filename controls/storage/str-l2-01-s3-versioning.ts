import { type ControlPage, compliant, defineControl, nonCompliant, on } from '../../core/control.ts';
import { cannotRun, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'STR-L2-01',
  title: 'Bucket versioning is on',
  pillar: 'storage',
  level: 2,
  severity: 'medium',
  rules: [
    on('AWS::S3::Bucket', ['versioning'], ({ versioning }) =>
      versioning === 'Enabled' ? compliant('versioning is Enabled') : nonCompliant(`versioning is ${versioning}`),
    ),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::S3::Bucket',
    {
      runbook: 'CSMM-EnableBucketVersioning',
      risk: 'safe',
      reversible: true,
      impact: 'Overwritten and deleted objects are kept and paid for until a lifecycle rule expires them.',
    },
    ({ resource, facts: { versioning } }) =>
      versioning === undefined
        ? cannotRun('the versioning of the bucket was not read')
        : runWith({ BucketName: resource.resourceId, PreviousVersioning: versioning }),
  ),
];

export const page: ControlPage = {
  slug: 's3-versioning',
  topic: 'Versioning',
  scope: 'resource',
  evidence: 'config',
  rule: 'PASS iff bucket versioning status is Enabled; FAIL otherwise; NOT_APPLICABLE for directory buckets and for buckets tagged as ephemeral under an unexpired exemption.',
  apiFacts: ['s3:GetBucketVersioning'],
  triggers: {
    configTypes: ['AWS::S3::Bucket'],
    cloudTrail: [{ source: 's3.amazonaws.com', names: ['CreateBucket', 'PutBucketVersioning'] }],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'managed', document: 'AWS-ConfigureS3BucketVersioning', note: 'Pair with a lifecycle rule to bound cost.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['S3.14'],
    prowler: ['s3_bucket_object_versioning'],
    nistCsf2: ['PR.DS-11', 'PR.DS-01'],
    awsSmmV2: [{ phase: 2, category: 'Data protection', recommendation: 'Backups' }],
    iansCsmm2: ['Data Security', 'Resilience'],
  },
};
