import { expect, it } from 'vitest';
import { parseFacts, parserOf } from '../../../core/facts/index.ts';
import type { ConfigItem } from '../../../core/facts/parser.ts';
import { Unread } from '../../../core/facts/view.ts';

/** Returns whether csmm takes a recorded item for a resource that is there. */
function isThere(resourceType: string, configuration: unknown): boolean {
  const item: ConfigItem = {
    resource: { accountId: '111111111111', region: 'eu-west-1', resourceType, resourceId: 'example' },
    capturedAt: '2026-01-01T00:00:00.000Z',
    state: 'recorded',
    configuration,
    supplementaryConfiguration: {},
    tags: {},
    relationships: [],
  };
  return parseFacts(item, parserOf(resourceType)!) !== undefined;
}

it.each<[string, object, object]>([
  ['AWS::DAX::Cluster', { Status: 'deleting' }, { Status: 'available' }],
  ['AWS::DynamoDB::Table', { tableStatus: 'DELETING' }, { tableStatus: 'ARCHIVED' }],
  ['AWS::EFS::FileSystem', { LifeCycleState: 'deleting' }, { LifeCycleState: 'updating' }],
  ['AWS::ElastiCache::CacheCluster', { CacheClusterStatus: 'deleting' }, { CacheClusterStatus: 'snapshotting' }],
  ['AWS::ElastiCache::ReplicationGroup', { Status: 'deleting' }, { Status: 'creating' }],
  ['AWS::ElastiCache::ServerlessCache', { Status: 'deleting' }, { Status: 'create-failed' }],
  ['AWS::Elasticsearch::Domain', { created: true, deleted: true }, { created: true, deleted: false }],
  ['AWS::FSx::FileSystem', { Lifecycle: 'DELETING' }, { Lifecycle: 'FAILED' }],
  ['AWS::Kinesis::Stream', { StreamStatus: 'DELETING' }, { StreamStatus: new Unread('denied') }],
  ['AWS::OpenSearch::Domain', { Deleted: true }, { Deleted: false }],
  ['AWS::Redshift::Cluster', { clusterStatus: 'final-snapshot' }, { clusterStatus: 'paused' }],
])('%s is gone while AWS deletes it, and there otherwise', (resourceType, deleting, other) => {
  expect([deleting, JSON.stringify(deleting), other, {}].map((each) => isThere(resourceType, each))).toEqual([false, false, true, true]);
});

it('is there with a status that has another meaning in its type', () => {
  expect(isThere('AWS::SQS::Queue', { status: 'deleting' })).toBe(true);
});
