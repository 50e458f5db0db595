import { defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'NET-L1-04',
  slug: 'tls-1-2-minimum',
  title: 'TLS endpoints refuse versions below 1.2',
  pillar: 'networking',
  level: 1,
  severity: 'high',
  topic: 'TLS 1.2',
  scope: 'resource',
  evidence: 'config',
  rule: 'PASS iff every TLS or HTTPS listener security policy, CloudFront MinimumProtocolVersion, custom-origin protocol list and API Gateway custom-domain policy is in the versioned allow-list of policies whose lowest protocol is TLS 1.2; FAIL otherwise; NOT_APPLICABLE when no TLS endpoint exists.',
  apiFacts: [
    'elasticloadbalancing:DescribeListeners',
    'elasticloadbalancing:DescribeSSLPolicies',
    'apigateway:GetDomainNames',
    'cloudfront:GetDistributionConfig',
  ],
  triggers: {
    configTypes: ['AWS::ElasticLoadBalancingV2::Listener', 'AWS::ElasticLoadBalancing::LoadBalancer', 'AWS::CloudFront::Distribution'],
    cloudTrail: [
      { source: 'elasticloadbalancing.amazonaws.com', names: ['CreateListener', 'ModifyListener', 'SetLoadBalancerPoliciesOfListener'] },
      { source: 'cloudfront.amazonaws.com', names: ['CreateDistribution', 'CreateDistributionWithTags', 'UpdateDistribution'] },
      { source: 'apigateway.amazonaws.com', names: ['CreateDomainName', 'UpdateDomainName'] },
    ],
    schedule: 'rate(24 hours)',
  },
  rules: [],
  remediation: { kind: 'custom', note: 'Set the recommended policy after client-compatibility check.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['ELB.17', 'ELB.8', 'CloudFront.10', 'CloudFront.15'],
    prowler: ['elbv2_insecure_ssl_ciphers', 'elb_insecure_ssl_ciphers', 'cloudfront_distributions_using_deprecated_ssl_protocols'],
    nistCsf2: ['PR.DS-02'],
    awsSmmV2: [{ phase: 3, category: 'Data protection', recommendation: 'Encryption in transit' }],
    iansCsmm2: ['Network Security', 'Application Security'],
  },
});
