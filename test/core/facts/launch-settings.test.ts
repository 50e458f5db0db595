import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

const TEMPLATE = 'AWS::EC2::LaunchTemplate';
const CONFIGURATION = 'AWS::AutoScaling::LaunchConfiguration';
const DEFAULTS = { httpEndpoint: 'enabled', httpTokens: 'optional', hopLimit: 1, assignsPublicIp: false, volumes: 'encrypted' };

const templateFacts = (LaunchTemplateData: unknown) =>
  factsOf(TEMPLATE, { LaunchTemplateName: 'example', DefaultVersionNumber: '1', LatestVersionNumber: '2', LaunchTemplateData });

describe('facts of a launch template', () => {
  it('are its name, its versions and the defaults of absent settings', () => {
    expect(templateFacts({})).toEqual({
      facts: { ...DEFAULTS, name: 'example', defaultVersion: 1, latestVersion: 2, versions: {} },
      missing: {},
    });
  });

  it('lack settings if the item has no data', () => {
    expect(factsOf(TEMPLATE, { LaunchTemplateName: 'example' }).facts).toEqual({ name: 'example', versions: {} });
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
  ])('contain %s', (_, data, expected) => {
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

describe('versions of a launch template', () => {
  const versionsOf = (LaunchTemplateVersions: unknown) => factsOf(TEMPLATE, { LaunchTemplateVersions }).facts.versions;

  it('are the settings of each, by number', () => {
    const versions = [
      { VersionNumber: 1, LaunchTemplateData: {} },
      { VersionNumber: 12, LaunchTemplateData: { MetadataOptions: { HttpTokens: 'required' } } },
    ];
    expect(versionsOf(versions)).toEqual({ 1: DEFAULTS, 12: { ...DEFAULTS, httpTokens: 'required' } });
  });

  it('lack settings if there is no data', () => {
    expect(versionsOf([{ VersionNumber: 1 }])).toEqual({ 1: {} });
  });

  it('are at most 200', () => {
    const versions = Array.from({ length: 300 }, (_, index) => ({ VersionNumber: index + 1, LaunchTemplateData: {} }));
    expect(Object.keys(versionsOf(versions) ?? {})).toHaveLength(200);
  });

  it('are not read from a value that is not a list', () => {
    expect(versionsOf({})).toBeUndefined();
  });

  it('lack only what cannot be read', () => {
    const versions = [
      { LaunchTemplateData: {} },
      { VersionNumber: 1, LaunchTemplateData: { MetadataOptions: [] } },
      { VersionNumber: 2, LaunchTemplateData: { NetworkInterfaces: ['eni', { AssociatePublicIpAddress: true }] } },
      { VersionNumber: 3, LaunchTemplateData: { BlockDeviceMappings: ['disk', { Ebs: { Encrypted: false } }] } },
    ];
    expect(versionsOf(versions)).toEqual({
      1: { assignsPublicIp: false, volumes: 'encrypted' },
      2: { ...DEFAULTS, assignsPublicIp: true },
      3: { ...DEFAULTS, volumes: 'unencrypted' },
    });
  });
});

describe('facts of a launch configuration', () => {
  const launchConfigurationName = 'example';

  it('are the defaults of absent settings', () => {
    expect(factsOf(CONFIGURATION, { launchConfigurationName })).toEqual({ facts: DEFAULTS, missing: {} });
  });

  it('contain every setting', () => {
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

  it('are missing from an item that does not describe one', () => {
    expect(factsOf(CONFIGURATION, {}).facts).toEqual({});
  });
});
