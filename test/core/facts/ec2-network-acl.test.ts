import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

describe('facts of a network ACL', () => {
  const TYPE = 'AWS::EC2::NetworkAcl';
  const ALLOW = { ruleNumber: 100, protocol: '-1', ruleAction: 'allow', egress: false, cidrBlock: '0.0.0.0/0' };
  const entriesOf = (...entries: unknown[]) => factsOf(TYPE, { associations: [], entries }).facts.worldEntries;

  it('are its VPC, its inbound entries for public addresses in number order, and its number of subnets', () => {
    const entries = [
      { ...ALLOW, ruleNumber: 32767, ruleAction: 'deny' },
      { ...ALLOW, ruleNumber: 9, protocol: '6', portRange: { from: 22, to: 22 } },
      { ...ALLOW, cidrBlock: undefined, ipv6CidrBlock: '::/0' },
    ];
    expect(factsOf(TYPE, { vpcId: 'vpc-1', associations: [{ subnetId: 'subnet-1' }, { subnetId: 'subnet-2' }], entries })).toEqual({
      facts: {
        vpcId: 'vpc-1',
        subnetCount: 2,
        worldEntries: [
          { number: 9, ipv6: false, allow: true, from: 22, to: 22 },
          { number: 100, ipv6: true, allow: true },
          { number: 32767, ipv6: false, allow: false },
        ],
      },
      missing: {},
    });
  });

  it('contain the VPC of the relationship if the configuration lacks it', () => {
    const relationships = [{ resourceType: 'AWS::EC2::VPC', resourceId: 'vpc-1' }];
    expect(factsOf(TYPE, {}, { relationships }).facts.vpcId).toBe('vpc-1');
    expect(factsOf(TYPE, {}).facts.vpcId).toBeUndefined();
  });

  it.each([
    ['outbound entries', { ...ALLOW, egress: true }],
    ['entries for a private block', { ...ALLOW, cidrBlock: '10.0.0.0/8' }],
    ['entries for other protocols', { ...ALLOW, protocol: '17' }],
    ['entries for other ports', { ...ALLOW, protocol: '6', portRange: { from: 443, to: 443 } }],
  ])('do not contain %s', (_, entry) => {
    expect(entriesOf(entry)).toEqual([]);
  });

  it('contain the block of an entry for a part of the internet', () => {
    const parts = [
      { ...ALLOW, cidrBlock: '0.0.0.0/1' },
      { ...ALLOW, ruleNumber: 90, cidrBlock: null, ipv6CidrBlock: '2000::/3' },
    ];
    expect(entriesOf(...parts)).toEqual([
      { number: 90, ipv6: true, allow: true, block: '2000::/3' },
      { number: 100, ipv6: false, allow: true, block: '0.0.0.0/1' },
    ]);
  });

  it('ignore the ports of an entry for all protocols', () => {
    expect(entriesOf({ ...ALLOW, portRange: { from: 80, to: 80 } })).toEqual([{ number: 100, ipv6: false, allow: true }]);
  });

  it.each([
    ['direction', { ...ALLOW, egress: undefined }],
    ['block', { ...ALLOW, cidrBlock: undefined }],
    ['source', { ...ALLOW, cidrBlock: 'everywhere' }],
    ['protocol', { ...ALLOW, protocol: undefined }],
    ['number', { ...ALLOW, ruleNumber: undefined }],
    ['action', { ...ALLOW, ruleAction: 'maybe' }],
    ['port', { ...ALLOW, protocol: '6', portRange: { from: 'ssh', to: 22 } }],
  ])('do not contain the entries if one has no readable %s', (_, entry) => {
    expect(entriesOf(entry)).toBeUndefined();
  });

  it.each([
    ['outbound', { ...ALLOW, egress: true, cidrBlock: 'everywhere', ruleNumber: 'first' }],
    ['for other ports', { ...ALLOW, protocol: '6', portRange: { from: 80, to: 80 }, cidrBlock: 'everywhere' }],
    ['for another protocol', { ...ALLOW, protocol: 'udp', portRange: { from: 'x', to: 22 }, ruleAction: 'maybe' }],
  ])('do not depend on an unreadable entry that is %s', (_, entry) => {
    expect(entriesOf(entry, ALLOW)).toEqual([{ number: 100, ipv6: false, allow: true }]);
  });

  it('contain only the entries before an unreadable one if they open SSH or RDP', () => {
    const half = (ruleNumber: number, cidrBlock: string) => ({ ...ALLOW, ruleNumber, cidrBlock });
    const unreadable = { ...ALLOW, ruleNumber: 50, ruleAction: 'maybe' };
    expect(entriesOf(unreadable, half(60, '0.0.0.0/0'), half(10, '0.0.0.0/1'), half(9, '128.0.0.0/1'))).toEqual([
      { number: 9, ipv6: false, allow: true, block: '128.0.0.0/1' },
      { number: 10, ipv6: false, allow: true, block: '0.0.0.0/1' },
    ]);
    expect(entriesOf(unreadable, half(60, '0.0.0.0/0'), half(10, '0.0.0.0/2'))).toBeUndefined();
    expect(entriesOf({ ...unreadable, ruleNumber: undefined }, half(10, '0.0.0.0/0'))).toBeUndefined();
    expect(entriesOf(unreadable, { ...half(1, '0.0.0.0/0'), ruleAction: 'deny' }, half(2, '0.0.0.0/0'))).toBeUndefined();
  });

  it('are missing if the item is empty', () => {
    expect(factsOf(TYPE, {}).facts).toEqual({});
  });
});
