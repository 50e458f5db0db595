/** Builders of instances and of the templates that launch them, in the shape of AWS Config's items. */
import type { Resource } from './aws-config.ts';
import type { SecurityGroup, Subnet } from './network.ts';
import { type Place, related, resourceAt } from './place.ts';

/** An instance with its network interface and its root volume. */
export interface Server {
  readonly instance: Resource<ReturnType<typeof instanceSettings>>;
  readonly networkInterface: Resource<ReturnType<typeof interfaceSettings>>;
  readonly volume: Volume;
}

export interface ServerOptions {
  readonly name: string;
  readonly subnet: Subnet;
  readonly group: SecurityGroup;
  readonly httpTokens: 'optional' | 'required';
  readonly encrypted: boolean;
  readonly publicIp?: string;
}

interface Ids {
  readonly instance: string;
  readonly networkInterface: string;
  readonly volume: string;
  readonly attachment: string;
  readonly address: string;
}

/** Parts of a server; `all` lists them in the order in which AWS Config tends to record them. */
export const partsOf = ({ volume, networkInterface, instance }: Server): Resource[] => [volume, networkInterface, instance];

export function server(place: Place, options: ServerOptions): Server {
  const host = options.subnet.configuration.cidrBlock.replace(/\d+\/\d+$/, '');
  const ids: Ids = {
    instance: place.id('i'),
    networkInterface: place.id('eni'),
    volume: place.id('vol'),
    attachment: place.id('eni-attach'),
    address: host + (10 + place.below(240)),
  };
  const zone = options.subnet.zone;
  const tags = { Name: options.name };
  const instance = resourceAt(place, 'AWS::EC2::Instance', ids.instance, {
    service: 'ec2',
    path: `instance/${ids.instance}`,
    zone,
    tags,
    relationships: [
      {
        resourceId: ids.networkInterface,
        resourceName: null,
        resourceType: 'AWS::EC2::NetworkInterface',
        name: 'Contains NetworkInterface',
      },
      related('Is associated with SecurityGroup', options.group),
      related('Is contained in Subnet', options.subnet),
      { resourceId: ids.volume, resourceName: null, resourceType: 'AWS::EC2::Volume', name: 'Is attached to Volume' },
    ],
    configuration: instanceSettings(place, options, ids),
  });
  const networkInterface = resourceAt(place, 'AWS::EC2::NetworkInterface', ids.networkInterface, {
    service: 'ec2',
    path: `network-interface/${ids.networkInterface}`,
    zone,
    relationships: [related('Is attached to Instance', instance), related('Is contained in Subnet', options.subnet)],
    configuration: interfaceSettings(place, options, ids),
  });
  return { instance, networkInterface, volume: volume(place, { ...options, id: ids.volume, instanceId: ids.instance }) };
}

const addressOf = ({ publicIp }: ServerOptions) => (publicIp ? { association: { publicIp, ipOwnerId: 'amazon' } } : {});

function instanceSettings(place: Place, options: ServerOptions, ids: Ids) {
  const { subnet, group, publicIp } = options;
  return {
    instanceId: ids.instance,
    imageId: 'ami-0c7a1e5b92d4f6380',
    instanceType: 't3.medium',
    state: { code: 16, name: 'running' },
    launchTime: place.createdAt(),
    placement: { availabilityZone: subnet.zone, groupName: '', tenancy: 'default' },
    monitoring: { state: 'disabled' },
    subnetId: subnet.id,
    vpcId: subnet.configuration.vpcId,
    privateIpAddress: ids.address,
    publicIpAddress: publicIp ?? null,
    publicDnsName: '',
    rootDeviceName: '/dev/xvda',
    blockDeviceMappings: [
      {
        deviceName: '/dev/xvda',
        ebs: { volumeId: ids.volume, status: 'attached', attachTime: place.createdAt(), deleteOnTermination: true },
      },
    ],
    metadataOptions: {
      state: 'applied',
      httpTokens: options.httpTokens,
      httpPutResponseHopLimit: 1,
      httpEndpoint: 'enabled',
      httpProtocolIpv6: 'disabled',
      instanceMetadataTags: 'disabled',
    },
    securityGroups: [{ groupName: group.name, groupId: group.id }],
    networkInterfaces: [
      {
        ...addressOf(options),
        networkInterfaceId: ids.networkInterface,
        status: 'in-use',
        attachment: { attachmentId: ids.attachment, deviceIndex: 0, status: 'attached' },
        privateIpAddress: ids.address,
        privateIpAddresses: [{ ...addressOf(options), primary: true, privateIpAddress: ids.address }],
      },
    ],
    tags: [{ key: 'Name', value: options.name }],
  };
}

