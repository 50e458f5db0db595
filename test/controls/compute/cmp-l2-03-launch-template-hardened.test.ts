import { describe, expect, it } from 'vitest';
import control from '../../../controls/compute/cmp-l2-03-launch-template-hardened.ts';
import type { AutoScalingGroupFacts } from '../../../core/facts/autoscaling-group.ts';
import type { LaunchTemplateFacts } from '../../../core/facts/ec2-launch-template.ts';
import { joinVerdicts, testControl } from '../../support/control.ts';

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

testControl(control, 'AWS::AutoScaling::LaunchConfiguration', {
  COMPLIANT,
  NON_COMPLIANT,
  INSUFFICIENT_DATA: { ...INSUFFICIENT_DATA, 'the settings were not read': {} },
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
});
