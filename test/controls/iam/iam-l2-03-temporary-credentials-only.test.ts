import { describe, expect, it } from 'vitest';
import control from '../../../controls/iam/iam-l2-03-temporary-credentials-only.ts';
import { joinVerdicts, testControl } from '../../support/control.ts';
import { daysAgo, listed } from './support.ts';

testControl(control, 'AWS::IAM::UserCredentials', {
  COMPLIANT: { 'there is no key': { accessKeys: [] }, 'no key is active': { accessKeys: [{ active: false }, { active: false }] } },
  NON_COMPLIANT: { 'a key is active, however young': { accessKeys: [{ active: false }, { active: true, lastRotatedAt: daysAgo(0) }] } },
  INSUFFICIENT_DATA: { 'keys were not read': {} },
});

describe('IAM-L2-03 on an account', () => {
  it('is COMPLIANT when the complete list has no users, the root user being none', () => {
    expect(joinVerdicts(control, { 'AWS::IAM::RootCredentials': { root: { accessKeys: [{ active: true }] } } }, {}, listed())).toEqual({
      '111111111111': 'COMPLIANT',
    });
  });

  it('says nothing of the account when there are users, or not all were read, or nobody asked', () => {
    expect(joinVerdicts(control, { 'AWS::IAM::UserCredentials': { robot: { accessKeys: [] } } }, {}, listed())).toEqual({});
    expect(joinVerdicts(control, {}, {}, listed({ 'AWS::IAM::UserCredentials': 'denied' }))).toEqual({});
    expect(joinVerdicts(control, {})).toEqual({});
  });
});
