import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'NET-L4-01',
  title: 'DNS is filtered and logged',
  pillar: 'networking',
  level: 4,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'dns-firewall-and-query-logs',
  topic: 'DNS security',
  scope: 'resource',
  evidence: 'api',
  rule: 'Passes if every VPC with network interfaces has a Route 53 Resolver DNS Firewall association containing at least one BLOCK rule, firewall fail-open disabled or explicitly accepted, and a resolver query-logging association in state ACTIVE. Fails otherwise. Not applicable if the VPC has no network interfaces.',
  why: 'Malware uses DNS to find its servers and to send out data, even if all ports are closed. Filters block known bad domains, and logs show the rest.',
  apiFacts: [
    'route53resolver:ListFirewallRuleGroupAssociations',
    'route53resolver:ListFirewallRules',
    'route53resolver:GetFirewallConfig',
    'route53resolver:ListResolverQueryLogConfigAssociations',
  ],
  triggers: {
    configTypes: [
      'AWS::Route53Resolver::FirewallRuleGroupAssociation',
      'AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation',
      'AWS::EC2::VPC',
    ],
    cloudTrail: [
      {
        source: 'route53resolver.amazonaws.com',
        names: [
          'AssociateFirewallRuleGroup',
          'DisassociateFirewallRuleGroup',
          'UpdateFirewallConfig',
          'CreateFirewallRule',
          'UpdateFirewallRule',
          'DeleteFirewallRule',
          'AssociateResolverQueryLogConfig',
          'DisassociateResolverQueryLogConfig',
        ],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Associate the managed domain lists. Start with ALERT, then use BLOCK.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['Route53.2'],
    prowler: ['route53_public_hosted_zones_cloudwatch_logging_enabled'],
    nistCsf2: ['DE.CM-01', 'PR.IR-01', 'PR.PS-04'],
    awsSmmV2: [
      { phase: 3, category: 'Infrastructure protection', recommendation: 'Outbound Traffic Control' },
      { phase: 3, category: 'Threat detection', recommendation: 'Custom Threat Detection capabilities (SecLake / SIEM)' },
    ],
    iansCsmm2: ['Network Security', 'Security Monitoring'],
  },
  notes: 'Route53.2 and the Prowler check cover query logging of public zones, which is related but not equal.',
};
