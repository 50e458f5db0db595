import { paginateDescribeDBClusters, RDSClient } from '@aws-sdk/client-rds';
import type { Reader } from './reader.ts';

/** DB clusters: Aurora, Multi-AZ, DocumentDB and Neptune. */
export const rdsDbClusters: Reader = {
  id: 'rds-db-clusters',
  scope: 'region',
  lists: ['AWS::RDS::DBCluster'],
  permissions: ['rds:DescribeDBClusters'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(RDSClient, region);
    for await (const { DBClusters = [] } of paginateDescribeDBClusters({ client, pageSize: 100 }, {})) {
      for (const cluster of DBClusters) {
        yield {
          resourceType: 'AWS::RDS::DBCluster',
          resourceId: cluster.DbClusterResourceId ?? '',
          resourceName: cluster.DBClusterIdentifier,
          configuration: cluster,
          tags: cluster.TagList,
        };
      }
    }
  },
};