function interfaceSettings(place: Place, options: ServerOptions, ids: Ids) {
  return {
    ...addressOf(options),
    networkInterfaceId: ids.networkInterface,
    subnetId: options.subnet.id,
    vpcId: options.subnet.configuration.vpcId,
    availabilityZone: options.subnet.zone,
    description: '',
    ownerId: place.account,
    requesterManaged: false,
    status: 'in-use',
    privateIpAddress: ids.address,
    sourceDestCheck: true,
    groups: [{ groupName: options.group.name, groupId: options.group.id }],
    attachment: {
      attachmentId: ids.attachment,
      deleteOnTermination: true,
      deviceIndex: 0,
      instanceId: ids.instance,
      instanceOwnerId: place.account,
      status: 'attached',
    },
    privateIpAddresses: [{ ...addressOf(options), primary: true, privateIpAddress: ids.address }],
    interfaceType: 'interface',
    tagSet: [],
  };
}

interface VolumeOptions {
  readonly subnet: Subnet;
  readonly encrypted: boolean;
  readonly id: string;
  readonly instanceId: string;
}

function volume(place: Place, { subnet, encrypted, id, instanceId }: VolumeOptions) {
  const configuration = {
    attachments: [
      { attachTime: place.createdAt(), device: '/dev/xvda', instanceId, state: 'attached', volumeId: id, deleteOnTermination: true },
    ],
    availabilityZone: subnet.zone,
    createTime: place.createdAt(),
    encrypted,
    ...(encrypted && { kmsKeyId: `arn:aws:kms:${place.region}:${place.account}:key/${place.uuid()}` }),
    size: 30,
    snapshotId: place.id('snap'),
    state: 'in-use',
    volumeId: id,
    iops: 3000,
    tags: [],
    volumeType: 'gp3',
    multiAttachEnabled: false,
  };
  const relationships = [
    { resourceId: instanceId, resourceName: null, resourceType: 'AWS::EC2::Instance', name: 'Is attached to Instance' },
  ];
  return resourceAt(place, 'AWS::EC2::Volume', id, {
    service: 'ec2',
    path: `volume/${id}`,
    zone: subnet.zone,
    relationships,
    configuration,
  });
}
export type Volume = ReturnType<typeof volume>;

/** An encrypted copy of a server's volume, attached in its stead. */
export const encryptedCopy = (place: Place, { instance }: Server, subnet: Subnet): Volume =>
  volume(place, { subnet, encrypted: true, id: place.id('vol'), instanceId: instance.id });

/** Returns a launch template. Version numbers are text, as in AWS Config's items. */
export function launchTemplate(place: Place, name: string, hardened: boolean) {
  const id = place.id('lt');
  const tokens: ServerOptions['httpTokens'] = hardened ? 'required' : 'optional';
  const configuration = {
    LaunchTemplateName: name,
    Id: id,
    LaunchTemplateData: {
      BlockDeviceMappings: [
        { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 30, VolumeType: 'gp3', DeleteOnTermination: true, Encrypted: hardened } },
      ],
      ImageId: 'ami-0c7a1e5b92d4f6380',
      InstanceType: 't3.medium',
      MetadataOptions: { HttpTokens: tokens, HttpPutResponseHopLimit: 1, HttpEndpoint: 'enabled' },
    },
    DefaultVersionNumber: '1',
    LatestVersionNumber: '1',
    TagSpecifications: [],
  };
  return resourceAt(place, 'AWS::EC2::LaunchTemplate', id, {
    service: 'ec2',
    path: `launch-template/${id}`,
    name,
    zone: 'Regional',
    configuration,
  });
}
export type LaunchTemplate = ReturnType<typeof launchTemplate>;

