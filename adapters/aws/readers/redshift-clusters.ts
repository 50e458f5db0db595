import { paginateDescribeClusters, RedshiftClient } from '@aws-sdk/client-redshift';
import type { Reader } from './reader.ts';

/** Redshift clusters. */
export const redshiftClusters: Reader = {
  id: 'redshift-clusters',
  scope: 'region',
  lists: ['AWS::Redshift::Cluster'],
  permissions: ['redshift:DescribeClusters'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(RedshiftClient, region);
    for await (const { Clusters = [] } of paginateDescribeClusters({ client, pageSize: 100 }, {})) {
      for (const cluster of Clusters) {
        yield {
          resourceType: 'AWS::Redshift::Cluster',
          resourceId: cluster.ClusterIdentifier ?? '',
          configuration: cluster,
          tags: cluster.Tags,
        };
      }
    }
  },
};
