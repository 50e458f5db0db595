import { expect, it } from 'vitest';
import control from '../../../controls/networking/net-l1-01-no-open-admin-ports.ts';
import { evaluateRule } from '../../../core/evaluation/evaluate.ts';
import type { IngressRule } from '../../../core/facts/ec2-security-group.ts';
import { testControl } from '../../support/control.ts';

const AT = '2026-01-01T00:00:00.000Z';

const world = (rule: IngressRule): IngressRule => ({ ...rule, openTo: ['0.0.0.0/0'] });
const listed = (rule: IngressRule): IngressRule => ({ ...rule, prefixLists: ['pl-1'] });
const SSH = { protocol: 'tcp', from: 22, to: 22 };

testControl(control, 'AWS::EC2::SecurityGroup', {
  COMPLIANT: {
    'neither TCP 22 nor 3389': {
      'no rule names the internet or a prefix list': { ingress: [] },
      'the internet reaches other ports': {
        ingress: [world({ protocol: 'tcp', from: 23, to: 3388 }), world({ protocol: 'tcp', from: 443, to: 443 })],
      },
      'the internet reaches port 22 by UDP': { ingress: [world({ protocol: 'udp', from: 22, to: 22 })] },
      'a prefix list reaches other ports': { ingress: [listed({ protocol: 'tcp', from: 443, to: 443 })] },
    },
  },
  NON_COMPLIANT: {
    'admin-port-open': {
      'SSH is open to IPv4': { ingress: [world(SSH)] },
      'SSH is open to IPv6': { ingress: [{ ...SSH, openTo: ['::/0'] }] },
      'RDP is open': { ingress: [world({ protocol: 'tcp', from: 3389, to: 3389 })] },
      'a range around 22 is open': { ingress: [world({ protocol: 'tcp', from: 20, to: 25 })] },
      'a range around 3389 is open': { ingress: [world({ protocol: 'tcp', from: 3000, to: 4000 })] },
      'TCP is open without ports': { ingress: [world({ protocol: 'tcp' })] },
      'all protocols are open': { ingress: [world({ protocol: '-1' })] },
      'all protocols are open, whatever ports the rule names': { ingress: [world({ protocol: '-1', from: 443, to: 443 })] },
      'SSH is open in addition to a prefix list': { ingress: [listed(SSH), world(SSH)] },
      'SSH is open to both in one rule': { ingress: [listed(world(SSH))] },
    },
  },
  INSUFFICIENT_DATA: {
    'not-read': { 'the ingress was not read': { ingressCount: 1 } },
    'prefix-list-unknown': {
      'only a prefix list reaches SSH': { ingress: [listed(SSH), world({ protocol: 'tcp', from: 443, to: 443 })] },
      'only a prefix list reaches everything': { ingress: [listed({ protocol: '-1' })] },
    },
  },
});

it.each([
  [world(SSH), 'security group opens TCP 22 to 0.0.0.0/0'],
  [{ protocol: 'tcp', openTo: ['0.0.0.0/0', '::/0'] }, 'security group opens TCP 22 and 3389 to 0.0.0.0/0 and ::/0'],
  [world({ protocol: '-1' }), 'security group opens all traffic to 0.0.0.0/0'],
  [listed(SSH), 'security group opens TCP 22 to prefix list pl-1, whose entries are unknown'],
])('names the open ports: %o', (rule, reason) => {
  const resource = { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::EC2::SecurityGroup', resourceId: 'sg-1' };
  const [evaluated] = control.rules;
  if (evaluated?.kind !== 'resource') throw new Error('the control has no rule on a resource');
  expect(evaluateRule(evaluated, { facts: { ingress: [rule] }, missing: {} }, resource, AT).reason).toBe(reason);
});
