import { expect, it } from 'vitest';
import control from '../../../controls/networking/net-l2-02-nacl-admin-ports.ts';
import { evaluateRule } from '../../../core/evaluation/evaluate.ts';
import type { WorldEntry } from '../../../core/facts/ec2-network-acl.ts';
import { testControl } from '../../support/control.ts';

const AT = '2026-01-01T00:00:00.000Z';

const allow = (number: number, from?: number, to?: number, ipv6 = false): WorldEntry => ({
  number,
  ipv6,
  allow: true,
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
});
const deny = (...entry: Parameters<typeof allow>): WorldEntry => ({ ...allow(...entry), allow: false });
const acl = (...worldEntries: WorldEntry[]) => ({ subnetCount: 1, worldEntries });

testControl(control, 'AWS::EC2::NetworkAcl', {
  COMPLIANT: {
    'denies TCP 22 and 3389': {
      'no entry matches': acl(),
      'everything is denied': acl(deny(32767)),
      'SSH and RDP are denied before everything is allowed': acl(deny(10, 22, 22), deny(20, 3389, 3389), allow(100), deny(32767)),
      'other ports are allowed': acl(allow(10, 443, 443), allow(20, 1024, 3388), allow(30, 3390, 65535), deny(32767)),
      'both families deny first': acl(deny(1), deny(2, undefined, undefined, true), allow(100), allow(101, undefined, undefined, true)),
    },
  },
  NON_COMPLIANT: {
    'admin-port-allowed': {
      'everything is allowed': acl(allow(100), deny(32767)),
      'only SSH is allowed': acl(allow(100, 22, 22)),
      'only RDP is allowed': acl(allow(100, 3389, 3389)),
      'SSH is denied and RDP is not': acl(deny(10, 22, 22), allow(100)),
      'SSH and RDP are denied after everything is allowed': acl(allow(100), deny(110, 22, 22), deny(120, 3389, 3389)),
      'IPv6 is allowed and IPv4 is denied': acl(deny(10), allow(100, undefined, undefined, true)),
      'IPv4 is allowed and IPv6 is denied': acl(deny(10, undefined, undefined, true), allow(100)),
    },
  },
  NOT_APPLICABLE: { 'not associated': { 'it is not associated with a subnet': { subnetCount: 0, worldEntries: [allow(100)] } } },
  INSUFFICIENT_DATA: {
    'not-read': { 'its entries were not read': { subnetCount: 1 }, 'its associations were not read': { worldEntries: [] } },
  },
});

it('names the rule and the traffic that it allows', () => {
  const resource = { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::EC2::NetworkAcl', resourceId: 'acl-1' };
  const [rule] = control.rules;
  if (rule?.kind !== 'resource') throw new Error('the control has no rule on a resource');
  const facts = acl(allow(90, 22, 22), allow(100, undefined, undefined, true));
  expect(evaluateRule(rule, { facts, missing: {} }, resource, AT).reason).toBe(
    'network ACL allows TCP 22 from 0.0.0.0/0 (rule 90), TCP 22 from ::/0 (rule 100), TCP 3389 from ::/0 (rule 100)',
  );
});
