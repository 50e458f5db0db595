import control from '../../../controls/iam/iam-l1-07-unused-credentials-disabled.ts';
import type { UserCredentialsFacts } from '../../../core/facts/iam-credentials.ts';
import { testControl } from '../../support/control.ts';
import { daysAgo } from './support.ts';

const NOTHING: Required<Pick<UserCredentialsFacts, 'passwordEnabled' | 'passwordLastUsedAt' | 'passwordLastChangedAt' | 'accessKeys'>> = {
  passwordEnabled: false,
  passwordLastUsedAt: 'never',
  passwordLastChangedAt: 'never',
  accessKeys: [],
};
const PASSWORD = { ...NOTHING, passwordEnabled: true, passwordLastChangedAt: daysAgo(300), passwordLastUsedAt: daysAgo(45) };
const { accessKeys: _, ...WITHOUT_KEYS } = NOTHING;

testControl(control, 'AWS::IAM::UserCredentials', {
  COMPLIANT: {
    'used or created in the last 45 days': {
      'the password was used 45 days ago': PASSWORD,
      'the password was never used and set yesterday': { ...PASSWORD, passwordLastUsedAt: 'never', passwordLastChangedAt: daysAgo(1) },
      'the old key was used yesterday': { ...NOTHING, accessKeys: [{ active: true, lastRotatedAt: daysAgo(300), lastUsedAt: daysAgo(1) }] },
      'the key was never used and created yesterday': { ...NOTHING, accessKeys: [{ active: true, lastRotatedAt: daysAgo(1) }] },
      'the key was created yesterday, and its use could not be read': {
        ...NOTHING,
        accessKeys: [{ active: true, lastRotatedAt: daysAgo(1), unread: ['lastUsedAt'] }],
      },
      'the idle key is inactive': { ...PASSWORD, accessKeys: [{ active: false, lastRotatedAt: daysAgo(300) }] },
    },
  },
  NON_COMPLIANT: {
    'credential-unused': {
      'the password was used more than 45 days ago': { ...PASSWORD, passwordLastUsedAt: daysAgo(45.01) },
      'the password was never used and set long ago': { ...PASSWORD, passwordLastUsedAt: 'never' },
      'a key is idle': { ...PASSWORD, accessKeys: [{ active: true, lastRotatedAt: daysAgo(300), lastUsedAt: daysAgo(46) }] },
      'the password is idle and keys were not read': { ...WITHOUT_KEYS, passwordEnabled: true, passwordLastUsedAt: daysAgo(46) },
      'a key is idle and it is unknown whether there is a password': {
        accessKeys: [{ active: true, lastRotatedAt: daysAgo(300), lastUsedAt: daysAgo(46) }],
      },
      'a key is idle, and nothing is known of the other': {
        ...NOTHING,
        accessKeys: [{ unread: ['active', 'lastRotatedAt', 'lastUsedAt'] }, { active: true, lastRotatedAt: daysAgo(46) }],
      },
      'a key was never used': { ...NOTHING, accessKeys: [{ active: false }, { active: true, lastRotatedAt: daysAgo(46) }] },
      'one key is idle and the use of the other is unknown': {
        ...NOTHING,
        accessKeys: [{ active: true }, { active: true, lastRotatedAt: daysAgo(46) }],
      },
    },
  },
  NOT_APPLICABLE: {
    'no enabled credential': {
      'there is nothing': NOTHING,
      'everything is disabled': {
        ...NOTHING,
        passwordLastUsedAt: daysAgo(300),
        accessKeys: [{ active: false, lastRotatedAt: daysAgo(300) }],
      },
    },
  },
  INSUFFICIENT_DATA: {
    'last-use-unknown': {
      'it is unknown when the password was set': { ...PASSWORD, passwordLastUsedAt: 'never', passwordLastChangedAt: 'never' },
      'it is unknown when the old password was used': { passwordEnabled: true, passwordLastChangedAt: daysAgo(300), accessKeys: [] },
      'the use of an old key could not be read': {
        ...NOTHING,
        accessKeys: [{ active: true, lastRotatedAt: daysAgo(300), unread: ['lastUsedAt'] }],
      },
      'an old key was used in the future': {
        ...NOTHING,
        accessKeys: [{ active: true, lastRotatedAt: daysAgo(300), lastUsedAt: daysAgo(-400) }],
      },
      'it is unknown when a key was created': { ...PASSWORD, accessKeys: [{ active: true }] },
    },
    'not-read': {
      'keys were not read': WITHOUT_KEYS,
      'it is unknown whether there is a password': { accessKeys: [] },
      'it is unknown whether an idle key is active': { ...NOTHING, accessKeys: [{ lastRotatedAt: daysAgo(300), unread: ['active'] }] },
    },
  },
});
