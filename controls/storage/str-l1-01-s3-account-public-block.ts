import { type ControlPage, compliant, defineControl, lacks, nonCompliant, on } from '../../core/control.ts';
import { cannotRun, change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

const SETTINGS = ['blockPublicAcls', 'ignorePublicAcls', 'blockPublicPolicy', 'restrictPublicBuckets'] as const;

export default defineControl({
  id: 'STR-L1-01',
  title: 'S3 Block Public Access is on for the account',
  pillar: 'storage',
  level: 1,
  severity: 'critical',
  rules: [
    on('AWS::S3::AccountPublicAccessBlock', [], (settings, evidence) => {
      const off = SETTINGS.filter((name) => settings[name] === false);
      if (off.length > 0) return nonCompliant('setting-off', `account Block Public Access is off for ${off.join(', ')}`);
      const unread = SETTINGS.find((name) => settings[name] === undefined);
      return unread ? lacks(evidence, unread) : compliant('account Block Public Access is on in all four settings');
    }),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::S3::AccountPublicAccessBlock',
    {
      runbook: 'CSMM-BlockAccountPublicAccess',
      risk: 'disruptive',
      reversible: true,
      impact: 'No bucket or access point of the account stays public. This includes intended websites and downloads.',
      concerns: 'account',
    },
    ({ resource, facts: { blockPublicAcls, ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets } }) => {
      if (blockPublicAcls === undefined || ignorePublicAcls === undefined) return UNREAD;
      if (blockPublicPolicy === undefined || restrictPublicBuckets === undefined) return UNREAD;
      return runWith(
        {
          AccountId: resource.accountId,
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

const UNREAD = /* @__PURE__ */ cannotRun('settings were not all read, so a rollback could not restore them');

export const page: ControlPage = {
  slug: 's3-account-public-block',
  topic: 'S3 public block',
  scope: 'account',
  evidence: 'config',
  rule: 'Passes if all four account-level Block Public Access settings are true. Fails otherwise. Always applies.',
  why: 'One wrong bucket policy or ACL can publish data to the internet. The account setting overrides such mistakes in every bucket, also in future ones.',
  triggers: {
    cloudTrail: [{ source: 's3.amazonaws.com', names: ['PutAccountPublicAccessBlock', 'DeleteAccountPublicAccessBlock'] }],
    schedule: 'rate(12 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-ConfigureS3PublicAccessBlock',
    note: 'Look for intentionally public buckets first.',
  },
  crosswalk: {
    cisAwsV3: ['2.1.4'],
    cisAwsV5: ['2.1.4'],
    securityHub: ['S3.1'],
    prowler: ['s3_account_level_public_access_blocks'],
    nistCsf2: ['PR.DS-01', 'PR.AA-05'],
    awsSmmV2: [{ phase: 1, category: 'Data protection', recommendation: 'Block Public Access' }],
    iansCsmm2: ['Data Security'],
  },
};
