import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Evidence,
  type Inventory,
  insufficientData,
  type JoinedVerdict,
  lacks,
  nonCompliant,
  notApplicable,
  on,
  type Verdict,
  verdictOn,
} from '../../core/control.ts';
import { covers } from '../../core/evaluation/evidence.ts';
import { METRIC_ALARM } from '../../core/facts/cloudwatch-metric-alarm.ts';
import type { CacheClusterFacts } from '../../core/facts/elasticache-cache-cluster.ts';
import { cannotRun, change, type RemedyContext, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

const evaluateEncryption = (noun: string, encrypted: boolean) =>
  encrypted ? compliant(`${noun} is encrypted at rest`) : nonCompliant('not-encrypted', `${noun} is not encrypted at rest`);

/**
 * Evaluates a node-based cache outside a replication group. Only Redis and Valkey write to a disk, in a backup or during a sync.
 * AWS encrypts that only in a replication group: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html
 */
function evaluateCacheCluster({ inReplicationGroup, engine, encrypted }: CacheClusterFacts, evidence: Evidence): Verdict {
  if (inReplicationGroup) return notApplicable('cache belongs to a replication group, which is evaluated instead');
  switch (engine) {
    case undefined:
      return lacks(evidence, 'engine');
    case 'memcached':
      return notApplicable('Memcached cache keeps its data in memory');
    case 'redis':
    case 'valkey':
      return encrypted === undefined ? lacks(evidence, 'encrypted') : evaluateEncryption('cache', encrypted);
    default:
      return insufficientData('engine-unknown', `cache has the unknown engine ${engine}`);
  }
}

const SERVERLESS_CACHE = 'AWS::ElastiCache::ServerlessCache';

const evaluateServerlessCaches = (inventory: Inventory): JoinedVerdict[] =>
  inventory.all(SERVERLESS_CACHE).map((cache) => {
    const { encrypted } = cache.facts;
    return verdictOn(cache, encrypted === undefined ? lacks(cache, 'encrypted') : evaluateEncryption('serverless cache', encrypted));
  });

export default defineControl({
  id: 'STR-L2-05',
  title: 'Queues, streams, search, cache and warehouse data are encrypted at rest',
  pillar: 'storage',
  level: 2,
  severity: 'medium',
  rules: [
    on('AWS::SNS::Topic', ['encrypted'], ({ encrypted }) => evaluateEncryption('topic', encrypted)),
    on('AWS::SQS::Queue', ['encrypted'], ({ encrypted }) => evaluateEncryption('queue', encrypted)),
    on('AWS::Kinesis::Stream', ['encrypted'], ({ encrypted }) => evaluateEncryption('stream', encrypted)),
    on('AWS::OpenSearch::Domain', ['encrypted'], ({ encrypted }) => evaluateEncryption('domain', encrypted)),
    on('AWS::Elasticsearch::Domain', ['encrypted'], ({ encrypted }) => evaluateEncryption('domain', encrypted)),
    on('AWS::ElastiCache::ReplicationGroup', ['encrypted'], ({ encrypted }) => evaluateEncryption('replication group', encrypted)),
    on('AWS::ElastiCache::CacheCluster', ['inReplicationGroup'], evaluateCacheCluster),
    // A list of serverless caches that was not read hides no failure, so the control can pass without it.
    across([SERVERLESS_CACHE], evaluateServerlessCaches, { handlesGaps: true, neverFails: true }),
    on('AWS::DAX::Cluster', ['encrypted'], ({ encrypted }) => evaluateEncryption('DAX cluster', encrypted)),
    on('AWS::Redshift::Cluster', ['encrypted'], ({ encrypted }) => evaluateEncryption('cluster', encrypted)),
    on('AWS::Backup::RecoveryPoint', ['encrypted'], ({ encrypted }) => evaluateEncryption('recovery point', encrypted)),
  ],
});

/** Matches the name in the URL of a queue. The runbook finds the queue by this name in its own account and Region. */
const QUEUE_NAME = /\/([A-Za-z0-9_-]{1,80}(?:\.fifo)?)$/;

const USE_OWN_KEY = 'encrypt the topic with a customer managed key whose policy lets the service use it';

/**
 * Returns why encryption would or could stop CloudWatch from publishing to a topic. Alarms of the same account publish without a
 * statement in the policy of the topic.
 */
function alarmsOf(topicArn: string, region: string, { inventory, declared }: RemedyContext): string | undefined {
  if (declared.alarmTopicName !== undefined && topicArn.endsWith(`:${declared.alarmTopicName}`)) {
    return `topic is declared as the alarm topic; ${USE_OWN_KEY}`;
  }
  const isRead = inventory.listings(METRIC_ALARM).some((listing) => covers(listing, region) && listing.gap === undefined);
  if (!isRead) return 'alarms that publish to the topic were not read';
  const alarms = inventory.all(METRIC_ALARM).filter((alarm) => alarm.resource.region === region);
  if (alarms.some(({ facts }) => facts.actions === undefined)) return 'actions of an alarm in the Region are unknown';
  return alarms.some(({ facts }) => facts.actions?.includes(topicArn)) ? `alarms publish to the topic; ${USE_OWN_KEY}` : undefined;
}

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::SNS::Topic',
    {
      runbook: 'CSMM-EncryptTopic',
      reads: [METRIC_ALARM],
      risk: 'disruptive',
      reversible: true,
      impact:
        'AWS services and other accounts can no longer publish to the topic: only principals of the account can use the AWS managed key.',
    },
    ({ resource: { resourceId, region } }, context) => {
      const reason = alarmsOf(resourceId, region, context);
      return reason === undefined
        ? runWith({ TopicArn: resourceId }, [change('encryption key', 'none', 'alias/aws/sns')])
        : cannotRun(reason);
    },
  ),
  /* @__PURE__ */ remedyOn(
    'AWS::SQS::Queue',
    {
      runbook: 'CSMM-EncryptQueue',
      risk: 'disruptive',
      reversible: true,
      impact: 'SQS rejects requests to the queue over plain HTTP or with a signature older than version 4.',
    },
    ({ resource }) => {
      const name = QUEUE_NAME.exec(resource.resourceId)?.[1];
      return name === undefined
        ? cannotRun('name of the queue is unknown')
        : runWith({ QueueName: name }, [change('encryption', 'none', 'keys of SQS (SSE-SQS)')]);
    },
  ),
  /* @__PURE__ */ remedyOn(
    'AWS::Kinesis::Stream',
    {
      runbook: 'CSMM-EncryptStream',
      risk: 'disruptive',
      reversible: true,
      impact:
        'Producers and consumers in other accounts can no longer use the stream: only principals of the account can use the AWS managed key.',
    },
    ({ resource }) => runWith({ StreamName: resource.resourceId }, [change('encryption of new records', 'none', 'alias/aws/kinesis')]),
  ),
];

