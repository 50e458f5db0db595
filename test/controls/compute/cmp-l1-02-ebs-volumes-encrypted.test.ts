import control from '../../../controls/compute/cmp-l1-02-ebs-volumes-encrypted.ts';
import { testControl } from '../../support/control.ts';

testControl(control, 'AWS::EC2::Volume', {
  COMPLIANT: { 'the attached volume is encrypted': { attached: true, encrypted: true } },
  NON_COMPLIANT: { 'the attached volume is not encrypted': { attached: true, encrypted: false } },
  NOT_APPLICABLE: {
    'the encrypted volume is not attached': { attached: false, encrypted: true },
    'the unencrypted volume is not attached': { attached: false, encrypted: false },
  },
  INSUFFICIENT_DATA: {
    'its encryption was not read': { attached: true },
    'its attachments were not read': { encrypted: true },
    'nothing was read': {},
  },
});
