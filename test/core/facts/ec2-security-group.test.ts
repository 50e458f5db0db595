import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

const TYPE = 'AWS::EC2::SecurityGroup';
const group = (...ipPermissions: unknown[]) => ({ groupName: 'web', vpcId: 'vpc-1', ipPermissions, ipPermissionsEgress: [] });
const ingressOf = (...ipPermissions: unknown[]) => factsOf(TYPE, group(...ipPermissions)).facts.ingress;
const SSH = { ipProtocol: 'tcp', fromPort: 22, toPort: 22 };

describe('facts of a security group', () => {
  const permission = { ...SSH, ipv4Ranges: [{ cidrIp: '0.0.0.0/0' }], ipRanges: ['0.0.0.0/0'], ipv6Ranges: [], prefixListIds: [] };
  const configuration = { ...group(permission), ipPermissionsEgress: [permission, permission] };

  it.each([
    ['as an object', configuration],
    ['as JSON text', JSON.stringify(configuration)],
  ])('are the same %s', (_, delivered) => {
    expect(factsOf(TYPE, delivered)).toEqual({
      facts: {
        defaultOfVpc: false,
        vpcId: 'vpc-1',
        ingressCount: 1,
        egressCount: 2,
        ingress: [{ protocol: 'tcp', from: 22, to: 22, openTo: ['0.0.0.0/0'] }],
      },
      missing: {},
    });
  });

  it.each([
    ['ipv4Ranges', { ipv4Ranges: [{ cidrIp: '10.0.0.0/0' }] }, ['10.0.0.0/0']],
    ['ipRanges as texts', { ipRanges: ['0.0.0.0/0'] }, ['0.0.0.0/0']],
    ['ipRanges as objects', { ipRanges: [{ cidrIp: '0.0.0.0/0' }] }, ['0.0.0.0/0']],
    ['ipv6Ranges', { ipv6Ranges: [{ cidrIpv6: '::/0' }] }, ['::/0']],
    ['both families', { ipRanges: ['10.0.0.0/8', '0.0.0.0/0'], ipv6Ranges: [{ cidrIpv6: '::/0' }] }, ['0.0.0.0/0', '::/0']],
  ])('contain the whole internet from %s', (_, sources, openTo) => {
    expect(ingressOf({ ...SSH, ...sources })).toEqual([{ protocol: 'tcp', from: 22, to: 22, openTo }]);
  });

  it.each([
    ['as objects', [{ prefixListId: 'pl-1' }]],
    ['as texts', ['pl-1']],
  ])('contain prefix lists %s', (_, prefixListIds) => {
    expect(ingressOf({ ...SSH, prefixListIds })).toEqual([{ protocol: 'tcp', from: 22, to: 22, prefixLists: ['pl-1'] }]);
  });

  it('contain other public sources of SSH and RDP, each once', () => {
    const both = { ipv4Ranges: [{ cidrIp: '0.0.0.0/1' }, { cidrIp: '10.0.0.0/8' }], ipRanges: ['0.0.0.0/1', '10.0.0.0/8'] };
    expect(ingressOf({ ...SSH, ...both, ipv6Ranges: [{ cidrIpv6: '2000::/3' }] })).toEqual([
      { protocol: 'tcp', from: 22, to: 22, ranges: ['0.0.0.0/1', '2000::/3'] },
    ]);
    expect(ingressOf({ ipProtocol: '-1', ipRanges: ['0.0.0.0/0', '128.0.0.0/1'] })).toEqual([
      { protocol: '-1', openTo: ['0.0.0.0/0'], ranges: ['128.0.0.0/1'] },
    ]);
    expect(ingressOf({ ipProtocol: 'tcp', fromPort: 443, toPort: 443, ipRanges: ['0.0.0.0/1'] })).toEqual([]);
  });

  it('do not contain the ingress if it has more public sources than AWS allows', () => {
    const ranges = (count: number) =>
      Array.from({ length: count }, (_, index) => `${11 + (index % 100)}.${index >> 8}.${index & 255}.0/24`);
    expect(ingressOf({ ...SSH, ipRanges: ranges(1000) })).toHaveLength(1);
    expect(ingressOf({ ...SSH, ipRanges: ranges(1001) })).toBeUndefined();
  });

  it('only count rules with sources other than public addresses and prefix lists', () => {
    const closed = [
      { ...SSH, ipv4Ranges: [{ cidrIp: '10.0.0.0/8' }] },
      { ...SSH, userIdGroupPairs: [{ groupId: 'sg-2' }] },
    ];
    expect(factsOf(TYPE, group(...closed)).facts).toMatchObject({ ingressCount: 2, ingress: [] });
  });

  it.each([
    ['no source', SSH],
    ['no protocol', { fromPort: 22, toPort: 22, ipRanges: [] }],
    ['an unreadable port', { ...SSH, fromPort: 'ssh', ipRanges: [] }],
    ['ranges that are not a list', { ...SSH, ipRanges: '0.0.0.0/0' }],
    ['a range without a block', { ...SSH, ipv4Ranges: [{}] }],
    ['a source that is not a block', { ...SSH, ipRanges: ['everywhere'] }],
    ['a prefix list without an id', { ...SSH, prefixListIds: [{}] }],
  ])('do not contain the ingress if a permission has %s', (_, permission) => {
    const { facts, missing } = factsOf(TYPE, group(permission));
    expect(facts).not.toHaveProperty('ingress');
    expect(missing).toEqual({ ingress: expect.stringMatching(/\S/) });
  });

  it.each([
    ['a range', { ipv4Ranges: [{ cidrIp: '0.0.0.0/0' }, { cidrIp: 'everywhere' }] }, ['0.0.0.0/0']],
    ['its other ranges', { ipv4Ranges: [{ cidrIp: '0.0.0.0/0' }], ipv6Ranges: 7 }, ['0.0.0.0/0']],
    ['its prefix lists', { ipv6Ranges: [{ cidrIpv6: '::/0' }], prefixListIds: 'pl-1' }, ['::/0']],
  ])('contain a permission that opens SSH if %s cannot be read', (_, sources, openTo) => {
    expect(ingressOf({ ...SSH, ...sources })).toEqual([{ protocol: 'tcp', from: 22, to: 22, openTo }]);
    expect(ingressOf({ ...SSH, ...sources, fromPort: 80, toPort: 80 })).toBeUndefined();
  });

  it('contain the permissions that open SSH in pieces beside one that cannot be read', () => {
    const piece = (block: string) => ({ ...SSH, ipv4Ranges: [{ cidrIp: block }] });
    const rule = (block: string) => ({ protocol: 'tcp', from: 22, to: 22, ranges: [block] });
    expect(ingressOf(piece('0.0.0.0/2'), piece('everywhere'), piece('64.0.0.0/2'))).toEqual([rule('0.0.0.0/2'), rule('64.0.0.0/2')]);
    expect(ingressOf(piece('0.0.0.0/2'), piece('everywhere'))).toBeUndefined();
  });

  it.each([
    ['is the default group if it has a VPC', { groupName: 'default', vpcId: 'vpc-1' }, [], true],
    [
      'is the default group if it is related to a VPC',
      { groupName: 'default' },
      [{ resourceType: 'AWS::EC2::VPC', resourceId: 'vpc-1' }],
      true,
    ],
    ['can be a default group if its VPC is absent', { groupName: 'default' }, [], undefined],
    ['is not the default under another name', { groupName: 'default-web', vpcId: 'vpc-1' }, [], false],
    ['can be a default group if its name is absent', { vpcId: 'vpc-1' }, [], undefined],
  ])('show that the group %s', (_, configuration, relationships, expected) => {
    const { facts } = factsOf(TYPE, configuration, { relationships });
    const isInVpc = 'vpcId' in configuration || relationships.length > 0;
    expect([facts.defaultOfVpc, facts.vpcId]).toEqual([expected, isInVpc ? 'vpc-1' : undefined]);
  });

  it('are missing if the item is empty', () => {
    expect(factsOf(TYPE, {})).toEqual({
      facts: {},
      missing: Object.fromEntries(
        ['defaultOfVpc', 'vpcId', 'ingressCount', 'egressCount', 'ingress'].map((fact) => [fact, 'not in the configuration item']),
      ),
    });
  });

  it('stay small if the group has many rules', () => {
    const rules = Array.from({ length: 60 }, (_, index) => ({ ...SSH, ipv4Ranges: [{ cidrIp: `10.0.${index}.0/24` }] }));
    expect(JSON.stringify(factsOf(TYPE, group(...rules)).facts).length).toBeLessThan(300);
  });
});
