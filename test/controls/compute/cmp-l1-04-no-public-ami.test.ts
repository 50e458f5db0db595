import { describe, expect, it } from 'vitest';
import control from '../../../controls/compute/cmp-l1-04-no-public-ami.ts';
import { EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';
import { CAPTURED_AT, joinCodes, testControl } from '../../support/control.ts';

testControl(control, 'AWS::EC2::Image', {
  COMPLIANT: { 'image is not public': { 'the image is not public': { public: false } } },
  NON_COMPLIANT: { 'image-public': { 'the image is public': { public: true } } },
  INSUFFICIENT_DATA: { 'not-read': { 'EC2 did not return whether it is public': {} } },
});

const SETTING = 'AWS::EC2::ImageBlockPublicAccess';
const ireland = (state?: string) => ({ [SETTING]: { 'eu-west-1': state === undefined ? {} : { state } } });

describe("CMP-L1-04 on a Region's setting", () => {
  it.each([
    ['COMPLIANT', 'new sharing is blocked', 'block-new-sharing'],
    ['NON_COMPLIANT region-unblocked', 'it is unblocked', 'unblocked'],
    ['INSUFFICIENT_DATA region-state-unknown', 'its state is a new one', 'block-some-sharing'],
    ['INSUFFICIENT_DATA not-read', 'its state was not read', undefined],
  ])('is %s when %s', (compliance, _, state) => {
    expect(joinCodes(control, ireland(state))).toEqual({ 'eu-west-1': compliance });
  });

  it('is INSUFFICIENT_DATA in an approved Region that was not read, and does not apply in others', () => {
    const settings = { ...EMPTY_SETTINGS, approvedRegions: ['eu-central-1'] };
    expect(joinCodes(control, ireland('unblocked'), {}, { settings })).toEqual({
      'eu-west-1': 'NOT_APPLICABLE',
      'eu-central-1': 'INSUFFICIENT_DATA not-read',
    });
  });

  it('is INSUFFICIENT_DATA if the call was denied', () => {
    const listings = () => [{ region: 'eu-west-1', capturedAt: CAPTURED_AT, gap: 'denied' }];
    expect(joinCodes(control, {}, {}, { listings })).toEqual({ 'eu-west-1': 'INSUFFICIENT_DATA not-read' });
  });
});
