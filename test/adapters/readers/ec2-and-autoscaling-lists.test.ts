import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeLaunchConfigurationsCommand,
  type LaunchConfiguration,
} from '@aws-sdk/client-auto-scaling';
import {
  DescribeFlowLogsCommand,
  DescribeInstancesCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
  EC2ServiceException,
} from '@aws-sdk/client-ec2';
import { type AwsStub, mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { autoScalingGroups } from '../../../adapters/aws/readers/autoscaling-groups.ts';
import { autoScalingLaunchConfigurations } from '../../../adapters/aws/readers/autoscaling-launch-configurations.ts';
import { ec2FlowLogs } from '../../../adapters/aws/readers/ec2-flow-logs.ts';
import { ec2Instances } from '../../../adapters/aws/readers/ec2-instances.ts';
import { ec2LaunchTemplates } from '../../../adapters/aws/readers/ec2-launch-templates.ts';
import { ec2NetworkAcls } from '../../../adapters/aws/readers/ec2-network-acls.ts';
import { ec2NetworkInterfaces } from '../../../adapters/aws/readers/ec2-network-interfaces.ts';
import { ec2SecurityGroups } from '../../../adapters/aws/readers/ec2-security-groups.ts';
import { ec2Subnets } from '../../../adapters/aws/readers/ec2-subnets.ts';
import { ec2Volumes } from '../../../adapters/aws/readers/ec2-volumes.ts';
import { ec2Vpcs } from '../../../adapters/aws/readers/ec2-vpcs.ts';
import type { Reader } from '../../../adapters/aws/readers/reader.ts';
import { factsOf } from '../../support/facts.ts';
import { readAll, readFacts, readInventory } from '../../support/readers.ts';

// biome-ignore lint/suspicious/noExplicitAny: the stubs of two clients, told apart by the commands alone
type AnyStub = AwsStub<any, any, any>;
// biome-ignore lint/suspicious/noExplicitAny: any command of either client
type AnyCommand = any;
const ec2: AnyStub = mockClient(EC2Client);
const autoScaling: AnyStub = mockClient(AutoScalingClient);
const denied = () => new EC2ServiceException({ name: 'UnauthorizedOperation', $fault: 'client', $metadata: {}, message: 'not allowed' });
const OWN = '111111111111';
const GROUP_ARN = `arn:aws:autoscaling:eu-west-1:${OWN}:autoScalingGroup:1:autoScalingGroupName/web`;
const LAUNCH_ARN = `arn:aws:autoscaling:eu-west-1:${OWN}:launchConfiguration:1:launchConfigurationName/old`;

beforeEach(() => {
  ec2.reset();
  autoScaling.reset();
});

interface Case {
  readonly reader: Reader;
  readonly stub: AnyStub;
  readonly command: AnyCommand;
  /** The wrapper of a page's resources. */
  readonly page: (resources: readonly object[]) => object;
  /** A resource as the API describes it. */
  readonly answer: object;
  readonly id: string;
  /** The name of the resource, if the reader gives one. */
  readonly name?: string;
  /** The same resource as AWS Config describes it. */
  readonly configuration: object;
  readonly facts: object;
}

const CASES: readonly Case[] = [
  {
    reader: ec2Instances,
    stub: ec2,
    command: DescribeInstancesCommand,
    page: (resources) => ({ Reservations: resources.map((instance) => ({ OwnerId: OWN, Instances: [instance] })) }),
    answer: {
      InstanceId: 'i-1',
      State: { Code: 16, Name: 'running' },
      PublicIpAddress: '198.51.100.1',
      MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled' },
      NetworkInterfaces: [
        { PrivateIpAddresses: [{ Association: { PublicIp: '198.51.100.1' } }, { Association: { PublicIp: '198.51.100.2' } }] },
      ],
    },
    id: 'i-1',
    configuration: {
      instanceId: 'i-1',
      state: { code: 16, name: 'running' },
      publicIpAddress: '198.51.100.1',
      metadataOptions: { httpTokens: 'required', httpEndpoint: 'enabled' },
      networkInterfaces: [
        { privateIpAddresses: [{ association: { publicIp: '198.51.100.1' } }, { association: { publicIp: '198.51.100.2' } }] },
      ],
    },
    facts: { state: 'running', publicIps: ['198.51.100.1', '198.51.100.2'], httpTokens: 'required', httpEndpoint: 'enabled', fleet: null },
  },
  {
    reader: ec2NetworkInterfaces,
    stub: ec2,
    command: DescribeNetworkInterfacesCommand,
    page: (NetworkInterfaces) => ({ NetworkInterfaces }),
    answer: {
      NetworkInterfaceId: 'eni-1',
      OwnerId: OWN,
      Status: 'in-use',
      Attachment: { InstanceId: 'i-1', Status: 'attached' },
      Association: { PublicIp: '198.51.100.1' },
      PrivateIpAddresses: [{ Association: { PublicIp: '198.51.100.1' } }],
      Groups: [{ GroupId: 'sg-1', GroupName: 'default' }],
    },
    id: 'eni-1',
    configuration: {
      networkInterfaceId: 'eni-1',
      status: 'in-use',
      attachment: { instanceId: 'i-1', status: 'attached' },
      association: { publicIp: '198.51.100.1' },
      privateIpAddresses: [{ association: { publicIp: '198.51.100.1' } }],
      groups: [{ groupName: 'default', groupId: 'sg-1' }],
    },
    facts: { attachedToInstance: true, publicIps: ['198.51.100.1'], groupIds: ['sg-1'] },
  },
  {
    reader: ec2SecurityGroups,
    stub: ec2,
    command: DescribeSecurityGroupsCommand,
    page: (SecurityGroups) => ({ SecurityGroups }),
    answer: {
      GroupId: 'sg-1',
      GroupName: 'default',
      OwnerId: OWN,
      VpcId: 'vpc-1',
      IpPermissions: [
        {
          IpProtocol: 'tcp',
          FromPort: 22,
          ToPort: 22,
          IpRanges: [{ CidrIp: '0.0.0.0/0' }],
          Ipv6Ranges: [{ CidrIpv6: '::/0' }],
          PrefixListIds: [{ PrefixListId: 'pl-1' }],
          UserIdGroupPairs: [],
        },
        { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: 'sg-1' }], IpRanges: [], Ipv6Ranges: [], PrefixListIds: [] },
      ],
      IpPermissionsEgress: [],
    },
    name: 'default',
    id: 'sg-1',
    configuration: {
      groupId: 'sg-1',
      groupName: 'default',
      vpcId: 'vpc-1',
      ipPermissions: [
        {
          ipProtocol: 'tcp',
          fromPort: 22,
          toPort: 22,
          ipv4Ranges: [{ cidrIp: '0.0.0.0/0' }],
          ipRanges: ['0.0.0.0/0'],
          ipv6Ranges: [{ cidrIpv6: '::/0' }],
          prefixListIds: [{ prefixListId: 'pl-1' }],
          userIdGroupPairs: [],
        },
        { ipProtocol: '-1', userIdGroupPairs: [{ groupId: 'sg-1' }], ipv4Ranges: [], ipRanges: [], ipv6Ranges: [], prefixListIds: [] },
      ],
      ipPermissionsEgress: [],
    },
    facts: {
      defaultOfVpc: true,
      vpcId: 'vpc-1',
      ingressCount: 2,
      egressCount: 0,
      ingress: [{ protocol: 'tcp', from: 22, to: 22, openTo: ['0.0.0.0/0', '::/0'], prefixLists: ['pl-1'] }],
    },
  },
  {
    reader: ec2NetworkAcls,
    stub: ec2,
    command: DescribeNetworkAclsCommand,
    page: (NetworkAcls) => ({ NetworkAcls }),
    answer: {
      NetworkAclId: 'acl-1',
      OwnerId: OWN,
      VpcId: 'vpc-1',
      Associations: [{ SubnetId: 'subnet-1' }],
      Entries: [
        { RuleNumber: 200, Protocol: '6', RuleAction: 'allow', Egress: false, CidrBlock: '0.0.0.0/0', PortRange: { From: 22, To: 22 } },
        { RuleNumber: 100, Protocol: '-1', RuleAction: 'deny', Egress: false, Ipv6CidrBlock: '::/0' },
        { RuleNumber: 100, Protocol: '-1', RuleAction: 'allow', Egress: true, CidrBlock: '0.0.0.0/0' },
      ],
    },
    id: 'acl-1',
    configuration: {
      networkAclId: 'acl-1',
      vpcId: 'vpc-1',
      associations: [{ subnetId: 'subnet-1' }],
      entries: [
        { ruleNumber: 200, protocol: '6', ruleAction: 'allow', egress: false, cidrBlock: '0.0.0.0/0', portRange: { from: 22, to: 22 } },
        { ruleNumber: 100, protocol: '-1', ruleAction: 'deny', egress: false, ipv6CidrBlock: '::/0' },
        { ruleNumber: 100, protocol: '-1', ruleAction: 'allow', egress: true, cidrBlock: '0.0.0.0/0' },
      ],
    },
    facts: {
      vpcId: 'vpc-1',
      subnetCount: 1,
      worldEntries: [
        { number: 100, ipv6: true, allow: false },
        { number: 200, ipv6: false, allow: true, from: 22, to: 22 },
      ],
    },
  },
  {
    reader: ec2Vpcs,
    stub: ec2,
    command: DescribeVpcsCommand,
    page: (Vpcs) => ({ Vpcs }),
    answer: { VpcId: 'vpc-1', OwnerId: '222222222222' },
    id: 'vpc-1',
    configuration: { vpcId: 'vpc-1', ownerId: '222222222222' },
    facts: { ownerId: '222222222222' },
  },
  {
    reader: ec2Subnets,
    stub: ec2,
    command: DescribeSubnetsCommand,
    page: (Subnets) => ({ Subnets }),
    answer: { SubnetId: 'subnet-1', VpcId: 'vpc-1' },
    id: 'subnet-1',
    configuration: { subnetId: 'subnet-1', vpcId: 'vpc-1' },
    facts: { vpcId: 'vpc-1' },
  },
  {
    reader: ec2FlowLogs,
    stub: ec2,
    command: DescribeFlowLogsCommand,
    page: (FlowLogs) => ({ FlowLogs }),
    answer: { FlowLogId: 'fl-1', ResourceId: 'vpc-1', FlowLogStatus: 'ACTIVE', DeliverLogsStatus: 'SUCCESS', TrafficType: 'ALL' },
    id: 'fl-1',
    configuration: { flowLogId: 'fl-1', resourceId: 'vpc-1', flowLogStatus: 'ACTIVE', deliverLogsStatus: 'SUCCESS', trafficType: 'ALL' },
    facts: { resourceId: 'vpc-1', status: 'ACTIVE', delivery: 'SUCCESS', trafficType: 'ALL' },
  },
  {
    reader: autoScalingGroups,
    stub: autoScaling,
    command: DescribeAutoScalingGroupsCommand,
    page: (AutoScalingGroups) => ({ AutoScalingGroups }),
    answer: {
      AutoScalingGroupARN: GROUP_ARN,
      LaunchTemplate: { LaunchTemplateId: 'lt-1', LaunchTemplateName: 'web', Version: '2' },
      MixedInstancesPolicy: {
        LaunchTemplate: {
          LaunchTemplateSpecification: { LaunchTemplateId: 'lt-2', Version: '$Latest' },
          Overrides: [{ InstanceType: 'm7g.large', LaunchTemplateSpecification: { LaunchTemplateName: 'arm' } }],
        },
      },
    },
    id: GROUP_ARN,
    configuration: {
      autoScalingGroupARN: GROUP_ARN,
      launchTemplate: { launchTemplateId: 'lt-1', launchTemplateName: 'web', version: '2' },
      mixedInstancesPolicy: {
        launchTemplate: {
          launchTemplateSpecification: { launchTemplateId: 'lt-2', version: '$Latest' },
          overrides: [{ instanceType: 'm7g.large', launchTemplateSpecification: { launchTemplateName: 'arm' } }],
        },
      },
    },
    facts: {
      launchConfiguration: '',
      launchTemplates: [
        { id: 'lt-1', name: 'web', version: '2' },
        { id: 'lt-2', version: '$Latest' },
        { name: 'arm', version: '$Default' },
      ],
    },
  },
  {
    reader: autoScalingLaunchConfigurations,
    stub: autoScaling,
    command: DescribeLaunchConfigurationsCommand,
    page: (LaunchConfigurations) => ({ LaunchConfigurations }),
    answer: {
      LaunchConfigurationName: 'old',
      LaunchConfigurationARN: LAUNCH_ARN,
      UserData: 'a secret',
      AssociatePublicIpAddress: true,
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: false } }],
    },
    id: LAUNCH_ARN,
    configuration: {
      launchConfigurationName: 'old',
      associatePublicIpAddress: true,
      metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 2 },
      blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: { encrypted: false } }],
    },
    facts: { httpEndpoint: 'enabled', httpTokens: 'required', hopLimit: 2, assignsPublicIp: true, volumes: 'unencrypted' },
  },
];

