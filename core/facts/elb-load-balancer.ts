import { factParser, type ItemView } from './parser.ts';
import type { View } from './view.ts';

export interface ClassicListener {
  /** `HTTP`, `HTTPS`, `TCP` or `SSL`, towards the client. */
  protocol: string;
  port: number;
  /** How a HTTPS or SSL listener negotiates. Absent where the item does not describe it. */
  tls?: ClassicTls;
}

/** An SSL negotiation policy. */
export interface ClassicTls {
  /** The predefined policy that it stands for, if any. */
  predefined?: string;
  /** The protocols that it enables, such as `TLSv1.2`. Empty where it does not say of each older one whether it is on. */
  protocols: readonly string[];
}

export interface ClassicLoadBalancerFacts {
  /** `internet-facing` or `internal`. */
  scheme?: string;
  listeners?: readonly ClassicListener[];
}

export const classicLoadBalancerParser = factParser<ClassicLoadBalancerFacts>({
  scheme: ({ configuration }) => configuration.at('scheme').text(),
  listeners: readListeners,
});

function readListeners({ configuration, supplementary }: ItemView): ClassicListener[] | undefined {
  const descriptions = configuration.at('listenerDescriptions').list();
  const policies = readTlsPolicies(supplementary.at('loadBalancerPolicies').json());
  const listeners: ClassicListener[] = [];
  for (const description of descriptions ?? []) {
    const protocol = description.at('listener').at('protocol').text()?.toUpperCase();
    const port = description.at('listener').at('loadBalancerPort').number();
    if (protocol === undefined || port === undefined) return undefined;
    const tls = tlsOf(description.at('policyNames'), policies);
    listeners.push(tls ? { protocol, port, tls } : { protocol, port });
  }
  return descriptions && listeners;
}

/** Of the policies of a listener, one at most is for SSL negotiation. The others are for stickiness. */
function tlsOf(policyNames: View, policies: ReadonlyMap<string, ClassicTls>): ClassicTls | undefined {
  for (const name of policyNames.list() ?? []) {
    const policy = policies.get(name.text() ?? '');
    if (policy) return policy;
  }
  return undefined;
}

/**
 * The SSL negotiation policies by name. A name proves nothing: a policy of the user may bear that of a predefined one.
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
/** What a policy must say to be off before it can be said to require TLS 1.2. SSLv2 cannot be turned on any more. */
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
