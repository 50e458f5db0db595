import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import scpRegionRestriction from '../../../controls/iam/iam-l2-02-scp-region-restriction.ts';
import { evaluateJoins } from '../../../core/evaluation/evaluate.ts';
import type { OrganizationsAccountFacts } from '../../../core/facts/organizations-account.ts';
import type { RegionRestriction } from '../../../core/policy/service-control-policies.ts';
import { type AccountSettings, EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';
import { inventoryOf } from '../../support/control.ts';

const CONTROL_TOWER = 'arn:*:iam::*:role/AWSControlTowerExecution';

type Restricted = Extract<RegionRestriction, { kind: 'restricted' }>;
const restricted = (parts: Partial<Restricted> = {}): RegionRestriction => ({
  kind: 'restricted',
  regions: ['eu-central-1', 'eu-west-1'],
  exemptActions: [],
  exemptPrincipals: [],
  ...parts,
});
const OPEN: RegionRestriction = { kind: 'open', reason: 'no service control policy denies requests by their Region' };

const member = (regionRestriction: RegionRestriction): OrganizationsAccountFacts => ({
  inOrganization: true,
  isManagementAccount: false,
  scpsEnabled: true,
  regionRestriction,
});

function evaluated(facts: OrganizationsAccountFacts, settings: Partial<AccountSettings> = {}) {
  const inventory = inventoryOf(
    { 'AWS::Organizations::Account': { '111111111111': facts } },
    {},
    { settings: { ...EMPTY_SETTINGS, ...settings } },
  );
  const [verdict] = evaluateJoins(scpRegionRestriction, inventory);
  return { compliance: verdict?.compliance, code: verdict?.code, reason: verdict?.reason };
}

const APPROVED = { approvedRegions: ['eu-central-1', 'eu-west-1', 'eu-north-1'] };

describe('IAM-L2-02', () => {
  it.each<[string, RegionRestriction, Partial<AccountSettings>]>([
    ['every allowed Region is approved', restricted(), APPROVED],
    ['no Region is allowed', restricted({ regions: [] }), APPROVED],
    ['no Region is allowed and none are declared', restricted({ regions: [] }), {}],
    ['the exempt role is declared', restricted({ exemptPrincipals: [CONTROL_TOWER] }), { ...APPROVED, exemptPrincipals: [CONTROL_TOWER] }],
  ])('is COMPLIANT when %s', (_, restriction, settings) => {
    expect(evaluated(member(restriction), settings).compliance).toBe('COMPLIANT');
  });

  it.each<[string, string, RegionRestriction, Partial<AccountSettings>, string]>([
    ['regions-not-restricted', 'nothing restricts Regions', OPEN, APPROVED, 'no service control policy'],
    ['regions-not-restricted', 'nothing restricts Regions and none are declared', OPEN, {}, 'no service control policy'],
    ['unapproved-region', 'an allowed Region is not approved', restricted({ regions: ['eu-west-1', 'us-west-2'] }), APPROVED, 'us-west-2'],
    [
      'unapproved-region',
      'us-east-1 is allowed for global services',
      restricted({ regions: ['eu-west-1', 'us-east-1'] }),
      APPROVED,
      'us-east-1',
    ],
    ['unapproved-region', 'a pattern allows Regions', restricted({ regions: ['eu-*'] }), APPROVED, 'eu-*'],
    [
      'action-not-restricted',
      'a service that is not global is allowed everywhere',
      restricted({ exemptActions: ['s3:*'] }),
      APPROVED,
      's3:*',
    ],
    [
      'action-not-restricted',
      'a service is allowed everywhere and no Regions are declared',
      restricted({ exemptActions: ['s3:*'] }),
      {},
      's3:*',
    ],
    ['undeclared-exemption', 'an exempt role is not declared', restricted({ exemptPrincipals: [CONTROL_TOWER] }), APPROVED, CONTROL_TOWER],
    [
      'undeclared-exemption',
      'every caller of a service is exempt',
      restricted({ exemptPrincipals: ['aws:viaawsservice=true'] }),
      { ...APPROVED, exemptPrincipals: ['arn:*:iam::*:role/*'] },
      'aws:viaawsservice=true',
    ],
  ])('is NON_COMPLIANT (%s) when %s, and names it', (code, _, restriction, settings, what) => {
    expect(evaluated(member(restriction), settings)).toEqual({ compliance: 'NON_COMPLIANT', code, reason: expect.stringContaining(what) });
  });

  it.each<[string, string, OrganizationsAccountFacts]>([
    ['no-organization', 'the account is in no organization', { inOrganization: false, isManagementAccount: false, scpsEnabled: false }],
    [
      'scps-not-enabled',
      'the organization has not enabled such policies',
      { inOrganization: true, isManagementAccount: false, scpsEnabled: false },
    ],
  ])('is NON_COMPLIANT (%s) when %s', (code, _, facts) => {
    expect(evaluated({ ...facts, regionRestriction: OPEN }, APPROVED)).toMatchObject({ compliance: 'NON_COMPLIANT', code });
  });

  it('is NOT_APPLICABLE to the management account, although nothing else about it is known', () => {
    expect(evaluated({ inOrganization: true, isManagementAccount: true }).compliance).toBe('NOT_APPLICABLE');
  });

  it('is INSUFFICIENT_DATA when Regions are restricted and none are declared, and says why', () => {
    expect(evaluated(member(restricted()))).toEqual({
      compliance: 'INSUFFICIENT_DATA',
      code: 'approved-regions-not-declared',
      reason: 'service control policies allow requests to eu-central-1, eu-west-1, but csmm.yaml does not declare approvedRegions',
    });
  });

  it.each<[string, OrganizationsAccountFacts]>([
    ['nothing was read', {}],
    ['the policies were not read', { inOrganization: true, isManagementAccount: false, scpsEnabled: true }],
    ['the roots were not read', { inOrganization: true, isManagementAccount: false, regionRestriction: restricted() }],
  ])('is INSUFFICIENT_DATA when %s', (_, facts) => {
    expect(evaluated(facts, APPROVED)).toMatchObject({ compliance: 'INSUFFICIENT_DATA', code: 'not-read' });
  });

  it('passes only restrictions that allow no more Regions than are approved', () => {
    const regions = fc.subarray(['eu-west-1', 'eu-north-1', 'us-east-1', 'eu-*', '?']);
    fc.assert(
      fc.property(regions, fc.subarray(['eu-west-1', 'eu-north-1', 'us-east-1'], { minLength: 1 }), (left, approvedRegions) => {
        const isWithin = left.every((region) => approvedRegions.includes(region));
        return (
          evaluated(member(restricted({ regions: left })), { approvedRegions }).compliance === (isWithin ? 'COMPLIANT' : 'NON_COMPLIANT')
        );
      }),
    );
  });
});
