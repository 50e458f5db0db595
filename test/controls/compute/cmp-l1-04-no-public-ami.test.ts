import { describe, expect, it } from 'vitest';
import control from '../../../controls/compute/cmp-l1-04-no-public-ami.ts';
import { EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';
import { CAPTURED_AT, joinVerdicts, testControl } from '../../support/control.ts';

testControl(control, 'AWS::EC2::Image', {
  COMPLIANT: { 'the image is not public': { public: false } },
  NON_COMPLIANT: { 'the image is public': { public: true } },
  INSUFFICIENT_DATA: { 'EC2 did not say whether it is public': {} },
});

const SETTING = 'AWS::EC2::ImageBlockPublicAccess';
const ireland = (state?: string) => ({ [SETTING]: { 'eu-west-1': state === undefined ? {} : { state } } });

describe("CMP-L1-04 on a Region's setting", () => {
  it.each([
    ['COMPLIANT', 'new sharing is blocked', 'block-new-sharing'],
    ['NON_COMPLIANT', 'it is unblocked', 'unblocked'],
    ['INSUFFICIENT_DATA', 'its state is one that nobody knows', 'block-some-sharing'],
    ['INSUFFICIENT_DATA', 'its state was not read', undefined],
  ])('is %s when %s', (compliance, _, state) => {
    expect(joinVerdicts(control, ireland(state))).toEqual({ 'eu-west-1': compliance });
  });

  it('is INSUFFICIENT_DATA in an approved Region that nobody read, and does not apply in others', () => {
    const settings = { ...EMPTY_SETTINGS, approvedRegions: ['eu-central-1'] };
    expect(joinVerdicts(control, ireland('unblocked'), {}, { settings })).toEqual({
      'eu-west-1': 'NOT_APPLICABLE',
      'eu-central-1': 'INSUFFICIENT_DATA',
    });
  });

  it('is INSUFFICIENT_DATA where the call was denied', () => {
    const listings = () => [{ region: 'eu-west-1', capturedAt: CAPTURED_AT, gap: 'denied' }];
    expect(joinVerdicts(control, {}, {}, { listings })).toEqual({ 'eu-west-1': 'INSUFFICIENT_DATA' });
  });
});
