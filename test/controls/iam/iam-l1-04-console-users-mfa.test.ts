import control from '../../../controls/iam/iam-l1-04-console-users-mfa.ts';
import { CAPTURED_AT, testControl } from '../../support/control.ts';
import { daysAgo } from './support.ts';

const FRESH = { reportGeneratedAt: daysAgo(4 / 24) };
const STALE = { reportGeneratedAt: daysAgo(4.01 / 24) };

testControl(control, 'AWS::IAM::UserCredentials', {
  COMPLIANT: {
    'has MFA': {
      'a user with a password has MFA': { ...FRESH, passwordEnabled: true, mfaActive: true },
      'IAM says so itself, without a report': { reportGeneratedAt: null, passwordEnabled: true, mfaActive: true },
      'the report was generated at the time of the read': { reportGeneratedAt: CAPTURED_AT, passwordEnabled: true, mfaActive: true },
    },
  },
  NON_COMPLIANT: {
    'no-mfa': {
      'a user with a password has no MFA': { ...FRESH, passwordEnabled: true, mfaActive: false },
      'IAM says so itself, without a report': { reportGeneratedAt: null, passwordEnabled: true, mfaActive: false },
    },
  },
  NOT_APPLICABLE: {
    'no console password': {
      'the user has no password': { ...FRESH, passwordEnabled: false, mfaActive: false },
      'the user has no password, and MFA is unknown': { ...FRESH, passwordEnabled: false },
    },
  },
  INSUFFICIENT_DATA: {
    'report-too-old': {
      'the report is older than four hours': { ...STALE, passwordEnabled: true, mfaActive: true },
      'the report that shows no MFA is older than four hours': { ...STALE, passwordEnabled: true, mfaActive: false },
      'the report that shows no password is older than four hours': { ...STALE, passwordEnabled: false, mfaActive: false },
    },
    'report-time-invalid': { 'the report is of the future': { reportGeneratedAt: daysAgo(-2), passwordEnabled: true, mfaActive: true } },
    'not-read': {
      'the time of the report is unknown': { passwordEnabled: true, mfaActive: true },
      'MFA is unknown': { ...FRESH, passwordEnabled: true },
      'the password is unknown': { ...FRESH, mfaActive: true },
      'the call for MFA failed': { reportGeneratedAt: null, passwordEnabled: true },
      'the call for the password failed': { reportGeneratedAt: null, mfaActive: true },
    },
  },
});
