import control from '../../../controls/iam/iam-l1-06-access-key-rotation.ts';
import { testControl } from '../../support/control.ts';
import { daysAgo } from './support.ts';

const key = (days: number, active = true) => ({ active, lastRotatedAt: daysAgo(days) });

testControl(control, 'AWS::IAM::UserCredentials', {
  COMPLIANT: {
    'rotated in the last 90 days': {
      'both keys are young': { accessKeys: [key(1), key(89)] },
      'a key is ninety days old': { accessKeys: [key(90)] },
      'the old key is inactive': { accessKeys: [key(400, false), key(1)] },
    },
  },
  NON_COMPLIANT: {
    'key-not-rotated': {
      'one key is older than ninety days': { accessKeys: [key(1), key(90.01)] },
      'one key is old and the age of the other is unknown': { accessKeys: [{ active: true }, key(91)] },
      'one key is old and nothing is known of the other': { accessKeys: [{ unread: ['active', 'lastRotatedAt', 'lastUsedAt'] }, key(91)] },
    },
  },
  NOT_APPLICABLE: {
    'no active access key': {
      'there is no key': { accessKeys: [] },
      'no key is active': { accessKeys: [key(400, false), { active: false }] },
    },
  },
  INSUFFICIENT_DATA: {
    'rotation-time-unknown': {
      'the age of an active key is unknown': { accessKeys: [{ active: true }, key(1)] },
      'the age of an active key could not be read': { accessKeys: [{ active: true, unread: ['lastRotatedAt'] }] },
      'a key is of the future': { accessKeys: [key(-400)] },
    },
    'not-read': {
      'keys were not read': {},
      'it is unknown whether an old key is active': { accessKeys: [{ lastRotatedAt: daysAgo(400), unread: ['active'] }, key(1)] },
    },
  },
});
