import control from '../../../controls/iam/iam-l1-02-root-no-access-keys.ts';
import { testControl } from '../../support/control.ts';

const NONE = { rootAccessKeysPresent: false, rootSigningCertificatesPresent: false };

testControl(control, 'AWS::IAM::AccountSummary', {
  COMPLIANT: { 'neither access keys nor signing certificates': { 'there are neither keys nor certificates': NONE } },
  NON_COMPLIANT: {
    'access-keys-present': {
      'there are access keys': { ...NONE, rootAccessKeysPresent: true },
      'there are access keys in GovCloud': { ...NONE, partition: 'aws-us-gov', rootAccessKeysPresent: true },
      'there are access keys, and certificates are unknown': { rootAccessKeysPresent: true },
    },
    'signing-certificates-present': {
      'there are signing certificates': { ...NONE, rootSigningCertificatesPresent: true },
      'there are signing certificates, and keys are unknown': { rootSigningCertificatesPresent: true },
    },
  },
  NOT_APPLICABLE: {
    'no root user': {
      'the account is in China': { ...NONE, partition: 'aws-cn' },
      'nothing else is known in China': { partition: 'aws-cn' },
    },
  },
  INSUFFICIENT_DATA: {
    'not-read': {
      'keys are unknown': { rootSigningCertificatesPresent: false },
      'certificates are unknown': { rootAccessKeysPresent: false },
      'nothing was read': {},
    },
  },
});
