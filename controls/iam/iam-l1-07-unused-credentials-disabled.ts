import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L1-07',
  title: 'Credentials unused for 45 days are disabled',
  pillar: 'iam',
  level: 1,
  severity: 'medium',
  rules: [],
});

export const page: ControlPage = {
  slug: 'unused-credentials-disabled',
  topic: 'key rotation',
  scope: 'account',
  evidence: 'api',
  rule: 'PASS iff every enabled console password and active access key of an IAM user was used, or created, within the last 45 days; FAIL otherwise; NOT_APPLICABLE when no IAM user has an enabled credential.',
  apiFacts: ['iam:GenerateCredentialReport', 'iam:GetCredentialReport'],
  parameters: { maxIdleDays: 45 },
  triggers: {
    configTypes: ['AWS::IAM::User'],
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
    note: 'Takes the IAM user resource id and an age limit; set 45.',
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
