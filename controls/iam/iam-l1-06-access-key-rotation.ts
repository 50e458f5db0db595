import { type ControlPage, compliant, defineControl, insufficientData, nonCompliant, notApplicable, on } from '../../core/control.ts';
import { daysBefore, daysBetween } from '../../core/evaluation/evidence.ts';
import { remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

/** Maximum age of an active access key, in days. */
const MAX_AGE_DAYS = 90;

export default defineControl({
  id: 'IAM-L1-06',
  title: 'Active access keys are rotated within 90 days',
  pillar: 'iam',
  level: 1,
  severity: 'high',
  rules: [
    on('AWS::IAM::UserCredentials', ['accessKeys'], ({ accessKeys }, { capturedAt }) => {
      const active = accessKeys.filter((key) => key.active);
      if (active.length === 0) return notApplicable('user has no active access key');
      const times = active.flatMap(({ lastRotatedAt }) => lastRotatedAt ?? []).sort();
      const [oldest] = times;
      if (oldest !== undefined && daysBetween(oldest, capturedAt) > MAX_AGE_DAYS) {
        return nonCompliant('key-not-rotated', `active access key was last rotated at ${oldest} (limit: ${MAX_AGE_DAYS} days)`);
      }
      if (times.length < active.length)
        return insufficientData('rotation-time-unknown', 'credential report does not show when an active access key was last rotated');
      return compliant(`active access keys were rotated in the last ${MAX_AGE_DAYS} days`);
    }),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::IAM::UserCredentials',
    {
      runbook: 'CSMM-DeactivateOldAccessKeys',
      risk: 'disruptive',
      reversible: true,
      impact: 'Requests signed with the keys are denied until you reactivate or replace the keys.',
    },
    ({ resource, capturedAt }) => runWith({ UserName: resource.resourceId, CreatedBefore: daysBefore(capturedAt, MAX_AGE_DAYS) }),
  ),
];

export const page: ControlPage = {
  slug: 'access-key-rotation',
  topic: 'key rotation',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if every active IAM user access key was created or last rotated at most 90 days ago. Fails otherwise. Not applicable if there are no active access keys.',
  why: 'Access keys do not expire, and they leak through code, logs and laptops. Rotation limits how long a leaked key works.',
  parameters: { maxAgeDays: MAX_AGE_DAYS },
  triggers: {
    cloudTrail: [{ source: 'iam.amazonaws.com', names: ['CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey'] }],
    schedule: 'rate(12 hours)',
  },
  remediation: {
    kind: 'custom',
    note: 'Deactivate the old key after notice to its owner. ASR ships a RevokeUnrotatedKeys runbook as prior art.',
  },
  crosswalk: {
    cisAwsV3: ['1.14'],
    cisAwsV5: ['1.13'],
    securityHub: ['IAM.3'],
    prowler: ['iam_rotate_access_key_90_days'],
    nistCsf2: ['PR.AA-01'],
    awsSmmV2: [{ phase: 2, category: 'Identity and access management', recommendation: 'Use Temporary Credentials' }],
    iansCsmm2: ['IAM'],
  },
};
