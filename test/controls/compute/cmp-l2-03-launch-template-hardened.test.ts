import { describe, expect, it } from 'vitest';
import control from '../../../controls/compute/cmp-l2-03-launch-template-hardened.ts';
import type { AutoScalingGroupFacts } from '../../../core/facts/autoscaling-group.ts';
import type { LaunchSettings, LaunchTemplateFacts } from '../../../core/facts/ec2-launch-template.ts';
import { joinCodes } from '../../support/control.ts';

const HARDENED = { httpEndpoint: 'enabled', httpTokens: 'required', hopLimit: 2, assignsPublicIp: false, volumes: 'encrypted' } as const;
const TEMPLATE: LaunchTemplateFacts = { ...HARDENED, name: 'web', defaultVersion: 3, latestVersion: 3 };

const COMPLIANT = {
  'all is hardened': HARDENED,
  'the metadata service is disabled': { ...HARDENED, httpEndpoint: 'disabled', httpTokens: 'optional', hopLimit: 64 },
};

/** Settings by the verdict that they get and when. */
const VERDICTS: readonly (readonly [string, string, LaunchSettings])[] = [
  ...Object.entries(COMPLIANT).map(([when, settings]) => ['COMPLIANT', when, settings] as const),
  ['NON_COMPLIANT imdsv1-allowed', 'IMDSv2 is not required', { ...HARDENED, httpTokens: 'optional' }],
  ['NON_COMPLIANT hop-limit-too-high', 'the hop limit is above 2', { ...HARDENED, hopLimit: 3 }],
  ['NON_COMPLIANT public-ip-assigned', 'a public address is assigned', { ...HARDENED, assignsPublicIp: true }],
  ['NON_COMPLIANT volume-not-encrypted', 'a volume is not encrypted', { ...HARDENED, volumes: 'unencrypted' }],
  ['INSUFFICIENT_DATA tokens-unknown', 'its tokens are unknown', { ...HARDENED, httpTokens: 'preferred' }],
  ['INSUFFICIENT_DATA endpoint-unknown', 'its endpoint is unknown', { ...HARDENED, httpEndpoint: 'maybe', httpTokens: 'optional' }],
  [
    'INSUFFICIENT_DATA region-default-unknown',
    'the default of the Region decides on encryption',
    { ...HARDENED, volumes: 'region default' },
  ],
];

const REGION_DEFAULTS = [
  ['COMPLIANT', 'encrypts', { here: { enabled: true } }],
  ['NON_COMPLIANT region-default-off', 'does not encrypt', { here: { enabled: false } }],
  ['INSUFFICIENT_DATA region-default-unknown', 'was not read', { here: {} }],
  ['INSUFFICIENT_DATA region-default-unknown', 'is known only of another Region', { elsewhere: { enabled: true } }],
] as const;

