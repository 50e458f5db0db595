import { AutoScalingClient, CreateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateCommand,
  DescribeImageAttributeCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
  ModifyImageAttributeCommand,
  RegisterImageCommand,
  type RequestLaunchTemplateData,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { REMEDIES } from '../../controls/remedies.ts';
import type { LaunchTemplateFacts } from '../../core/facts/ec2-launch-template.ts';
import { type RemedyPlan, type RunbookParameters, remedyFor } from '../../core/remediation/model/remedy.ts';
import { type CallApi, runAutomation } from '../support/automation.ts';
import { changesOf, closeLoop, type LoopAccount } from '../support/closed-loop.ts';
import { type Estate, inventoryOf } from '../support/control.ts';
import { useMoto } from '../support/moto.ts';
import { callsApi, type Json, type JsonObject, readRunbook } from '../support/runbook-document.ts';
import { runbookText } from '../support/runbooks.ts';
import { select } from '../support/selector.ts';

/** At least one change, as a person reads it. */
const CHANGES = expect.arrayContaining([{ what: expect.any(String), before: expect.any(String), after: expect.any(String) }]);

// The emulator copies nothing from the source version of a launch template, so the tests check the request. It does not support block
// public access for images, so the tests simulate it with a setting in memory.

const ROLE = 'arn:aws:iam::111111111111:role/csmm-remediation';

const TEMPLATE = 'AWS::EC2::LaunchTemplate';
const GROUP = 'AWS::AutoScaling::AutoScalingGroup';
const LT = 'lt-0a1b2c3d4e5f60718';

function planOf(controlId: string, resourceType: string, resourceId: string, estate: Estate): RemedyPlan | undefined {
  const resource = { accountId: '111111111111', region: 'eu-west-1', resourceType, resourceId };
  return remedyFor(REMEDIES, controlId, resource)?.plan({ resource, inventory: inventoryOf(estate), declared: {} });
}

describe('the plan of a remedy', () => {
  it.each<[string, string, string, string, Estate, RunbookParameters]>([
    ['an image', 'CMP-L1-04', 'AWS::EC2::Image', 'ami-1', { 'AWS::EC2::Image': { 'ami-1': { public: true } } }, { ImageId: ['ami-1'] }],
    [
      'a Region',
      'CMP-L1-04',
      'AWS::EC2::ImageBlockPublicAccess',
      'eu-west-1',
      { 'AWS::EC2::ImageBlockPublicAccess': { 'eu-west-1': { state: 'unblocked' } } },
      {},
    ],
    ['an instance', 'CMP-L2-01', 'AWS::EC2::Instance', 'i-1', { 'AWS::EC2::Instance': { 'i-1': {} } }, { InstanceId: ['i-1'] }],
  ])('names %s', (_, controlId, type, id, estate, parameters) => {
    expect(planOf(controlId, type, id, estate)).toEqual({ kind: 'run', parameters, changes: CHANGES });
  });

  const flawed: LaunchTemplateFacts = {
    ...{ name: 'web', defaultVersion: 3, latestVersion: 3 },
    ...{ httpEndpoint: 'enabled', httpTokens: 'optional', hopLimit: 5, assignsPublicIp: true, volumes: 'region default' },
  };
  const whole: LaunchTemplateFacts = { ...flawed, httpTokens: 'required', hopLimit: 1, assignsPublicIp: false, volumes: 'encrypted' };
  const { name: _, defaultVersion: __, latestVersion: ___, ...good } = whole;
  const plan = (template: LaunchTemplateFacts, rest: Estate = {}) =>
    planOf('CMP-L2-03', TEMPLATE, LT, { [TEMPLATE]: { [LT]: template }, ...rest });
  const group = (version: string): Estate => ({
    [GROUP]: { web: { launchConfiguration: '', launchTemplates: [{ id: LT, name: 'web', version }] } },
  });
  const run = { kind: 'run', parameters: { LaunchTemplateId: [LT] }, changes: CHANGES };

  it.each<[string, LaunchTemplateFacts, Estate]>([
    ['its default version is its latest', flawed, {}],
    ['a group launches $Default', flawed, group('$Default')],
    ['a group launches a version that passes', { ...flawed, versions: { 2: good } }, group('2')],
    ['a group launches $Latest of another', flawed, { [GROUP]: { other: { launchTemplates: [{ name: 'other', version: '$Latest' }] } } }],
  ])('gives a launch template a new version where %s', (_, template, rest) => expect(plan(template, rest)).toEqual(run));

  it.each<[string, LaunchTemplateFacts, Estate, RegExp]>([
    ['the latest version is another', { ...flawed, latestVersion: 4 }, {}, /latest version of the launch template is not its default/],
    ['the versions are unknown', { name: 'web' }, {}, /unknown/],
    ['a group launches $Latest', flawed, group('$Latest'), /a rollback cannot restore/],
    [
      'a group launches a version that fails',
      { ...flawed, versions: { 2: { ...good, httpTokens: 'optional' } } },
      group('2'),
      /allow IMDSv1/,
    ],
    ['a group launches an unknown version', flawed, group('2'), /version 2 is in use but unknown/],
    ['Amazon EKS made the template', { ...flawed, name: 'eks-0a1b2c3d-0000-0000-0000-000000000000' }, {}, /Amazon EKS/],
  ])('cannot help where %s', (_, template, rest, reason) => {
    expect(plan(template, rest)).toEqual({ kind: 'cannot', reason: expect.stringMatching(reason) });
  });
});

const ec2 = ({ client }: LoopAccount): EC2Client => client(EC2Client);

async function makeImage(account: LoopAccount): Promise<string> {
  const BlockDeviceMappings = [{ DeviceName: '/dev/sda1', Ebs: { VolumeSize: 8 } }];
  const { ImageId = '' } = await ec2(account).send(
    new RegisterImageCommand({ Name: 'web', RootDeviceName: '/dev/sda1', Architecture: 'x86_64', BlockDeviceMappings }),
  );
  return ImageId;
}

describe.skipIf(!useMoto())('CSMM-MakeImagePrivate', () => {
  it('takes an image from everyone, and not from an account that is named', async () => {
    let ImageId = '';
    const permissions = async (account: LoopAccount) =>
      (await ec2(account).send(new DescribeImageAttributeCommand({ ImageId, Attribute: 'launchPermission' }))).LaunchPermissions?.map(
        ({ Group, UserId }) => Group ?? UserId,
      ).sort();
    const { account } = await closeLoop({
      controlId: 'CMP-L1-04',
      runbook: 'CSMM-MakeImagePrivate',
      previous: permissions,
      seed: async (made) => {
        ImageId = await makeImage(made);
        const Add = [{ Group: 'all' as const }, { UserId: '222222222222' }];
        await ec2(made).send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add } }));
      },
    });
    expect(await permissions(account)).toEqual(['222222222222', 'all']);
  });
});

