import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L1-01',
  title: 'Root user is protected by MFA or has no credentials at all',
  pillar: 'iam',
  level: 1,
  severity: 'critical',
  rules: [],
});

export const page: ControlPage = {
  slug: 'root-user-mfa',
  topic: 'MFA, root lockdown',
  scope: 'account',
  evidence: 'api',
  rule: 'PASS iff iam:GetAccountSummary reports AccountMFAEnabled = 1, or the account is an organization member with centralized root management enabled and AccountPasswordPresent = 0 and AccountAccessKeysPresent = 0; FAIL otherwise; NOT_APPLICABLE in the aws-us-gov partition, where member accounts have no console root user.',
  apiFacts: [
    'iam:GetAccountSummary',
    'iam:ListOrganizationsFeatures',
    'iam:ListVirtualMFADevices',
    'iam:GenerateCredentialReport',
    'iam:GetCredentialReport',
  ],
  triggers: {
    configTypes: [],
    cloudTrail: [
      {
        source: 'iam.amazonaws.com',
        names: [
          'EnableMFADevice',
          'DeactivateMFADevice',
          'DeleteVirtualMFADevice',
          'EnableOrganizationsRootCredentialsManagement',
          'DisableOrganizationsRootCredentialsManagement',
        ],
      },
    ],
    native: [{ source: 'aws.signin', detailType: 'AWS Console Sign In via CloudTrail' }],
    schedule: 'rate(12 hours)',
  },
  remediation: {
    kind: 'manual',
    note: 'Only the root user can enrol its MFA; centralized root management can delete member root credentials instead.',
  },
  crosswalk: {
    cisAwsV3: ['1.5', '1.6'],
    cisAwsV5: ['1.4', '1.5'],
    securityHub: ['IAM.9', 'IAM.6'],
    prowler: ['iam_root_mfa_enabled', 'iam_root_hardware_mfa_enabled', 'iam_root_credentials_management_enabled'],
    nistCsf2: ['PR.AA-01', 'PR.AA-03'],
    awsSmmV2: [
      { phase: 1, category: 'Identity and access management', recommendation: 'Multi-Factor Authentication' },
      { phase: 1, category: 'Identity and access management', recommendation: 'Root Account Protection' },
    ],
    iansCsmm2: ['IAM', 'Organization Management'],
  },
  notes:
    'Peers reported false failures for members with centrally managed root (ScoutSuite #1710, Prowler #5804): the second branch is required.',
};
