import {
  type ControlPage,
  compliant,
  defineControl,
  insufficientData,
  nonCompliant,
  notApplicable,
  on,
  type Verdict,
} from '../../core/control.ts';
import { worstOf } from '../../core/evaluation/worst-verdict.ts';
import type { ClassicTls } from '../../core/facts/elb-load-balancer.ts';
import {
  API_GATEWAY_TLS_1_2,
  CLASSIC_LOAD_BALANCER_TLS_1_2,
  CLOUDFRONT_TLS_1_2,
  LOAD_BALANCER_TLS_1_2,
  MODERN_TLS,
} from '../../core/policy/tls-policies.ts';
import { cannotRun, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'NET-L1-04',
  title: 'TLS endpoints refuse versions below 1.2',
  pillar: 'networking',
  level: 1,
  severity: 'high',
  rules: [
    on('AWS::ElasticLoadBalancingV2::Listener', ['protocol'], ({ protocol, sslPolicy }) => {
      if (protocol !== 'HTTPS' && protocol !== 'TLS') return notApplicable('the listener does not terminate TLS');
      if (sslPolicy === undefined) return insufficientData('the security policy could not be read');
      return LOAD_BALANCER_TLS_1_2.has(sslPolicy)
        ? compliant(`security policy ${sslPolicy} requires TLS 1.2`)
        : nonCompliant(`security policy ${sslPolicy} is not known to require TLS 1.2`);
    }),
    on('AWS::ElasticLoadBalancing::LoadBalancer', ['listeners'], ({ listeners }) => {
      const verdicts = listeners
        .filter(({ protocol }) => protocol === 'HTTPS' || protocol === 'SSL')
        .map(({ port, tls }) => evaluateClassic(port, tls));
      return worstOf(notApplicable('no listener terminates TLS'), ...verdicts);
    }),
    on('AWS::CloudFront::Distribution', ['enabled', 'viewerTls', 'originTls'], ({ enabled, viewerTls, originTls }) => {
      if (!enabled) return notApplicable('the distribution is disabled');
      if (!CLOUDFRONT_TLS_1_2.has(viewerTls))
        return nonCompliant(`security policy ${viewerTls} for viewers is not known to require TLS 1.2`);
      const old = originTls.find((protocol) => !MODERN_TLS.has(protocol));
      if (old !== undefined) return nonCompliant(`${old} is allowed towards an origin`);
      return compliant('TLS 1.2 is required of viewers and of origins');
    }),
    on('AWS::ApiGateway::DomainName', ['securityPolicy'], ({ securityPolicy }) =>
      API_GATEWAY_TLS_1_2.has(securityPolicy)
        ? compliant(`security policy ${securityPolicy} requires TLS 1.2`)
        : nonCompliant(`security policy ${securityPolicy} is not known to require TLS 1.2`),
    ),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::ElasticLoadBalancingV2::Listener',
    {
      runbook: 'CSMM-SetListenerTlsPolicy',
      risk: 'disruptive',
      reversible: true,
      impact: 'Clients that know neither TLS 1.2 nor 1.3, nor a cipher of the new policy, can no longer connect.',
    },
    ({ resource, facts: { sslPolicy, loadBalancerArn } }) => {
      if (sslPolicy === undefined) return cannotRun('the security policy could not be read');
      if (loadBalancerArn === undefined) return cannotRun('its load balancer could not be read');
      if (!OLD_POLICY.test(sslPolicy))
        return cannotRun(`it is not known whether security policy ${sslPolicy} is the weaker one: choose one`);
      const balancer = { ...resource, resourceType: 'AWS::ElasticLoadBalancingV2::LoadBalancer', resourceId: loadBalancerArn };
      return runWith({ ListenerArn: resource.resourceId, SslPolicy: successorOf(sslPolicy) }, { touches: [balancer] });
    },
  ),
];

export const page: ControlPage = {
  slug: 'tls-1-2-minimum',
  topic: 'TLS 1.2',
  scope: 'resource',
  evidence: 'config',
  rule: 'PASS iff every TLS or HTTPS listener security policy, CloudFront MinimumProtocolVersion, custom-origin protocol list and API Gateway custom-domain policy is in the versioned allow-list of policies whose lowest protocol is TLS 1.2; FAIL otherwise; NOT_APPLICABLE when no TLS endpoint exists.',
  apiFacts: [
    'elasticloadbalancing:DescribeListeners',
    'elasticloadbalancing:DescribeLoadBalancers',
    'elasticloadbalancing:DescribeLoadBalancerPolicies',
    'apigateway:GetDomainNames',
    'cloudfront:ListDistributions',
  ],
  triggers: {
    configTypes: ['AWS::ElasticLoadBalancingV2::Listener', 'AWS::ElasticLoadBalancing::LoadBalancer', 'AWS::CloudFront::Distribution'],
    cloudTrail: [
      { source: 'elasticloadbalancing.amazonaws.com', names: ['CreateListener', 'ModifyListener', 'SetLoadBalancerPoliciesOfListener'] },
      { source: 'cloudfront.amazonaws.com', names: ['CreateDistribution', 'CreateDistributionWithTags', 'UpdateDistribution'] },
      { source: 'apigateway.amazonaws.com', names: ['CreateDomainName', 'UpdateDomainName', 'DeleteDomainName'] },
    ],
    schedule: 'rate(24 hours)',
  },
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
  notes:
    'The allow-lists are in core/policy/tls-policies.ts; a policy that they do not know fails. Not judged: VPC origins, whose protocols the distribution does not hold, and the policy that a REST API itself has, for its default endpoint and where it differs from that of the domain name.',
};

function evaluateClassic(port: number, tls: ClassicTls | undefined): Verdict {
  if (tls?.predefined !== undefined) {
    return CLASSIC_LOAD_BALANCER_TLS_1_2.has(tls.predefined)
      ? compliant(`security policy ${tls.predefined} requires TLS 1.2`)
      : nonCompliant(`security policy ${tls.predefined} on port ${port} is not known to require TLS 1.2`);
  }
  if (!tls || tls.protocols.length === 0) return insufficientData(`the security policy on port ${port} could not be read`);
  const old = tls.protocols.find((protocol) => !MODERN_TLS.has(protocol));
  return old === undefined
    ? compliant('custom security policies require TLS 1.2')
    : nonCompliant(`the custom security policy on port ${port} allows ${old}`);
}

/**
 * The security policies of load balancers that allow TLS 1.0 or 1.1, by their names.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
 */
const OLD_POLICY = /^ELBSecurityPolicy-(201[56]-\d{2}|FS-2018-06|FS-1-1-[\d-]+|TLS-1-[01]-[\d-]+|TLS13-1-[01]-(FIPS-)?(PQ-)?[\d-]+)$/;

/** Keeps to FIPS 140, and to post-quantum key exchange, where the old policy does. */
function successorOf(policy: string): string {
  const isQuantumSafe = policy.includes('-PQ-');
  if (policy.includes('-FIPS-')) return `ELBSecurityPolicy-TLS13-1-2-FIPS-${isQuantumSafe ? 'PQ-2025-09' : '2023-04'}`;
  return `ELBSecurityPolicy-TLS13-1-2-${isQuantumSafe ? 'PQ-2025-09' : '2021-06'}`;
}
