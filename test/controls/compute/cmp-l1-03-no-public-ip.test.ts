import { expect, it } from 'vitest';
import control from '../../../controls/compute/cmp-l1-03-no-public-ip.ts';
import { evaluateRule } from '../../../core/evaluation/evaluate.ts';
import { CAPTURED_AT, testControl } from '../../support/control.ts';

testControl(control, 'AWS::EC2::Instance', {
  COMPLIANT: {
    'instance has no public IP address': {
      'it has no public address': { state: 'running', publicIps: [] },
      'its state was not read': { publicIps: [] },
    },
  },
  NON_COMPLIANT: {
    'public-ip-address': {
      'it has a public address': { state: 'running', publicIps: ['192.0.2.1'] },
      'it is stopped and keeps an Elastic IP': { state: 'stopped', publicIps: ['192.0.2.1'] },
      'its state is unknown and it has a public address': { state: 'hibernating', publicIps: ['192.0.2.1'] },
    },
  },
  NOT_APPLICABLE: {
    'instance is terminated': { 'it is terminated': { state: 'terminated' } },
    'instance is shutting-down': { 'it is shutting down': { state: 'shutting-down', publicIps: ['192.0.2.1'] } },
  },
  INSUFFICIENT_DATA: {
    'not-read': { 'its addresses were not read': { state: 'running' }, 'nothing was read': {} },
    'state-unknown': { 'its state is unknown': { state: 'hibernating', publicIps: [] } },
  },
});

testControl(control, 'AWS::EC2::NetworkInterface', {
  COMPLIANT: {
    'network interface has no public IP address': {
      'it gives its instance no public address': { attachedToInstance: true, publicIps: [] },
    },
  },
  NON_COMPLIANT: {
    'public-ip-address': {
      'it gives its instance a public address': { attachedToInstance: true, publicIps: ['192.0.2.1', '192.0.2.2'] },
    },
  },
  NOT_APPLICABLE: {
    'not attached to an instance': { 'it is not attached to an instance': { attachedToInstance: false, publicIps: ['192.0.2.1'] } },
  },
  INSUFFICIENT_DATA: {
    'not-read': {
      'its addresses were not read': { attachedToInstance: true },
      'its attachment was not read': { publicIps: ['192.0.2.1'] },
    },
  },
});

it('names the first three addresses', () => {
  const resource = { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::EC2::Instance', resourceId: 'i-1' };
  const [rule] = control.rules;
  if (rule?.kind !== 'resource') throw new Error('the control has no rule on a resource');
  const facts = { publicIps: ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'] };
  expect(evaluateRule(rule, { facts, missing: {} }, resource, CAPTURED_AT).reason).toBe(
    'instance has public IP address 192.0.2.1, 192.0.2.2, 192.0.2.3',
  );
});
