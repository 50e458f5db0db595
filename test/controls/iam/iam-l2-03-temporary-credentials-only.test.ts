import { describe, expect, it } from 'vitest';
import control from '../../../controls/iam/iam-l2-03-temporary-credentials-only.ts';
import { joinCodes, testControl } from '../../support/control.ts';
import { daysAgo, listed } from './support.ts';

testControl(control, 'AWS::IAM::UserCredentials', {
  COMPLIANT: {
    'no active access key': {
      'there is no key': { accessKeys: [] },
      'no key is active': { accessKeys: [{ active: false }, { active: false }] },
    },
  },
  NON_COMPLIANT: {
    'active-access-key': {
      'a key is active, and it is unknown whether the other is': { accessKeys: [{ unread: ['active'] }, { active: true }] },
      'a key is active, even a new one': { accessKeys: [{ active: false }, { active: true, lastRotatedAt: daysAgo(0) }] },
    },
  },
  INSUFFICIENT_DATA: {
    'not-read': {
      'keys were not read': {},
      'it is unknown whether a key is active': { accessKeys: [{ active: false }, { unread: ['active'] }] },
    },
  },
});

describe('IAM-L2-03 on an account', () => {
  it('is COMPLIANT when the complete list has no users, apart from the root user', () => {
    expect(joinCodes(control, { 'AWS::IAM::RootCredentials': { root: { accessKeys: [{ active: true }] } } }, {}, listed())).toEqual({
      '111111111111': 'COMPLIANT',
    });
  });

  it('has no verdict on the account when there are users, or when the list is incomplete or missing', () => {
    expect(joinCodes(control, { 'AWS::IAM::UserCredentials': { robot: { accessKeys: [] } } }, {}, listed())).toEqual({});
    expect(joinCodes(control, {}, {}, listed({ 'AWS::IAM::UserCredentials': 'denied' }))).toEqual({});
    expect(joinCodes(control, {})).toEqual({});
  });
});
