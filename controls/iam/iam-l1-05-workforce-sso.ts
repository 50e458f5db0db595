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
  type Verdict,
  verdictOnAccount,
} from '../../core/control.ts';
import { currentOf, daysBetween, gapIn, hasNoEvidence } from '../../core/evaluation/evidence.ts';
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import { OIDC_PROVIDER_AUDIENCE } from '../../core/facts/iam-oidc-provider-audience.ts';
import { SAML_PROVIDER_STATUS } from '../../core/facts/iam-saml-provider-status.ts';
import { matchesGlob } from '../../core/policy/glob.ts';

const USER = 'AWS::IAM::UserCredentials';
const SSO = 'AWS::SSO::Instance';
const ACCOUNT = 'AWS::Organizations::Account';

function evaluateWorkforce(inventory: Inventory): Verdict {
  const users = currentOf(inventory, USER).map((user) => ({ user, verdict: evaluateUser(user, inventory) }));
  const failing = users.filter(({ verdict }) => verdict.compliance === 'NON_COMPLIANT');
  if (failing.length > 0) {
    const names = failing.slice(0, MAX_NAMED).map(({ user }) => user.resource.resourceId);
    return nonCompliant(
      'console-passwords',
      `${failing.length} users outside the break-glass principals have a console password: ${names.join(' ')}`,
    );
  }
  const federation = evaluateFederation(inventory);
  if (federation.compliance !== 'COMPLIANT') return federation;
  const unknown = users.find(({ verdict }) => verdict.compliance === 'INSUFFICIENT_DATA');
  if (unknown) return unknown.verdict;
  const gap = gapIn(inventory, [USER]);
  return gap ? insufficientData(NOT_READ, gap) : federation;
}

/** Maximum number of users that the reason names. */
const MAX_NAMED = 5;

function evaluateUser(user: InventoryItem<typeof USER>, { settings }: Inventory): Verdict {
  const { passwordEnabled, arn } = user.facts;
  if (passwordEnabled === false) return compliant('user has no console password');
  if (arn !== undefined && settings.breakGlassPrincipals.some((pattern) => matchesGlob(pattern, arn)))
    return compliant('user is a break-glass principal');
  if (passwordEnabled === undefined) return lacks(user, 'passwordEnabled');
  return arn === undefined ? lacks(user, 'arn') : nonCompliant('console-passwords', 'user has a console password');
}

/** Evaluates what federates: one source is enough. */
function evaluateFederation(inventory: Inventory): Verdict {
  const instances = currentOf(inventory, SSO).map((instance) => evaluateInstance(instance, inventory));
  const sources = [
    ...instances,
    ...currentOf(inventory, SAML_PROVIDER_STATUS).map(evaluateSaml),
    ...currentOf(inventory, OIDC_PROVIDER_AUDIENCE).map(evaluateOidc),
  ];
  const decisive = sources.find(isCompliant) ?? sources.find(({ compliance }) => compliance === 'INSUFFICIENT_DATA');
  if (decisive) return decisive;
  const gap = gapIn(inventory, [SSO, SAML_PROVIDER_STATUS, OIDC_PROVIDER_AUDIENCE]);
  if (gap) return insufficientData(NOT_READ, gap);
  return (
    instances.find(({ code }) => code === 'account-instance') ?? nonCompliant('no-federation', `${NO_FEDERATION}${unseenIn(inventory)}`)
  );
}

const NO_FEDERATION =
  'account has no active IAM Identity Center instance of an organization, no SAML provider with unexpired metadata and no OpenID Connect provider of an application';

/** Names the closed Regions: an instance there is not seen, unless csmm has read it before. */
const unseenIn = ({ closedRegions }: Inventory): string => {
  const [first] = closedRegions;
  if (first === undefined) return '';
  const more = closedRegions.size > 1 ? ` and ${closedRegions.size - 1} more closed Regions` : '';
  return `, apart from ${first}${more}, which the organization has closed`;
};

const isCompliant = ({ compliance }: Verdict): boolean => compliance === 'COMPLIANT';

/** All values of `InstanceStatus` but `ACTIVE`. */
const INACTIVE: readonly string[] = ['CREATE_FAILED', 'CREATE_IN_PROGRESS', 'DELETE_IN_PROGRESS'];

/**
 * Only the instance of an organization gives access to AWS accounts. It belongs to the management account. Every other account has at
 * most an instance for its own applications, and sees no other such instance:
 * https://docs.aws.amazon.com/singlesignon/latest/userguide/identity-center-instances.html
 */
