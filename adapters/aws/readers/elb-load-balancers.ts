import {
  DescribeLoadBalancerPoliciesCommand,
  ElasticLoadBalancingClient,
  type LoadBalancerDescription,
  paginateDescribeLoadBalancers,
} from '@aws-sdk/client-elastic-load-balancing';
import { attempt, factIn } from '../failures.ts';
import { describeEach, type Observation, type Reader } from './reader.ts';

/** Classic Load Balancers, with the policies of those that terminate TLS. */
export const elbLoadBalancers: Reader = {
  id: 'elb-load-balancers',
  scope: 'region',
  lists: ['AWS::ElasticLoadBalancing::LoadBalancer'],
  permissions: ['elasticloadbalancing:DescribeLoadBalancers', 'elasticloadbalancing:DescribeLoadBalancerPolicies'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(ElasticLoadBalancingClient, region);
    for await (const { LoadBalancerDescriptions = [] } of paginateDescribeLoadBalancers({ client, pageSize: 400 }, {})) {
      yield* describeEach(LoadBalancerDescriptions, (description) => describe(description, client));
    }
  },
};

async function describe(configuration: LoadBalancerDescription, client: ElasticLoadBalancingClient): Promise<Observation> {
  const LoadBalancerName = configuration.LoadBalancerName ?? '';
  const resource = { resourceType: 'AWS::ElasticLoadBalancing::LoadBalancer', resourceId: LoadBalancerName } as const;
  if (!terminatesTls(configuration)) return { ...resource, configuration };
  const policies = await attempt(() => client.send(new DescribeLoadBalancerPoliciesCommand({ LoadBalancerName })));
  const LoadBalancerPolicies = factIn(policies, ({ PolicyDescriptions }) => PolicyDescriptions);
  return { ...resource, configuration, supplementaryConfiguration: { LoadBalancerPolicies } };
}

const terminatesTls = ({ ListenerDescriptions = [] }: LoadBalancerDescription): boolean =>
  ListenerDescriptions.some(({ Listener }) => /^(HTTPS|SSL)$/i.test(Listener?.Protocol ?? ''));
