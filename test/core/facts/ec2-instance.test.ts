import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

const INSTANCE = {
  state: { code: 16, name: 'running' },
  metadataOptions: { httpTokens: 'required', httpEndpoint: 'enabled' },
  publicIpAddress: '192.0.2.1',
  networkInterfaces: [
    {
      association: { publicIp: '192.0.2.1' },
      privateIpAddresses: [{ association: { publicIp: '192.0.2.1' } }, { association: { publicIp: '192.0.2.2' } }],
    },
    { privateIpAddresses: [{ privateIpAddress: '10.0.0.1' }] },
  ],
};

describe('facts of an instance', () => {
  it.each([
    ['as an object', INSTANCE],
    ['as JSON text', JSON.stringify(INSTANCE)],
    ['with the state as a value', { ...INSTANCE, state: { value: 'running' } }],
  ])('are the same %s', (_, configuration) => {
    expect(factsOf('AWS::EC2::Instance', configuration)).toEqual({
      facts: { state: 'running', publicIps: ['192.0.2.1', '192.0.2.2'], httpTokens: 'required', httpEndpoint: 'enabled', fleet: null },
      missing: {},
    });
  });

  it.each([
    ['none, by its interfaces', { networkInterfaces: [{ privateIpAddresses: [] }] }, []],
    ['none, without an interface', { networkInterfaces: [] }, []],
    ['one, by itself', { publicIpAddress: '192.0.2.1' }, ['192.0.2.1']],
    ['one, by an interface', { networkInterfaces: [{ association: { publicIp: '192.0.2.3' } }] }, ['192.0.2.3']],
    ['unknown, without its interfaces', { publicIpAddress: '' }, undefined],
    ['one, beside interfaces that cannot be read', { publicIpAddress: '192.0.2.1', networkInterfaces: 'eni-1' }, ['192.0.2.1']],
    [
      'one, beside an address that cannot be read',
      { networkInterfaces: [{ association: { publicIp: 5 } }, 'eni', { association: { publicIp: '192.0.2.3' } }] },
      ['192.0.2.3'],
    ],
    ['unknown, beside only an address that cannot be read', { networkInterfaces: [{ association: { publicIp: 5 } }] }, undefined],
  ])('contain the public addresses: %s', (_, configuration, expected) => {
    expect(factsOf('AWS::EC2::Instance', configuration).facts.publicIps).toEqual(expected);
  });

  it('lack metadata options that an old item does not contain', () => {
    expect(factsOf('AWS::EC2::Instance', { state: { name: 'running' } }).facts).toEqual({ state: 'running', fleet: null });
  });

  it.each<[string, unknown, string | null | undefined]>([
    ['an Auto Scaling group', { 'aws:autoscaling:groupName': 'web' }, 'Auto Scaling group web'],
    ['a node group of EKS', [{ key: 'eks:cluster-name', value: 'shop' }], 'Kubernetes cluster shop'],
    ['a node group without a cluster', { 'eks:nodegroup-name': 'web' }, 'node group web'],
    ['EKS Auto Mode', { 'eks:eks-cluster-name': 'shop' }, 'Kubernetes cluster shop'],
    ['nothing, by other tags', { Name: 'web', 'aws:autoscaling:other': 'x', 'kubernetes.io/cluster/shop': 'shared' }, null],
    ['nothing, without tags', {}, null],
    ['what its tags do not show', undefined, undefined],
    ['what tags of another form do not show', 'web', undefined],
  ])('show that it is replaced by %s', (_, tags, expected) => {
    expect(factsOf('AWS::EC2::Instance', {}, { tags }).facts.fleet).toBe(expected);
  });
});
