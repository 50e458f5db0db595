/** Builders of network resources, in the shape of AWS Config's items. */
import type { Relationship, Resource } from './aws-config.ts';
import { ABSENT_ZONE, type Place, related, resourceAt } from './place.ts';

export function vpc(place: Place, name: string, cidrBlock: string) {
  const id = place.id('vpc');
  const configuration = {
    cidrBlock,
    dhcpOptionsId: place.id('dopt'),
    state: 'available',
    vpcId: id,
    ownerId: place.account,
    instanceTenancy: 'default',
    ipv6CidrBlockAssociationSet: [],
    cidrBlockAssociationSet: [{ associationId: place.id('vpc-cidr-assoc'), cidrBlock, cidrBlockState: { state: 'associated' } }],
    isDefault: false,
    tags: [{ key: 'Name', value: name }],
  };
  return resourceAt(place, 'AWS::EC2::VPC', id, {
    service: 'ec2',
    path: `vpc/${id}`,
    zone: 'Multiple Availability Zones',
    tags: { Name: name },
    configuration,
  });
}
export type Vpc = ReturnType<typeof vpc>;

export function subnet(place: Place, network: Vpc, name: string, cidrBlock: string, zone: string) {
  const id = place.id('subnet');
  const configuration = {
    availabilityZone: place.region + zone,
    availableIpAddressCount: 251,
    cidrBlock,
    defaultForAz: false,
    mapPublicIpOnLaunch: false,
    state: 'available',
    subnetId: id,
    vpcId: network.id,
    ownerId: place.account,
    assignIpv6AddressOnCreation: false,
    tags: [{ key: 'Name', value: name }],
  };
  const relationships = [related('Is contained in Vpc', network)];
  return resourceAt(place, 'AWS::EC2::Subnet', id, {
    service: 'ec2',
    path: `subnet/${id}`,
    zone: place.region + zone,
    tags: { Name: name },
    relationships,
    configuration,
  });
}
export type Subnet = ReturnType<typeof subnet>;

/** Returns an inbound permission for a range of TCP ports. AWS Config repeats the ranges as text. */
export const allowTcp = (port: number, ...blocks: string[]) => ({
  fromPort: port,
  ipProtocol: 'tcp',
  ipv6Ranges: [],
  prefixListIds: [],
  toPort: port,
  userIdGroupPairs: [],
  ipv4Ranges: blocks.map((cidrIp) => ({ cidrIp })),
  ipRanges: blocks,
});
type Permission = Omit<ReturnType<typeof allowTcp>, 'userIdGroupPairs' | 'fromPort' | 'toPort'> & {
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly userIdGroupPairs: readonly object[];
};

const allTraffic = (rest: Partial<Permission>): Permission => ({
  ipProtocol: '-1',
  ipv6Ranges: [],
  prefixListIds: [],
  userIdGroupPairs: [],
  ipv4Ranges: [],
  ipRanges: [],
  ...rest,
});
const toAnywhere = () => allTraffic({ ipv4Ranges: [{ cidrIp: '0.0.0.0/0' }], ipRanges: ['0.0.0.0/0'] });

export function securityGroup(place: Place, network: Vpc, groupName: string, description: string, ipPermissions: Permission[]) {
  const id = place.id('sg');
  const configuration = {
    description,
    groupName,
    ipPermissions,
    ownerId: place.account,
    groupId: id,
    ipPermissionsEgress: [toAnywhere()],
    tags: [],
    vpcId: network.id,
  };
  const relationships = [related('Is contained in Vpc', network)];
  return resourceAt(place, 'AWS::EC2::SecurityGroup', id, {
    service: 'ec2',
    path: `security-group/${id}`,
    name: groupName,
    relationships,
    configuration,
  });
}
export type SecurityGroup = ReturnType<typeof securityGroup>;

