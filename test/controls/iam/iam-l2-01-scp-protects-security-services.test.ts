import { describe, expect, it } from 'vitest';
import scpProtectsSecurityServices from '../../../controls/iam/iam-l2-01-scp-protects-security-services.ts';
import { evaluateJoins } from '../../../core/evaluation/evaluate.ts';
import type { OrganizationsAccountFacts } from '../../../core/facts/organizations-account.ts';
import { PROTECTED_ACTIONS, type ScpProtection } from '../../../core/policy/service-control-policies.ts';
import { type AccountSettings, EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';
import { inventoryOf } from '../../support/control.ts';

const ADMIN = 'arn:aws:iam::*:role/SecurityAdmin';
const CONTROL_TOWER = 'arn:*:iam::*:role/AWSControlTowerExecution';

const denied = (...exempt: string[]): ScpProtection => ({ kind: 'denied', exempt });
const open = (reason: string): ScpProtection => ({ kind: 'open', reason });
const everyAction = (protection: ScpProtection) => Object.fromEntries(PROTECTED_ACTIONS.map((action) => [action, protection]));
const but = (action: string, protection: ScpProtection) => ({ ...everyAction(denied()), [action]: protection });

const member = (protectedActions: Record<string, ScpProtection>): OrganizationsAccountFacts => ({
  inOrganization: true,
  isManagementAccount: false,
  scpsEnabled: true,
  protectedActions,
});

function evaluated(facts: OrganizationsAccountFacts, settings: Partial<AccountSettings> = {}) {
  const inventory = inventoryOf(
    { 'AWS::Organizations::Account': { '111111111111': facts } },
    {},
    { settings: { ...EMPTY_SETTINGS, ...settings } },
  );
  const [verdict] = evaluateJoins(scpProtectsSecurityServices, inventory);
  return { compliance: verdict?.compliance, code: verdict?.code, reason: verdict?.reason };
}

describe('IAM-L2-01', () => {
  it.each([
    ['every action is denied to everyone', everyAction(denied()), {}],
    ['the exempt role is declared as exempt', everyAction(denied(ADMIN)), { exemptPrincipals: [ADMIN] }],
    ['the exempt role is a declared pipeline', everyAction(denied(ADMIN)), { pipelinePrincipals: [ADMIN] }],
    [
      'the exempt role is a declared break-glass principal',
      everyAction(denied(ADMIN)),
      { breakGlassPrincipals: ['arn:aws:iam::*:role/Security*'] },
    ],
    ['service-linked roles are exempt, to which no policy applies', everyAction(denied('arn:aws:iam::*:role/aws-service-role/*')), {}],
    [
      'the role of Control Tower is declared, in any partition',
      everyAction(denied(CONTROL_TOWER)),
      { exemptPrincipals: ['arn:aws:iam::*:role/AWSControlTowerExecution'] },
    ],
  ])('is COMPLIANT when %s', (_, protectedActions, settings) => {
    expect(evaluated(member(protectedActions), settings).compliance).toBe('COMPLIANT');
  });

  it.each([
    [
      'action-not-denied',
      'one action is open',
      but('guardduty:DeleteDetector', open('nothing denies guardduty:DeleteDetector')),
      {},
      'guardduty:DeleteDetector',
    ],
    [
      'undeclared-exemption',
      'an exempt role is not declared',
      but('cloudtrail:StopLogging', denied(ADMIN)),
      {},
      `exempt ${ADMIN} from the denial of cloudtrail:StopLogging`,
    ],
    [
      'undeclared-exemption',
      'one of two exempt roles is not declared',
      everyAction(denied(ADMIN, CONTROL_TOWER)),
      { exemptPrincipals: [ADMIN] },
      CONTROL_TOWER,
    ],
    [
      'undeclared-exemption',
      'a role is exempt in every account and declared in one',
      everyAction(denied(ADMIN)),
      { exemptPrincipals: ['arn:aws:iam::111111111111:role/SecurityAdmin'] },
      ADMIN,
    ],
    [
      'undeclared-exemption',
      'every principal with a tag is exempt',
      everyAction(denied('aws:principaltag/team=security')),
      { exemptPrincipals: ['arn:*:iam::*:role/*'] },
      'aws:principaltag/team=security',
    ],
    [
      'undeclared-exemption',
      'every caller of a service is exempt',
      everyAction(denied('aws:viaawsservice=true')),
      { exemptPrincipals: ['arn:*:iam::*:role/*'] },
      'aws:viaawsservice=true',
    ],
    [
      'action-not-denied',
      'an action is open and another was not checked',
      { 'cloudtrail:StopLogging': open('open to all') },
      {},
      'open to all',
    ],
  ])('is NON_COMPLIANT (%s) when %s, and names the principal or action', (code, _, protectedActions, settings, what) => {
    expect(evaluated(member(protectedActions), settings)).toEqual({
      compliance: 'NON_COMPLIANT',
      code,
      reason: expect.stringContaining(what),
    });
  });

  it.each<[string, string, OrganizationsAccountFacts]>([
    ['no-organization', 'the account is in no organization', { inOrganization: false, isManagementAccount: false, scpsEnabled: false }],
    [
      'scps-not-enabled',
      'the organization has not enabled such policies',
      { inOrganization: true, isManagementAccount: false, scpsEnabled: false },
    ],
  ])('is NON_COMPLIANT (%s) when %s', (code, _, facts) => {
    const verdict = evaluated({ ...facts, protectedActions: everyAction(open('nothing denies it')) });
    expect(verdict).toMatchObject({ compliance: 'NON_COMPLIANT', code });
  });

  it('is NOT_APPLICABLE to the management account, although nothing else about it is known', () => {
    expect(evaluated({ inOrganization: true, isManagementAccount: true }).compliance).toBe('NOT_APPLICABLE');
  });

  it.each<[string, string, OrganizationsAccountFacts]>([
    ['not-read', 'nothing was read', {}],
    [
      'not-read',
      'it is unknown which account manages the organization',
      { inOrganization: true, scpsEnabled: true, protectedActions: everyAction(denied()) },
    ],
    ['not-read', 'the roots were not read', { inOrganization: true, isManagementAccount: false, protectedActions: everyAction(denied()) }],
    ['not-read', 'the policies were not read', { inOrganization: true, isManagementAccount: false, scpsEnabled: true }],
    ['policies-not-checked', 'one action was not checked', member({ 'cloudtrail:StopLogging': denied() })],
  ])('is INSUFFICIENT_DATA (%s) when %s', (code, _, facts) => {
    expect(evaluated(facts)).toEqual({ compliance: 'INSUFFICIENT_DATA', code, reason: expect.stringMatching(/\S/) });
  });
});
