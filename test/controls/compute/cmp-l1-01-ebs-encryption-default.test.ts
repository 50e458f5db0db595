import { describe, expect, it } from 'vitest';
import control from '../../../controls/compute/cmp-l1-01-ebs-encryption-default.ts';
import { EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';
import { joinCodes } from '../../support/control.ts';

const verdicts = (facts: Record<string, { enabled?: boolean }>, approvedRegions?: string[]) => {
  const regions = Object.fromEntries(Object.keys(facts).map((region) => [region, region]));
  const settings = { ...EMPTY_SETTINGS, ...(approvedRegions && { approvedRegions }) };
  return joinCodes(control, { 'AWS::EC2::EBSEncryptionByDefault': facts }, regions, { settings });
};

describe('CMP-L1-01 on a Region', () => {
  it('is COMPLIANT when new volumes are encrypted, NON_COMPLIANT when not, INSUFFICIENT_DATA when the setting was not read', () => {
    expect(verdicts({ 'eu-west-1': { enabled: true }, 'eu-north-1': { enabled: false }, 'us-east-1': {} })).toEqual({
      'eu-west-1': 'COMPLIANT',
      'eu-north-1': 'NON_COMPLIANT default-encryption-off',
      'us-east-1': 'INSUFFICIENT_DATA not-read',
    });
  });

  it('evaluates only approved Regions, and all of them', () => {
    expect(verdicts({ 'eu-west-1': { enabled: true }, 'us-east-1': { enabled: false } }, ['eu-west-1', 'eu-north-1'])).toEqual({
      'eu-west-1': 'COMPLIANT',
      'eu-north-1': 'INSUFFICIENT_DATA not-read',
      'us-east-1': 'NOT_APPLICABLE',
    });
  });
});
