import { factParser, type ItemView } from './parser.ts';
import { count, listOf, mapOf, objectOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

export interface ClassicListener {
  /** Protocol between client and load balancer: `HTTP`, `HTTPS`, `TCP` or `SSL`. Empty if it cannot be read. */
  protocol: string;
  port: number;
}

/** An SSL negotiation policy. */
export interface ClassicTls {
  /** Name of the predefined policy that it refers to, if any. */
  predefined?: string;
  /** Protocols that it enables, such as `TLSv1.2`. Empty if it enables no older protocol but does not explicitly disable each of them. */
  protocols: readonly string[];
}

export interface ClassicLoadBalancerFacts {
  /** Scheme: `internet-facing` or `internal`. */
  scheme?: string;
  listeners?: readonly ClassicListener[];
  /** SSL negotiation policies by the port of their listener. One that the item does not contain is absent. */
  tls?: Readonly<Record<string, ClassicTls>>;
}

const SHAPES: Shapes<ClassicLoadBalancerFacts> = {
  scheme: text,
  listeners: listOf(objectOf({ protocol: text, port: count })),
  tls: mapOf(objectOf({ protocols: listOf(text) }, { predefined: text })),
};

export const classicLoadBalancerParser = factParser<ClassicLoadBalancerFacts>(SHAPES, {
  scheme: ({ configuration }) => configuration.at('scheme').text(),
  // Another listener can decide, even if one cannot be read.
  listeners: ({ configuration }) =>
    configuration
      .at('listenerDescriptions')
      .list()
      ?.map((description) => readListener(description.quietly().at('listener'))),
  tls: readTlsByPort,
});

function readListener(listener: View): ClassicListener {
  const port = listener.at('loadBalancerPort').number() ?? 0;
  const protocol = (port > 0 && listener.at('protocol').text()?.toUpperCase()) || '';
  return { protocol, port };
}

function readTlsByPort({ configuration, supplementary }: ItemView): Record<string, ClassicTls> | undefined {
  const descriptions = configuration.at('listenerDescriptions').list();
  const policies = readTlsPolicies(supplementary.at('loadBalancerPolicies').json());
  const byPort: Record<string, ClassicTls> = {};
  for (const description of descriptions ?? []) {
    const tls = tlsOf(description.at('policyNames'), policies);
    if (tls) byPort[readListener(description.quietly().at('listener')).port] = tls;
  }
  return descriptions && byPort;
}

/** Returns the SSL negotiation policy of a listener, if it has one. Its other policies are for stickiness. */
function tlsOf(policyNames: View, policies: ReadonlyMap<string, ClassicTls>): ClassicTls | undefined {
  for (const name of policyNames.list() ?? []) {
    const policy = policies.get(name.text() ?? '');
    if (policy) return policy;
  }
  return undefined;
}

/**
 * Returns the SSL negotiation policies by name. csmm does not trust the name: a custom policy can have the name of a predefined one.
 * https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_PolicyDescription.html
 */
function readTlsPolicies(descriptions: View): Map<string, ClassicTls> {
  const policies = new Map<string, ClassicTls>();
  for (const description of descriptions.list() ?? []) {
    const name = description.at('policyName').text();
    if (name === undefined || description.at('policyTypeName').text() !== 'SSLNegotiationPolicyType') continue;
    policies.set(name, readTls(description.at('policyAttributeDescriptions').list() ?? []));
  }
  return policies;
}

const PROTOCOL_PREFIX = 'Protocol-';
/** Protocols that a policy must disable to require TLS 1.2. AWS no longer supports SSLv2. */
const OLDER_PROTOCOLS = ['SSLv3', 'TLSv1', 'TLSv1.1'];

function readTls(attributes: readonly View[]): ClassicTls {
  let predefined: string | undefined;
  const stated = new Map<string, string | undefined>();
  for (const attribute of attributes) {
    const name = attribute.at('attributeName').text() ?? '';
    const value = attribute.at('attributeValue');
    if (name === 'Reference-Security-Policy') predefined = value.text();
    else if (name.startsWith(PROTOCOL_PREFIX)) stated.set(name.slice(PROTOCOL_PREFIX.length), value.text()?.toLowerCase());
  }
  const protocols = [...stated].flatMap(([protocol, value]) => (value === 'true' ? protocol : []));
  const isOpen = OLDER_PROTOCOLS.some((protocol) => stated.get(protocol) === 'true');
  const isClosed = OLDER_PROTOCOLS.every((protocol) => stated.get(protocol) === 'false');
  return { ...(predefined && { predefined }), protocols: isOpen || isClosed ? protocols : [] };
}