/** Returns a prefix list with the networks of an office. */
export function prefixList(place: Place, PrefixListName: string, ...blocks: readonly string[]) {
  const PrefixListId = place.id('pl');
  const Entries = blocks.map((Cidr) => ({ Cidr, Description: PrefixListName }));
  const configuration = { PrefixListId, PrefixListName, AddressFamily: 'IPv4', MaxEntries: 10, OwnerId: place.account, Entries };
  return resourceAt(place, 'AWS::EC2::PrefixList', PrefixListId, {
    service: 'ec2',
    path: `prefix-list/${PrefixListId}`,
    name: PrefixListName,
    configuration,
  });
}

/** Returns the default group of a VPC: its members may connect to each other and to everyone outside. */
export function defaultGroup(place: Place, network: Vpc): SecurityGroup {
  const group = securityGroup(place, network, 'default', 'default VPC security group', []);
  group.configuration.ipPermissions.push(allTraffic({ userIdGroupPairs: [{ groupId: group.id, userId: place.account }] }));
  return group;
}

export const denyEntry = (ruleNumber: number, port: number) => ({
  cidrBlock: '0.0.0.0/0',
  egress: false,
  portRange: { from: port, to: port },
  protocol: '6',
  ruleAction: 'deny',
  ruleNumber,
});
type AclEntry = Omit<ReturnType<typeof denyEntry>, 'portRange'> & { readonly portRange?: { readonly from: number; readonly to: number } };

const everything = (egress: boolean, ruleAction: string, ruleNumber: number): AclEntry => ({
  cidrBlock: '0.0.0.0/0',
  egress,
  protocol: '-1',
  ruleAction,
  ruleNumber,
});

/** Returns the default network ACL of a VPC: it allows all traffic. */
export function networkAcl(place: Place, network: Vpc, subnets: readonly Subnet[]) {
  const id = place.id('acl');
  const configuration = {
    associations: subnets.map(({ id: subnetId }) => ({ networkAclAssociationId: place.id('aclassoc'), networkAclId: id, subnetId })),
    entries: [
      everything(true, 'allow', 100),
      everything(true, 'deny', 32_767),
      everything(false, 'allow', 100),
      everything(false, 'deny', 32_767),
    ],
    isDefault: true,
    networkAclId: id,
    tags: [],
    vpcId: network.id,
    ownerId: place.account,
  };
  const relationships = [...subnets.map((each) => related('Is attached to Subnet', each)), related('Is contained in Vpc', network)];
  return resourceAt(place, 'AWS::EC2::NetworkAcl', id, {
    service: 'ec2',
    path: `network-acl/${id}`,
    zone: 'Multiple Availability Zones',
    relationships,
    configuration,
  });
}
export type NetworkAcl = ReturnType<typeof networkAcl>;

const LOG_FORMAT =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: flow logs name their fields so
  '${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}';

export function flowLog(place: Place, network: Vpc) {
  const id = place.id('fl');
  const configuration = {
    creationTime: Date.parse(place.createdAt()),
    deliverLogsStatus: 'SUCCESS',
    flowLogId: id,
    flowLogStatus: 'ACTIVE',
    resourceId: network.id,
    trafficType: 'ALL',
    logDestinationType: 's3',
    logDestination: `arn:aws:s3:::flow-logs-${place.account}`,
    logFormat: LOG_FORMAT,
    tags: [],
    maxAggregationInterval: 600,
  };
  const relationships = [related('Is associated with Vpc', network)];
  return resourceAt(place, 'AWS::EC2::FlowLog', id, { service: 'ec2', path: `vpc-flow-log/${id}`, relationships, configuration });
}

interface Front {
  readonly network: Vpc;
  readonly subnets: readonly Subnet[];
  readonly group: SecurityGroup;
  readonly scheme: 'internet-facing' | 'internal';
}

const behind = ({ network, subnets, group }: Front): Relationship[] => [
  related('Is associated with SecurityGroup', group),
  ...subnets.map((each) => related('Is attached to Subnet', each)),
  related('Is contained in Vpc', network),
];

