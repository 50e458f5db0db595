import { describe, expect, it } from 'vitest';
import control from '../../../controls/monitoring/mon-l2-01-security-hub-enabled.ts';
import { evaluateJoins } from '../../../core/evaluation/evaluate.ts';
import type { SecurityHubRegionFacts } from '../../../core/facts/securityhub-region-settings.ts';
import { EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';
import { inventoryOf, joinCodes } from '../../support/control.ts';

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
  return joinCodes(control, { 'AWS::SecurityHub::RegionSettings': facts }, regions, { settings });
};

describe('MON-L2-01 on a Region', () => {
  it.each<[string, string, SecurityHubRegionFacts]>([
    ['COMPLIANT', 'a member has the FSBP', MEMBER],
    ['COMPLIANT', 'a member has CIS', { ...MEMBER, ...standards([CIS, 'READY']) }],
    ['COMPLIANT', 'one standard of several is ready', { ...MEMBER, ...standards(['pci-dss', 'READY'], [FSBP, 'FAILED'], [CIS, 'READY']) }],
    ['COMPLIANT', 'the account is the delegated administrator', DELEGATE],
    ['NON_COMPLIANT hub-not-enabled', 'Security Hub is not enabled', { enabled: false }],
    ['NON_COMPLIANT no-standard', 'no standard is enabled', { ...MEMBER, ...standards() }],
    ['NON_COMPLIANT no-standard', 'only another standard is enabled', { ...MEMBER, ...standards(['pci-dss', 'READY']) }],
    ['NON_COMPLIANT standard-not-ready', 'the standard is not ready', { ...MEMBER, ...standards([FSBP, 'INCOMPLETE']) }],
    ['NON_COMPLIANT no-administrator', 'no account receives the findings', { ...DELEGATE, isAdministrator: false }],
    [
      'NON_COMPLIANT administrator-not-associated',
      'the account left its administrator',
      { ...MEMBER, administrator: { accountId: '222222222222', relationship: 'RESIGNED' } },
    ],
    [
      'NON_COMPLIANT no-standard',
      'no standard is ready and the receiver of the findings is unknown',
      without({ ...MEMBER, ...standards() }, 'administrator'),
    ],
    ['INSUFFICIENT_DATA status-unknown', 'the standard has an unknown status', { ...MEMBER, ...standards([FSBP, 'PAUSED']) }],
    ['COMPLIANT', 'one of two standards has an unknown status', { ...MEMBER, ...standards([FSBP, 'PAUSED'], [CIS, 'READY']) }],
    [
      'INSUFFICIENT_DATA status-unknown',
      'the administrator has an unknown status',
      { ...MEMBER, administrator: { accountId: '222222222222', relationship: 'WAITING' } },
    ],
    ['INSUFFICIENT_DATA not-read', 'it is unknown whether it is enabled', without(MEMBER, 'enabled')],
    ['INSUFFICIENT_DATA not-read', 'its standards were not read', without(MEMBER, 'standards')],
    ['INSUFFICIENT_DATA not-read', 'its administrator was not read', without(MEMBER, 'administrator')],
    ['INSUFFICIENT_DATA not-read', 'it is unknown whether it is the administrator', without(DELEGATE, 'isAdministrator')],
  ])('is %s when %s', (expected, _, facts) => {
    expect(verdicts({ 'eu-west-1': facts })).toEqual({ 'eu-west-1': expected });
  });

  it('evaluates only approved Regions, and all of them', () => {
    expect(verdicts({ 'eu-west-1': MEMBER, 'us-east-1': { enabled: false } }, ['eu-west-1', 'eu-north-1'])).toEqual({
      'eu-west-1': 'COMPLIANT',
      'eu-north-1': 'INSUFFICIENT_DATA not-read',
      'us-east-1': 'NOT_APPLICABLE',
    });
  });

  it.each<[string, SecurityHubRegionFacts]>([
    ['Security Hub CSPM is not enabled', { enabled: false }],
    ['Security Hub has neither the FSBP nor the CIS standard enabled', { ...MEMBER, ...standards() }],
    [`Security Hub standard ${FSBP} is INCOMPLETE (required: READY)`, { ...MEMBER, ...standards([FSBP, 'INCOMPLETE']) }],
    [
      'Security Hub administrator 222222222222 is RESIGNED (required: ENABLED)',
      { ...MEMBER, administrator: { accountId: '222222222222', relationship: 'RESIGNED' } },
    ],
    ['Security Hub findings of the account reach no administrator', { ...DELEGATE, isAdministrator: false }],
  ])('gives the reason "%s"', (reason, facts) => {
    const inventory = inventoryOf({ 'AWS::SecurityHub::RegionSettings': { 'eu-west-1': facts } });
    expect(evaluateJoins(control, inventory).map((verdict) => verdict.reason)).toEqual([reason]);
  });
});
