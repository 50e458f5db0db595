import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Inventory,
  type InventoryItem,
  insufficientData,
  lacks,
  NOT_READ,
  nonCompliant,
  notApplicable,
  type Verdict,
  verdictOn,
  verdictOnAccount,
} from '../../core/control.ts';
import { currentOf, gapIn, hasNoEvidence } from '../../core/evaluation/evidence.ts';
import { WITHOUT_ROOT_USER } from '../../core/partitions.ts';

const SUMMARY = 'AWS::IAM::AccountSummary';
const FEATURES = 'AWS::IAM::OrganizationsFeatures';

function evaluateRoot(summary: InventoryItem<typeof SUMMARY>, inventory: Inventory): Verdict {
  const { partition, rootMfaEnabled, rootPasswordPresent, rootAccessKeysPresent } = summary.facts;
  if (partition === WITHOUT_ROOT_USER) return notApplicable('accounts in China have no root user');
  if (partition === 'aws-us-gov') return notApplicable('the root user of a GovCloud account cannot sign in to the console');
  if (rootMfaEnabled) return compliant('root user has MFA');
  if (rootMfaEnabled === undefined) return lacks(summary, 'rootMfaEnabled');
  if (rootPasswordPresent) return nonCompliant('password-without-mfa', 'root user has a password but no MFA');
  if (rootAccessKeysPresent) return nonCompliant('access-keys-without-mfa', 'root user has access keys but no MFA');
  if (rootPasswordPresent === undefined) return lacks(summary, 'rootPasswordPresent');
  if (rootAccessKeysPresent === undefined) return lacks(summary, 'rootAccessKeysPresent');
  return evaluateWithoutCredentials(inventory);
}

/** Evaluates a root user without credentials. Without central management, anyone who can read its email can set a password. */
function evaluateWithoutCredentials(inventory: Inventory): Verdict {
  const [features] = currentOf(inventory, FEATURES);
  if (!features) return insufficientData(NOT_READ, gapIn(inventory, [FEATURES]) ?? `${FEATURES} has no entry for the account`);
  const { rootCredentialsManagement } = features.facts;
  if (rootCredentialsManagement === undefined) return lacks(features, 'rootCredentialsManagement');
  return rootCredentialsManagement
    ? compliant('root user has no credentials, and the organization manages them centrally')
    : nonCompliant('no-mfa', 'root user has no MFA, and centralized root management is off');
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
        if (gap) yield verdictOnAccount(inventory, insufficientData(NOT_READ, gap));
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
  rule: 'Passes if iam:GetAccountSummary reports AccountMFAEnabled = 1, or if the account is an organization member with centralized root management enabled, AccountPasswordPresent = 0 and AccountAccessKeysPresent = 0. Fails otherwise. Not applicable in the aws-cn partition, which has no root users, and in the aws-us-gov partition, whose root users cannot sign in to the console.',
  why: 'The root user can do everything in the account, and no policy of the account limits it. Without MFA, a stolen password is enough to take over the account.',
  triggers: {
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
    note: 'Only the root user can enroll its MFA device. Centralized root management can delete the root credentials of member accounts instead.',
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
    'Other tools reported false failures for members with centrally managed root users (ScoutSuite #1710, Prowler #5804), so the second condition is required. It does not cover the management account: central management does not reach its own root user. The root user of a GovCloud account has at most access keys, which IAM-L1-02 evaluates: https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-account-root-user.html. For China, see https://docs.amazonaws.cn/en_us/aws/latest/userguide/iam.html.',
};
