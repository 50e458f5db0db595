import { type ControlPage, compliant, defineControl, insufficientData, nonCompliant, notApplicable, on } from '../../core/control.ts';
import { daysBetween } from '../../core/evaluation/evidence.ts';

const MAX_REPORT_HOURS = 4;

export default defineControl({
  id: 'IAM-L1-04',
  title: 'Every IAM user with a console password has MFA',
  pillar: 'iam',
  level: 1,
  severity: 'critical',
  rules: [
    on(
      'AWS::IAM::UserCredentials',
      ['reportGeneratedAt', 'passwordEnabled', 'mfaActive'],
      ({ reportGeneratedAt, passwordEnabled, mfaActive }, { capturedAt }) => {
        const isRecent = daysBetween(reportGeneratedAt, capturedAt) * 24 <= MAX_REPORT_HOURS;
        if (!isRecent)
          return insufficientData(`the credential report is of ${reportGeneratedAt}, more than ${MAX_REPORT_HOURS} hours before`);
        if (!passwordEnabled) return notApplicable('the user has no console password');
        return mfaActive ? compliant('the user has MFA') : nonCompliant('the user has a console password and no MFA');
      },
    ),
  ],
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
