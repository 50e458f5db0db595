import { type ControlPage, compliant, defineControl, insufficientData, nonCompliant, on } from '../../core/control.ts';
import { cannotRun, change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'STR-L2-01',
  title: 'Bucket versioning is on',
  pillar: 'storage',
  level: 2,
  severity: 'medium',
  rules: [
    on('AWS::S3::Bucket', ['versioning'], ({ versioning }) => {
      if (versioning === 'Enabled') return compliant('bucket versioning is Enabled');
      const reason = `bucket versioning is ${versioning} (required: Enabled)`;
      if (versioning === 'Suspended' || versioning === 'Off') return nonCompliant('versioning-not-enabled', reason);
      return insufficientData('versioning-unknown', `bucket versioning has the unknown status ${versioning}`);
    }),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::S3::Bucket',
    {
      runbook: 'CSMM-EnableBucketVersioning',
      risk: 'safe',
      reversible: true,
      impact: 'S3 keeps overwritten and deleted objects until a lifecycle rule expires them.',
      cost: 'AWS charges for the storage of old versions. csmm does not read how often objects change.',
      notRestored: 'A bucket that never had versions becomes Suspended, not Off. Versions that were created in between stay.',
    },
    ({ resource, facts: { versioning } }) =>
      versioning === undefined
        ? cannotRun('versioning of the bucket was not read')
        : runWith({ BucketName: resource.resourceId, PreviousVersioning: versioning }, [change('versioning', versioning, 'Enabled')]),
  ),
];

export const page: ControlPage = {
  slug: 's3-versioning',
  topic: 'Versioning',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if the versioning status of the bucket is Enabled. Fails otherwise. Not applicable to directory buckets and to buckets tagged as ephemeral under an unexpired exemption.',
  why: 'Without versioning, a mistake or ransomware overwrites or deletes objects for good. Versions let you restore them.',
  triggers: {
    cloudTrail: [{ source: 's3.amazonaws.com', names: ['CreateBucket', 'PutBucketVersioning'] }],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'managed', document: 'AWS-ConfigureS3BucketVersioning', note: 'Add a lifecycle rule to limit the cost.' },
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
