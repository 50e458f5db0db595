import {
  ElasticLoadBalancingV2Client,
  type Listener,
  type LoadBalancer,
  paginateDescribeListeners,
  paginateDescribeLoadBalancers,
  paginateDescribeRules,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { LISTENER_RULES } from '../../../core/facts/elbv2-listener-rules.ts';
import { attempt } from '../failures.ts';
import { describeEach, type Observation, type Reader } from './reader.ts';

/**
 * Application, Network and Gateway Load Balancers, and the listeners of each. It also reads the rules of the HTTP listeners that the
 * internet reaches and whose default actions do not already forward.
 */
export const elbv2LoadBalancers: Reader = {
  id: 'elbv2-load-balancers',
  scope: 'region',
  lists: ['AWS::ElasticLoadBalancingV2::LoadBalancer', 'AWS::ElasticLoadBalancingV2::Listener', LISTENER_RULES],
  permissions: [
    'elasticloadbalancing:DescribeLoadBalancers',
    'elasticloadbalancing:DescribeListeners',
    'elasticloadbalancing:DescribeRules',
  ],
  // A change of the listener can make its rules matter.
  refreshedBy: [
    {
      source: 'elasticloadbalancing.amazonaws.com',
      names: ['CreateListener', 'ModifyListener', 'CreateRule', 'ModifyRule', 'DeleteRule'],
    },
  ],
  read: async function* ({ clients, region }) {
    const client = clients(ElasticLoadBalancingV2Client, region);
    for await (const { LoadBalancers = [] } of paginateDescribeLoadBalancers({ client, pageSize: 400 }, {})) {
      for (const balancer of LoadBalancers) {
        const { LoadBalancerArn = '' } = balancer;
        yield { resourceType: 'AWS::ElasticLoadBalancingV2::LoadBalancer', resourceId: LoadBalancerArn, configuration: balancer };
        for await (const { Listeners = [] } of paginateDescribeListeners({ client, pageSize: 400 }, { LoadBalancerArn })) {
          yield* describeEach(Listeners, (listener) => describe(listener, balancer, client));
        }
      }
    }
  },
};

async function describe(listener: Listener, balancer: LoadBalancer, client: ElasticLoadBalancingV2Client): Promise<Observation[]> {
  const resourceId = listener.ListenerArn ?? '';
  const observation = { resourceType: 'AWS::ElasticLoadBalancingV2::Listener', resourceId, configuration: listener } as const;
  if (!dependsOnRules(listener, balancer)) return [observation];
  const Rules = await attempt(() => readRules(resourceId, client));
  return [observation, { resourceType: LISTENER_RULES, resourceId, configuration: { Rules } }];
}

const dependsOnRules = ({ Protocol, DefaultActions = [] }: Listener, { Scheme }: LoadBalancer): boolean =>
  Protocol === 'HTTP' && Scheme !== 'internal' && DefaultActions.every(({ Type }) => Type !== 'forward');

async function readRules(ListenerArn: string, client: ElasticLoadBalancingV2Client): Promise<object[]> {
  const rules: object[] = [];
  for await (const page of paginateDescribeRules({ client, pageSize: 400 }, { ListenerArn })) {
    rules.push(...(page.Rules ?? []).map(({ Actions }) => ({ Actions })));
  }
  return rules;
}
