import { describe, expect, it } from 'vitest';
import control from '../../../controls/compute/cmp-l2-03-launch-template-hardened.ts';
import type { AutoScalingGroupFacts } from '../../../core/facts/autoscaling-group.ts';
import type { LaunchSettings, LaunchTemplateFacts } from '../../../core/facts/ec2-launch-template.ts';
import { joinVerdicts } from '../../support/control.ts';

const HARDENED = { httpEndpoint: 'enabled', httpTokens: 'required', hopLimit: 2, assignsPublicIp: false, volumes: 'encrypted' } as const;
const TEMPLATE: LaunchTemplateFacts = { ...HARDENED, name: 'web', defaultVersion: 3, latestVersion: 3 };

const COMPLIANT = {
  'all is hardened': HARDENED,
  'the metadata service is disabled': { ...HARDENED, httpEndpoint: 'disabled', httpTokens: 'optional', hopLimit: 64 },
};
const NON_COMPLIANT = {
  'IMDSv2 is not required': { ...HARDENED, httpTokens: 'optional' },
  'the hop limit is above 2': { ...HARDENED, hopLimit: 3 },
  'a public address is assigned': { ...HARDENED, assignsPublicIp: true },
  'a volume is not encrypted': { ...HARDENED, volumes: 'unencrypted' as const },
};
const INSUFFICIENT_DATA = { 'the default of the Region decides on encryption': { ...HARDENED, volumes: 'region default' as const } };

const REGION_DEFAULTS = [
  ['COMPLIANT', 'encrypts', { here: { enabled: true } }],
  ['NON_COMPLIANT', 'does not encrypt', { here: { enabled: false } }],
  ['INSUFFICIENT_DATA', 'was not read', { here: {} }],
  ['INSUFFICIENT_DATA', 'is known of another Region alone', { elsewhere: { enabled: true } }],
] as const;

describe('CMP-L2-03 on a launch configuration', () => {
  const verdict = (settings: LaunchSettings, defaults = {}) =>
    joinVerdicts(
      control,
      { 'AWS::AutoScaling::LaunchConfiguration': { old: settings }, 'AWS::EC2::EBSEncryptionByDefault': defaults },
      { elsewhere: 'us-east-1' },
    ).old;

  const cases = Object.entries({ COMPLIANT, NON_COMPLIANT, INSUFFICIENT_DATA: { ...INSUFFICIENT_DATA, 'the settings were not read': {} } });
  it.each(cases.flatMap(([compliance, table]) => Object.entries(table).map(([when, settings]) => [compliance, when, settings] as const)))(
    'is %s when %s',
    (compliance, _, settings) => {
      expect(verdict(settings)).toBe(compliance);
    },
  );

  it.each(REGION_DEFAULTS)('is %s when a mapping leaves encryption to the default of the Region, which %s', (compliance, _, defaults) => {
    expect(verdict({ ...HARDENED, volumes: 'region default' }, defaults)).toBe(compliance);
  });
});

function verdictOn(template: LaunchTemplateFacts, group?: AutoScalingGroupFacts, regions = {}) {
  const groups = group && { 'AWS::AutoScaling::AutoScalingGroup': { group } };
  return joinVerdicts(control, { 'AWS::EC2::LaunchTemplate': { 'lt-1': template }, ...groups }, regions)['lt-1'];
}

