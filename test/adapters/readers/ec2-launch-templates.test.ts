import { Readable } from 'node:stream';
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeLaunchTemplateVersionsCommand, EC2Client, EC2ServiceException } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { autoScalingGroups } from '../../../adapters/aws/readers/autoscaling-groups.ts';
import { ec2LaunchTemplates } from '../../../adapters/aws/readers/ec2-launch-templates.ts';
import { factsOf } from '../../support/facts.ts';
import { readAll, readContext, readFacts, readInventory } from '../../support/readers.ts';

const ec2 = mockClient(EC2Client);
const autoScaling = mockClient(AutoScalingClient);
const denied = () => new EC2ServiceException({ name: 'UnauthorizedOperation', $fault: 'client', $metadata: {}, message: 'not allowed' });

const STANDARD = { Versions: ['$Default', '$Latest'] };
const version = (VersionNumber: number, parts: object = {}) => ({
  LaunchTemplateId: 'lt-1',
  LaunchTemplateName: 'web',
  VersionNumber,
  DefaultVersion: VersionNumber === 1,
  LaunchTemplateData: {
    UserData: 'a secret',
    MetadataOptions: { HttpTokens: 'required' as const, HttpPutResponseHopLimit: VersionNumber },
  },
  ...parts,
});
const hardened = (hopLimit: number) => ({
  httpEndpoint: 'enabled',
  httpTokens: 'required',
  hopLimit,
  assignsPublicIp: false,
  volumes: 'encrypted',
});

beforeEach(() => {
  ec2.reset();
  autoScaling.reset();
  autoScaling.on(DescribeAutoScalingGroupsCommand).resolves({});
  ec2.on(DescribeLaunchTemplateVersionsCommand, STANDARD).resolves({ LaunchTemplateVersions: [version(1), version(4)] });
});

const template = async () => (await readFacts(ec2LaunchTemplates))['AWS::EC2::LaunchTemplate eu-west-1 lt-1'];
const groupsName = (...specifications: readonly object[]) =>
  autoScaling.on(DescribeAutoScalingGroupsCommand).resolves({
    AutoScalingGroups: [
      { LaunchTemplate: specifications[0] },
      {
        MixedInstancesPolicy: {
          LaunchTemplate: {
            LaunchTemplateSpecification: specifications[1],
            Overrides: specifications.slice(2).map((LaunchTemplateSpecification) => ({ LaunchTemplateSpecification })),
          },
        },
      },
    ] as never,
  });

describe('a launch template that the API describes', () => {
  it('has the facts of the same template in AWS Config, and the versions besides', async () => {
    const { versions: _, ...rest } = (await template())?.facts ?? {};
    const { versions: none, ...recorded } = factsOf('AWS::EC2::LaunchTemplate', {
      LaunchTemplateName: 'web',
      DefaultVersionNumber: '1',
      LatestVersionNumber: '4',
      LaunchTemplateData: { MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 }, BlockDeviceMappings: [] },
    }).facts;
    expect(rest).toEqual(recorded);
    expect(none).toEqual({});
  });

  it('has the settings of its default and its latest version, though they are on different pages', async () => {
    ec2
      .on(DescribeLaunchTemplateVersionsCommand, STANDARD)
      .resolvesOnce({ LaunchTemplateVersions: [version(1), version(1, { LaunchTemplateId: 'lt-2' })], NextToken: 'more' })
      .resolvesOnce({ LaunchTemplateVersions: [version(4), version(1, { LaunchTemplateId: 'lt-2' })] });
    expect(await template()).toEqual({
      facts: { ...hardened(1), name: 'web', defaultVersion: 1, latestVersion: 4, versions: { 1: hardened(1), 4: hardened(4) } },
      missing: {},
    });
  });

  it('has the settings of the versions that Auto Scaling groups name, by id or by name', async () => {
    groupsName(
      { LaunchTemplateId: 'lt-1', Version: '2' },
      { LaunchTemplateId: 'lt-1', Version: '$Latest' },
      { LaunchTemplateName: 'web', Version: '3' },
      { LaunchTemplateId: 'lt-1', Version: '4' },
      { LaunchTemplateId: 'lt-other', Version: '7' },
    );
    ec2
      .on(DescribeLaunchTemplateVersionsCommand, { LaunchTemplateId: 'lt-1', Versions: ['2', '3'] })
      .resolves({ LaunchTemplateVersions: [version(2), version(3)] });
    expect((await template())?.facts.versions).toEqual({ 1: hardened(1), 2: hardened(2), 3: hardened(3), 4: hardened(4) });
    expect(ec2.commandCalls(DescribeLaunchTemplateVersionsCommand)).toHaveLength(2);
  });

  it('lacks the versions alone where those that groups name could not be read', async () => {
    groupsName({ LaunchTemplateId: 'lt-1', Version: '2' });
    ec2.on(DescribeLaunchTemplateVersionsCommand, { LaunchTemplateId: 'lt-1' }).rejects(denied());
    const found = await template();
    expect(found?.missing).toEqual({ versions: expect.stringContaining('was denied') });
    expect(found?.facts).toMatchObject({ ...hardened(1), latestVersion: 4 });
  });

  it('has no versions where the groups, which may name more of them, could not be read', async () => {
    autoScaling.on(DescribeAutoScalingGroupsCommand).rejects(denied());
    const found = await template();
    expect(Object.keys(found?.missing ?? {})).toEqual(['versions']);
    expect(found?.missing.versions).toMatch(/denied/);
  });

  it('is read without user data', async () => {
    expect(JSON.stringify(await readAll(ec2LaunchTemplates))).not.toContain('secret');
  });
});

