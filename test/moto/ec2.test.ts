/**
 * The emulator lacks the settings that block public access to images and snapshots, the filter of snapshots by who may restore
 * them, further pages of groups and templates, and resources that AWS manages or other accounts share. The tests of the readers
 * cover those with mocks.
 */
import { AutoScalingClient, CreateAutoScalingGroupCommand, CreateLaunchConfigurationCommand } from '@aws-sdk/client-auto-scaling';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateFlowLogsCommand,
  CreateImageCommand,
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateManagedPrefixListCommand,
  CreateNetworkAclEntryCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeNetworkAclsCommand,
  EC2Client,
  ModifyImageAttributeCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  ModifyDBClusterSnapshotAttributeCommand,
  ModifyDBSnapshotAttributeCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { beforeAll, describe, expect, it } from 'vitest';
import { autoScalingGroups } from '../../adapters/aws/readers/autoscaling-groups.ts';
import { autoScalingLaunchConfigurations } from '../../adapters/aws/readers/autoscaling-launch-configurations.ts';
import { ec2FlowLogs } from '../../adapters/aws/readers/ec2-flow-logs.ts';
import { ec2Images } from '../../adapters/aws/readers/ec2-images.ts';
import { ec2Instances } from '../../adapters/aws/readers/ec2-instances.ts';
import { ec2LaunchTemplates } from '../../adapters/aws/readers/ec2-launch-templates.ts';
import { ec2NetworkAcls } from '../../adapters/aws/readers/ec2-network-acls.ts';
import { ec2NetworkInterfaces } from '../../adapters/aws/readers/ec2-network-interfaces.ts';
import { ec2PrefixLists } from '../../adapters/aws/readers/ec2-prefix-lists.ts';
import { ec2SecurityGroups } from '../../adapters/aws/readers/ec2-security-groups.ts';
import { ec2Subnets } from '../../adapters/aws/readers/ec2-subnets.ts';
import { ec2Vpcs } from '../../adapters/aws/readers/ec2-vpcs.ts';
import { rdsDbClusterSnapshots } from '../../adapters/aws/readers/rds-db-cluster-snapshots.ts';
import { rdsDbSnapshots } from '../../adapters/aws/readers/rds-db-snapshots.ts';
import type { ReadContext, Reader } from '../../adapters/aws/readers/reader.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { readContext, readFacts } from '../support/readers.ts';

