import { describe, expect, it } from 'vitest';
import control from '../../../controls/networking/net-l1-01-no-open-admin-ports.ts';
import { evaluateRule } from '../../../core/evaluation/evaluate.ts';
import type { IngressRule } from '../../../core/facts/ec2-security-group.ts';
import { type Estate, joinCodes, testControl } from '../../support/control.ts';

const AT = '2026-01-01T00:00:00.000Z';

const world = (rule: IngressRule): IngressRule => ({ ...rule, openTo: ['0.0.0.0/0'] });
const listed = (rule: IngressRule): IngressRule => ({ ...rule, prefixLists: ['pl-1'] });
const from = (rule: IngressRule, ...ranges: string[]): IngressRule => ({ ...rule, ranges });
const SSH = { protocol: 'tcp', from: 22, to: 22 };

testControl(control, 'AWS::EC2::SecurityGroup', {
  COMPLIANT: {
    'neither TCP 22 nor 3389': {
      'no rule names the internet or a prefix list': { ingress: [] },
      'the internet reaches other ports': {
        ingress: [world({ protocol: 'tcp', from: 23, to: 3388 }), world({ protocol: 'tcp', from: 443, to: 443 })],
      },
      'the internet reaches port 22 by UDP': { ingress: [world({ protocol: 'udp', from: 22, to: 22 })] },
      'parts of the internet reach SSH': { ingress: [from(SSH, '64.0.0.0/2', '198.51.100.0/24', '2600:1f00::/24')] },
      'its halves reach different ports': {
        ingress: [from(SSH, '0.0.0.0/2'), from({ protocol: 'tcp', from: 3389, to: 3389 }, '64.0.0.0/2')],
      },
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
      'SSH is open to two halves of IPv4': { ingress: [from(SSH, '0.0.0.0/1', '128.0.0.0/1')] },
      'SSH is open to its halves by two rules': { ingress: [from(SSH, '0.0.0.0/2'), from({ protocol: '-1' }, '64.0.0.0/2')] },
      'RDP is open to all public addresses of IPv6': { ingress: [from({ protocol: 'tcp', from: 3000, to: 4000 }, '2000::/3')] },
      'SSH is open in pieces in addition to a prefix list': { ingress: [listed(SSH), from(SSH, '0.0.0.0/1')] },
      'SSH is open in addition to a prefix list': { ingress: [listed(SSH), world(SSH)] },
      'SSH is open to both in one rule': { ingress: [listed(world(SSH))] },
    },
  },
  NOT_APPLICABLE: {
    'prefix lists decide': {
      'only a prefix list reaches SSH': { ingress: [listed(SSH), world({ protocol: 'tcp', from: 443, to: 443 })] },
      'only a prefix list reaches everything': { ingress: [listed({ protocol: '-1' })] },
    },
  },
  INSUFFICIENT_DATA: { 'not-read': { 'the ingress was not read': { ingressCount: 1 } } },
});

