import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L5-02',
  title: 'Human privilege exists only inside short approved sessions',
  pillar: 'iam',
  level: 5,
  severity: 'critical',
  rules: [],
});

export const page: ControlPage = {
  slug: 'zero-standing-privilege',
  topic: 'zero standing privilege',
  scope: 'organization',
  evidence: 'policy-analysis',
  rule: 'Passes if, in all accounts of the declared production scope, no human principal has held write, permissions-management or secret-read access for more than 12 hours, every elevated session of the last 30 days lasted at most 8 hours and has an approval record, and no IAM user has console or key credentials, except sealed break-glass users. Fails otherwise. Always applies.',
  why: 'Privilege that exists only during an approved session cannot be stolen at other times. Access ends without a manual step.',
  apiFacts: [
    'sso-admin:ListAccountAssignments',
    'sso-admin:DescribePermissionSet',
    'iam:GetAccountAuthorizationDetails',
    'iam:GetCredentialReport',
    'cloudtrail:LookupEvents',
  ],
  parameters: { maxStandingHours: 12, maxSessionHours: 8 },
  triggers: {
    configTypes: ['AWS::IAM::Role', 'AWS::IAM::User'],
    cloudTrail: [
      { source: 'sso.amazonaws.com', names: ['CreateAccountAssignment', 'DeleteAccountAssignment', 'UpdatePermissionSet'] },
      { source: 'iam.amazonaws.com', names: ['CreateAccessKey', 'CreateLoginProfile', 'AttachRolePolicy'] },
    ],
    schedule: 'rate(1 hour)',
  },
  remediation: { kind: 'custom', note: 'Revoke expired assignments automatically. The approval workflow owns grants.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: ['iam_user_with_temporary_credentials'],
    nistCsf2: ['PR.AA-05', 'PR.AA-01'],
    awsSmmV2: [
      { phase: 4, category: 'Identity and access management', recommendation: 'Temporary Elevated Access' },
      { phase: 4, category: 'Infrastructure protection', recommendation: 'Zero Trust Access' },
    ],
    iansCsmm2: ['IAM'],
  },
  notes:
    'The source of the model names zero standing privilege under level 5 in its text. The cell of IAM level 5 names only the automatic revert of policy drift.',
};
