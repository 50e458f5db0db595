import { type ControlPage, compliant, defineControl, insufficientData, nonCompliant, notApplicable, on } from '../../core/control.ts';
import { daysBefore, daysBetween } from '../../core/evaluation/evidence.ts';
import { remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

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
      if (active.length === 0) return notApplicable('the user has no active access key');
      const times = active.flatMap(({ lastRotatedAt }) => lastRotatedAt ?? []).sort();
      const [oldest] = times;
      if (oldest !== undefined && daysBetween(oldest, capturedAt) > MAX_AGE_DAYS) {
        return nonCompliant(`an active access key was last rotated at ${oldest}, more than ${MAX_AGE_DAYS} days ago`);
      }
      if (times.length < active.length) return insufficientData('the report does not tell when an active access key was last rotated');
      return compliant(`active access keys were rotated at most ${MAX_AGE_DAYS} days ago`);
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
      impact: 'Whoever still signs requests with the keys is denied until the keys are active again or replaced.',
    },
    ({ resource, capturedAt }) => runWith({ UserName: resource.resourceId, CreatedBefore: daysBefore(capturedAt, MAX_AGE_DAYS) }),
  ),
];

export const page: ControlPage = {
  slug: 'access-key-rotation',
  topic: 'key rotation',
  scope: 'account',
  evidence: 'api',
  rule: 'PASS iff every active IAM user access key was created or last rotated at most 90 days ago; FAIL otherwise; NOT_APPLICABLE when there are no active access keys.',
  apiFacts: ['iam:GenerateCredentialReport', 'iam:GetCredentialReport', 'iam:ListAccessKeys'],
  parameters: { maxAgeDays: MAX_AGE_DAYS },
  triggers: {
    configTypes: ['AWS::IAM::User'],
    cloudTrail: [{ source: 'iam.amazonaws.com', names: ['CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey'] }],
    schedule: 'rate(12 hours)',
  },
  remediation: {
    kind: 'custom',
    note: 'Deactivate the over-age key after owner notice; ASR ships a RevokeUnrotatedKeys runbook as prior art.',
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
