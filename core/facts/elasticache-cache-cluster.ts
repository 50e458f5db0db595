import { factParser } from './parser.ts';
import { flag, type Shapes, text } from './shape.ts';

export interface CacheClusterFacts {
  /** `redis`, `valkey` or `memcached`. */
  engine?: string;
  /** Whether the cluster is a node of a replication group. The group then has the encryption. */
  inReplicationGroup?: boolean;
  encrypted?: boolean;
}

const SHAPES: Shapes<CacheClusterFacts> = { engine: text, inReplicationGroup: flag, encrypted: flag };

export const cacheClusterParser = factParser<CacheClusterFacts>(SHAPES, {
  engine: ({ configuration }) => configuration.at('Engine').text(),
  inReplicationGroup: ({ configuration }) => {
    if (configuration.at('ReplicationGroupId').text()) return true;
    return configuration.at('CacheClusterId', 'ClusterName').exists ? false : undefined;
  },
  encrypted: ({ configuration }) => configuration.at('AtRestEncryptionEnabled').flag(),
});
