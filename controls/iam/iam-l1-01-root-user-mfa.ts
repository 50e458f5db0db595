import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Inventory,
  type InventoryItem,
  insufficientData,
  lacks,
  nonCompliant,
  notApplicable,
  type Verdict,
  verdictOn,
  verdictOnAccount,
} from '../../core/control.ts';
import { currentOf, gapIn, hasNoEvidence } from '../../core/evaluation/evidence.ts';

const SUMMARY = 'AWS::IAM::AccountSummary';
const FEATURES = 'AWS::IAM::OrganizationsFeatures';

function evaluateRoot(summary: InventoryItem<typeof SUMMARY>, inventory: Inventory): Verdict {
  const { partition, rootMfaEnabled, rootPasswordPresent, rootAccessKeysPresent } = summary.facts;
  if (partition === 'aws-us-gov') return notApplicable('GovCloud accounts have no root user for the console');
  if (rootMfaEnabled) return compliant('the root user has MFA');
  if (rootMfaEnabled === undefined) return lacks(summary, 'rootMfaEnabled');
  if (rootPasswordPresent) return nonCompliant('the root user has a password and no MFA');
  if (rootAccessKeysPresent) return nonCompliant('the root user has access keys and no MFA');
  if (rootPasswordPresent === undefined) return lacks(summary, 'rootPasswordPresent');
  if (rootAccessKeysPresent === undefined) return lacks(summary, 'rootAccessKeysPresent');
  return evaluateWithoutCredentials(inventory);
}

/** Where nobody manages root users centrally, whoever reads the root user's mail can set a password. */
function evaluateWithoutCredentials(inventory: Inventory): Verdict {
  const [features] = currentOf(inventory, FEATURES);
  if (!features) return insufficientData(gapIn(inventory, [FEATURES]) ?? `${FEATURES} does not speak of the account`);
  const { rootCredentialsManagement } = features.facts;
  if (rootCredentialsManagement === undefined) return lacks(features, 'rootCredentialsManagement');
  return rootCredentialsManagement
    ? compliant('the root user has no credentials, and the organization manages them')
    : nonCompliant('the root user has no MFA, and no organization keeps it without credentials');
}

export default defineControl({
  id: 'IAM-L1-01',
  title: 'Root user is protected by MFA or has no credentials at all',
  pillar: 'iam',
  level: 1,
  severity: 'critical',
  rules: [
    across(
      [SUMMARY, FEATURES],
      function* (inventory) {
        if (hasNoEvidence(inventory, [SUMMARY])) return;
        for (const summary of inventory.all(SUMMARY)) yield verdictOn(summary, evaluateRoot(summary, inventory));
        const gap = gapIn(inventory, [SUMMARY]);
        if (gap) yield verdictOnAccount(inventory, insufficientData(gap));
      },
      { handlesGaps: true },
    ),
  ],
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
    'Peers reported false failures for members with centrally managed root (ScoutSuite #1710, Prowler #5804): the second branch is required. The management account is no such member: central management does not reach its own root user.',
};
