import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'NET-L3-03',
  title: 'Outbound traffic passes a filter',
  pillar: 'networking',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'egress-filtering',
  topic: 'egress filtering',
  scope: 'resource',
  evidence: 'policy-analysis',
  rule: 'Passes if every default route leaving the VPC points to a Network Firewall or Gateway Load Balancer endpoint, to a declared inspection VPC over a transit gateway, or to a NAT gateway in a VPC that has a DNS Firewall rule-group association with a BLOCK rule and no attached security group that allows all protocols to 0.0.0.0/0. Fails otherwise. Not applicable if the VPC has no default route.',
  why: 'Malware must reach its control server and send data out. Filtered outbound traffic breaks most attacks after the first step.',
  apiFacts: [
    'ec2:DescribeRouteTables',
    'network-firewall:DescribeFirewall',
    'network-firewall:DescribeFirewallPolicy',
    'route53resolver:ListFirewallRuleGroupAssociations',
  ],
  triggers: {
    configTypes: [
      'AWS::EC2::RouteTable',
      'AWS::EC2::SecurityGroup',
      'AWS::NetworkFirewall::Firewall',
      'AWS::NetworkFirewall::FirewallPolicy',
      'AWS::Route53Resolver::FirewallRuleGroupAssociation',
    ],
    cloudTrail: [
      { source: 'ec2.amazonaws.com', names: ['CreateRoute', 'ReplaceRoute', 'AuthorizeSecurityGroupEgress', 'ModifySecurityGroupRules'] },
      {
        source: 'network-firewall.amazonaws.com',
        names: ['CreateFirewall', 'DeleteFirewall', 'UpdateFirewallPolicy', 'AssociateFirewallPolicy', 'UpdateRuleGroup'],
      },
      {
        source: 'route53resolver.amazonaws.com',
        names: ['AssociateFirewallRuleGroup', 'DisassociateFirewallRuleGroup', 'UpdateFirewallRule'],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'manual', note: 'This needs a change of the architecture.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['NetworkFirewall.2', 'NetworkFirewall.3', 'NetworkFirewall.4', 'NetworkFirewall.5'],
    prowler: ['networkfirewall_in_all_vpc', 'networkfirewall_logging_enabled', 'networkfirewall_policy_rule_group_associated'],
    nistCsf2: ['PR.IR-01', 'PR.DS-02', 'DE.CM-01'],
    awsSmmV2: [{ phase: 3, category: 'Infrastructure protection', recommendation: 'Outbound Traffic Control' }],
    iansCsmm2: ['Network Security'],
  },
};