describe.skipIf(!useMoto())('readers of EC2, Auto Scaling and snapshots on an emulated account', () => {
  let accountId: string;
  let context: ReadContext;
  let ec2: EC2Client;
  let autoScaling: AutoScalingClient;
  let rds: RDSClient;

  beforeAll(async () => {
    const account = await freshAccount();
    accountId = account.accountId;
    const config = { region: 'eu-west-1', credentials: account.credentials };
    context = readContext({ accountId }, { credentials: account.credentials });
    ec2 = new EC2Client(config);
    autoScaling = new AutoScalingClient(config);
    rds = new RDSClient(config);
  });

  const factsOf = async (reader: Reader, id: string | undefined) =>
    (await readFacts(reader, context))[`${reader.lists[0]} eu-west-1 ${id}`];

  it('read a network: a VPC, a subnet, groups, an ACL and a flow log', async () => {
    const VpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))).Vpc!.VpcId!;
    const subnet = (await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.1.0/24' }))).Subnet!;
    const open = await ec2.send(new CreateSecurityGroupCommand({ VpcId, GroupName: 'open', Description: 'open' }));
    await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: open.GroupId,
        IpPermissions: [
          { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
          { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
        ],
      }),
    );
    const acls = await ec2.send(new DescribeNetworkAclsCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }));
    const NetworkAclId = acls.NetworkAcls![0]!.NetworkAclId!;
    const entry = { NetworkAclId, RuleNumber: 50, Protocol: '6', RuleAction: 'deny', Egress: false, CidrBlock: '0.0.0.0/0' } as const;
    await ec2.send(new CreateNetworkAclEntryCommand({ ...entry, PortRange: { From: 22, To: 22 } }));
    const logs = await ec2.send(
      new CreateFlowLogsCommand({
        ResourceIds: [VpcId],
        ResourceType: 'VPC',
        TrafficType: 'REJECT',
        LogGroupName: 'flows',
        DeliverLogsPermissionArn: `arn:aws:iam::${accountId}:role/flows`,
      }),
    );

    expect((await factsOf(ec2Vpcs, VpcId))?.facts).toEqual({ ownerId: accountId });
    expect((await factsOf(ec2Subnets, subnet.SubnetId))?.facts).toEqual({ vpcId: VpcId });
    expect((await factsOf(ec2SecurityGroups, open.GroupId))?.facts).toEqual({
      defaultOfVpc: false,
      vpcId: VpcId,
      ingressCount: 2,
      egressCount: 1,
      ingress: [{ protocol: 'tcp', from: 22, to: 22, openTo: ['0.0.0.0/0', '::/0'] }],
    });
    expect((await factsOf(ec2NetworkAcls, NetworkAclId))?.facts).toMatchObject({
      subnetCount: 1,
      worldEntries: [
        { number: 50, ipv6: false, allow: false, from: 22, to: 22 },
        { number: 100, allow: true },
        { number: 32767, allow: false },
      ],
    });
    expect((await factsOf(ec2FlowLogs, logs.FlowLogIds?.[0]))?.facts).toMatchObject({
      resourceId: VpcId,
      status: 'ACTIVE',
      trafficType: 'REJECT',
    });
  });

  it('read a prefix list with its entries', async () => {
    const { PrefixList } = await ec2.send(
      new CreateManagedPrefixListCommand({
        PrefixListName: 'offices',
        MaxEntries: 3,
        AddressFamily: 'IPv4',
        Entries: [{ Cidr: '8.8.8.0/24' }, { Cidr: '10.0.0.0/8' }],
      }),
    );
    const id = PrefixList?.PrefixListId;
    expect(await factsOf(ec2PrefixLists, id)).toEqual({ facts: { ofAws: false, ranges: ['8.8.8.0/24'] }, missing: {}, name: 'offices' });
    const all = Object.values(await readFacts(ec2PrefixLists, context));
    expect(all.filter(({ facts }) => facts.ofAws).length).toBeGreaterThan(1);
  });

  it('read an instance with a public address, and its image once that is public', async () => {
    const ImageId = (await ec2.send(new DescribeImagesCommand({ Owners: ['amazon'] }))).Images![0]!.ImageId!;
    const { Instances } = await ec2.send(
      new RunInstancesCommand({
        ImageId,
        MinCount: 1,
        MaxCount: 1,
        MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled' },
        NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true }],
      }),
    );
    const InstanceId = Instances![0]!.InstanceId!;
    const image = await ec2.send(new CreateImageCommand({ InstanceId, Name: 'shared' }));
    const kept = await ec2.send(new CreateImageCommand({ InstanceId, Name: 'kept' }));
    const launchPermission = { LaunchPermission: { Add: [{ Group: 'all' as const }] } };
    await ec2.send(new ModifyImageAttributeCommand({ ImageId: image.ImageId, ...launchPermission }));

    const found = (await factsOf(ec2Instances, InstanceId))?.facts;
    expect(found).toMatchObject({ state: 'running', publicIps: [expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/)], httpTokens: 'required' });
    const interfaces = Object.values(await readFacts(ec2NetworkInterfaces, context)).map(({ facts }) => facts);
    expect(interfaces).toContainEqual({ attachedToInstance: true, groupIds: [expect.stringMatching(/^sg-/)], publicIps: found?.publicIps });
    expect((await factsOf(ec2Images, image.ImageId))?.facts).toEqual({ public: true });
    expect((await factsOf(ec2Images, kept.ImageId))?.facts).toEqual({ public: false });
  });

  it('read a launch template with the versions in use, a group and a launch configuration', async () => {
    const LaunchTemplateName = 'web';
    const data = (HttpTokens: 'required' | 'optional') => ({ LaunchTemplateData: { MetadataOptions: { HttpTokens } } });
    const created = await ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName, ...data('required') }));
    await ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateName, ...data('optional') }));
    await ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateName, ...data('required') }));
    const LaunchTemplateId = created.LaunchTemplate!.LaunchTemplateId!;
    const size = { MinSize: 0, MaxSize: 0, AvailabilityZones: ['eu-west-1a'] };
    const group = { AutoScalingGroupName: 'web', LaunchTemplate: { LaunchTemplateId, Version: '2' } };
    await autoScaling.send(new CreateAutoScalingGroupCommand({ ...size, ...group }));
    const launchConfiguration = {
      LaunchConfigurationName: 'old',
      ImageId: 'ami-1',
      InstanceType: 't3.micro',
      AssociatePublicIpAddress: true,
    };
    await autoScaling.send(new CreateLaunchConfigurationCommand(launchConfiguration));

    expect((await factsOf(ec2LaunchTemplates, LaunchTemplateId))?.facts).toMatchObject({
      name: 'web',
      httpTokens: 'required',
      defaultVersion: 1,
      latestVersion: 3,
      versions: { 1: { httpTokens: 'required' }, 2: { httpTokens: 'optional' }, 3: { httpTokens: 'required' } },
    });
    const groups = Object.values(await readFacts(autoScalingGroups, context)).map(({ facts }) => facts);
    expect(groups).toContainEqual({
      launchConfiguration: '',
      launchTemplates: [expect.objectContaining({ id: LaunchTemplateId, version: '2' })],
    });
    const configurations = Object.entries(await readFacts(autoScalingLaunchConfigurations, context));
    expect(configurations).toContainEqual([
      expect.stringContaining('launchConfigurationName/old'),
      { facts: expect.objectContaining({ assignsPublicIp: true, httpTokens: 'optional' }), missing: {} },
    ]);
  });

  it('read which snapshots of databases are public', async () => {
    const user = { MasterUsername: 'admin', MasterUserPassword: 'made-up-password' };
    const DBInstanceIdentifier = 'orders';
    const instance = { DBInstanceIdentifier, Engine: 'mysql', DBInstanceClass: 'db.t3.micro', AllocatedStorage: 20, ...user };
    await rds.send(new CreateDBInstanceCommand(instance));
    const DBClusterIdentifier = 'ledger';
    await rds.send(new CreateDBClusterCommand({ DBClusterIdentifier, Engine: 'aurora-mysql', ...user }));
    for (const id of ['open', 'closed']) {
      await rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier, DBSnapshotIdentifier: id }));
      await rds.send(new CreateDBClusterSnapshotCommand({ DBClusterIdentifier, DBClusterSnapshotIdentifier: id }));
      const share = { AttributeName: 'restore', ValuesToAdd: [id === 'open' ? 'all' : '222222222222'] };
      await rds.send(new ModifyDBSnapshotAttributeCommand({ DBSnapshotIdentifier: id, ...share }));
      await rds.send(new ModifyDBClusterSnapshotAttributeCommand({ DBClusterSnapshotIdentifier: id, ...share }));
    }
    for (const reader of [rdsDbSnapshots, rdsDbClusterSnapshots]) {
      expect(await factsOf(reader, 'open')).toEqual({ facts: { restorableByAll: true, snapshotType: 'manual' }, missing: {} });
      expect(await factsOf(reader, 'closed')).toEqual({ facts: { restorableByAll: false, snapshotType: 'manual' }, missing: {} });
    }
  });
});
