import { DescribeClusterCommand, EKSClient, paginateListClusters } from '@aws-sdk/client-eks';
import { attempt, factIn } from '../failures.ts';
import { describeEach, type Reader } from './reader.ts';

/** EKS clusters. */
export const eksClusters: Reader = {
  id: 'eks-clusters',
  scope: 'region',
  lists: ['AWS::EKS::Cluster'],
  permissions: ['eks:ListClusters', 'eks:DescribeCluster'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(EKSClient, region);
    for await (const { clusters = [] } of paginateListClusters({ client, pageSize: 100 }, {})) {
      yield* describeEach(clusters, async (name) => {
        const answer = await attempt(() => client.send(new DescribeClusterCommand({ name })));
        return { resourceType: 'AWS::EKS::Cluster', resourceId: name, configuration: factIn(answer, ({ cluster }) => cluster) };
      });
    }
  },
};
