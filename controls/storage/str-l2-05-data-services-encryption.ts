import { type ControlPage, compliant, defineControl, nonCompliant, on } from '../../core/control.ts';

const judgeEncryption = (encrypted: boolean) =>
  encrypted ? compliant('encryption at rest is on') : nonCompliant('encryption at rest is off');

export default defineControl({
  id: 'STR-L2-05',
  title: 'Queues, streams, search, cache and warehouse data are encrypted at rest',
  pillar: 'storage',
  level: 2,
  severity: 'medium',
  rules: [
    on('AWS::SNS::Topic', ['encrypted'], ({ encrypted }) => judgeEncryption(encrypted)),
    on('AWS::SQS::Queue', ['encrypted'], ({ encrypted }) => judgeEncryption(encrypted)),
    on('AWS::Kinesis::Stream', ['encrypted'], ({ encrypted }) => judgeEncryption(encrypted)),
    on('AWS::OpenSearch::Domain', ['encrypted'], ({ encrypted }) => judgeEncryption(encrypted)),
    on('AWS::Elasticsearch::Domain', ['encrypted'], ({ encrypted }) => judgeEncryption(encrypted)),
    on('AWS::Redshift::Cluster', ['encrypted'], ({ encrypted }) => judgeEncryption(encrypted)),
    on('AWS::Backup::RecoveryPoint', ['encrypted'], ({ encrypted }) => judgeEncryption(encrypted)),
  ],
});

export const page: ControlPage = {
  slug: 'data-services-encryption',
  topic: 'encryption',
  scope: 'resource',
  evidence: 'config',
  rule: 'PASS iff at-rest encryption is on for the SNS topic, SQS queue, Kinesis stream, OpenSearch domain, ElastiCache replication group, Redshift cluster and AWS Backup recovery point; FAIL otherwise; NOT_APPLICABLE when none exists.',
  apiFacts: [
    'sns:GetTopicAttributes',
    'sqs:GetQueueAttributes',
    'kinesis:DescribeStreamSummary',
    'es:DescribeDomains',
    'elasticache:DescribeReplicationGroups',
    'redshift:DescribeClusters',
  ],
  triggers: {
    configTypes: [
      'AWS::SNS::Topic',
      'AWS::SQS::Queue',
      'AWS::Kinesis::Stream',
      'AWS::OpenSearch::Domain',
      'AWS::Elasticsearch::Domain',
      'AWS::Redshift::Cluster',
      'AWS::Backup::RecoveryPoint',
    ],
    cloudTrail: [
      { source: 'sns.amazonaws.com', names: ['CreateTopic', 'SetTopicAttributes'] },
      { source: 'sqs.amazonaws.com', names: ['CreateQueue', 'SetQueueAttributes'] },
      { source: 'kinesis.amazonaws.com', names: ['CreateStream', 'StartStreamEncryption', 'StopStreamEncryption'] },
      { source: 'es.amazonaws.com', names: ['CreateDomain', 'UpdateDomainConfig'] },
      { source: 'elasticache.amazonaws.com', names: ['CreateReplicationGroup'] },
      { source: 'redshift.amazonaws.com', names: ['CreateCluster', 'ModifyCluster'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-EncryptSNSTopic',
    alternatives: ['AWSConfigRemediation-EnableRedshiftClusterEncryption'],
    note: 'SNS; Redshift by the alternative; others custom.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['SNS.1', 'SQS.1', 'Kinesis.1', 'OpenSearch.1', 'ElastiCache.4', 'Redshift.10', 'Backup.1'],
    prowler: [
      'sns_topics_kms_encryption_at_rest_enabled',
      'sqs_queues_server_side_encryption_enabled',
      'kinesis_stream_encrypted_at_rest',
      'opensearch_service_domains_encryption_at_rest_enabled',
      'elasticache_redis_cluster_rest_encryption_enabled',
      'redshift_cluster_encrypted_at_rest',
      'backup_recovery_point_encrypted',
    ],
    nistCsf2: ['PR.DS-01'],
    awsSmmV2: [{ phase: 2, category: 'Data protection', recommendation: 'Data Encryption at rest' }],
    iansCsmm2: ['Data Security'],
  },
};
