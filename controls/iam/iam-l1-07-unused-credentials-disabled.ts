import {
  type ControlPage,
  compliant,
  defineControl,
  insufficientData,
  lacks,
  NOT_READ,
  nonCompliant,
  notApplicable,
  on,
  type Verdict,
} from '../../core/control.ts';
import { daysBetween, isInFuture } from '../../core/evaluation/evidence.ts';
import { worstOf } from '../../core/evaluation/worst-verdict.ts';
import type { AccessKey, UserCredentialsFacts } from '../../core/facts/iam-credentials.ts';
import { cannotRun, change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

/** Maximum time since the last use of a credential, in days. */
const MAX_IDLE_DAYS = 45;

/** A credential that is enabled, or may be. */
interface Credential {
  readonly name: string;
  /** Absent if it is unknown. */
  readonly enabled?: true;
  /** Times of the last use and the creation. `undefined` if they are unknown, `never` if the report has none. */
  readonly times: readonly (string | undefined)[];
}

function ofPassword({ passwordEnabled, passwordLastUsedAt, passwordLastChangedAt }: UserCredentialsFacts): Credential[] {
  if (passwordEnabled === false) return [];
  return [{ name: 'console password', ...(passwordEnabled && { enabled: true }), times: [passwordLastUsedAt, passwordLastChangedAt] }];
}

function ofKey({ active, lastUsedAt, lastRotatedAt, unread = [] }: AccessKey, index: number): Credential[] {
  if (active === false) return [];
  const times = [
    unread.includes('lastUsedAt') ? undefined : (lastUsedAt ?? 'never'),
    unread.includes('lastRotatedAt') ? undefined : (lastRotatedAt ?? 'never'),
  ];
  return [{ name: `access key ${index + 1}`, ...(active && { enabled: true }), times }];
}

function evaluateCredential({ name, enabled, times }: Credential, capturedAt: string): Verdict {
  if (!enabled) return insufficientData(NOT_READ, `credential report does not show whether the ${name} is enabled`);
  const known = times.filter((time) => time !== undefined && (time === 'never' || !isInFuture(time, capturedAt)));
  const latest = known
    .filter((time) => time !== 'never')
    .sort()
    .at(-1);
  if (latest !== undefined && daysBetween(latest, capturedAt) <= MAX_IDLE_DAYS)
    return compliant(`every enabled credential was used or created in the last ${MAX_IDLE_DAYS} days`);
  if (latest === undefined || known.length < times.length)
    return insufficientData('last-use-unknown', `credential report does not show when the ${name} was last used or created`);
  return nonCompliant('credential-unused', `${name} was last used or created at ${latest} (limit: ${MAX_IDLE_DAYS} days)`);
}

const evaluateCredentials = (credentials: readonly Credential[], capturedAt: string): Verdict =>
  worstOf(notApplicable('user has no enabled credential'), ...credentials.map((credential) => evaluateCredential(credential, capturedAt)));

export default defineControl({
  id: 'IAM-L1-07',
  title: 'Credentials unused for 45 days are disabled',
  pillar: 'iam',
  level: 1,
  severity: 'medium',
  rules: [
    on('AWS::IAM::UserCredentials', [], (facts, evidence) => {
      const { accessKeys } = facts;
      const known = evaluateCredentials([...ofPassword(facts), ...(accessKeys ?? []).flatMap(ofKey)], evidence.capturedAt);
      return accessKeys ? known : worstOf(known, lacks(evidence, 'accessKeys'));
    }),
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
      // The parameters name the keys. The times of the credential report change by themselves.
      bindsTo: [],
    },
    ({ resource, facts, capturedAt }) => {
      const password = evaluateCredentials(ofPassword(facts), capturedAt);
      if (password.compliance === 'NON_COMPLIANT' || password.compliance === 'INSUFFICIENT_DATA') {
        return cannotRun(`${password.reason}; delete the password manually, because no runbook can restore it`);
      }
      const unused = (facts.accessKeys ?? []).filter(
        (key, index) => key.active && evaluateCredentials(ofKey(key, index), capturedAt).compliance === 'NON_COMPLIANT',
      );
      // The keys and their last use, not the time since then: the same keys are the same plan tomorrow.
      const created = unused.flatMap(({ lastRotatedAt = [] }) => lastRotatedAt).sort();
      const latest = unused
        .flatMap(({ lastRotatedAt = [], lastUsedAt = [] }) => [lastRotatedAt, lastUsedAt].flat())
        .sort()
        .at(-1);
      if (latest === undefined || created.length < unused.length) return cannotRun('creation time of an unused access key is unknown');
      // The report and the API can differ by minutes.
      return runWith(
        { UserName: resource.resourceId, KeysCreatedAt: created, UnusedSince: `${latest.slice(0, 10)}T23:59:59.999Z` },
        created.map((at) => change(`access key of ${at}`, 'Active', 'Inactive')),
      );
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