describe('CSMM-BlockPublicImages', () => {
  it('blocks what was unblocked, changes nothing when run again, and is undone', async () => {
    let state = 'unblocked';
    const call: CallApi = async (_, api, input) => {
      if (api === 'EnableImageBlockPublicAccess') state = String(input.ImageBlockPublicAccessState);
      if (api === 'DisableImageBlockPublicAccess') state = 'unblocked';
      return { ImageBlockPublicAccessState: state };
    };
    const run = (runbook: string, parameters: RunbookParameters = {}) =>
      runAutomation(runbookText(runbook), { AutomationAssumeRole: [ROLE], ...parameters }, { call });
    const first = await run('CSMM-BlockPublicImages');
    expect([first.status, first.outputs, state]).toEqual(['Success', { 'read.PreviousState': ['unblocked'] }, 'block-new-sharing']);
    const again = await run('CSMM-BlockPublicImages');
    expect([again.status, changesOf(again)]).toEqual(['Success', []]);
    const none = await run('CSMM-BlockPublicImages-Undo', { PreviousState: ['block-new-sharing'] });
    expect([none.status, changesOf(none)]).toEqual(['Success', []]);
    expect((await run('CSMM-BlockPublicImages-Undo', { PreviousState: ['unblocked'] })).status).toBe('Success');
    expect(state).toBe('unblocked');
  });
});

