import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'NET-L3-01',
  title: 'Workloads are segmented into tiers without unintended routes',
  pillar: 'networking',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'tiered-segmentation',
  topic: 'Network segmentation',
  scope: 'resource',
  evidence: 'policy-analysis',
  rule: 'Passes if no data store or non-edge compute interface is in a subnet whose route table leads 0.0.0.0/0 or ::/0 to an internet gateway, no peering or transit-gateway route is a default route or joins production with non-production VPCs, and transit gateways do not auto-accept attachments. Fails otherwise. Not applicable if the VPC has no network interfaces.',
  why: 'In a flat network, one compromised server reaches every database. Tiers stop an attacker from moving further.',
  apiFacts: ['ec2:DescribeRouteTables', 'ec2:DescribeNetworkInterfaces', 'ec2:SearchTransitGatewayRoutes'],
  triggers: {
    configTypes: [
      'AWS::EC2::Subnet',
      'AWS::EC2::RouteTable',
      'AWS::EC2::NetworkInterface',
      'AWS::EC2::VPCPeeringConnection',
      'AWS::EC2::TransitGateway',
      'AWS::EC2::TransitGatewayRouteTable',
    ],
    cloudTrail: [
      {
        source: 'ec2.amazonaws.com',
        names: [
          'CreateRoute',
          'ReplaceRoute',
          'DeleteRoute',
          'AssociateRouteTable',
          'ReplaceRouteTableAssociation',
          'CreateVpcPeeringConnection',
          'AcceptVpcPeeringConnection',
          'CreateTransitGatewayRoute',
          'ModifyTransitGateway',
          'CreateSubnet',
          'ModifySubnetAttribute',
        ],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'manual',
    alternatives: ['AWSConfigRemediation-DisableSubnetAutoAssignPublicIP'],
    note: 'Redesign the routing. AWSConfigRemediation-DisableSubnetAutoAssignPublicIP can turn off the auto-assignment of public addresses in subnets.',
  },
  crosswalk: {
    cisAwsV3: ['5.5'],
    cisAwsV5: ['5.6'],
    securityHub: ['EC2.15', 'EC2.23'],
    prowler: [
      'vpc_subnet_separate_private_public',
      'vpc_subnet_no_public_ip_by_default',
      'vpc_peering_routing_tables_with_least_privilege',
      'ec2_transitgateway_auto_accept_vpc_attachments',
    ],
    nistCsf2: ['PR.IR-01'],
    awsSmmV2: [
      { phase: 2, category: 'Infrastructure protection', recommendation: 'Network segmentation (VPCs)' },
      { phase: 2, category: 'Infrastructure protection', recommendation: 'Limit Network Access' },
    ],
    iansCsmm2: ['Network Security', 'Organization Management'],
  },
};
