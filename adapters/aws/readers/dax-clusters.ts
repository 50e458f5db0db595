import { DAXClient, DescribeClustersCommand } from '@aws-sdk/client-dax';
import type { Reader } from './reader.ts';

/** Clusters of DynamoDB Accelerator (DAX). */
export const daxClusters: Reader = {
  id: 'dax-clusters',
  scope: 'region',
  notEverywhere: true,
  lists: ['AWS::DAX::Cluster'],
  permissions: ['dax:DescribeClusters'],
  refreshedBy: [{ source: 'dax.amazonaws.com', names: ['CreateCluster', 'DeleteCluster'] }],
  read: async function* ({ clients, region }) {
    const client = clients(DAXClient, region);
    let NextToken: string | undefined;
    do {
      const page = await client.send(new DescribeClustersCommand({ MaxResults: 100, ...(NextToken && { NextToken }) }));
      for (const cluster of page.Clusters ?? []) {
        yield { resourceType: 'AWS::DAX::Cluster', resourceId: cluster.ClusterName ?? '', configuration: cluster };
      }
      NextToken = page.NextToken;
    } while (NextToken);
  },
};