describe.skipIf(!useMoto())('CSMM-RequireImdsv2', () => {
  it('requires tokens on an instance', async () => {
    const { first } = await closeLoop({
      controlId: 'CMP-L2-01',
      runbook: 'CSMM-RequireImdsv2',
      seed: async (account) => {
        const ImageId = await makeImage(account);
        await ec2(account).send(
          new RunInstancesCommand({ ImageId, MinCount: 1, MaxCount: 1, MetadataOptions: { HttpTokens: 'optional' } }),
        );
      },
      previous: async (account) =>
        (await ec2(account).send(new DescribeInstancesCommand({}))).Reservations?.[0]?.Instances?.[0]?.MetadataOptions?.HttpTokens,
    });
    expect(first.outputs).toEqual({ 'read.PreviousHttpTokens': ['optional'] });
  });
});

const MAPPINGS = [
  { DeviceName: '/dev/sda1', Ebs: { VolumeSize: 8, VolumeType: 'gp3' as const } },
  { DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' },
];

describe.skipIf(!useMoto())('CSMM-HardenLaunchTemplate', () => {
  const loop = {
    controlId: 'CMP-L2-03',
    runbook: 'CSMM-HardenLaunchTemplate',
    previous: async (account: LoopAccount) =>
      (await ec2(account).send(new DescribeLaunchTemplatesCommand({}))).LaunchTemplates?.[0]?.DefaultVersionNumber,
  };
  const seed = (LaunchTemplateData: RequestLaunchTemplateData) => (account: LoopAccount) =>
    ec2(account).send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'web', LaunchTemplateData }));

  it('gives a template a version that passes', async () => {
    const { account, first } = await closeLoop({
      ...loop,
      seed: async (made) => {
        await seed({
          MetadataOptions: { HttpTokens: 'optional', HttpPutResponseHopLimit: 5, InstanceMetadataTags: 'enabled' },
          NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true, Groups: ['sg-1'] }],
          BlockDeviceMappings: MAPPINGS,
        })(made);
        await made.client(AutoScalingClient).send(
          new CreateAutoScalingGroupCommand({
            ...{ AutoScalingGroupName: 'web', MinSize: 0, MaxSize: 1, AvailabilityZones: ['eu-west-1a'] },
            LaunchTemplate: { LaunchTemplateName: 'web', Version: '$Default' },
          }),
        );
      },
    });
    expect(first.calls.find(({ api }) => api === 'CreateLaunchTemplateVersion')?.input).toMatchObject({ SourceVersion: '1' });
    const { LaunchTemplateVersions = [] } = await ec2(account).send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: 'web', Versions: ['2'] }),
    );
    expect(LaunchTemplateVersions[0]?.LaunchTemplateData).toMatchObject({
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2, InstanceMetadataTags: 'enabled' },
      NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: false, Groups: ['sg-1'] }],
      BlockDeviceMappings: [
        { DeviceName: '/dev/sda1', Ebs: { VolumeSize: 8, VolumeType: 'gp3', Encrypted: true } },
        { DeviceName: '/dev/sdb' },
      ],
    });
  });

  it('gives a template a version that passes where it says nothing', async () => {
    await closeLoop({ ...loop, seed: seed({ InstanceType: 't3.micro' }) });
  });
});