export const page: ControlPage = {
  slug: 'data-services-encryption',
  topic: 'encryption',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if at-rest encryption is on for the SNS topic, SQS queue, Kinesis stream, OpenSearch domain, ElastiCache cache that can keep data on a disk, DAX cluster, Redshift cluster and AWS Backup recovery point. Fails otherwise. Not applicable if none exists.',
  why: 'Messages, search indexes, caches and backups contain copies of the same sensitive data as the databases. Without encryption, access to the storage is enough to read them.',
  triggers: {
    cloudTrail: [
      { source: 'sns.amazonaws.com', names: ['CreateTopic', 'SetTopicAttributes'] },
      { source: 'sqs.amazonaws.com', names: ['CreateQueue', 'SetQueueAttributes'] },
      { source: 'kinesis.amazonaws.com', names: ['CreateStream', 'StartStreamEncryption', 'StopStreamEncryption'] },
      { source: 'es.amazonaws.com', names: ['CreateDomain', 'UpdateDomainConfig'] },
      { source: 'elasticache.amazonaws.com', names: ['CreateReplicationGroup', 'CreateCacheCluster', 'CreateServerlessCache'] },
      { source: 'dax.amazonaws.com', names: ['CreateCluster'] },
      { source: 'redshift.amazonaws.com', names: ['CreateCluster', 'ModifyCluster'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-EncryptSNSTopic',
    alternatives: ['AWSConfigRemediation-EnableRedshiftClusterEncryption'],
    note: 'The AWS documents cover SNS and Redshift. The other services need a custom runbook.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['SNS.1', 'SQS.1', 'Kinesis.1', 'OpenSearch.1', 'ElastiCache.4', 'DynamoDB.3', 'Redshift.10', 'Backup.1'],
    prowler: [
      'sns_topics_kms_encryption_at_rest_enabled',
      'sqs_queues_server_side_encryption_enabled',
      'kinesis_stream_encrypted_at_rest',
      'opensearch_service_domains_encryption_at_rest_enabled',
      'elasticache_redis_cluster_rest_encryption_enabled',
      'dynamodb_accelerator_cluster_encryption_enabled',
      'redshift_cluster_encrypted_at_rest',
      'backup_recovery_point_encrypted',
    ],
    nistCsf2: ['PR.DS-01'],
    awsSmmV2: [{ phase: 2, category: 'Data protection', recommendation: 'Data Encryption at rest' }],
    iansCsmm2: ['Data Security'],
  },
  notes:
    'The control is about encryption at rest, not in transit. It applies to a Redis or Valkey cache with a single node, but not to a Memcached cluster, which keeps its data in memory. AWS always encrypts ElastiCache serverless caches, MemoryDB and MSK clusters. Of these, csmm reads only the caches. It does not read Firehose, Amazon MQ, OpenSearch Serverless and Redshift Serverless.',
};
