import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Inventory,
  type InventoryItem,
  insufficientData,
  type JoinedVerdict,
  lacks,
  nonCompliant,
  notApplicable,
  on,
  type Verdict,
  verdictOn,
} from '../../core/control.ts';
import { cannotRun, type RemedyPlan, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'NET-L1-03',
  title: 'Internet-facing endpoints accept only HTTPS or redirect to it',
  pillar: 'networking',
  level: 1,
  severity: 'high',
  rules: [
    on('AWS::ElasticLoadBalancing::LoadBalancer', ['scheme', 'listeners'], ({ scheme, listeners }) => {
      if (scheme === 'internal') return notApplicable('load balancer is internal');
      const plain = listeners.find(({ protocol, port }) => protocol === 'HTTP' || (protocol === 'TCP' && WEB_PORTS.has(port)));
      if (plain) return nonCompliant('listener-without-tls', `${plain.protocol} listener on port ${plain.port} does not terminate TLS`);
      const isWeb = listeners.some(({ protocol, port }) => protocol !== 'TCP' || WEB_PORTS.has(port));
      return isWeb
        ? compliant('every listener for web traffic terminates TLS')
        : notApplicable('load balancer has no listener for web traffic');
    }),
    on('AWS::CloudFront::Distribution', ['enabled', 'viewerPolicies'], ({ enabled, viewerPolicies }) => {
      if (!enabled) return notApplicable('distribution is disabled');
      const lax = viewerPolicies.find((policy) => policy !== 'https-only' && policy !== 'redirect-to-https');
      if (lax !== undefined)
        return nonCompliant(
          'viewer-http-allowed',
          `cache behavior has viewer protocol policy ${lax} (required: https-only or redirect-to-https)`,
        );
      return compliant('every cache behavior requires HTTPS or redirects to it');
    }),
    across(['AWS::ElasticLoadBalancingV2::LoadBalancer', 'AWS::ElasticLoadBalancingV2::Listener'], evaluateListeners),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::ElasticLoadBalancingV2::Listener',
    {
      runbook: 'CSMM-RedirectHttpToHttps',
      risk: 'disruptive',
      reversible: true,
      impact: 'Clients that do not follow redirects or cannot reach the HTTPS port no longer get an answer.',
    },
    (listener, { inventory }) => planRedirect(listener, inventory),
  ),
];

export const page: ControlPage = {
  slug: 'https-only-endpoints',
  topic: 'HTTPS',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if every HTTP listener of an internet-facing Application Load Balancer only redirects to HTTPS, every internet-facing Classic or Network Load Balancer listener for web traffic terminates TLS, and every CloudFront cache behavior uses https-only or redirect-to-https. Fails otherwise. Not applicable if no such endpoint exists.',
  why: 'Anyone on the network path can read and change plain HTTP, including passwords and session cookies.',
  triggers: {
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
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-EnableCloudFrontViewerPolicyHTTPS',
    note: 'Covers only CloudFront. The redirect of an Application Load Balancer is custom.',
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
  notes:
    'csmm evaluates only the default actions of an HTTP listener, because AWS Config does not record listener rules. An internet-facing load balancer without listeners accepts no traffic and gets no finding. TCP on ports 80, 443, 8080 and 8443 counts as web traffic.',
};

/** Ports on which a TCP listener counts as web traffic. */
const WEB_PORTS: ReadonlySet<number> = new Set([80, 443, 8080, 8443]);

type Listener = InventoryItem<'AWS::ElasticLoadBalancingV2::Listener'>;
type LoadBalancer = InventoryItem<'AWS::ElasticLoadBalancingV2::LoadBalancer'>;

function* evaluateListeners(inventory: Inventory): Iterable<JoinedVerdict> {
  const loadBalancers = new Map(inventory.all('AWS::ElasticLoadBalancingV2::LoadBalancer').map((item) => [item.resource.resourceId, item]));
  for (const listener of inventory.all('AWS::ElasticLoadBalancingV2::Listener')) {
    yield verdictOn(listener, evaluateListener(listener, loadBalancers));
  }
}

function evaluateListener(listener: Listener, loadBalancers: ReadonlyMap<string, LoadBalancer>): Verdict {
  const { loadBalancerArn } = listener.facts;
  if (loadBalancerArn === undefined) return lacks(listener, 'loadBalancerArn');
  const loadBalancer = loadBalancers.get(loadBalancerArn);
  if (!loadBalancer) return insufficientData('load-balancer-unknown', 'load balancer of the listener was not read');
  const { type, scheme } = loadBalancer.facts;
  if (type === 'gateway') return notApplicable('gateway load balancer is not a web endpoint');
  if (scheme === undefined) return lacks(loadBalancer, 'scheme');
  if (scheme === 'internal') return notApplicable('load balancer is internal');
  if (type === undefined) return lacks(loadBalancer, 'type');
  return evaluatePublicListener(listener);
}

/** Evaluates an internet-facing listener. HTTP and HTTPS belong to an Application Load Balancer, other protocols to a Network Load Balancer. */
function evaluatePublicListener(listener: Listener): Verdict {
  const { protocol, port, redirectsToHttps } = listener.facts;
  switch (protocol) {
    case undefined:
      return lacks(listener, 'protocol');
    case 'HTTPS':
    case 'TLS':
      return compliant(`${protocol} listener terminates TLS`);
    case 'HTTP':
      if (redirectsToHttps === undefined) return lacks(listener, 'redirectsToHttps');
      return redirectsToHttps
        ? compliant('HTTP listener only redirects to HTTPS')
        : nonCompliant('http-not-redirected', 'HTTP listener does more than redirect to HTTPS');
    case 'TCP':
    case 'TCP_UDP':
    case 'TCP_QUIC':
      if (port === undefined) return lacks(listener, 'port');
      return WEB_PORTS.has(port)
        ? nonCompliant('listener-without-tls', `${protocol} listener on port ${port} does not terminate TLS`)
        : notApplicable(`listener port ${port} is not for web traffic`);
    case 'UDP':
    case 'QUIC':
      return notApplicable(`listener protocol ${protocol} is not plain web traffic`);
    default:
      return insufficientData('protocol-unknown', `listener protocol ${protocol} is unknown`);
  }
}

function planRedirect({ resource, facts: { protocol, loadBalancerArn } }: Listener, inventory: Inventory): RemedyPlan {
  if (protocol !== 'HTTP') return cannotRun('Network Load Balancer cannot redirect; add a TLS listener with a certificate');
  if (loadBalancerArn === undefined) return cannotRun('load balancer of the listener was not read');
  const siblings = inventory.all('AWS::ElasticLoadBalancingV2::Listener').map(({ facts }) => facts);
  const ports = siblings.flatMap((facts) =>
    facts.loadBalancerArn === loadBalancerArn && facts.protocol === 'HTTPS' && facts.port !== undefined ? facts.port : [],
  );
  if (ports.length === 0) return cannotRun('load balancer has no HTTPS listener; add one with a certificate');
  const balancer = { ...resource, resourceType: 'AWS::ElasticLoadBalancingV2::LoadBalancer', resourceId: loadBalancerArn };
  const port = String(ports.includes(443) ? 443 : Math.min(...ports));
  return runWith({ ListenerArn: resource.resourceId, HttpsPort: port }, { touches: [balancer] });
}
