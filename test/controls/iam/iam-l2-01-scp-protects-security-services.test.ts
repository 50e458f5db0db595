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
  return { compliance: verdict?.compliance, reason: verdict?.reason };
}

describe('IAM-L2-01', () => {
  it.each([
    ['every action is denied to everyone', everyAction(denied()), {}],
    ['the exempt role is declared as exempt', everyAction(denied(ADMIN)), { exemptPrincipals: [ADMIN] }],
    ['the exempt role is a declared pipeline', everyAction(denied(ADMIN)), { pipelinePrincipals: [ADMIN] }],
    [
      'the exempt role is declared for emergencies',
      everyAction(denied(ADMIN)),
      { breakGlassPrincipals: ['arn:aws:iam::*:role/Security*'] },
    ],
    ['service-linked roles are exempt, which no policy binds', everyAction(denied('arn:aws:iam::*:role/aws-service-role/*')), {}],
    [
      'the role of Control Tower is declared, in whatever partition',
      everyAction(denied(CONTROL_TOWER)),
      { exemptPrincipals: ['arn:aws:iam::*:role/AWSControlTowerExecution'] },
    ],
  ])('is COMPLIANT when %s', (_, protectedActions, settings) => {
    expect(evaluated(member(protectedActions), settings).compliance).toBe('COMPLIANT');
  });

  it.each([
    [
      'one action is open',
      but('guardduty:DeleteDetector', open('nothing denies guardduty:DeleteDetector')),
      {},
      'guardduty:DeleteDetector',
    ],
    ['an exempt role is not declared', but('cloudtrail:StopLogging', denied(ADMIN)), {}, `cloudtrail:StopLogging is left to ${ADMIN}`],
    ['one of two exempt roles is not declared', everyAction(denied(ADMIN, CONTROL_TOWER)), { exemptPrincipals: [ADMIN] }, CONTROL_TOWER],
    [
      'a role is exempt in every account and declared in one',
      everyAction(denied(ADMIN)),
      { exemptPrincipals: ['arn:aws:iam::111111111111:role/SecurityAdmin'] },
      ADMIN,
    ],
    [
      'whoever has a tag is exempt',
      everyAction(denied('aws:principaltag/team=security')),
      { exemptPrincipals: ['arn:*:iam::*:role/*'] },
      'aws:principaltag/team=security',
    ],
    [
      'whoever has a service ask is exempt',
      everyAction(denied('aws:viaawsservice=true')),
      { exemptPrincipals: ['arn:*:iam::*:role/*'] },
      'aws:viaawsservice=true',
    ],
    ['an action is open and another was not looked for', { 'cloudtrail:StopLogging': open('open to all') }, {}, 'open to all'],
  ])('is NON_COMPLIANT when %s, and says what', (_, protectedActions, settings, what) => {
    expect(evaluated(member(protectedActions), settings)).toEqual({ compliance: 'NON_COMPLIANT', reason: expect.stringContaining(what) });
  });

  it.each<[string, OrganizationsAccountFacts]>([
    ['the account is in no organization', { inOrganization: false, isManagementAccount: false, scpsEnabled: false }],
    ['the organization has not enabled such policies', { inOrganization: true, isManagementAccount: false, scpsEnabled: false }],
  ])('is NON_COMPLIANT when %s', (_, facts) => {
    expect(evaluated({ ...facts, protectedActions: everyAction(open('nothing denies it')) }).compliance).toBe('NON_COMPLIANT');
  });

  it('is NOT_APPLICABLE to the management account, though nothing else of it is known', () => {
    expect(evaluated({ inOrganization: true, isManagementAccount: true }).compliance).toBe('NOT_APPLICABLE');
  });

  it.each<[string, OrganizationsAccountFacts]>([
    ['nothing was told', {}],
    [
      'it is not known which account manages the organization',
      { inOrganization: true, scpsEnabled: true, protectedActions: everyAction(denied()) },
    ],
    ['the roots were not read', { inOrganization: true, isManagementAccount: false, protectedActions: everyAction(denied()) }],
    ['the policies were not read', { inOrganization: true, isManagementAccount: false, scpsEnabled: true }],
    ['one action was not looked for', member({ 'cloudtrail:StopLogging': denied() })],
  ])('is INSUFFICIENT_DATA when %s', (_, facts) => {
    expect(evaluated(facts)).toEqual({ compliance: 'INSUFFICIENT_DATA', reason: expect.stringMatching(/\S/) });
  });
});
