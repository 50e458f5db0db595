import { factParser } from './parser.ts';

export interface CacheClusterFacts {
  /** `redis`, `valkey` or `memcached`. */
  engine?: string;
  /** Whether the cluster is a node of a replication group. The group then has the encryption. */
  inReplicationGroup?: boolean;
  encrypted?: boolean;
}

export const cacheClusterParser = factParser<CacheClusterFacts>({
  engine: ({ configuration }) => configuration.at('Engine').text(),
  inReplicationGroup: ({ configuration }) => {
    if (configuration.at('ReplicationGroupId').text()) return true;
    return configuration.at('CacheClusterId', 'ClusterName').exists ? false : undefined;
  },
  encrypted: ({ configuration }) => configuration.at('AtRestEncryptionEnabled').flag(),
});
