import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

const TYPE = 'AWS::EC2::NetworkInterface';
const privateIpAddresses = [{ privateIpAddress: '10.0.0.1', primary: true }];

describe('facts of a network interface', () => {
  it('are its attachment to an instance, its public addresses and its security groups', () => {
    const groups = [{ groupName: 'default', groupId: 'sg-1' }];
    const configuration = { attachment: { instanceId: 'i-1' }, association: { publicIp: '192.0.2.1' }, privateIpAddresses, groups };
    const facts = { attachedToInstance: true, publicIps: ['192.0.2.1'], groupIds: ['sg-1'] };
    expect(factsOf(TYPE, configuration)).toEqual({ facts, missing: {} });
  });

  it.each([
    ['an instance', { attachment: { instanceId: 'i-1' }, status: 'in-use' }, true],
    ['something else', { attachment: { instanceOwnerId: 'amazon-elb' }, status: 'in-use' }, false],
    ['nothing', { status: 'available' }, false],
    ['something unknown', { status: 'in-use' }, undefined],
    ['an unknown resource', {}, undefined],
  ])('show whether it is attached to %s', (_, configuration, expected) => {
    expect(factsOf(TYPE, configuration).facts.attachedToInstance).toBe(expected);
  });

  it.each([
    ['none', { privateIpAddresses }, []],
    [
      'one of a secondary private address',
      { privateIpAddresses: [...privateIpAddresses, { association: { publicIp: '192.0.2.2' } }] },
      ['192.0.2.2'],
    ],
    ['one, beside addresses that cannot be read', { association: { publicIp: '192.0.2.1' }, privateIpAddresses: 5 }, ['192.0.2.1']],
    ['unknown, if the only one cannot be read', { association: { publicIp: 5 }, privateIpAddresses }, undefined],
    ['unknown', {}, undefined],
  ])('contain the public addresses: %s', (_, configuration, expected) => {
    expect(factsOf(TYPE, configuration).facts.publicIps).toEqual(expected);
  });

  it.each([
    ['none', { groups: [] }, []],
    ['several if one has no ID', { groups: [{ groupId: 'sg-1' }, { groupName: 'default' }] }, undefined],
    ['a value that is not a list', { groups: 'sg-1' }, undefined],
    ['unknown', {}, undefined],
  ])('contain the security groups: %s', (_, configuration, expected) => {
    expect(factsOf(TYPE, configuration).facts.groupIds).toEqual(expected);
  });
});
