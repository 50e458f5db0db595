import { defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'NET-L1-03',
  slug: 'https-only-endpoints',
  title: 'Internet-facing endpoints accept only HTTPS or redirect to it',
  pillar: 'networking',
  level: 1,
  severity: 'high',
  topic: 'HTTPS',
  scope: 'resource',
  evidence: 'config',
  rule: 'PASS iff every HTTP listener of an internet-facing Application Load Balancer only redirects to HTTPS, every internet-facing Classic or Network Load Balancer listener for web traffic terminates TLS, and every CloudFront cache behaviour uses https-only or redirect-to-https; FAIL otherwise; NOT_APPLICABLE when no such endpoint exists.',
  apiFacts: ['elasticloadbalancing:DescribeListeners', 'elasticloadbalancing:DescribeRules', 'cloudfront:ListDistributions'],
  triggers: {
    configTypes: [
      'AWS::ElasticLoadBalancingV2::LoadBalancer',
      'AWS::ElasticLoadBalancingV2::Listener',
      'AWS::ElasticLoadBalancing::LoadBalancer',
      'AWS::CloudFront::Distribution',
    ],
    cloudTrail: [
      {
        source: 'elasticloadbalancing.amazonaws.com',
        names: [
          'CreateListener',
          'ModifyListener',
          'DeleteListener',
          'CreateRule',
          'ModifyRule',
          'CreateLoadBalancer',
          'CreateLoadBalancerListeners',
        ],
      },
      { source: 'cloudfront.amazonaws.com', names: ['CreateDistribution', 'CreateDistributionWithTags', 'UpdateDistribution'] },
    ],
    schedule: 'rate(24 hours)',
  },
  rules: [],
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-EnableCloudFrontViewerPolicyHTTPS',
    note: 'CloudFront half; ALB redirect is custom.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['ELB.1', 'ELB.3', 'ELB.18', 'CloudFront.3'],
    prowler: ['elbv2_ssl_listeners', 'elb_ssl_listeners', 'cloudfront_distributions_https_enabled'],
    nistCsf2: ['PR.DS-02'],
    awsSmmV2: [{ phase: 3, category: 'Data protection', recommendation: 'Encryption in transit' }],
    iansCsmm2: ['Network Security', 'Application Security'],
  },
});
