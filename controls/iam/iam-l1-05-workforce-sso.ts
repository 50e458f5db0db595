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
import { currentOf, gapIn, hasNoEvidence } from '../../core/evaluation/evidence.ts';
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import { SAML_PROVIDER_STATUS } from '../../core/facts/iam-saml-provider-status.ts';
import { matchesGlob } from '../../core/policy/glob.ts';

const USER = 'AWS::IAM::UserCredentials';
const SSO = 'AWS::SSO::Instance';

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

function evaluateFederation(inventory: Inventory): Verdict {
  const instances = currentOf(inventory, SSO);
  const providers = currentOf(inventory, SAML_PROVIDER_STATUS);
  if (instances.some(({ facts }) => facts.status === 'ACTIVE')) return compliant('IAM Identity Center instance is active');
  if (providers.some(isValid)) return compliant('SAML provider has unexpired metadata');
  for (const instance of instances) if (instance.facts.status === undefined) return lacks(instance, 'status');
  for (const provider of providers) if (provider.facts.validUntil === undefined) return lacks(provider, 'validUntil');
  const gap = gapIn(inventory, [SSO, SAML_PROVIDER_STATUS]);
  return gap
    ? insufficientData(NOT_READ, gap)
    : nonCompliant(
        'no-federation',
        'account has neither an active IAM Identity Center instance nor a SAML provider with unexpired metadata',
      );
}

const isValid = ({ facts, capturedAt }: InventoryItem<typeof SAML_PROVIDER_STATUS>): boolean =>
  facts.validUntil !== undefined && Date.parse(facts.validUntil) > Date.parse(capturedAt);

export default defineControl({
  id: 'IAM-L1-05',
  title: 'Workforce access is federated through a central identity source',
  pillar: 'iam',
  level: 1,
  severity: 'high',
  rules: [
    across(
      [USER, SSO, SAML_PROVIDER_STATUS, SETTINGS],
      function* (inventory) {
        if (!hasNoEvidence(inventory, [USER, SSO, SAML_PROVIDER_STATUS])) yield verdictOnAccount(inventory, evaluateWorkforce(inventory));
      },
      { handlesGaps: true },
    ),
  ],
});

export const page: ControlPage = {
  slug: 'workforce-sso',
  topic: 'SSO',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if an ACTIVE IAM Identity Center instance serves the account or at least one IAM SAML provider has unexpired metadata, and no IAM user outside the declared break-glass principals has a console password. Fails otherwise. Always applies.',
  why: 'Local users stay active after people leave, and each has its own password. A central identity source enforces MFA and removes access in one place.',
  triggers: {
    cloudTrail: [
      {
        source: 'iam.amazonaws.com',
        names: ['CreateSAMLProvider', 'UpdateSAMLProvider', 'DeleteSAMLProvider', 'CreateLoginProfile', 'DeleteLoginProfile'],
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
};