describe.each(CASES.map((each) => [each.reader.id, each] as const))('the reader %s', (_, { reader, stub, command, page, ...resource }) => {
  const type = reader.lists[0]!;

  it('gives the facts of the same resource in AWS Config, under the same id', async () => {
    stub.on(command).resolves(page([resource.answer]));
    const found = (await readFacts(reader))[`${type} eu-west-1 ${resource.id}`];
    const { name } = resource;
    expect(found).toEqual({ facts: resource.facts, missing: {}, ...(name !== undefined && { name }) });
    expect(found).toEqual(factsOf(type, resource.configuration, name === undefined ? {} : { resourceName: name }));
  });

  it('reads every page, and counts a resource of two pages once', async () => {
    stub
      .on(command)
      .resolvesOnce({ ...page([resource.answer]), NextToken: 'more' })
      .resolvesOnce(page([resource.answer]));
    expect(await readInventory(reader)).toEqual({ [type]: 1 });
    expect(stub.commandCalls(command)).toHaveLength(2);
  });

  it('has not listed all when a page was denied, and what was read before stands', async () => {
    stub
      .on(command)
      .resolvesOnce({ ...page([resource.answer]), NextToken: 'more' })
      .rejectsOnce(denied());
    expect(Object.keys(await readFacts(reader))).toContain(`${type} eu-west-1 ${resource.id}`);
    stub.on(command).rejects(denied());
    expect((await readInventory(reader))[type]).toContain('was denied (UnauthorizedOperation)');
  });

  it('has listed none of an empty account', async () => {
    stub.on(command).resolves({});
    expect(await readInventory(reader)).toEqual({ [type]: 0 });
  });
});

