import {
  type ControlPage,
  compliant,
  defineControl,
  insufficientData,
  lacks,
  NOT_READ,
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
import { cannotRun, change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'NET-L1-04',
  title: 'TLS endpoints refuse versions below 1.2',
  pillar: 'networking',
  level: 1,
  severity: 'high',
  rules: [
    on('AWS::ElasticLoadBalancingV2::Listener', ['protocol'], ({ protocol, sslPolicy }) => {
      if (WITHOUT_TLS.has(protocol)) return notApplicable('listener does not terminate TLS');
      if (protocol !== 'HTTPS' && protocol !== 'TLS')
        return insufficientData('protocol-unknown', `listener has the unknown protocol "${protocol}"`);
      if (sslPolicy === undefined) return insufficientData(NOT_READ, 'security policy of the listener was not read');
      return LOAD_BALANCER_TLS_1_2.has(sslPolicy)
        ? compliant(`security policy ${sslPolicy} requires TLS 1.2`)
        : nonCompliant('policy-not-approved', `security policy ${sslPolicy} is not known to require TLS 1.2`);
    }),
    on('AWS::ElasticLoadBalancing::LoadBalancer', ['listeners'], ({ listeners, tls }, evidence) => {
      const verdicts = listeners.map(({ protocol, port }) => {
        if (protocol === 'HTTPS' || protocol === 'SSL') return tls ? evaluateClassic(port, tls[port]) : lacks(evidence, 'tls');
        if (WITHOUT_TLS.has(protocol)) return notApplicable('listener does not terminate TLS');
        return insufficientData('protocol-unknown', `listener on port ${port} has the unknown protocol "${protocol}"`);
      });
      return worstOf(notApplicable('load balancer has no listener that terminates TLS'), ...verdicts);
    }),
    on('AWS::CloudFront::Distribution', ['enabled'], ({ enabled, viewerTls, originTls }, evidence) => {
      if (!enabled) return notApplicable('distribution is disabled');
      if (viewerTls !== undefined && !CLOUDFRONT_TLS_1_2.has(viewerTls))
        return nonCompliant('viewer-policy-not-approved', `security policy ${viewerTls} for viewers is not known to require TLS 1.2`);
      const old = originTls?.find((protocol) => !MODERN_TLS.has(protocol));
      if (old !== undefined) return nonCompliant('old-origin-protocol', `distribution allows ${old} to an origin (required: TLS 1.2)`);
      if (viewerTls === undefined) return lacks(evidence, 'viewerTls');
      if (originTls === undefined) return lacks(evidence, 'originTls');
      return compliant('distribution requires TLS 1.2 from viewers and to origins');
    }),
    on('AWS::ApiGateway::DomainName', ['securityPolicy'], ({ securityPolicy }) =>
      API_GATEWAY_TLS_1_2.has(securityPolicy)
        ? compliant(`security policy ${securityPolicy} requires TLS 1.2`)
        : nonCompliant('policy-not-approved', `security policy ${securityPolicy} is not known to require TLS 1.2`),
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
      impact: 'Clients without TLS 1.2 or 1.3, or without a cipher of the new policy, can no longer connect.',
    },
    ({ resource, facts: { sslPolicy, loadBalancerArn } }) => {
      if (sslPolicy === undefined) return cannotRun('security policy of the listener was not read');
      if (loadBalancerArn === undefined) return cannotRun('load balancer of the listener was not read');
      if (!OLD_POLICY.test(sslPolicy))
        return cannotRun(`security policy ${sslPolicy} is unknown and can be the stronger one; choose a policy yourself`);
      const balancer = { ...resource, resourceType: 'AWS::ElasticLoadBalancingV2::LoadBalancer', resourceId: loadBalancerArn };
      const parameters = { ListenerArn: resource.resourceId, SslPolicy: successorOf(sslPolicy), OldPolicy: sslPolicy };
      return runWith(parameters, [change('security policy', sslPolicy, parameters.SslPolicy)], { touches: [balancer] });
    },
  ),
  /* @__PURE__ */ remedyOn(
    'AWS::ElasticLoadBalancing::LoadBalancer',
    {
      runbook: 'CSMM-SetClassicTlsPolicy',
      risk: 'disruptive',
      reversible: true,
      impact: 'Clients without TLS 1.2, or without a cipher of the new policy, can no longer connect.',
      notRestored: 'The load balancer keeps the policy csmm-TLS-1-2-2017-01, without use.',
    },
    ({ resource, facts: { listeners = [], tls } }) => {
      const secure = listeners.filter(({ protocol }) => protocol === 'HTTPS' || protocol === 'SSL');
      const failing = secure.filter(({ port }) => evaluateClassic(port, tls?.[port]).compliance !== 'COMPLIANT');
      const [listener] = failing;
      if (!listener || failing.length > 1) return cannotRun('several listeners have an old policy; a person must replace them');
      const { predefined, protocols = [] } = tls?.[listener.port] ?? {};
      const before = predefined ?? protocols.join(', ');
      if (before === '') return cannotRun(`security policy on port ${listener.port} was not read`);
      return runWith({ LoadBalancerName: resource.resourceId, Port: String(listener.port) }, [
        change(`security policy on port ${listener.port}`, before, 'ELBSecurityPolicy-TLS-1-2-2017-01'),
      ]);
    },
  ),
  /* @__PURE__ */ remedyOn(
    'AWS::ApiGateway::DomainName',
    {
      runbook: 'CSMM-SetDomainNameTlsPolicy',
      risk: 'disruptive',
      reversible: true,
      impact: 'Clients without TLS 1.2 can no longer connect. API Gateway changes the endpoint for some minutes, and it stays reachable.',
    },
    ({ resource: { resourceId }, facts: { securityPolicy } }) => {
      if (securityPolicy !== 'TLS_1_0')
        return cannotRun(`security policy ${securityPolicy ?? 'unknown'} can be the stronger one; choose a policy yourself`);
      if (resourceId.includes('+')) return cannotRun('private domain name; change its policy in the console');
      return runWith({ DomainName: resourceId, PreviousPolicy: securityPolicy }, [change('security policy', securityPolicy, 'TLS_1_2')]);
    },
  ),
];

export const page: ControlPage = {
  slug: 'tls-1-2-minimum',
  topic: 'TLS 1.2',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if every TLS or HTTPS listener security policy, CloudFront MinimumProtocolVersion, custom-origin protocol list and API Gateway custom-domain policy is in the versioned allow-list of policies whose lowest protocol is TLS 1.2. Fails otherwise. Not applicable if no TLS endpoint exists.',
  why: 'TLS 1.0 and 1.1 have known weaknesses, and standards such as PCI DSS forbid them. An attacker can force clients down to the weakest version that a server accepts.',
  triggers: {
    cloudTrail: [
      { source: 'elasticloadbalancing.amazonaws.com', names: ['CreateListener', 'ModifyListener', 'SetLoadBalancerPoliciesOfListener'] },
      { source: 'cloudfront.amazonaws.com', names: ['CreateDistribution', 'CreateDistributionWithTags', 'UpdateDistribution'] },
      { source: 'apigateway.amazonaws.com', names: ['CreateDomainName', 'UpdateDomainName', 'DeleteDomainName'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Set the recommended policy after a check of client compatibility.' },
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
    'The allow-lists are in core/policy/tls-policies.ts. A policy that is not in them fails. csmm does not evaluate VPC origins, because the distribution does not hold their protocols. It also does not evaluate the policy of a REST API itself, which applies to its default endpoint.',
};

/** Protocols of listeners that do not terminate TLS. The load balancer passes TCP on, and QUIC has its own encryption. */
const WITHOUT_TLS: ReadonlySet<string> = new Set(['HTTP', 'TCP', 'UDP', 'TCP_UDP', 'QUIC', 'TCP_QUIC', 'GENEVE']);

function evaluateClassic(port: number, tls: ClassicTls | undefined): Verdict {
  if (tls?.predefined !== undefined) {
    return CLASSIC_LOAD_BALANCER_TLS_1_2.has(tls.predefined)
      ? compliant(`security policy ${tls.predefined} requires TLS 1.2`)
      : nonCompliant('policy-not-approved', `security policy ${tls.predefined} on port ${port} is not known to require TLS 1.2`);
  }
  if (!tls || tls.protocols.length === 0) return insufficientData(NOT_READ, `security policy on port ${port} was not read`);
  const old = tls.protocols.find((protocol) => !MODERN_TLS.has(protocol));
  return old === undefined
    ? compliant('custom security policies require TLS 1.2')
    : nonCompliant('old-protocol', `custom security policy on port ${port} allows ${old} (required: TLS 1.2)`);
}

/**
 * Names of the security policies of load balancers that allow TLS 1.0 or 1.1.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
 */
const OLD_POLICY = /^ELBSecurityPolicy-(201[56]-\d{2}|FS-2018-06|FS-1-1-[\d-]+|TLS-1-[01]-[\d-]+|TLS13-1-[01]-(FIPS-)?(PQ-)?[\d-]+)$/;

/** Returns the policy that replaces an old one. Keeps FIPS 140 and post-quantum key exchange if the old one has them. */
function successorOf(policy: string): string {
  const isQuantumSafe = policy.includes('-PQ-');
  if (policy.includes('-FIPS-')) return `ELBSecurityPolicy-TLS13-1-2-FIPS-${isQuantumSafe ? 'PQ-2025-09' : '2023-04'}`;
  return `ELBSecurityPolicy-TLS13-1-2-${isQuantumSafe ? 'PQ-2025-09' : '2021-06'}`;
}
