import { expect, it } from 'vitest';
import control from '../../../controls/storage/str-l2-05-data-services-encryption.ts';
import { joinCodes, testControl } from '../../support/control.ts';

const TYPES = [
  ['AWS::SNS::Topic', 'topic'],
  ['AWS::SQS::Queue', 'queue'],
  ['AWS::Kinesis::Stream', 'stream'],
  ['AWS::OpenSearch::Domain', 'domain'],
  ['AWS::Elasticsearch::Domain', 'domain'],
  ['AWS::ElastiCache::ReplicationGroup', 'replication group'],
  ['AWS::DAX::Cluster', 'DAX cluster'],
  ['AWS::Redshift::Cluster', 'cluster'],
  ['AWS::Backup::RecoveryPoint', 'recovery point'],
] as const;

for (const [resourceType, noun] of TYPES) {
  testControl(control, resourceType, {
    COMPLIANT: { [`${noun} is encrypted at rest`]: { 'it is encrypted': { encrypted: true } } },
    NON_COMPLIANT: { 'not-encrypted': { 'it is not encrypted': { encrypted: false } } },
    INSUFFICIENT_DATA: { 'not-read': { 'nothing was read': {} } },
  });
}

const alone = { inReplicationGroup: false };

testControl(control, 'AWS::ElastiCache::CacheCluster', {
  COMPLIANT: { 'cache is encrypted at rest': { 'Redis says that it is encrypted': { ...alone, engine: 'redis', encrypted: true } } },
  NON_COMPLIANT: {
    'not-encrypted': {
      'Redis runs on a single node': { ...alone, engine: 'redis', encrypted: false },
      'Valkey runs on a single node': { ...alone, engine: 'valkey', encrypted: false },
    },
  },
  NOT_APPLICABLE: {
    'belongs to a replication group': {
      'the group decides': { inReplicationGroup: true, engine: 'redis', encrypted: false },
      'the group decides, whatever else was read': { inReplicationGroup: true },
    },
    'keeps its data in memory': { 'it runs Memcached': { ...alone, engine: 'memcached', encrypted: false } },
  },
  INSUFFICIENT_DATA: {
    'not-read': {
      'nothing was read': {},
      'its engine was not read': { ...alone, encrypted: false },
      'its encryption was not read': { ...alone, engine: 'valkey' },
      'nothing shows whether it belongs to a group': { engine: 'redis', encrypted: true },
    },
    'engine-unknown': {
      'its engine is new and not encrypted': { ...alone, engine: 'dragonfly', encrypted: false },
      'its engine is new and said to be encrypted': { ...alone, engine: 'dragonfly', encrypted: true },
    },
  },
});

it('passes a serverless cache, and says if it cannot', () => {
  const caches = { known: { encrypted: true }, unread: {} };
  expect(joinCodes(control, { 'AWS::ElastiCache::ServerlessCache': caches })).toEqual({
    known: 'COMPLIANT',
    unread: 'INSUFFICIENT_DATA not-read',
  });
});