describe('the list of launch templates', () => {
  it('is not complete when a page was denied', async () => {
    ec2
      .on(DescribeLaunchTemplateVersionsCommand, STANDARD)
      .resolvesOnce({ LaunchTemplateVersions: [version(1)], NextToken: 'more' })
      .rejects(denied());
    expect(await readInventory(ec2LaunchTemplates)).toEqual({
      'AWS::EC2::LaunchTemplate': expect.stringContaining('was denied'),
    });
  });

  it('is empty in an empty account', async () => {
    ec2.on(DescribeLaunchTemplateVersionsCommand).resolves({});
    expect(await readInventory(ec2LaunchTemplates)).toEqual({ 'AWS::EC2::LaunchTemplate': 0 });
  });
});

it('the list of groups and that of templates are read with one set of clients, though both ask for the groups', async () => {
  ec2.restore();
  autoScaling.restore();
  const context = readContext(
    {},
    { credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, requestHandler: { handle: answer } as never },
  );
  expect(await readInventory(autoScalingGroups, context)).toEqual({ 'AWS::AutoScaling::AutoScalingGroup': 1 });
  const facts = await readFacts(ec2LaunchTemplates, context);
  expect(Object.keys(facts['AWS::EC2::LaunchTemplate eu-west-1 lt-1']?.facts.versions ?? {})).toEqual(['1', '2']);
});

/** Answers as the services do; the group that names version 2 is on the second page. */
async function answer({ body }: { body: string }) {
  const query = new URLSearchParams(body);
  const page = query.has('NextToken')
    ? '<AutoScalingGroups><member><AutoScalingGroupARN>arn:aws:autoscaling:eu-west-1:111111111111:autoScalingGroup:1:autoScalingGroupName/web</AutoScalingGroupARN><LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId><Version>2</Version></LaunchTemplate></member></AutoScalingGroups>'
    : '<AutoScalingGroups/><NextToken>more</NextToken>';
  const number = query.has('LaunchTemplateId') ? 2 : 1;
  const xml =
    query.get('Action') === 'DescribeAutoScalingGroups'
      ? `<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult>${page}</DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>`
      : `<DescribeLaunchTemplateVersionsResponse><launchTemplateVersionSet><item><launchTemplateId>lt-1</launchTemplateId><versionNumber>${number}</versionNumber><defaultVersion>${number === 1}</defaultVersion><launchTemplateData/></item></launchTemplateVersionSet></DescribeLaunchTemplateVersionsResponse>`;
  return { response: { statusCode: 200, headers: {}, body: Readable.from([xml]) } };
}