describe('CMP-L2-03 on a launch template', () => {
  it.each(Object.entries(COMPLIANT))('is COMPLIANT when %s', (_, settings) => {
    expect(verdictOn({ ...TEMPLATE, ...settings })).toBe('COMPLIANT');
  });

  it.each(Object.entries(NON_COMPLIANT))('is NON_COMPLIANT when %s', (_, settings) => {
    expect(verdictOn({ ...TEMPLATE, ...settings })).toBe('NON_COMPLIANT');
  });

  it.each(Object.entries(INSUFFICIENT_DATA))('is INSUFFICIENT_DATA when %s', (_, settings) => {
    expect(verdictOn({ ...TEMPLATE, ...settings })).toBe('INSUFFICIENT_DATA');
  });

  it.each(Object.keys(TEMPLATE).filter((name) => name !== 'name'))('is INSUFFICIENT_DATA when %s was not read', (name) => {
    const { [name as keyof LaunchTemplateFacts]: _, ...rest } = TEMPLATE;
    expect(verdictOn(rest)).toBe('INSUFFICIENT_DATA');
  });

  it('is INSUFFICIENT_DATA when the default is not the latest version, unless the known one already fails', () => {
    expect(verdictOn({ ...TEMPLATE, latestVersion: 4 })).toBe('INSUFFICIENT_DATA');
    expect(verdictOn({ ...TEMPLATE, latestVersion: 4, hopLimit: 3 })).toBe('NON_COMPLIANT');
  });

  it.each<[string, AutoScalingGroupFacts]>([
    ['its default version', { launchTemplates: [{ id: 'lt-1', version: '$Default' }] }],
    ['its latest version', { launchTemplates: [{ id: 'lt-1', version: '$Latest' }] }],
    ['its only known version', { launchTemplates: [{ name: 'web', version: '3' }] }],
    ['another template', { launchTemplates: [{ id: 'lt-2', name: 'other', version: '2' }] }],
    ['another template by name', { launchTemplates: [{ name: 'other', version: '2' }] }],
    ['a launch configuration', { launchConfiguration: 'old' }],
  ])('is COMPLIANT when a group uses %s', (_, group) => {
    expect(verdictOn(TEMPLATE, group)).toBe('COMPLIANT');
  });

  it.each<[string, AutoScalingGroupFacts]>([
    ['another version', { launchTemplates: [{ id: 'lt-1', name: 'web', version: '2' }] }],
    ['another version by name', { launchTemplates: [{ name: 'web', version: '2' }] }],
    [
      'another version in an override',
      {
        launchTemplates: [
          { id: 'lt-1', version: '3' },
          { id: 'lt-1', version: '1' },
        ],
      },
    ],
    ['an unknown template', {}],
  ])('is INSUFFICIENT_DATA when a group uses %s', (_, group) => {
    expect(verdictOn(TEMPLATE, group)).toBe('INSUFFICIENT_DATA');
  });

  it('does not look at groups of other Regions, where the same name is another template', () => {
    expect(verdictOn(TEMPLATE, { launchTemplates: [{ name: 'web', version: '2' }] }, { group: 'us-east-1' })).toBe('COMPLIANT');
  });

  it.each(REGION_DEFAULTS)('is %s when a mapping leaves encryption to the default of the Region, which %s', (compliance, _, defaults) => {
    const estate = {
      'AWS::EC2::LaunchTemplate': { 'lt-1': { ...TEMPLATE, volumes: 'region default' as const } },
      'AWS::EC2::EBSEncryptionByDefault': defaults,
    };
    expect(joinVerdicts(control, estate, { elsewhere: 'us-east-1' })['lt-1']).toBe(compliance);
  });

  describe('of which several versions are known', () => {
    const TWO: LaunchTemplateFacts = { ...TEMPLATE, latestVersion: 4, versions: { 3: HARDENED, 4: HARDENED } };
    const flawed = { ...HARDENED, hopLimit: 3 };

    it.each<[string, string, LaunchTemplateFacts, AutoScalingGroupFacts | undefined]>([
      ['COMPLIANT', 'the default and the latest are hardened', TWO, undefined],
      ['NON_COMPLIANT', 'the latest is not hardened', { ...TWO, versions: { 3: HARDENED, 4: flawed } }, undefined],
      ['INSUFFICIENT_DATA', 'a setting of the latest is not known', { ...TWO, versions: { 3: HARDENED, 4: {} } }, undefined],
      ['INSUFFICIENT_DATA', 'a group uses one more', TWO, { launchTemplates: [{ id: 'lt-1', version: '2' }] }],
      ['INSUFFICIENT_DATA', 'a group uses one of a strange name', TWO, { launchTemplates: [{ id: 'lt-1', version: 'constructor' }] }],
      [
        'COMPLIANT',
        'a group uses one more that is hardened',
        { ...TWO, versions: { ...TWO.versions, 2: HARDENED } },
        { launchTemplates: [{ name: 'web', version: '2' }] },
      ],
      [
        'NON_COMPLIANT',
        'a group uses one more that is not hardened',
        { ...TWO, versions: { ...TWO.versions, 2: flawed } },
        { launchTemplates: [{ name: 'web', version: '2' }] },
      ],
      ['COMPLIANT', 'one that nobody uses is not hardened', { ...TWO, versions: { ...TWO.versions, 1: flawed } }, undefined],
    ])('is %s when %s', (compliance, _, template, group) => {
      expect(verdictOn(template, group)).toBe(compliance);
    });
  });
});
