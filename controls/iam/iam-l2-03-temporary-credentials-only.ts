import { across, type ControlPage, compliant, defineControl, nonCompliant, on, verdictOnAccount } from '../../core/control.ts';
import { gapIn } from '../../core/evaluation/evidence.ts';

const USER = 'AWS::IAM::UserCredentials';

export default defineControl({
  id: 'IAM-L2-03',
  title: 'People and workloads use temporary credentials',
  pillar: 'iam',
  level: 2,
  severity: 'high',
  rules: [
    on(USER, ['accessKeys'], ({ accessKeys }) =>
      accessKeys.some(({ active }) => active)
        ? nonCompliant('the user has an active access key')
        : compliant('the user has no active access key'),
    ),
    across(
      [USER],
      function* (inventory) {
        if (inventory.all(USER).length === 0 && gapIn(inventory, [USER]) === undefined) {
          yield verdictOnAccount(inventory, compliant('the account has no IAM users'));
        }
      },
      { handlesGaps: true },
    ),
  ],
});

export const page: ControlPage = {
  slug: 'temporary-credentials-only',
  topic: 'temp credentials',
  scope: 'account',
  evidence: 'api',
  rule: 'PASS iff no IAM user holds an active access key except keys covered by an unexpired exemption that names the reason temporary credentials are impossible; FAIL otherwise; never NOT_APPLICABLE (an account with no IAM users passes).',
  apiFacts: ['iam:GenerateCredentialReport', 'iam:GetCredentialReport', 'iam:ListAccessKeys', 'iam:GetAccessKeyLastUsed'],
  triggers: {
    configTypes: ['AWS::IAM::User', 'AWS::IAM::Role'],
    cloudTrail: [
      { source: 'iam.amazonaws.com', names: ['CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey', 'CreateUser', 'DeleteUser'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Replace by role, OIDC federation or Roles Anywhere, then deactivate and delete.' },
  crosswalk: {
    cisAwsV3: ['1.18'],
    cisAwsV5: ['1.17'],
    securityHub: [],
    prowler: ['iam_user_with_temporary_credentials', 'ec2_instance_profile_attached'],
    nistCsf2: ['PR.AA-01', 'PR.AA-03'],
    awsSmmV2: [{ phase: 2, category: 'Identity and access management', recommendation: 'Use Temporary Credentials' }],
    iansCsmm2: ['IAM'],
  },
  notes: 'CIS 1.18/1.17 (instance roles) is a partial match.',
};
