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
/** An entry for all traffic of a part of the internet. */
const part = (entry: WorldEntry, block: string): WorldEntry => ({ ...entry, block, ipv6: block.includes(':') });
const acl = (...worldEntries: WorldEntry[]) => ({ subnetCount: 1, worldEntries });

testControl(control, 'AWS::EC2::NetworkAcl', {
  COMPLIANT: {
    'denies TCP 22 and 3389': {
      'no entry matches': acl(),
      'everything is denied': acl(deny(32767)),
      'SSH and RDP are denied before everything is allowed': acl(deny(10, 22, 22), deny(20, 3389, 3389), allow(100), deny(32767)),
      'other ports are allowed': acl(allow(10, 443, 443), allow(20, 1024, 3388), allow(30, 3390, 65535), deny(32767)),
      'most of the internet is denied before': acl(part(deny(10), '0.0.0.0/1'), part(deny(20), '128.0.0.0/2'), allow(100)),
      'only a part of the internet is allowed': acl(part(allow(100), '64.0.0.0/2'), part(allow(110), '64.0.0.0/3'), deny(32767)),
      'its parts are allowed for other ports': acl(part(allow(100, 80, 80), '0.0.0.0/1'), part(allow(110, 443, 443), '128.0.0.0/1')),
      'both families deny first': acl(deny(1), deny(2, undefined, undefined, true), allow(100), allow(101, undefined, undefined, true)),
    },
  },
  NON_COMPLIANT: {
    'admin-port-allowed': {
      'everything is allowed': acl(allow(100), deny(32767)),
      'the two halves of the internet are allowed': acl(part(allow(100), '0.0.0.0/1'), part(allow(110), '128.0.0.0/1')),
      'halves are allowed for ranges of ports that share port 22': acl(
        part(allow(100, 1, 22), '0.0.0.0/2'),
        part(allow(110, 22, 30), '64.0.0.0/2'),
      ),
      'the public addresses of IPv6 are allowed': acl(part(allow(100), '2000::/3')),
      'a few addresses are denied before everything is allowed': acl(part(deny(10), '8.8.8.0/24'), allow(100)),
      'a half is denied after it is allowed': acl(part(allow(100), '0.0.0.0/1'), part(deny(110), '0.0.0.0/1')),
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
  const reasonOf = (facts: ReturnType<typeof acl>) => evaluateRule(rule, { facts, missing: {} }, resource, AT).reason;
  expect(reasonOf(acl(allow(90, 22, 22), allow(100, undefined, undefined, true)))).toBe(
    'network ACL allows TCP 22 from 0.0.0.0/0 (rule 90), TCP 22 from ::/0 (rule 100), TCP 3389 from ::/0 (rule 100)',
  );
  expect(reasonOf(acl(part(allow(90, 22, 22), '0.0.0.0/1')))).toBe(
    'network ACL allows TCP 22 from 56 % of the public IPv4 addresses (rule 90)',
  );
});
