import { factParser } from './parser.ts';
import { count, flag, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

export interface ListenerFacts {
  /** ARN of the load balancer that the listener belongs to. */
  loadBalancerArn?: string;
  /** Protocol: `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP`, `TCP_UDP`, `QUIC`, `TCP_QUIC` or `GENEVE`. */
  protocol?: string;
  port?: number;
  /** Whether every default action redirects to HTTPS. */
  redirectsToHttps?: boolean;
  /** Name of the security policy. Only HTTPS and TLS listeners have one. */
  sslPolicy?: string;
}

const SHAPES: Shapes<ListenerFacts> = { loadBalancerArn: text, protocol: text, port: count, redirectsToHttps: flag, sslPolicy: text };

export const listenerParser = factParser<ListenerFacts>(SHAPES, {
  loadBalancerArn: ({ configuration, resource }) =>
    configuration.at('loadBalancerArn').text() ??
    loadBalancerOf(configuration.at('listenerArn').text()) ??
    loadBalancerOf(resource.resourceId),
  protocol: ({ configuration }) => configuration.at('protocol').text()?.toUpperCase(),
  port: ({ configuration }) => configuration.at('port').number(),
  redirectsToHttps: ({ configuration }) => redirectsToHttps(configuration.at('defaultActions')),
  sslPolicy: ({ configuration }) => configuration.at('sslPolicy').text(),
});

/**
 * Returns the ARN of the load balancer. The ARN of a listener differs from it by `listener` instead of `loadbalancer` and by its own
 * ID at the end.
 */
function loadBalancerOf(listenerArn: string | undefined): string | undefined {
  const [, before, name] = listenerArn?.match(/^(arn:[^/]+):listener\/(.+)\/[^/]+$/) ?? [];
  return before && name && `${before}:loadbalancer/${name}`;
}

function redirectsToHttps(defaultActions: View): boolean | undefined {
  const actions = defaultActions.list()?.map(redirectProtocol);
  // Every listener has a default action. If the item has none, it is incomplete.
  if (!actions || actions.length === 0 || actions.includes(undefined)) return undefined;
  return actions.every((protocol) => protocol === 'HTTPS');
}

/**
 * Returns the protocol that an action redirects to. Returns an empty string if it keeps the protocol of the request or does not
 * redirect. A redirect keeps each component of the URL that it does not name:
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html
 */
function redirectProtocol(action: View): string | undefined {
  const type = action.at('type').text();
  if (type !== 'redirect') return type && '';
  const redirect = action.at('redirectConfig');
  return redirect.isObject ? (redirect.at('protocol').text()?.toUpperCase() ?? '') : undefined;
}