describe('what other accounts own', () => {
  it.each([
    [ec2NetworkInterfaces.id, ec2NetworkInterfaces, DescribeNetworkInterfacesCommand, { NetworkInterfaces: [{ OwnerId: '222222222222' }] }],
    [ec2NetworkAcls.id, ec2NetworkAcls, DescribeNetworkAclsCommand, { NetworkAcls: [{ OwnerId: '222222222222' }] }],
    [ec2SecurityGroups.id, ec2SecurityGroups, DescribeSecurityGroupsCommand, { SecurityGroups: [{ OwnerId: '222222222222' }] }],
  ] as const)('is not listed by %s', async (_, reader, command, answer) => {
    ec2.on(command as AnyCommand).resolves(answer);
    expect(Object.values(await readInventory(reader))).toEqual([0]);
  });
});

it('what AWS services manage is asked for, even if the account hides it', async () => {
  ec2.onAnyCommand().resolves({});
  autoScaling.onAnyCommand().resolves({});
  for (const reader of [ec2Instances, ec2LaunchTemplates, ec2NetworkInterfaces, ec2Volumes]) await readAll(reader);
  expect(ec2.calls()).toHaveLength(4);
  for (const { args } of ec2.calls()) expect(args[0].input).toMatchObject({ IncludeManagedResources: true });
});

it('user data is left out of what is read of a launch configuration', async () => {
  autoScaling.on(DescribeLaunchConfigurationsCommand).resolves({ LaunchConfigurations: [{ UserData: 'a secret' } as LaunchConfiguration] });
  expect(JSON.stringify(await readAll(autoScalingLaunchConfigurations))).not.toContain('secret');
});
