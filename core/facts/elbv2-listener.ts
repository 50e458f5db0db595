import { factParser } from './parser.ts';
import type { View } from './view.ts';

export interface ListenerFacts {
  /** Of the load balancer that the listener belongs to. */
  loadBalancerArn?: string;
  /** `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP`, `TCP_UDP`, `QUIC`, `TCP_QUIC` or `GENEVE`. */
  protocol?: string;
  port?: number;
  /** Whether every default action redirects to HTTPS. */
  redirectsToHttps?: boolean;
  /** Name of the security policy. Only HTTPS and TLS listeners have one. */
  sslPolicy?: string;
}

export const listenerParser = factParser<ListenerFacts>({
  loadBalancerArn: ({ configuration, resource }) =>
    configuration.at('loadBalancerArn').text() ??
    loadBalancerOf(configuration.at('listenerArn').text()) ??
    loadBalancerOf(resource.resourceId),
  protocol: ({ configuration }) => configuration.at('protocol').text()?.toUpperCase(),
  port: ({ configuration }) => configuration.at('port').number(),
  redirectsToHttps: ({ configuration }) => redirectsToHttps(configuration.at('defaultActions')),
  sslPolicy: ({ configuration }) => configuration.at('sslPolicy').text(),
});

/** A listener's ARN is its load balancer's, with `listener` for `loadbalancer` and an id of its own at the end. */
function loadBalancerOf(listenerArn: string | undefined): string | undefined {
  const [, before, name] = listenerArn?.match(/^(arn:[^/]+):listener\/(.+)\/[^/]+$/) ?? [];
  return before && name && `${before}:loadbalancer/${name}`;
}

function redirectsToHttps(defaultActions: View): boolean | undefined {
  const actions = defaultActions.list()?.map(redirectProtocol);
  // A listener has a default action. An item that shows none does not hold it.
  if (!actions || actions.length === 0 || actions.includes(undefined)) return undefined;
  return actions.every((protocol) => protocol === 'HTTPS');
}

/**
 * The protocol that an action redirects to; empty where it keeps the request's protocol or does not redirect.
 * A component that a redirect does not name keeps its value:
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html
 */
function redirectProtocol(action: View): string | undefined {
  const type = action.at('type').text();
  if (type !== 'redirect') return type && '';
  const redirect = action.at('redirectConfig');
  return redirect.isObject ? (redirect.at('protocol').text()?.toUpperCase() ?? '') : undefined;
}