describe('CSMM-HardenLaunchTemplate against a made-up API', () => {
  /** Returns the request to the API for the data of a default version. */
  async function asked(data: JsonObject, latest = 7) {
    const call: CallApi = async (_, api) => {
      if (api === 'CreateLaunchTemplateVersion') return { LaunchTemplateVersion: { VersionNumber: 8 } };
      const [DefaultVersionNumber, LatestVersionNumber] = made ? [8, 8] : [7, latest];
      if (api === 'DescribeLaunchTemplates') return { LaunchTemplates: [{ DefaultVersionNumber, LatestVersionNumber }] };
      return { LaunchTemplateVersions: [{ VersionNumber: 7, LaunchTemplateData: data }] };
    };
    let made = false;
    const parameters = { AutomationAssumeRole: [ROLE], LaunchTemplateId: [LT] };
    const run = await runAutomation(runbookText('CSMM-HardenLaunchTemplate'), parameters, {
      call: (service, api, input) => {
        made ||= api === 'ModifyLaunchTemplate';
        return call(service, api, input);
      },
    });
    return { run, data: run.calls.find(({ api }) => api === 'CreateLaunchTemplateVersion')?.input.LaunchTemplateData };
  }
  const GOOD = { MetadataOptions: { State: 'applied', HttpTokens: 'required' } };

  it.each<[string, JsonObject, Json]>([
    ['a template without metadata options', {}, { MetadataOptions: { HttpTokens: 'required' } }],
    [
      'what the API says of the options alone',
      { MetadataOptions: { State: 'pending', HttpTokens: 'optional', HttpEndpoint: 'enabled' } },
      { MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled' } },
    ],
    [
      'a public address, and leaves other options',
      { ...GOOD, NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true, SubnetId: 'subnet-1' }] },
      {
        MetadataOptions: { HttpTokens: 'required' },
        NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: false, SubnetId: 'subnet-1' }],
      },
    ],
    [
      'a volume, and keeps its snapshot',
      { ...GOOD, BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId: 'snap-1', Encrypted: false } }] },
      {
        MetadataOptions: { HttpTokens: 'required' },
        BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId: 'snap-1', Encrypted: true } }],
      },
    ],
    [
      'the options, and gives mappings anew as they are',
      { BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId: 'snap-1', Encrypted: true } }] },
      {
        MetadataOptions: { HttpTokens: 'required' },
        BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId: 'snap-1', Encrypted: true } }],
      },
    ],
    [
      'a public address, and gives of an address only what is asked for',
      {
        ...GOOD,
        NetworkInterfaces: [{ AssociatePublicIpAddress: true, Ipv6Addresses: [{ Ipv6Address: '2001:db8::1', IsPrimaryIpv6: true }] }],
      },
      {
        MetadataOptions: { HttpTokens: 'required' },
        NetworkInterfaces: [{ AssociatePublicIpAddress: false, Ipv6Addresses: [{ Ipv6Address: '2001:db8::1' }] }],
      },
    ],
  ])('corrects %s', async (_, data, expected) => expect((await asked(data)).data).toEqual(expected));

  it.each<[string, JsonObject]>([
    ['passes', GOOD],
    [
      'passes, with an IPv6 address',
      { ...GOOD, NetworkInterfaces: [{ Ipv6Addresses: [{ Ipv6Address: '2001:db8::1', IsPrimaryIpv6: true }] }] },
    ],
    ['has no metadata service', { MetadataOptions: { HttpEndpoint: 'disabled', HttpPutResponseHopLimit: 5 } }],
  ])('changes nothing where the default version %s', async (_, data) => {
    const { run } = await asked(data);
    expect([run.status, changesOf(run), run.outputs]).toEqual([
      'Success',
      [],
      { 'harden.PreviousDefaultVersion': ['7'], 'harden.NewVersion': ['7'] },
    ]);
  });

  it('lets no step tell the user data', async () => {
    const { steps } = readRunbook(runbookText('CSMM-HardenLaunchTemplate'));
    const data: JsonObject = { UserData: 'c2VjcmV0', BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeSize: 8 } }] };
    const answers: Readonly<Record<string, Json>> = {
      DescribeLaunchTemplates: { LaunchTemplates: [{ DefaultVersionNumber: 7, LatestVersionNumber: 7 }] },
      DescribeLaunchTemplateVersions: { LaunchTemplateVersions: [{ VersionNumber: 7, LaunchTemplateData: data }] },
      CreateLaunchTemplateVersion: { LaunchTemplateVersion: { VersionNumber: 8, LaunchTemplateData: data } },
    };
    const told = steps
      .filter(callsApi)
      .flatMap(({ inputs, outputs }) => outputs.map(({ Selector }) => select(answers[String(inputs.Api)] ?? {}, Selector)));
    expect(told).toContainEqual({ BlockDeviceMappings: data.BlockDeviceMappings });
    expect(JSON.stringify(told)).not.toContain('c2VjcmV0');
    const { data: sent } = await asked(data);
    expect(JSON.stringify(sent)).not.toContain('c2VjcmV0');
  });

  it('changes nothing where there is a later version', async () => {
    const { run } = await asked({}, 9);
    expect([run.status, changesOf(run)]).toEqual(['Failed', []]);
    expect(run.failure).toMatch(/latest version is not the default/);
  });
});
