import {
  DescribeCacheClustersCommand,
  DescribeReplicationGroupsCommand,
  DescribeServerlessCachesCommand,
  ElastiCacheClient,
  ElastiCacheServiceException,
} from '@aws-sdk/client-elasticache';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { elastiCacheCacheClusters } from '../../../adapters/aws/readers/elasticache-cache-clusters.ts';
import { elastiCacheReplicationGroups } from '../../../adapters/aws/readers/elasticache-replication-groups.ts';
import { elastiCacheServerlessCaches } from '../../../adapters/aws/readers/elasticache-serverless-caches.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const GROUP = 'AWS::ElastiCache::ReplicationGroup';
const CLUSTER = 'AWS::ElastiCache::CacheCluster';
const SERVERLESS = 'AWS::ElastiCache::ServerlessCache';

const cache = mockClient(ElastiCacheClient);
const denied = new ElastiCacheServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {}, message: 'no' });

beforeEach(() => cache.reset());

describe('replication groups', () => {
  it('have the effective encryption', async () => {
    cache.on(DescribeReplicationGroupsCommand).resolves({
      ReplicationGroups: [
        { ReplicationGroupId: 'sessions', AtRestEncryptionEnabled: false, StorageEncryptionType: 'none' },
        { ReplicationGroupId: 'durable', AtRestEncryptionEnabled: false, StorageEncryptionType: 'sse-elasticache' },
      ],
    });
    expect(await readFacts(elastiCacheReplicationGroups)).toMatchObject({
      [`${GROUP} eu-west-1 sessions`]: { facts: { encrypted: false } },
      [`${GROUP} eu-west-1 durable`]: { facts: { encrypted: true } },
    });
  });

  it('are listed on every page', async () => {
    cache
      .on(DescribeReplicationGroupsCommand)
      .resolvesOnce({ ReplicationGroups: [{ ReplicationGroupId: 'a' }], Marker: 'more' })
      .resolvesOnce({ ReplicationGroups: [{ ReplicationGroupId: 'b' }] });
    expect(await readInventory(elastiCacheReplicationGroups)).toEqual({ [GROUP]: 2 });
  });

  it('are an incomplete list if a page was denied', async () => {
    cache
      .on(DescribeReplicationGroupsCommand)
      .resolvesOnce({ ReplicationGroups: [{ ReplicationGroupId: 'a' }], Marker: 'more' })
      .rejectsOnce(denied);
    expect(await readInventory(elastiCacheReplicationGroups)).toEqual({ [GROUP]: expect.stringContaining('AccessDenied') });
  });
});

describe('cache clusters', () => {
  it('are listed only if they are not in a replication group', async () => {
    cache.on(DescribeCacheClustersCommand, { ShowCacheClustersNotInReplicationGroups: true }).resolves({
      CacheClusters: [
        { CacheClusterId: 'single', Engine: 'valkey', AtRestEncryptionEnabled: false },
        { CacheClusterId: 'pages', Engine: 'memcached', AtRestEncryptionEnabled: false },
      ],
    });
    expect(await readFacts(elastiCacheCacheClusters)).toMatchObject({
      [`${CLUSTER} eu-west-1 single`]: { facts: { engine: 'valkey', inReplicationGroup: false, encrypted: false } },
      [`${CLUSTER} eu-west-1 pages`]: { facts: { engine: 'memcached', inReplicationGroup: false, encrypted: false } },
    });
  });

  it('are an incomplete list if the call was denied', async () => {
    cache.on(DescribeCacheClustersCommand).rejects(denied);
    expect(await readInventory(elastiCacheCacheClusters)).toEqual({ [CLUSTER]: expect.stringContaining('AccessDenied') });
  });
});

describe('serverless caches', () => {
  it('are encrypted, on every page', async () => {
    cache
      .on(DescribeServerlessCachesCommand)
      .resolvesOnce({ ServerlessCaches: [{ ServerlessCacheName: 'a' }], NextToken: 'more' })
      .resolvesOnce({ ServerlessCaches: [{ ServerlessCacheName: 'b', StorageEncryptionType: 'sse-kms' }] });
    expect(await readFacts(elastiCacheServerlessCaches)).toMatchObject({
      [`${SERVERLESS} eu-west-1 a`]: { facts: { encrypted: true } },
      [`${SERVERLESS} eu-west-1 b`]: { facts: { encrypted: true } },
    });
  });

  it('are an incomplete list if the call was denied', async () => {
    cache.on(DescribeServerlessCachesCommand).rejects(denied);
    expect(await readInventory(elastiCacheServerlessCaches)).toEqual({ [SERVERLESS]: expect.stringContaining('AccessDenied') });
  });
});
