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
import { currentOf, gapIn } from '../../core/evaluation/evidence.ts';
import { LISTENER_RULES } from '../../core/facts/elbv2-listener-rules.ts';
import { cannotRun, change, type RemedyPlan, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'NET-L1-03',
  title: 'Internet-facing endpoints accept only HTTPS or redirect to it',
  pillar: 'networking',
  level: 1,
  severity: 'high',
  rules: [
    on('AWS::ElasticLoadBalancing::LoadBalancer', ['scheme', 'listeners'], ({ scheme, listeners }) => {
      if (scheme === 'internal') return notApplicable('load balancer is internal');
      if (scheme !== 'internet-facing') return insufficientData('scheme-unknown', `load balancer has the unknown scheme ${scheme}`);
      const plain = listeners.find(({ protocol, port }) => protocol === 'HTTP' || (protocol === 'TCP' && WEB_PORTS.has(port)));
      if (plain) return nonCompliant('listener-without-tls', `${plain.protocol} listener on port ${plain.port} does not terminate TLS`);
      const strange = listeners.find(({ protocol }) => !CLASSIC_PROTOCOLS.has(protocol));
      if (strange)
        return insufficientData('protocol-unknown', `listener on port ${strange.port} has the unknown protocol "${strange.protocol}"`);
      const isWeb = listeners.some(({ protocol, port }) => protocol !== 'TCP' || WEB_PORTS.has(port));
      return isWeb
        ? compliant('every listener for web traffic terminates TLS')
        : notApplicable('load balancer has no listener for web traffic');
    }),
    on('AWS::CloudFront::Distribution', ['enabled', 'viewerPolicies'], ({ enabled, viewerPolicies }) => {
      if (!enabled) return notApplicable('distribution is disabled');
      if (viewerPolicies.includes('allow-all'))
        return nonCompliant(
          'viewer-http-allowed',
          'cache behavior has viewer protocol policy allow-all (required: https-only or redirect-to-https)',
        );
      const strange = viewerPolicies.find((policy) => policy !== 'https-only' && policy !== 'redirect-to-https');
      if (strange !== undefined)
        return insufficientData('viewer-policy-unknown', `cache behavior has the unknown viewer protocol policy "${strange}"`);
      return compliant('every cache behavior requires HTTPS or redirects to it');
    }),
    across(['AWS::ElasticLoadBalancingV2::LoadBalancer', 'AWS::ElasticLoadBalancingV2::Listener', LISTENER_RULES], evaluateListeners, {
      handlesGaps: [LISTENER_RULES],
    }),
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
      notRestored: 'Browsers keep a permanent redirect (301), and go on to use HTTPS.',
      reads: [LISTENER_RULES],
    },
    (listener, { inventory }) => planRedirect(listener, inventory),
  ),
];

export const page: ControlPage = {
  slug: 'https-only-endpoints',
  topic: 'HTTPS',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if every internet-facing endpoint refuses plain HTTP or redirects it to HTTPS. An HTTP listener of an Application Load Balancer only redirects or returns fixed responses, by its default actions and its rules. A web listener of a Classic or Network Load Balancer terminates TLS. A CloudFront cache behavior uses https-only or redirect-to-https. Fails otherwise. Not applicable if no such endpoint exists.',
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
          'DeleteRule',
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
    'AWS Config does not record listener rules. If no reader listed them, as in a replay of configuration items, csmm evaluates only the default actions. If a reader failed to read them, the listener is unknown. An internet-facing load balancer without listeners accepts no traffic and gets no finding. TCP on ports 80, 443, 8080 and 8443 counts as web traffic.',
};

/** Protocols of Classic Load Balancers: https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-listener-config.html */
const CLASSIC_PROTOCOLS: ReadonlySet<string> = new Set(['HTTP', 'HTTPS', 'TCP', 'SSL']);

/** Actions of an HTTP listener that send nothing in clear text except a redirect or a fixed text. */
const SAFE_ACTIONS: ReadonlySet<string> = new Set(['redirect-to-https', 'fixed-response']);

/** Actions that serve a request in clear text, or keep the client on clear text. Authentication comes before a `forward`. */
const CLEAR_TEXT_ACTIONS: ReadonlySet<string> = new Set([
  'forward',
  'authenticate-cognito',
  'authenticate-oidc',
  'jwt-validation',
  'redirect-to-http',
  'redirect-to-#{protocol}',
]);

/** Ports on which a TCP listener counts as web traffic. */
const WEB_PORTS: ReadonlySet<number> = new Set([80, 443, 8080, 8443]);

type Listener = InventoryItem<'AWS::ElasticLoadBalancingV2::Listener'>;
type LoadBalancer = InventoryItem<'AWS::ElasticLoadBalancingV2::LoadBalancer'>;

type Rules = InventoryItem<typeof LISTENER_RULES>;

function* evaluateListeners(inventory: Inventory): Iterable<JoinedVerdict> {
  const loadBalancers = new Map(inventory.all('AWS::ElasticLoadBalancingV2::LoadBalancer').map((item) => [item.resource.resourceId, item]));
  const rules = new Map(currentOf(inventory, LISTENER_RULES).map((item) => [item.resource.resourceId, item]));
  const isListed = inventory.listings(LISTENER_RULES).length > 0;
  for (const listener of inventory.all('AWS::ElasticLoadBalancingV2::Listener')) {
    const own = rules.get(listener.resource.resourceId);
    yield verdictOn(
      listener,
      evaluateListener(listener, loadBalancers, () => evaluateRules(own, isListed, inventory)),
    );
  }
}

