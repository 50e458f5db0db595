import { ElastiCacheClient, paginateDescribeServerlessCaches } from '@aws-sdk/client-elasticache';
import type { Reader } from './reader.ts';

/** ElastiCache serverless caches. */
export const elastiCacheServerlessCaches: Reader = {
  id: 'elasticache-serverless-caches',
  scope: 'region',
  lists: ['AWS::ElastiCache::ServerlessCache'],
  permissions: ['elasticache:DescribeServerlessCaches'],
  refreshedBy: [{ source: 'elasticache.amazonaws.com', names: ['CreateServerlessCache', 'DeleteServerlessCache'] }],
  read: async function* ({ clients, region }) {
    const client = clients(ElastiCacheClient, region);
    for await (const { ServerlessCaches = [] } of paginateDescribeServerlessCaches({ client, pageSize: 100 }, {})) {
      for (const cache of ServerlessCaches) {
        yield { resourceType: 'AWS::ElastiCache::ServerlessCache', resourceId: cache.ServerlessCacheName ?? '', configuration: cache };
      }
    }
  },
};
