import { describe, expect, it } from 'vitest';
import control from '../../../controls/networking/net-l2-03-guardduty-all-regions.ts';
import type { GuardDutyRegionFacts } from '../../../core/facts/guardduty-region-settings.ts';
import { EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';
import { joinCodes } from '../../support/control.ts';

const ON: GuardDutyRegionFacts = { enabled: true, features: { CLOUD_TRAIL: true, DNS_LOGS: true, FLOW_LOGS: true, S3_DATA_EVENTS: false } };
const OFF: GuardDutyRegionFacts = { enabled: false, features: {} };

const verdicts = (facts: Record<string, GuardDutyRegionFacts>, approvedRegions?: string[]) => {
  const regions = Object.fromEntries(Object.keys(facts).map((region) => [region, region]));
  const settings = { ...EMPTY_SETTINGS, ...(approvedRegions && { approvedRegions }) };
  return joinCodes(control, { 'AWS::GuardDuty::RegionSettings': facts }, regions, { settings });
};

describe('NET-L2-03 on a Region', () => {
  it.each<[string, string, GuardDutyRegionFacts]>([
    ['COMPLIANT', 'its detector watches all foundational data sources', ON],
    ['NON_COMPLIANT detector-not-enabled', 'it has no enabled detector', OFF],
    ['NON_COMPLIANT detector-not-enabled', 'it has no enabled detector and nothing else is known', { enabled: false }],
    ['NON_COMPLIANT data-source-off', 'a foundational data source is off', { ...ON, features: { ...ON.features, FLOW_LOGS: false } }],
    [
      'INSUFFICIENT_DATA data-source-unknown',
      'a foundational data source is not listed',
      { enabled: true, features: { CLOUD_TRAIL: true, DNS_LOGS: true } },
    ],
    [
      'INSUFFICIENT_DATA data-source-unknown',
      'a foundational data source has an unknown status',
      { ...ON, features: { ...ON.features, DNS_LOGS: null } },
    ],
    [
      'NON_COMPLIANT data-source-off',
      'one foundational data source is off and another has an unknown status',
      { ...ON, features: { ...ON.features, DNS_LOGS: null, FLOW_LOGS: false } },
    ],
    ['INSUFFICIENT_DATA not-read', 'the status of the detector was not read', { features: ON.features! }],
    ['INSUFFICIENT_DATA not-read', 'its data sources were not read', { enabled: true }],
  ])('is %s when %s', (compliance, _, facts) => {
    expect(verdicts({ 'eu-west-1': facts })).toEqual({ 'eu-west-1': compliance });
  });

  it('evaluates only approved Regions, and all of them', () => {
    expect(verdicts({ 'eu-west-1': ON, 'us-east-1': OFF }, ['eu-west-1', 'eu-north-1'])).toEqual({
      'eu-west-1': 'COMPLIANT',
      'eu-north-1': 'INSUFFICIENT_DATA not-read',
      'us-east-1': 'NOT_APPLICABLE',
    });
  });
});
