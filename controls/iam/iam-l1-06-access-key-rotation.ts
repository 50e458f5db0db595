import {
  type ControlPage,
  compliant,
  defineControl,
  insufficientData,
  NOT_READ,
  nonCompliant,
  notApplicable,
  on,
  type Verdict,
} from '../../core/control.ts';
import { daysBetween, isInFuture } from '../../core/evaluation/evidence.ts';
import { worstOf } from '../../core/evaluation/worst-verdict.ts';
import type { AccessKey } from '../../core/facts/iam-credentials.ts';
import { cannotRun, change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

/** Maximum age of an active access key, in days. */
const MAX_AGE_DAYS = 90;

function evaluateKey({ active, lastRotatedAt }: AccessKey, capturedAt: string): Verdict {
  if (active === undefined) return insufficientData(NOT_READ, 'credential report does not show whether an access key is active');
  if (lastRotatedAt === undefined || isInFuture(lastRotatedAt, capturedAt))
    return insufficientData('rotation-time-unknown', 'credential report does not show when an active access key was last rotated');
  return daysBetween(lastRotatedAt, capturedAt) > MAX_AGE_DAYS
    ? nonCompliant('key-not-rotated', `active access key was last rotated at ${lastRotatedAt} (limit: ${MAX_AGE_DAYS} days)`)
    : compliant(`active access keys were rotated in the last ${MAX_AGE_DAYS} days`);
}

export default defineControl({
  id: 'IAM-L1-06',
  title: 'Active access keys are rotated within 90 days',
  pillar: 'iam',
  level: 1,
  severity: 'high',
  rules: [
    on('AWS::IAM::UserCredentials', ['accessKeys'], ({ accessKeys }, { capturedAt }) =>
      worstOf(
        notApplicable('user has no active access key'),
        ...accessKeys.filter(({ active }) => active !== false).map((key) => evaluateKey(key, capturedAt)),
      ),
    ),
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
      // The parameters name the keys. The times of the credential report change by themselves.
      bindsTo: [],
    },
    ({ resource, facts: { accessKeys = [] }, capturedAt }) => {
      const old = accessKeys.filter((key) => key.active && evaluateKey(key, capturedAt).compliance === 'NON_COMPLIANT');
      // The keys, not their age: the same keys are the same plan tomorrow.
      const created = old.flatMap(({ lastRotatedAt = [] }) => lastRotatedAt).sort();
      return created.length === 0
        ? cannotRun('creation time of the old access keys is unknown')
        : runWith(
            { UserName: resource.resourceId, KeysCreatedAt: created },
            created.map((at) => change(`access key of ${at}`, 'Active', 'Inactive')),
          );
    },
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