function evaluateInstance(instance: InventoryItem<typeof SSO>, inventory: Inventory): Verdict {
  const { status, ownerAccountId } = instance.facts;
  if (status === undefined) return lacks(instance, 'status');
  if (INACTIVE.includes(status)) return nonCompliant('no-federation', `IAM Identity Center instance has the status ${status}`);
  if (status !== 'ACTIVE') return insufficientData('status-unknown', `IAM Identity Center instance has the unknown status ${status}`);
  if (ownerAccountId === undefined) return lacks(instance, 'ownerAccountId');
  const isOfOrganization = ownerAccountId === inventory.accountId ? managesOrganization(inventory) : true;
  if (typeof isOfOrganization === 'string') return insufficientData(NOT_READ, isOfOrganization);
  return isOfOrganization
    ? compliant('IAM Identity Center instance of the organization is active')
    : nonCompliant('account-instance', 'IAM Identity Center instance of the account itself gives no access to AWS accounts');
}

/** Returns whether the account manages an organization, or why this is unknown. */
function managesOrganization(inventory: Inventory): boolean | string {
  const [account] = currentOf(inventory, ACCOUNT);
  if (!account) return gapIn(inventory, [ACCOUNT]) ?? `${ACCOUNT} has no entry for the account`;
  return account.facts.isManagementAccount ?? lacks(account, 'isManagementAccount').reason;
}

function evaluateSaml(provider: InventoryItem<typeof SAML_PROVIDER_STATUS>): Verdict {
  const { validUntil } = provider.facts;
  if (validUntil === undefined) return lacks(provider, 'validUntil');
  return daysBetween(provider.capturedAt, validUntil) > 0
    ? compliant('SAML provider has unexpired metadata')
    : nonCompliant('no-federation', `metadata of the SAML provider expired at ${validUntil}`);
}

function evaluateOidc(provider: InventoryItem<typeof OIDC_PROVIDER_AUDIENCE>): Verdict {
  const { audience } = provider.facts;
  if (audience === undefined) return lacks(provider, 'audience');
  return audience === 'applications'
    ? compliant('OpenID Connect provider serves an application')
    : nonCompliant('no-federation', 'OpenID Connect provider serves workloads');
}

const SOURCES = [USER, SSO, SAML_PROVIDER_STATUS, OIDC_PROVIDER_AUDIENCE] as const;

export default defineControl({
  id: 'IAM-L1-05',
  title: 'Workforce access is federated through a central identity source',
  pillar: 'iam',
  level: 1,
  severity: 'high',
  rules: [
    across(
      [USER, SSO, SAML_PROVIDER_STATUS, OIDC_PROVIDER_AUDIENCE, ACCOUNT, SETTINGS],
      function* (inventory) {
        if (!hasNoEvidence(inventory, SOURCES)) yield verdictOnAccount(inventory, evaluateWorkforce(inventory));
      },
      { handlesGaps: true, growsOld: true },
    ),
  ],
});

export const page: ControlPage = {
  slug: 'workforce-sso',
  topic: 'SSO',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if the account has a central identity source, and no IAM user outside the declared break-glass principals has a console password. The source is the ACTIVE IAM Identity Center instance of the organization, an IAM SAML provider with unexpired metadata, or an IAM OpenID Connect provider of an application. Fails otherwise. Always applies.',
  why: 'Local users stay active after people leave, and each has its own password. A central identity source enforces MFA and removes access in one place.',
  triggers: {
    cloudTrail: [
      {
        source: 'iam.amazonaws.com',
        names: [
          'CreateSAMLProvider',
          'UpdateSAMLProvider',
          'DeleteSAMLProvider',
          'CreateOpenIDConnectProvider',
          'DeleteOpenIDConnectProvider',
          'AddClientIDToOpenIDConnectProvider',
          'RemoveClientIDFromOpenIDConnectProvider',
          'CreateLoginProfile',
          'DeleteLoginProfile',
        ],
      },
      { source: 'sso.amazonaws.com', names: ['CreateInstance', 'DeleteInstance'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'manual', note: 'Connect an identity source, then remove console passwords.' },
  crosswalk: {
    cisAwsV3: ['1.21'],
    cisAwsV5: ['1.20'],
    securityHub: [],
    prowler: ['iam_check_saml_providers_sts'],
    nistCsf2: ['PR.AA-01', 'PR.AA-03'],
    awsSmmV2: [{ phase: 1, category: 'Identity and access management', recommendation: 'Identity Federation' }],
    iansCsmm2: ['IAM'],
  },
  notes:
    'An account instance of IAM Identity Center, of a member or of an account outside any organization, assigns applications but no AWS accounts, so it does not count (https://docs.aws.amazon.com/singlesignon/latest/userguide/identity-center-instances.html). The instance of the organization belongs to its management account. An OpenID Connect provider counts if its client IDs are those of applications. Providers for build jobs and containers, such as GitHub Actions and Amazon EKS, do not count, because no person signs in there.',
};
