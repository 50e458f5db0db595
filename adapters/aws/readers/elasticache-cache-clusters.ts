import { ElastiCacheClient, paginateDescribeCacheClusters } from '@aws-sdk/client-elasticache';
import type { Reader } from './reader.ts';

/** ElastiCache clusters outside replication groups: Memcached, and Redis or Valkey with a single node. */
export const elastiCacheCacheClusters: Reader = {
  id: 'elasticache-cache-clusters',
  scope: 'region',
  lists: ['AWS::ElastiCache::CacheCluster'],
  permissions: ['elasticache:DescribeCacheClusters'],
  // A deleted group can leave its primary node as a cluster of its own, and a new group can include a cluster.
  refreshedBy: [
    {
      source: 'elasticache.amazonaws.com',
      names: ['CreateCacheCluster', 'DeleteCacheCluster', 'CreateReplicationGroup', 'DeleteReplicationGroup'],
    },
  ],
  read: async function* ({ clients, region }) {
    const client = clients(ElastiCacheClient, region);
    const outside = { ShowCacheClustersNotInReplicationGroups: true };
    for await (const { CacheClusters = [] } of paginateDescribeCacheClusters({ client, pageSize: 100 }, outside)) {
      for (const cluster of CacheClusters) {
        yield { resourceType: 'AWS::ElastiCache::CacheCluster', resourceId: cluster.CacheClusterId ?? '', configuration: cluster };
      }
    }
  },
};
