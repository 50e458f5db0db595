import {
  ElasticLoadBalancingV2Client,
  paginateDescribeListeners,
  paginateDescribeLoadBalancers,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Reader } from './reader.ts';

/** Application, Network and Gateway Load Balancers, and the listeners of each. */
export const elbv2LoadBalancers: Reader = {
  id: 'elbv2-load-balancers',
  scope: 'region',
  lists: ['AWS::ElasticLoadBalancingV2::LoadBalancer', 'AWS::ElasticLoadBalancingV2::Listener'],
  permissions: ['elasticloadbalancing:DescribeLoadBalancers', 'elasticloadbalancing:DescribeListeners'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(ElasticLoadBalancingV2Client, region);
    for await (const { LoadBalancers = [] } of paginateDescribeLoadBalancers({ client, pageSize: 400 }, {})) {
      for (const balancer of LoadBalancers) {
        const { LoadBalancerArn = '' } = balancer;
        yield { resourceType: 'AWS::ElasticLoadBalancingV2::LoadBalancer', resourceId: LoadBalancerArn, configuration: balancer };
        for await (const { Listeners = [] } of paginateDescribeListeners({ client, pageSize: 400 }, { LoadBalancerArn })) {
          for (const listener of Listeners) {
            const resourceId = listener.ListenerArn ?? '';
            yield { resourceType: 'AWS::ElasticLoadBalancingV2::Listener', resourceId, configuration: listener };
          }
        }
      }
    }
  },
};
