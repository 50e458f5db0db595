import { ElastiCacheClient, paginateDescribeReplicationGroups } from '@aws-sdk/client-elasticache';
import type { Reader } from './reader.ts';

/** ElastiCache replication groups: node-based Redis and Valkey caches. */
export const elastiCacheReplicationGroups: Reader = {
  id: 'elasticache-replication-groups',
  scope: 'region',
  lists: ['AWS::ElastiCache::ReplicationGroup'],
  permissions: ['elasticache:DescribeReplicationGroups'],
  refreshedBy: [{ source: 'elasticache.amazonaws.com', names: ['CreateReplicationGroup', 'DeleteReplicationGroup'] }],
  read: async function* ({ clients, region }) {
    const client = clients(ElastiCacheClient, region);
    for await (const { ReplicationGroups = [] } of paginateDescribeReplicationGroups({ client, pageSize: 100 }, {})) {
      for (const group of ReplicationGroups) {
        yield { resourceType: 'AWS::ElastiCache::ReplicationGroup', resourceId: group.ReplicationGroupId ?? '', configuration: group };
      }
    }
  },
};
