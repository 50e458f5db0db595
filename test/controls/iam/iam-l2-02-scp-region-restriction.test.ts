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
  return { compliance: verdict?.compliance, reason: verdict?.reason };
}

const APPROVED = { approvedRegions: ['eu-central-1', 'eu-west-1', 'eu-north-1'] };

describe('IAM-L2-02', () => {
  it.each<[string, RegionRestriction, Partial<AccountSettings>]>([
    ['every Region left open is approved', restricted(), APPROVED],
    ['no Region is left open', restricted({ regions: [] }), APPROVED],
    ['no Region is left open, whatever would be approved', restricted({ regions: [] }), {}],
    ['the exempt role is declared', restricted({ exemptPrincipals: [CONTROL_TOWER] }), { ...APPROVED, exemptPrincipals: [CONTROL_TOWER] }],
  ])('is COMPLIANT when %s', (_, restriction, settings) => {
    expect(evaluated(member(restriction), settings).compliance).toBe('COMPLIANT');
  });

  it.each<[string, RegionRestriction, Partial<AccountSettings>, string]>([
    ['nothing restricts Regions', OPEN, APPROVED, 'no service control policy'],
    ['nothing restricts Regions and none are declared', OPEN, {}, 'no service control policy'],
    ['a Region is left open that is not approved', restricted({ regions: ['eu-west-1', 'us-west-2'] }), APPROVED, 'us-west-2'],
    ['us-east-1 is left open for global services', restricted({ regions: ['eu-west-1', 'us-east-1'] }), APPROVED, 'us-east-1'],
    ['Regions are left open by a pattern', restricted({ regions: ['eu-*'] }), APPROVED, 'eu-*'],
    ['a service that is not global may go anywhere', restricted({ exemptActions: ['s3:*'] }), APPROVED, 's3:*'],
    ['a service may go anywhere and no Regions are declared', restricted({ exemptActions: ['s3:*'] }), {}, 's3:*'],
    ['an exempt role is not declared', restricted({ exemptPrincipals: [CONTROL_TOWER] }), APPROVED, CONTROL_TOWER],
    [
      'whoever has a service ask is exempt',
      restricted({ exemptPrincipals: ['aws:viaawsservice=true'] }),
      { ...APPROVED, exemptPrincipals: ['arn:*:iam::*:role/*'] },
      'aws:viaawsservice=true',
    ],
  ])('is NON_COMPLIANT when %s, and says what', (_, restriction, settings, what) => {
    expect(evaluated(member(restriction), settings)).toEqual({ compliance: 'NON_COMPLIANT', reason: expect.stringContaining(what) });
  });

  it.each<[string, OrganizationsAccountFacts]>([
    ['the account is in no organization', { inOrganization: false, isManagementAccount: false, scpsEnabled: false }],
    ['the organization has not enabled such policies', { inOrganization: true, isManagementAccount: false, scpsEnabled: false }],
  ])('is NON_COMPLIANT when %s', (_, facts) => {
    expect(evaluated({ ...facts, regionRestriction: OPEN }, APPROVED).compliance).toBe('NON_COMPLIANT');
  });

  it('is NOT_APPLICABLE to the management account, though nothing else of it is known', () => {
    expect(evaluated({ inOrganization: true, isManagementAccount: true }).compliance).toBe('NOT_APPLICABLE');
  });

  it('is INSUFFICIENT_DATA when Regions are restricted and none are declared, and says what to do', () => {
    expect(evaluated(member(restricted()))).toEqual({
      compliance: 'INSUFFICIENT_DATA',
      reason: 'requests may go to eu-central-1, eu-west-1: declare approvedRegions in csmm.yaml',
    });
  });

  it.each<[string, OrganizationsAccountFacts]>([
    ['nothing was told', {}],
    ['the policies were not read', { inOrganization: true, isManagementAccount: false, scpsEnabled: true }],
    ['the roots were not read', { inOrganization: true, isManagementAccount: false, regionRestriction: restricted() }],
  ])('is INSUFFICIENT_DATA when %s', (_, facts) => {
    expect(evaluated(facts, APPROVED).compliance).toBe('INSUFFICIENT_DATA');
  });

  it('passes only what leaves open no more than is approved', () => {
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