/** Returns an application or network load balancer. Its id is its ARN. */
export function loadBalancer(place: Place, loadBalancerName: string, type: 'application' | 'network', front: Front) {
  const path = `${type === 'application' ? 'app' : 'net'}/${loadBalancerName}/${place.hex(16)}`;
  const arn = `arn:aws:elasticloadbalancing:${place.region}:${place.account}:loadbalancer/${path}`;
  const configuration = {
    loadBalancerArn: arn,
    dNSName: `${front.scheme === 'internal' ? 'internal-' : ''}${loadBalancerName}-${100_000_000 + place.below(900_000_000)}.${place.region}.elb.amazonaws.com`,
    canonicalHostedZoneId: place.region === 'eu-west-1' ? 'Z32O12XQLNTSW2' : 'Z35SXDOTRQ7X7K',
    createdTime: place.createdAt(),
    loadBalancerName,
    scheme: front.scheme,
    vpcId: front.network.id,
    state: { code: 'active', reason: null },
    type,
    availabilityZones: front.subnets.map(({ id, zone }) => ({ zoneName: zone, subnetId: id, loadBalancerAddresses: [] })),
    securityGroups: [front.group.id],
    ipAddressType: 'ipv4',
  };
  const supplementary = {
    LoadBalancerAttributes: [
      { key: 'access_logs.s3.enabled', value: 'false' },
      { key: 'deletion_protection.enabled', value: 'true' },
    ],
    Tags: [],
  };
  return resourceAt(place, 'AWS::ElasticLoadBalancingV2::LoadBalancer', arn, {
    arn,
    name: loadBalancerName,
    zone: 'Multiple Availability Zones',
    relationships: behind(front),
    configuration,
    supplementary,
  });
}
export type LoadBalancer = ReturnType<typeof loadBalancer>;

/** Returns a listener that forwards to the load balancer's targets. With a security policy it uses HTTPS or TLS, otherwise HTTP or TCP. */
export function listener(place: Place, balancer: LoadBalancer, port: number, sslPolicy?: string) {
  const arn = `${balancer.id.replace(':loadbalancer/', ':listener/')}/${place.hex(16)}`;
  const [plain, secured] = balancer.configuration.type === 'application' ? ['HTTP', 'HTTPS'] : ['TCP', 'TLS'];
  const target = `arn:aws:elasticloadbalancing:${place.region}:${place.account}:targetgroup/${balancer.name}-${port}/${place.hex(16)}`;
  const configuration = {
    LoadBalancerArn: balancer.id,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: target }] as object[],
    Port: port,
    Certificates: sslPolicy ? [{ CertificateArn: `arn:aws:acm:${place.region}:${place.account}:certificate/${place.uuid()}` }] : [],
    Protocol: sslPolicy ? secured : plain,
    ListenerArn: arn,
    AlpnPolicy: [],
    ...(sslPolicy && { SslPolicy: sslPolicy }),
  };
  return resourceAt(place, 'AWS::ElasticLoadBalancingV2::Listener', arn, { arn, zone: 'Regional', configuration });
}
export type Listener = ReturnType<typeof listener>;

/** Default action of a listener that redirects everyone to HTTPS. */
export const REDIRECT_TO_HTTPS = {
  Type: 'redirect',
  RedirectConfig: { Protocol: 'HTTPS', Port: '443', Host: '#{host}', Path: '/#{path}', Query: '#{query}', StatusCode: 'HTTP_301' },
};

const negotiation = (policyName: string) => ({
  policyName,
  policyTypeName: 'SSLNegotiationPolicyType',
  policyAttributeDescriptions: [
    { attributeName: 'Reference-Security-Policy', attributeValue: policyName },
    { attributeName: 'Protocol-TLSv1', attributeValue: String(policyName === 'ELBSecurityPolicy-2016-08') },
    { attributeName: 'Protocol-TLSv1.2', attributeValue: 'true' },
  ],
});