it.each([
  [world(SSH), 'security group opens TCP 22 to 0.0.0.0/0'],
  [{ protocol: 'tcp', openTo: ['0.0.0.0/0', '::/0'] }, 'security group opens TCP 22 and 3389 to 0.0.0.0/0 and ::/0'],
  [world({ protocol: '-1' }), 'security group opens all traffic to 0.0.0.0/0'],
  [from(SSH, '128.0.0.0/1'), 'security group opens TCP 22 to 43 % of the public IPv4 addresses'],
])('names the open ports: %o', (rule, reason) => {
  const resource = { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::EC2::SecurityGroup', resourceId: 'sg-1' };
  const [evaluated] = control.rules;
  if (evaluated?.kind !== 'resource') throw new Error('the control has no rule on a resource');
  expect(evaluateRule(evaluated, { facts: { ingress: [rule] }, missing: {} }, resource, AT).reason).toBe(reason);
});

describe('NET-L1-01 on a security group that opens SSH to a prefix list', () => {
  const LIST = 'AWS::EC2::PrefixList';
  const verdict = (ingress: IngressRule[], lists: Estate['AWS::EC2::PrefixList'] = {}, parts: Parameters<typeof joinCodes>[3] = {}) =>
    joinCodes(control, { 'AWS::EC2::SecurityGroup': { group: { ingress } }, [LIST]: lists }, {}, parts);
  const OPEN = { group: 'NON_COMPLIANT admin-port-open' };
  const UNKNOWN = { group: 'INSUFFICIENT_DATA prefix-list-unknown' };

  it.each([
    ['has private entries', []],
    ['has the entries of an office', ['198.51.100.0/24']],
    ['has a quarter of the internet', ['64.0.0.0/2']],
  ])('is COMPLIANT when the list %s', (_, ranges) => {
    expect(verdict([listed(SSH)], { 'pl-1': { ranges } })).toEqual({ group: 'COMPLIANT' });
  });

  it('counts a list of AWS as no part of the internet, without its entries', () => {
    expect(verdict([listed(SSH)], { 'pl-1': { ofAws: true } })).toEqual({ group: 'COMPLIANT' });
    expect(verdict([listed(SSH), from(SSH, '0.0.0.0/1')], { 'pl-1': { ofAws: true } })).toEqual({});
    expect(verdict([{ ...SSH, prefixLists: ['pl-1', 'pl-2'] }], { 'pl-1': { ofAws: true } })).toEqual(UNKNOWN);
    expect(verdict([{ ...SSH, prefixLists: ['pl-1', 'pl-2'] }], { 'pl-1': { ofAws: true }, 'pl-2': { ranges: ['::/0'] } })).toEqual(OPEN);
    expect(verdict([listed(SSH)], { 'pl-1': { ofAws: false } })).toEqual(UNKNOWN);
  });

  it.each([
    ['the list has the whole internet', [listed(SSH)], { 'pl-1': { ranges: ['0.0.0.0/0'] } }],
    ['the list has it in pieces', [listed(SSH)], { 'pl-1': { ranges: ['0.0.0.0/1', '128.0.0.0/1'] } }],
    ['the list has the internet of IPv6', [listed({ protocol: '-1' })], { 'pl-1': { ranges: ['2000::/3'] } }],
    ['the list and another range are a half of it', [listed(SSH), from(SSH, '0.0.0.0/2')], { 'pl-1': { ranges: ['64.0.0.0/2'] } }],
    [
      'two lists are a half of it',
      [listed(SSH), { ...SSH, prefixLists: ['pl-2'] }],
      { 'pl-1': { ranges: ['0.0.0.0/2'] }, 'pl-2': { ranges: ['64.0.0.0/2'] } },
    ],
    ['one list has the internet and another was not read', [{ ...SSH, prefixLists: ['pl-9', 'pl-1'] }], { 'pl-1': { ranges: ['::/0'] } }],
  ])('is NON_COMPLIANT when %s', (_, ingress, lists) => {
    expect(verdict(ingress, lists)).toEqual(OPEN);
  });

  it.each([
    ['no list was read', {}],
    ['only another list was read', { 'pl-2': { ranges: [] } }],
    ['its entries were not read', { 'pl-1': {} }],
  ])('is INSUFFICIENT_DATA when %s', (_, lists) => {
    expect(verdict([listed(SSH)], lists)).toEqual(UNKNOWN);
  });

  it('is INSUFFICIENT_DATA when a newer read of the lists failed, or the list is in another Region', () => {
    const gap = { region: 'eu-west-1', capturedAt: '2026-01-02T00:00:00.000Z', gap: 'ec2:DescribeManagedPrefixLists was denied' };
    expect(verdict([listed(SSH)], { 'pl-1': { ranges: [] } }, { listings: (type) => (type === LIST ? [gap] : []) })).toEqual(UNKNOWN);
    const estate = { 'AWS::EC2::SecurityGroup': { group: { ingress: [listed(SSH)] } }, [LIST]: { 'pl-1': { ranges: [] } } };
    expect(joinCodes(control, estate, { 'pl-1': 'us-east-1' })).toEqual(UNKNOWN);
  });

  it('is only on the groups whose lists decide', () => {
    const groups = {
      open: { ingress: [world(SSH), listed(SSH)] },
      web: { ingress: [listed({ protocol: 'tcp', from: 443, to: 443 })] },
      closed: { ingress: [] },
      unread: {},
    };
    expect(joinCodes(control, { 'AWS::EC2::SecurityGroup': groups })).toEqual({});
  });

  it('counts lists of a thousand entries once for all groups', () => {
    const ranges = Array.from({ length: 1000 }, (_, index) => `2600:${(index + 4096).toString(16)}::/32`);
    const groups = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`sg-${index}`, { ingress: [listed(SSH)] }]));
    const verdicts = joinCodes(control, { 'AWS::EC2::SecurityGroup': groups, [LIST]: { 'pl-1': { ranges } } });
    expect(new Set(Object.values(verdicts))).toEqual(new Set(['COMPLIANT']));
  });
});
