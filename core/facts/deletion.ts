import type { ConfigItem } from './parser.ts';
import { View } from './view.ts';

/** Key of the status in an item, by type. Instances and databases have their state as a fact instead, because rules need it. */
const STATUS_KEYS: ReadonlyMap<string, string> = new Map([
  ['AWS::DAX::Cluster', 'status'],
  ['AWS::DynamoDB::Table', 'tableStatus'],
  ['AWS::EFS::FileSystem', 'lifeCycleState'],
  ['AWS::ElastiCache::CacheCluster', 'cacheClusterStatus'],
  ['AWS::ElastiCache::ReplicationGroup', 'status'],
  ['AWS::ElastiCache::ServerlessCache', 'status'],
  ['AWS::Elasticsearch::Domain', 'deleted'],
  ['AWS::FSx::FileSystem', 'lifecycle'],
  ['AWS::Kinesis::Stream', 'streamStatus'],
  ['AWS::OpenSearch::Domain', 'deleted'],
  ['AWS::Redshift::Cluster', 'clusterStatus'],
]);

/** Redshift takes a final snapshot before the deletion. OpenSearch Service has a flag instead of a status. */
const DELETING: ReadonlySet<unknown> = new Set(['deleting', 'DELETING', 'final-snapshot', true]);

/** Returns whether AWS is deleting the resource. Users can no longer use it, change it or stop the deletion, so it counts as deleted. */
export function isBeingDeleted({ resource, configuration }: ConfigItem): boolean {
  const key = STATUS_KEYS.get(resource.resourceType);
  return key !== undefined && DELETING.has(new View(configuration, { last: undefined }).json().at(key).raw());
}
