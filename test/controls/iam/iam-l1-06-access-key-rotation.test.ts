import control from '../../../controls/iam/iam-l1-06-access-key-rotation.ts';
import { testControl } from '../../support/control.ts';
import { daysAgo } from './support.ts';

const key = (days: number, active = true) => ({ active, lastRotatedAt: daysAgo(days) });

testControl(control, 'AWS::IAM::UserCredentials', {
  COMPLIANT: {
    'both keys are young': { accessKeys: [key(1), key(89)] },
    'a key is ninety days old': { accessKeys: [key(90)] },
    'the old key is inactive': { accessKeys: [key(400, false), key(1)] },
  },
  NON_COMPLIANT: {
    'one key is older than ninety days': { accessKeys: [key(1), key(90.01)] },
    'one key is old and the other of unknown age': { accessKeys: [{ active: true }, key(91)] },
  },
  NOT_APPLICABLE: { 'there is no key': { accessKeys: [] }, 'no key is active': { accessKeys: [key(400, false), { active: false }] } },
  INSUFFICIENT_DATA: {
    'an active key is of unknown age': { accessKeys: [{ active: true }, key(1)] },
    'keys were not read': {},
  },
});
