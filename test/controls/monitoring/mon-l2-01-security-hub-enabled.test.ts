import { describe, expect, it } from 'vitest';
import control from '../../../controls/monitoring/mon-l2-01-security-hub-enabled.ts';
import type { SecurityHubRegionFacts } from '../../../core/facts/securityhub-region-settings.ts';
import { EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';
import { joinVerdicts } from '../../support/control.ts';

const FSBP = 'aws-foundational-security-best-practices';
const CIS = 'cis-aws-foundations-benchmark';
const standards = (...all: [name: string, status: string][]) => ({ standards: all.map(([name, status]) => ({ name, status })) });
const MEMBER: SecurityHubRegionFacts = {
  enabled: true,
  ...standards([FSBP, 'READY']),
  administrator: { accountId: '222222222222', relationship: 'ENABLED' },
  isAdministrator: false,
};
const DELEGATE: SecurityHubRegionFacts = { ...MEMBER, administrator: null, isAdministrator: true };
const without = (facts: SecurityHubRegionFacts, fact: keyof SecurityHubRegionFacts): SecurityHubRegionFacts => {
  const { [fact]: _, ...rest } = facts;
  return rest;
};

const verdicts = (facts: Record<string, SecurityHubRegionFacts>, approvedRegions?: string[]) => {
  const regions = Object.fromEntries(Object.keys(facts).map((region) => [region, region]));
  const settings = { ...EMPTY_SETTINGS, ...(approvedRegions && { approvedRegions }) };
  return joinVerdicts(control, { 'AWS::SecurityHub::RegionSettings': facts }, regions, { settings });
};

describe('MON-L2-01 on a Region', () => {
  it.each<[string, string, SecurityHubRegionFacts]>([
    ['COMPLIANT', 'a member has the FSBP', MEMBER],
    ['COMPLIANT', 'a member has CIS', { ...MEMBER, ...standards([CIS, 'READY']) }],
    ['COMPLIANT', 'one standard of several is ready', { ...MEMBER, ...standards(['pci-dss', 'READY'], [FSBP, 'FAILED'], [CIS, 'READY']) }],
    ['COMPLIANT', 'the account is the delegated administrator', DELEGATE],
    ['NON_COMPLIANT', 'Security Hub is not enabled', { enabled: false }],
    ['NON_COMPLIANT', 'no standard is enabled', { ...MEMBER, ...standards() }],
    ['NON_COMPLIANT', 'another standard alone is enabled', { ...MEMBER, ...standards(['pci-dss', 'READY']) }],
    ['NON_COMPLIANT', 'the standard is not ready', { ...MEMBER, ...standards([FSBP, 'INCOMPLETE']) }],
    ['NON_COMPLIANT', 'nobody receives the findings', { ...DELEGATE, isAdministrator: false }],
    [
      'NON_COMPLIANT',
      'the account left its administrator',
      { ...MEMBER, administrator: { accountId: '222222222222', relationship: 'RESIGNED' } },
    ],
    [
      'NON_COMPLIANT',
      'no standard is ready and nobody knows who receives findings',
      without({ ...MEMBER, ...standards() }, 'administrator'),
    ],
    ['INSUFFICIENT_DATA', 'nobody knows whether it is enabled', without(MEMBER, 'enabled')],
    ['INSUFFICIENT_DATA', 'its standards were not read', without(MEMBER, 'standards')],
    ['INSUFFICIENT_DATA', 'its administrator was not read', without(MEMBER, 'administrator')],
    ['INSUFFICIENT_DATA', 'nobody knows whether it is the administrator', without(DELEGATE, 'isAdministrator')],
  ])('is %s when %s', (compliance, _, facts) => {
    expect(verdicts({ 'eu-west-1': facts })).toEqual({ 'eu-west-1': compliance });
  });

  it('looks at approved Regions alone, and misses none of them', () => {
    expect(verdicts({ 'eu-west-1': MEMBER, 'us-east-1': { enabled: false } }, ['eu-west-1', 'eu-north-1'])).toEqual({
      'eu-west-1': 'COMPLIANT',
      'eu-north-1': 'INSUFFICIENT_DATA',
      'us-east-1': 'NOT_APPLICABLE',
    });
  });
});
