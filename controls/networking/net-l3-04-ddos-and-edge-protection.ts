import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'NET-L3-04',
  title: 'Internet-facing endpoints have a DDoS and web-attack defense',
  pillar: 'networking',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'ddos-and-edge-protection',
  topic: 'DDoS strategy',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if every internet-facing Application Load Balancer, CloudFront distribution and public API Gateway stage has a WAFv2 web ACL with at least one managed rule group and one rate-based rule, and every other internet-facing endpoint (Network Load Balancer, Elastic IP, accelerator) has Shield Advanced protection or an unexpired exception. Fails otherwise. Not applicable if nothing is internet-facing.',
  why: 'Public endpoints receive exploits and floods from the first day. A web ACL blocks common attacks before they reach the application.',
  apiFacts: ['wafv2:GetWebACLForResource', 'wafv2:GetWebACL', 'shield:ListProtections', 'elasticloadbalancing:DescribeLoadBalancers'],
  triggers: {
    configTypes: [
      'AWS::ElasticLoadBalancingV2::LoadBalancer',
      'AWS::CloudFront::Distribution',
      'AWS::ApiGateway::Stage',
      'AWS::WAFv2::WebACL',
      'AWS::EC2::EIP',
      'AWS::Shield::Protection',
    ],
    cloudTrail: [
      { source: 'wafv2.amazonaws.com', names: ['AssociateWebACL', 'DisassociateWebACL', 'CreateWebACL', 'UpdateWebACL', 'DeleteWebACL'] },
      { source: 'shield.amazonaws.com', names: ['CreateProtection', 'DeleteProtection', 'CreateSubscription'] },
      { source: 'elasticloadbalancing.amazonaws.com', names: ['CreateLoadBalancer'] },
      { source: 'cloudfront.amazonaws.com', names: ['CreateDistribution', 'CreateDistributionWithTags', 'UpdateDistribution'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'First associate a baseline web ACL in count mode.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['ELB.16', 'CloudFront.6', 'APIGateway.4', 'WAF.10'],
    prowler: [
      'elbv2_waf_acl_attached',
      'cloudfront_distributions_using_waf',
      'apigateway_restapi_waf_acl_attached',
      'wafv2_webacl_with_rules',
      'shield_advanced_protection_in_internet_facing_load_balancers',
      'shield_advanced_protection_in_associated_elastic_ips',
    ],
    nistCsf2: ['PR.IR-01', 'PR.IR-04'],
    awsSmmV2: [
      { phase: 1, category: 'Application security', recommendation: 'WAF with managed rules' },
      { phase: 3, category: 'Application security', recommendation: 'Advanced DDoS Mitigation (L7)' },
    ],
    iansCsmm2: ['Application Security', 'Network Security', 'Resilience'],
  },
};
