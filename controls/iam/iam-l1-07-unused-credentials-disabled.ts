import {
  type ControlPage,
  compliant,
  defineControl,
  insufficientData,
  nonCompliant,
  notApplicable,
  on,
  type Verdict,
} from '../../core/control.ts';
import { daysBefore, daysBetween } from '../../core/evaluation/evidence.ts';
import type { AccessKey, UserCredentialsFacts } from '../../core/facts/iam-credentials.ts';
import { cannotRun, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

/** Maximum time since the last use of a credential, in days. */
const MAX_IDLE_DAYS = 45;

/** An enabled credential with the times of its last use and creation, if the report has them. */
interface Credential {
  readonly name: string;
  readonly times: readonly (string | undefined)[];
}

const ofPassword = ({ passwordEnabled, passwordLastUsedAt, passwordLastChangedAt }: UserCredentialsFacts): Credential[] =>
  passwordEnabled ? [{ name: 'console password', times: [passwordLastUsedAt, passwordLastChangedAt] }] : [];

const ofKey = ({ active, lastUsedAt, lastRotatedAt }: AccessKey, index: number): Credential[] =>
  active ? [{ name: `access key ${index + 1}`, times: [lastUsedAt, lastRotatedAt] }] : [];

function evaluateCredentials(credentials: readonly Credential[], capturedAt: string): Verdict {
  if (credentials.length === 0) return notApplicable('user has no enabled credential');
  const latest = credentials.map(({ name, times }) => ({ name, time: latestOf(times) }));
  const idle = latest.find(({ time }) => time !== undefined && daysBetween(time, capturedAt) > MAX_IDLE_DAYS);
  if (idle)
    return nonCompliant('credential-unused', `${idle.name} was last used or created at ${idle.time} (limit: ${MAX_IDLE_DAYS} days)`);
  const unknown = latest.find(({ time }) => time === undefined);
  if (unknown)
    return insufficientData('last-use-unknown', `credential report does not show when the ${unknown.name} was last used or created`);
  return compliant(`every enabled credential was used or created in the last ${MAX_IDLE_DAYS} days`);
}

const latestOf = (times: readonly (string | undefined)[]): string | undefined =>
  times
    .filter((time) => time !== undefined && time !== 'never')
    .sort()
    .at(-1);

export default defineControl({
  id: 'IAM-L1-07',
  title: 'Credentials unused for 45 days are disabled',
  pillar: 'iam',
  level: 1,
  severity: 'medium',
  rules: [
    on(
      'AWS::IAM::UserCredentials',
      ['passwordEnabled', 'passwordLastUsedAt', 'passwordLastChangedAt', 'accessKeys'],
      (facts, { capturedAt }) => evaluateCredentials([...ofPassword(facts), ...facts.accessKeys.flatMap(ofKey)], capturedAt),
    ),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::IAM::UserCredentials',
    {
      runbook: 'CSMM-DeactivateUnusedAccessKeys',
      risk: 'disruptive',
      reversible: true,
      impact: 'Requests signed with the keys are denied until you reactivate or replace the keys.',
    },
    ({ resource, facts, capturedAt }) => {
      const password = evaluateCredentials(ofPassword(facts), capturedAt);
      if (password.compliance === 'NON_COMPLIANT' || password.compliance === 'INSUFFICIENT_DATA') {
        return cannotRun(`${password.reason}; delete the password manually, because no runbook can restore it`);
      }
      return runWith({ UserName: resource.resourceId, UnusedSince: daysBefore(capturedAt, MAX_IDLE_DAYS) });
    },
  ),
];

export const page: ControlPage = {
  slug: 'unused-credentials-disabled',
  topic: 'key rotation',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if every enabled console password and active access key of an IAM user was used or created within the last 45 days. Fails otherwise. Not applicable if no IAM user has an enabled credential.',
  why: 'No one notices when someone else uses a forgotten credential. Disabling it removes an entry point at no cost to users.',
  parameters: { maxIdleDays: MAX_IDLE_DAYS },
  triggers: {
    cloudTrail: [
      {
        source: 'iam.amazonaws.com',
        names: ['CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey', 'CreateLoginProfile', 'DeleteLoginProfile', 'DeleteUser'],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-RevokeUnusedIAMUserCredentials',
    note: 'The document takes the resource ID of the IAM user and an age limit. Set the limit to 45.',
  },
  crosswalk: {
    cisAwsV3: ['1.12'],
    cisAwsV5: ['1.11'],
    securityHub: ['IAM.22', 'IAM.8'],
    prowler: ['iam_user_accesskey_unused', 'iam_user_console_access_unused'],
    nistCsf2: ['PR.AA-01'],
    awsSmmV2: [{ phase: 1, category: 'Identity and access management', recommendation: 'Cleanup unintended accesses' }],
    iansCsmm2: ['IAM'],
  },
};