function evaluateListener(listener: Listener, loadBalancers: ReadonlyMap<string, LoadBalancer>, ofRules: () => Verdict): Verdict {
  const { loadBalancerArn } = listener.facts;
  if (loadBalancerArn === undefined) return lacks(listener, 'loadBalancerArn');
  const loadBalancer = loadBalancers.get(loadBalancerArn);
  if (!loadBalancer) return insufficientData('load-balancer-unknown', 'load balancer of the listener was not read');
  const { type, scheme } = loadBalancer.facts;
  if (type === 'gateway') return notApplicable('gateway load balancer is not a web endpoint');
  if (scheme === undefined) return lacks(loadBalancer, 'scheme');
  if (scheme === 'internal') return notApplicable('load balancer is internal');
  if (scheme !== 'internet-facing') return insufficientData('scheme-unknown', `load balancer has the unknown scheme ${scheme}`);
  if (type === undefined) return lacks(loadBalancer, 'type');
  if (type !== 'application' && type !== 'network') return insufficientData('type-unknown', `load balancer has the unknown type ${type}`);
  return evaluatePublicListener(listener, ofRules);
}

/** Evaluates an internet-facing listener. HTTP and HTTPS belong to an Application Load Balancer, other protocols to a Network Load Balancer. */
function evaluatePublicListener(listener: Listener, ofRules: () => Verdict): Verdict {
  const { protocol, port, actions } = listener.facts;
  switch (protocol) {
    case undefined:
      return lacks(listener, 'protocol');
    case 'HTTPS':
    case 'TLS':
      return compliant(`${protocol} listener terminates TLS`);
    case 'HTTP': {
      if (!actions) return lacks(listener, 'actions');
      const byDefault = evaluateActions(actions, 'HTTP listener', 'http-not-redirected');
      return byDefault.compliance === 'COMPLIANT' ? ofRules() : byDefault;
    }
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
      return insufficientData('protocol-unknown', `listener has the unknown protocol "${protocol}"`);
  }
}

/** @param code the code of a failure */
function evaluateActions(actions: readonly string[], subject: string, code: string): Verdict {
  const open = actions.find((action) => CLEAR_TEXT_ACTIONS.has(action));
  if (open !== undefined) return nonCompliant(code, `${subject} has action ${open} (required: only redirects to HTTPS or fixed responses)`);
  const strange = actions.find((action) => !SAFE_ACTIONS.has(action));
  if (strange !== undefined) return insufficientData('action-unknown', `${subject} has the unknown action "${strange}"`);
  return compliant(`${subject} only redirects to HTTPS or returns fixed responses`);
}

/**
 * Evaluates the rules of an HTTP listener whose default actions are safe. Without a reader, as in a replay of configuration items,
 * nothing can read the rules: the default actions then decide.
 */
function evaluateRules(rules: Rules | undefined, isListed: boolean, inventory: Inventory): Verdict {
  if (rules) {
    if (!rules.facts.actions) return lacks(rules, 'actions');
    return evaluateActions(rules.facts.actions, 'rule of the HTTP listener', 'rule-not-redirected');
  }
  if (!isListed) return compliant('HTTP listener only redirects to HTTPS or returns fixed responses by default; its rules were not read');
  const why = gapIn(inventory, [LISTENER_RULES]) ?? 'they are newer than the last read';
  return insufficientData('rules-unknown', `rules of the HTTP listener are unknown: ${why}`);
}

function planRedirect({ resource, facts: { protocol, loadBalancerArn, actions } }: Listener, inventory: Inventory): RemedyPlan {
  // The runbook changes only the default actions.
  const rules = inventory.all(LISTENER_RULES).find((item) => item.resource.resourceId === resource.resourceId)?.facts.actions;
  if (rules?.some((action) => !SAFE_ACTIONS.has(action))) return cannotRun('a rule of the listener serves plain HTTP; change its action');
  if (protocol !== 'HTTP') return cannotRun('Network Load Balancer cannot redirect; add a TLS listener with a certificate');
  if (loadBalancerArn === undefined) return cannotRun('load balancer of the listener was not read');
  const siblings = inventory.all('AWS::ElasticLoadBalancingV2::Listener').map(({ facts }) => facts);
  const ports = siblings.flatMap((facts) =>
    facts.loadBalancerArn === loadBalancerArn && facts.protocol === 'HTTPS' && facts.port !== undefined ? facts.port : [],
  );
  if (ports.length === 0) return cannotRun('load balancer has no HTTPS listener; add one with a certificate');
  const balancer = { ...resource, resourceType: 'AWS::ElasticLoadBalancingV2::LoadBalancer', resourceId: loadBalancerArn };
  const port = String(ports.includes(443) ? 443 : Math.min(...ports));
  return runWith(
    { ListenerArn: resource.resourceId, HttpsPort: port },
    [change('default action', actions?.join(', '), `redirect to HTTPS on port ${port} (301)`)],
    { touches: [balancer] },
  );
}