export function classicLoadBalancer(place: Place, loadBalancerName: string, policy: string, front: Front) {
  const configuration = {
    loadBalancerName,
    canonicalHostedZoneNameID: place.region === 'eu-west-1' ? 'Z32O12XQLNTSW2' : 'Z35SXDOTRQ7X7K',
    listenerDescriptions: [
      { listener: { protocol: 'HTTPS', loadBalancerPort: 443, instanceProtocol: 'HTTP', instancePort: 8080 }, policyNames: [policy] },
    ],
    policies: { appCookieStickinessPolicies: [], otherPolicies: [policy], lbcookieStickinessPolicies: [] },
    backendServerDescriptions: [],
    availabilityZones: front.subnets.map(({ zone }) => zone),
    subnets: front.subnets.map(({ id }) => id),
    securityGroups: [front.group.id],
    createdTime: Date.parse(place.createdAt()),
    scheme: front.scheme,
    dnsname: `${loadBalancerName}-${100_000_000 + place.below(900_000_000)}.${place.region}.elb.amazonaws.com`,
    vpcid: front.network.id,
  };
  const supplementary = {
    LoadBalancerAttributes: {
      crossZoneLoadBalancing: { enabled: true },
      accessLog: { enabled: false },
      connectionSettings: { idleTimeout: 60 },
    },
    LoadBalancerPolicies: [negotiation(policy)],
    Tags: [],
  };
  return resourceAt(place, 'AWS::ElasticLoadBalancing::LoadBalancer', loadBalancerName, {
    service: 'elasticloadbalancing',
    path: `loadbalancer/${loadBalancerName}`,
    name: loadBalancerName,
    zone: 'Multiple Availability Zones',
    relationships: behind(front),
    configuration,
    supplementary,
  });
}

interface ViewerCertificate {
  readonly cloudFrontDefaultCertificate: boolean;
  minimumProtocolVersion: string;
  readonly certificateSource: string;
  readonly acmCertificateArn?: string;
}

/** Returns a cache behaviour for the pages of one partner. */
export const cacheBehavior = (pathPattern: string) => ({
  pathPattern,
  targetOriginId: 'shop',
  viewerProtocolPolicy: 'redirect-to-https',
  cachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6',
  compress: true,
});

/** Returns a distribution before the clean-up: it serves plain HTTP and accepts TLS 1.0. */
export function distribution(place: Place, comment: string, originDomain: string): Resource<ReturnType<typeof distributionSettings>> {
  const id = `E${place.hex(13).toUpperCase()}`;
  const arn = `arn:aws:cloudfront::${place.account}:distribution/${id}`;
  const configuration = distributionSettings(place, id, arn, comment, originDomain);
  return resourceAt({ ...place, region: 'global' }, 'AWS::CloudFront::Distribution', id, { arn, zone: ABSENT_ZONE, configuration });
}
export type Distribution = ReturnType<typeof distribution>;

const distributionSettings = (place: Place, id: string, arn: string, comment: string, originDomain: string) => ({
  activeTrustedSigners: { enabled: false, quantity: 0 },
  domainName: `d${place.hex(13)}.cloudfront.net`,
  lastModifiedTime: place.createdAt(),
  distributionConfig: {
    viewerCertificate: {
      cloudFrontDefaultCertificate: false,
      acmCertificateArn: `arn:aws:acm:us-east-1:${place.account}:certificate/${place.uuid()}`,
      minimumProtocolVersion: 'TLSv1',
      certificateSource: 'acm',
    } as ViewerCertificate,
    callerReference: place.uuid(),
    customErrorResponses: { quantity: 0 },
    priceClass: 'PriceClass_100',
    httpVersion: 'http2',
    originGroups: { quantity: 0 },
    cacheBehaviors: { quantity: 0 } as { quantity: number; items?: ReturnType<typeof cacheBehavior>[] },
    defaultCacheBehavior: { targetOriginId: 'shop', viewerProtocolPolicy: 'allow-all', compress: true },
    aliases: { quantity: 0 },
    origins: {
      quantity: 1,
      items: [
        {
          id: 'shop',
          domainName: originDomain,
          originPath: '',
          customHeaders: { quantity: 0 },
          customOriginConfig: {
            httpPort: 80,
            httpsPort: 443,
            originProtocolPolicy: 'https-only',
            originSslProtocols: { quantity: 1, items: ['TLSv1.2'] },
            originReadTimeout: 30,
            originKeepaliveTimeout: 5,
          },
        },
      ],
    },
    webACLId: '',
    comment,
    enabled: true,
    isIPV6Enabled: true,
  },
  arn,
  id,
});
