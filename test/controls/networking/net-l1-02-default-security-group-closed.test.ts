import control from '../../../controls/networking/net-l1-02-default-security-group-closed.ts';
import { testControl } from '../../support/control.ts';

testControl(control, 'AWS::EC2::SecurityGroup', {
  COMPLIANT: { 'has no rules': { 'the default group has no rules': { defaultOfVpc: true, ingressCount: 0, egressCount: 0 } } },
  NON_COMPLIANT: {
    'inbound-rules': {
      'the default group has inbound rules': { defaultOfVpc: true, ingressCount: 1, egressCount: 0 },
      'the default group has inbound rules and the outbound ones were not read': { defaultOfVpc: true, ingressCount: 1 },
    },
    'outbound-rules': {
      'the default group has outbound rules': { defaultOfVpc: true, ingressCount: 0, egressCount: 1 },
      'the default group has outbound rules and the inbound ones were not read': { defaultOfVpc: true, egressCount: 1 },
    },
  },
  NOT_APPLICABLE: {
    'not the default': {
      'the group is not the default': { defaultOfVpc: false, ingressCount: 1, egressCount: 1 },
      'the group is not the default and its rules were not read': { defaultOfVpc: false },
    },
  },
  INSUFFICIENT_DATA: {
    'not-read': {
      'the outbound rules of the default group were not read': { defaultOfVpc: true, ingressCount: 0 },
      'the inbound rules of the default group were not read': { defaultOfVpc: true, egressCount: 0 },
      'it is unknown whether the group is the default': { ingressCount: 0, egressCount: 0 },
    },
  },
});
