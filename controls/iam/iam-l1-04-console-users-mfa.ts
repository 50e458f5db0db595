import {
  type ControlPage,
  compliant,
  defineControl,
  insufficientData,
  lacks,
  nonCompliant,
  notApplicable,
  on,
} from '../../core/control.ts';
import { daysBetween, isInFuture } from '../../core/evaluation/evidence.ts';

/** Maximum age of a credential report, in hours. */
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
      ['reportGeneratedAt', 'passwordEnabled'],
      ({ reportGeneratedAt, passwordEnabled, mfaActive }, evidence) => {
        const { capturedAt } = evidence;
        if (reportGeneratedAt !== null && isInFuture(reportGeneratedAt, capturedAt))
          return insufficientData('report-time-invalid', `credential report was generated at ${reportGeneratedAt}, which is in the future`);
        const isRecent = reportGeneratedAt === null || daysBetween(reportGeneratedAt, capturedAt) * 24 <= MAX_REPORT_HOURS;
        if (!isRecent)
          return insufficientData(
            'report-too-old',
            `credential report was generated at ${reportGeneratedAt} (limit: ${MAX_REPORT_HOURS} hours)`,
          );
        if (!passwordEnabled) return notApplicable('user has no console password');
        if (mfaActive === undefined) return lacks(evidence, 'mfaActive');
        return mfaActive ? compliant('user has MFA') : nonCompliant('no-mfa', 'user has a console password but no MFA');
      },
    ),
  ],
});

export const page: ControlPage = {
  slug: 'console-users-mfa',
  topic: 'MFA',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if every IAM user other than root with a console password has an MFA device. A credential report at most 4 hours old shows both. For a user who changed after the report, iam:GetLoginProfile and iam:ListMFADevices show them. Fails otherwise. Not applicable if no IAM user has a console password.',
  why: 'A console password without MFA can be guessed, phished or reused from another breach. One such user is enough to enter the account.',
  triggers: {
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
  remediation: { kind: 'manual', note: 'The user enrolls a device. A custom step can attach a deny-without-MFA policy until then.' },
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
    'The configuration item of an IAM user has no MFA state, so csmm reads the credential report. It excludes the root row (Prowler #3519). IAM repeats a report for 4 hours: evidence has the time of its report, and csmm reads a user who changed later directly.',
};
