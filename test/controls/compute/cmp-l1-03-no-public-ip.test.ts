import control from '../../../controls/compute/cmp-l1-03-no-public-ip.ts';
import { testControl } from '../../support/control.ts';

testControl(control, 'AWS::EC2::Instance', {
  COMPLIANT: { 'it has no public address': { state: 'running', publicIps: [] }, 'its state was not read': { publicIps: [] } },
  NON_COMPLIANT: {
    'it has a public address': { state: 'running', publicIps: ['192.0.2.1'] },
    'it is stopped and keeps an Elastic IP': { state: 'stopped', publicIps: ['192.0.2.1'] },
  },
  NOT_APPLICABLE: { 'it is terminated': { state: 'terminated' } },
  INSUFFICIENT_DATA: { 'its addresses were not read': { state: 'running' }, 'nothing was read': {} },
});

testControl(control, 'AWS::EC2::NetworkInterface', {
  COMPLIANT: { 'it gives its instance no public address': { attachedToInstance: true, publicIps: [] } },
  NON_COMPLIANT: { 'it gives its instance a public address': { attachedToInstance: true, publicIps: ['192.0.2.1', '192.0.2.2'] } },
  NOT_APPLICABLE: { 'it is not attached to an instance': { attachedToInstance: false, publicIps: ['192.0.2.1'] } },
  INSUFFICIENT_DATA: {
    'its addresses were not read': { attachedToInstance: true },
    'its attachment was not read': { publicIps: ['192.0.2.1'] },
  },
});