describe('CMP-L2-03 on a launch configuration', () => {
  const verdict = (settings: LaunchSettings, defaults = {}) =>
    joinCodes(
      control,
      { 'AWS::AutoScaling::LaunchConfiguration': { old: settings }, 'AWS::EC2::EBSEncryptionByDefault': defaults },
      { elsewhere: 'us-east-1' },
    ).old;

  it.each([...VERDICTS, ['INSUFFICIENT_DATA not-read', 'the settings were not read', {}] as const])(
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
  return joinCodes(control, { 'AWS::EC2::LaunchTemplate': { 'lt-1': template }, ...groups }, regions)['lt-1'];
}

describe('CMP-L2-03 on a launch template', () => {
  it.each(VERDICTS)('is %s when %s', (compliance, _, settings) => {
    expect(verdictOn({ ...TEMPLATE, ...settings })).toBe(compliance);
  });

  it.each(Object.keys(TEMPLATE).filter((name) => name !== 'name'))('is INSUFFICIENT_DATA when %s was not read', (name) => {
    const { [name as keyof LaunchTemplateFacts]: _, ...rest } = TEMPLATE;
    expect(verdictOn(rest)).toBe('INSUFFICIENT_DATA not-read');
  });

  it('is INSUFFICIENT_DATA when the default is not the latest version, unless the known one already fails', () => {
    expect(verdictOn({ ...TEMPLATE, latestVersion: 4 })).toBe('INSUFFICIENT_DATA version-unknown');
    expect(verdictOn({ ...TEMPLATE, latestVersion: 4, hopLimit: 3 })).toBe('NON_COMPLIANT hop-limit-too-high');
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

  it.each<[string, string, AutoScalingGroupFacts]>([
    ['version-unknown', 'another version', { launchTemplates: [{ id: 'lt-1', name: 'web', version: '2' }] }],
    ['version-unknown', 'another version by name', { launchTemplates: [{ name: 'web', version: '2' }] }],
    [
      'version-unknown',
      'another version in an override',
      {
        launchTemplates: [
          { id: 'lt-1', version: '3' },
          { id: 'lt-1', version: '1' },
        ],
      },
    ],
    ['group-unknown', 'an unknown template', {}],
  ])('is INSUFFICIENT_DATA (%s) when a group uses %s', (code, _, group) => {
    expect(verdictOn(TEMPLATE, group)).toBe(`INSUFFICIENT_DATA ${code}`);
  });

  it('ignores groups of other Regions, where the same name is another template', () => {
    expect(verdictOn(TEMPLATE, { launchTemplates: [{ name: 'web', version: '2' }] }, { group: 'us-east-1' })).toBe('COMPLIANT');
  });

  it.each(REGION_DEFAULTS)('is %s when a mapping leaves encryption to the default of the Region, which %s', (compliance, _, defaults) => {
    const estate = {
      'AWS::EC2::LaunchTemplate': { 'lt-1': { ...TEMPLATE, volumes: 'region default' as const } },
      'AWS::EC2::EBSEncryptionByDefault': defaults,
    };
    expect(joinCodes(control, estate, { elsewhere: 'us-east-1' })['lt-1']).toBe(compliance);
  });

  describe('with several known versions', () => {
    const TWO: LaunchTemplateFacts = { ...TEMPLATE, latestVersion: 4, versions: { 3: HARDENED, 4: HARDENED } };
    const flawed = { ...HARDENED, hopLimit: 3 };

    it.each<[string, string, LaunchTemplateFacts, AutoScalingGroupFacts | undefined]>([
      ['COMPLIANT', 'the default and the latest are hardened', TWO, undefined],
      ['NON_COMPLIANT hop-limit-too-high', 'the latest is not hardened', { ...TWO, versions: { 3: HARDENED, 4: flawed } }, undefined],
      ['INSUFFICIENT_DATA not-read', 'a setting of the latest is unknown', { ...TWO, versions: { 3: HARDENED, 4: {} } }, undefined],
      ['INSUFFICIENT_DATA version-unknown', 'a group uses one more', TWO, { launchTemplates: [{ id: 'lt-1', version: '2' }] }],
      [
        'INSUFFICIENT_DATA version-unknown',
        'a group uses one of a strange name',
        TWO,
        { launchTemplates: [{ id: 'lt-1', version: 'constructor' }] },
      ],
      [
        'COMPLIANT',
        'a group uses one more that is hardened',
        { ...TWO, versions: { ...TWO.versions, 2: HARDENED } },
        { launchTemplates: [{ name: 'web', version: '2' }] },
      ],
      [
        'NON_COMPLIANT hop-limit-too-high',
        'a group uses one more that is not hardened',
        { ...TWO, versions: { ...TWO.versions, 2: flawed } },
        { launchTemplates: [{ name: 'web', version: '2' }] },
      ],
      ['COMPLIANT', 'an unused one is not hardened', { ...TWO, versions: { ...TWO.versions, 1: flawed } }, undefined],
    ])('is %s when %s', (compliance, _, template, group) => {
      expect(verdictOn(template, group)).toBe(compliance);
    });
  });
});

it('CMP-L2-03 fails on a known weakness of one version, even if a group or another version is unknown', () => {
  const weak = { ...HARDENED, httpTokens: 'optional' };
  const latest = { ...TEMPLATE, latestVersion: 4, versions: { 3: HARDENED, 4: weak } };
  expect(verdictOn(latest, {})).toBe('NON_COMPLIANT imdsv1-allowed');
  const { defaultVersion: _, ...unknown } = latest;
  expect(verdictOn(unknown)).toBe('NON_COMPLIANT imdsv1-allowed');
  expect(verdictOn({ ...TEMPLATE, versions: { 3: HARDENED } }, {})).toBe('INSUFFICIENT_DATA group-unknown');
});
