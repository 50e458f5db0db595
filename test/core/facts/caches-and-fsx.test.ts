import { describe, expect, it } from 'vitest';
import { isConfigType, isInConfig } from '../../../core/facts/index.ts';
import { factsOf } from '../../support/facts.ts';

const GROUP = 'AWS::ElastiCache::ReplicationGroup';
const CLUSTER = 'AWS::ElastiCache::CacheCluster';
const SERVERLESS = 'AWS::ElastiCache::ServerlessCache';
const DAX = 'AWS::DAX::Cluster';
const FSX = 'AWS::FSx::FileSystem';

describe('facts of a cache or a file system', () => {
  it.each<[string, object, object]>([
    [GROUP, { ReplicationGroupId: 'a', AtRestEncryptionEnabled: true }, { encrypted: true }],
    [GROUP, { replicationGroupId: 'a', atRestEncryptionEnabled: 'false' }, { encrypted: false }],
    [GROUP, { AtRestEncryptionEnabled: false, StorageEncryptionType: 'sse-elasticache' }, { encrypted: true }],
    [GROUP, { AtRestEncryptionEnabled: false, StorageEncryptionType: 'none' }, { encrypted: false }],
    [GROUP, { AtRestEncryptionEnabled: false, StorageEncryptionType: null }, { encrypted: false }],
    [GROUP, { StorageEncryptionType: 'sse-kms' }, { encrypted: true }],
    [GROUP, { AtRestEncryptionEnabled: true, StorageEncryptionType: 'sse-next' }, { encrypted: true }],
    [GROUP, { ReplicationGroupId: 'a', KmsKeyId: 'alias/a' }, {}],
    [
      CLUSTER,
      { CacheClusterId: 'a', Engine: 'redis', AtRestEncryptionEnabled: false },
      { engine: 'redis', inReplicationGroup: false, encrypted: false },
    ],
    [CLUSTER, { cacheClusterId: 'a', engine: 'redis', replicationGroupId: 'g' }, { engine: 'redis', inReplicationGroup: true }],
    [CLUSTER, { ClusterName: 'a', Engine: 'memcached', ReplicationGroupId: '' }, { engine: 'memcached', inReplicationGroup: false }],
    [SERVERLESS, { ServerlessCacheName: 'a' }, { encrypted: true }],
    [DAX, { ClusterName: 'a', SSEDescription: { Status: 'ENABLED' } }, { encrypted: true }],
    [DAX, { ClusterName: 'a', SSEDescription: { Status: 'DISABLED' } }, { encrypted: false }],
    [DAX, { SSESpecification: { SSEEnabled: true } }, { encrypted: true }],
    [DAX, { SSESpecification: { SSEEnabled: false } }, { encrypted: false }],
    [DAX, { ClusterName: 'a', SSEDescription: {} }, {}],
    [FSX, { FileSystemType: 'LUSTRE', LustreConfiguration: { DeploymentType: 'SCRATCH_1' } }, { encrypted: true }],
    [FSX, { fileSystemType: 'WINDOWS', kmsKeyId: 'arn:aws:kms:eu-west-1:111111111111:key/1' }, { encrypted: true }],
    [FSX, { FileSystemType: 'ONTAP' }, { encrypted: true }],
    [FSX, { FileSystemType: 'OPENZFS' }, { encrypted: true }],
  ])('%s are read from %o', (resourceType, configuration, facts) => {
    expect(factsOf(resourceType, configuration).facts).toEqual(facts);
    expect(factsOf(resourceType, JSON.stringify(configuration)).facts).toEqual(facts);
  });

  it.each<[string, object, string]>([
    [GROUP, { AtRestEncryptionEnabled: 1 }, 'encrypted'],
    [GROUP, { AtRestEncryptionEnabled: false, StorageEncryptionType: 'sse-next' }, 'encrypted'],
    [GROUP, { AtRestEncryptionEnabled: false, StorageEncryptionType: ['none'] }, 'encrypted'],
    [GROUP, { AtRestEncryptionEnabled: 'maybe', StorageEncryptionType: 'sse-kms' }, 'encrypted'],
    [CLUSTER, { CacheClusterId: 'a', ReplicationGroupId: {} }, 'inReplicationGroup'],
    [CLUSTER, { CacheClusterId: 'a', Engine: 7 }, 'engine'],
    [CLUSTER, { CacheClusterId: 'a', AtRestEncryptionEnabled: 'off' }, 'encrypted'],
    [DAX, { SSEDescription: { Status: 'PAUSED' } }, 'encrypted'],
    [DAX, { SSEDescription: { Status: 'PAUSED' }, SSESpecification: { SSEEnabled: true } }, 'encrypted'],
    [DAX, { SSEDescription: 'ENABLED' }, 'encrypted'],
    [FSX, { FileSystemType: 'ZIP' }, 'encrypted'],
    [FSX, { FileSystemType: 'constructor' }, 'encrypted'],
    [FSX, { FileSystemType: { LUSTRE: true } }, 'encrypted'],
  ])('%s are missing from %o with a reason', (resourceType, configuration, fact) => {
    const { facts, missing } = factsOf(resourceType, configuration);
    expect(facts).not.toHaveProperty(fact);
    expect(missing[fact]).toMatch(/^configuration\..+ is not /);
  });

  it.each([GROUP, CLUSTER, SERVERLESS, DAX, FSX])('%s are missing from an item without properties', (resourceType) => {
    expect(factsOf(resourceType, {}).facts).toEqual({});
  });

  it.each([GROUP, CLUSTER, SERVERLESS, DAX, FSX])('%s may come from AWS Config, which does not record them yet', (resourceType) => {
    expect([isInConfig(resourceType), isConfigType(resourceType)]).toEqual([false, true]);
  });
});
