import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

const TEMPLATE = 'AWS::EC2::LaunchTemplate';
const CONFIGURATION = 'AWS::AutoScaling::LaunchConfiguration';
const DEFAULTS = { httpEndpoint: 'enabled', httpTokens: 'optional', hopLimit: 1, assignsPublicIp: false, volumes: 'encrypted' };

const templateFacts = (LaunchTemplateData: unknown) =>
  factsOf(TEMPLATE, { LaunchTemplateName: 'example', DefaultVersionNumber: '1', LatestVersionNumber: '2', LaunchTemplateData });

describe('facts of a launch template', () => {
  it('are its name, its versions and the defaults of what its data leaves out', () => {
    expect(templateFacts({})).toEqual({ facts: { ...DEFAULTS, name: 'example', defaultVersion: 1, latestVersion: 2 }, missing: {} });
  });

  it('lack settings where the item holds no data', () => {
    expect(factsOf(TEMPLATE, { LaunchTemplateName: 'example' }).facts).toEqual({ name: 'example' });
  });

  it.each([
    [
      'metadata options',
      { MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'disabled', HttpPutResponseHopLimit: 3 } },
      { httpTokens: 'required', httpEndpoint: 'disabled', hopLimit: 3 },
    ],
    ['an interface with a public address', { NetworkInterfaces: [{}, { AssociatePublicIpAddress: true }] }, { assignsPublicIp: true }],
    ['an interface without a public address', { NetworkInterfaces: [{ AssociatePublicIpAddress: false }] }, { assignsPublicIp: false }],
    ['encrypted volumes', { BlockDeviceMappings: [{ Ebs: { Encrypted: true } }, { NoDevice: '' }] }, { volumes: 'encrypted' }],
    ['an unencrypted volume', { BlockDeviceMappings: [{ Ebs: {} }, { Ebs: { Encrypted: false } }] }, { volumes: 'unencrypted' }],
    ['a silent volume', { BlockDeviceMappings: [{ Ebs: { Encrypted: true } }, { Ebs: { VolumeSize: 8 } }] }, { volumes: 'region default' }],
  ])('tell of %s', (_, data, expected) => {
    expect(templateFacts(data).facts).toMatchObject(expected);
  });

  it.each([
    ['hopLimit', { MetadataOptions: { HttpPutResponseHopLimit: 'many' } }],
    ['httpTokens', { MetadataOptions: { HttpTokens: 1 } }],
    ['assignsPublicIp', { NetworkInterfaces: [{ AssociatePublicIpAddress: 'perhaps' }] }],
    ['volumes', { BlockDeviceMappings: {} }],
  ])('lack %s that cannot be read', (name, data) => {
    expect(templateFacts(data).facts).not.toHaveProperty(name);
  });
});

describe('facts of a launch configuration', () => {
  const launchConfigurationName = 'example';

  it('are the defaults of what it leaves out', () => {
    expect(factsOf(CONFIGURATION, { launchConfigurationName })).toEqual({ facts: DEFAULTS, missing: {} });
  });

  it('tell of every setting', () => {
    const configuration = {
      launchConfigurationName,
      associatePublicIpAddress: true,
      metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 2, httpEndpoint: 'enabled' },
      blockDeviceMappings: [
        { deviceName: '/dev/sdb', noDevice: true },
        { deviceName: '/dev/sda1', ebs: { encrypted: false } },
      ],
    };
    expect(factsOf(CONFIGURATION, configuration).facts).toEqual({
      httpEndpoint: 'enabled',
      httpTokens: 'required',
      hopLimit: 2,
      assignsPublicIp: true,
      volumes: 'unencrypted',
    });
  });

  it('are missing from an item that describes none', () => {
    expect(factsOf(CONFIGURATION, {}).facts).toEqual({});
  });
});