/** Adds a second version that requires IMDSv2 and encrypts, and makes it the default. */
export function harden({ configuration }: LaunchTemplate): void {
  configuration.LaunchTemplateData.MetadataOptions.HttpTokens = 'required';
  for (const { Ebs } of configuration.LaunchTemplateData.BlockDeviceMappings) Ebs.Encrypted = true;
  configuration.DefaultVersionNumber = configuration.LatestVersionNumber = '2';
}

export function launchConfiguration(place: Place, name: string, group: SecurityGroup) {
  const arn = `arn:aws:autoscaling:${place.region}:${place.account}:launchConfiguration:${place.uuid()}:launchConfigurationName/${name}`;
  const configuration = {
    launchConfigurationName: name,
    launchConfigurationARN: arn,
    imageId: 'ami-0c7a1e5b92d4f6380',
    keyName: 'legacy',
    securityGroups: [group.id],
    instanceType: 't3.medium',
    blockDeviceMappings: [
      { deviceName: '/dev/xvda', ebs: { volumeSize: 30, volumeType: 'gp2', deleteOnTermination: true, encrypted: false } },
    ],
    instanceMonitoring: { enabled: false },
    createdTime: Date.parse(place.createdAt()),
    ebsOptimized: false,
  };
  const relationships = [related('Is associated with SecurityGroup', group)];
  return resourceAt(place, 'AWS::AutoScaling::LaunchConfiguration', arn, { arn, name, relationships, configuration });
}

interface GroupSettings {
  readonly autoScalingGroupName: string;
  readonly autoScalingGroupARN: string;
  launchConfigurationName?: string;
  launchTemplate?: { readonly launchTemplateId: string; readonly launchTemplateName: string | null; readonly version: string };
  desiredCapacity: number;
  readonly [other: string]: unknown;
}

/** An Auto Scaling group that launches from a template or a launch configuration. */
export function autoScalingGroup(place: Place, name: string, subnets: readonly Subnet[], source: Resource): Resource<GroupSettings> {
  const arn = `arn:aws:autoscaling:${place.region}:${place.account}:autoScalingGroup:${place.uuid()}:autoScalingGroupName/${name}`;
  const configuration: GroupSettings = {
    autoScalingGroupName: name,
    autoScalingGroupARN: arn,
    ...(source.type === 'AWS::EC2::LaunchTemplate'
      ? { launchTemplate: reference(source) }
      : { launchConfigurationName: source.name ?? '' }),
    minSize: 1,
    maxSize: 6,
    desiredCapacity: 2,
    defaultCooldown: 300,
    availabilityZones: subnets.map(({ zone }) => zone),
    healthCheckType: 'ELB',
    healthCheckGracePeriod: 300,
    createdTime: Date.parse(place.createdAt()),
    vpczoneIdentifier: subnets.map(({ id }) => id).join(','),
  };
  const relationships = subnets.map((each) => related('Is associated with Subnet', each));
  return resourceAt(place, 'AWS::AutoScaling::AutoScalingGroup', arn, {
    arn,
    name,
    zone: 'Multiple Availability Zones',
    relationships,
    configuration,
  });
}

/** Returns an Auto Scaling group's reference to its launch template. */
export const reference = ({ id, name }: Resource) => ({ launchTemplateId: id, launchTemplateName: name, version: '$Default' });
