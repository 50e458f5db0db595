import { factParser } from './parser.ts';
import { count, listOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

export interface ListenerFacts {
  /** ARN of the load balancer that the listener belongs to. */
  loadBalancerArn?: string;
  /** Protocol: `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP`, `TCP_UDP`, `QUIC`, `TCP_QUIC` or `GENEVE`. */
  protocol?: string;
  port?: number;
  /** The distinct default actions, as {@link readActions} returns them. */
  actions?: readonly string[];
  /** Name of the security policy. Only HTTPS and TLS listeners have one. */
  sslPolicy?: string;
}

const SHAPES: Shapes<ListenerFacts> = { loadBalancerArn: text, protocol: text, port: count, actions: listOf(text), sslPolicy: text };

export const listenerParser = factParser<ListenerFacts>(SHAPES, {
  loadBalancerArn: ({ configuration, resource }) =>
    configuration.at('loadBalancerArn').text() ??
    loadBalancerOf(configuration.at('listenerArn').text()) ??
    loadBalancerOf(resource.resourceId),
  protocol: ({ configuration }) => configuration.at('protocol').text()?.toUpperCase(),
  port: ({ configuration }) => configuration.at('port').number(),
  actions: ({ configuration }) => readActions([configuration.at('defaultActions')]),
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

/** Maximum number of distinct actions. Elastic Load Balancing has six types. */
const MAX_ACTIONS = 20;

/**
 * Returns the distinct actions in lists of actions: the type of each, such as `forward` or `fixed-response`, or its target protocol
 * if it redirects, such as `redirect-to-https`. An action or a list of them that cannot be read is empty: another one can decide.
 * Returns `undefined` if no action can be read. A redirect keeps each component of the URL that it does not name:
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html
 */
export function readActions(lists: readonly View[]): string[] | undefined {
  const actions = new Set<string>();
  for (const list of lists) {
    const views = list.quietly().list() ?? [];
    // A listener and each rule have an action. Without one, the item is incomplete.
    if (views.length === 0) actions.add('');
    for (const view of views) actions.add(readAction(view) ?? '');
    if (actions.size > MAX_ACTIONS) return undefined;
  }
  const isRead = [...actions].some((action) => action !== '');
  return isRead ? [...actions] : lists[0]?.complain('a list of actions');
}

function readAction(action: View): string | undefined {
  const type = action.at('type').text()?.toLowerCase();
  if (type !== 'redirect') return type;
  const redirect = action.at('redirectConfig');
  if (!redirect.isObject) return undefined;
  const protocol = redirect.at('protocol');
  const target = protocol.exists ? protocol.text() : '#{protocol}';
  return target && `redirect-to-${target.toLowerCase()}`;
}
