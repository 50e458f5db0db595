import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L1-04',
  title: 'Every IAM user with a console password has MFA',
  pillar: 'iam',
  level: 1,
  severity: 'critical',
  rules: [],
});

export const page: ControlPage = {
  slug: 'console-users-mfa',
  topic: 'MFA',
  scope: 'account',
  evidence: 'api',
  rule: 'PASS iff, in a credential report at most 4 hours old, every IAM user other than root with password_enabled = true has mfa_active = true; FAIL otherwise; NOT_APPLICABLE when no IAM user has a console password.',
  apiFacts: ['iam:GenerateCredentialReport', 'iam:GetCredentialReport', 'iam:ListMFADevices'],
  triggers: {
    configTypes: ['AWS::IAM::User'],
    cloudTrail: [
      {
        source: 'iam.amazonaws.com',
        names: [
          'CreateUser',
          'DeleteUser',
          'CreateLoginProfile',
          'UpdateLoginProfile',
          'DeleteLoginProfile',
          'EnableMFADevice',
          'DeactivateMFADevice',
        ],
      },
    ],
    schedule: 'rate(12 hours)',
  },
  remediation: { kind: 'manual', note: 'The user enrols a device; a custom step may attach a deny-without-MFA policy meanwhile.' },
  crosswalk: {
    cisAwsV3: ['1.10'],
    cisAwsV5: ['1.9'],
    securityHub: ['IAM.5', 'IAM.19'],
    prowler: ['iam_user_mfa_enabled_console_access'],
    nistCsf2: ['PR.AA-03'],
    awsSmmV2: [{ phase: 1, category: 'Identity and access management', recommendation: 'Multi-Factor Authentication' }],
    iansCsmm2: ['IAM'],
  },
  notes:
    'The IAM user configuration item carries no MFA state, so the credential report is the fact source; exclude the root row (Prowler #3519).',
};
