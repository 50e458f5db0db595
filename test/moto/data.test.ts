import { CreateClusterCommand as CreateDaxClusterCommand, DAXClient } from '@aws-sdk/client-dax';
import { CreateTableCommand, DynamoDBClient, UpdateContinuousBackupsCommand } from '@aws-sdk/client-dynamodb';
import { CreateFileSystemCommand, EFSClient } from '@aws-sdk/client-efs';
import { CreateCacheClusterCommand, CreateReplicationGroupCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { CreateFileSystemCommand as CreateFsxFileSystemCommand, FSxClient } from '@aws-sdk/client-fsx';
import { CreateStreamCommand, KinesisClient, StartStreamEncryptionCommand } from '@aws-sdk/client-kinesis';
import { CreateDomainCommand, OpenSearchClient } from '@aws-sdk/client-opensearch';
import { CreateDBClusterCommand, CreateDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds';
import { CreateClusterCommand, RedshiftClient } from '@aws-sdk/client-redshift';
import { PutPublicAccessBlockCommand, S3ControlClient } from '@aws-sdk/client-s3-control';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { newRequestHandler } from '../../adapters/aws/clients.ts';
import { daxClusters } from '../../adapters/aws/readers/dax-clusters.ts';
import { dynamoDbTables } from '../../adapters/aws/readers/dynamodb-tables.ts';
import { efsFileSystems } from '../../adapters/aws/readers/efs-file-systems.ts';
import { elastiCacheCacheClusters } from '../../adapters/aws/readers/elasticache-cache-clusters.ts';
import { elastiCacheReplicationGroups } from '../../adapters/aws/readers/elasticache-replication-groups.ts';
import { fsxFileSystems } from '../../adapters/aws/readers/fsx-file-systems.ts';
import { kinesisStreams } from '../../adapters/aws/readers/kinesis-streams.ts';
import { openSearchDomains } from '../../adapters/aws/readers/opensearch-domains.ts';
import { rdsDbClusters } from '../../adapters/aws/readers/rds-db-clusters.ts';
import { rdsDbInstances } from '../../adapters/aws/readers/rds-db-instances.ts';
import { redshiftClusters } from '../../adapters/aws/readers/redshift-clusters.ts';
import { s3AccountPublicAccessBlock } from '../../adapters/aws/readers/s3-account-public-access-block.ts';
import { snsTopics } from '../../adapters/aws/readers/sns-topics.ts';
import { sqsQueues } from '../../adapters/aws/readers/sqs-queues.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { readContext, readFacts } from '../support/readers.ts';

// The emulator has no recovery points and protected resources of AWS Backup, and no serverless caches, so only mocks test those
// readers. It does not return whether a cache outside a replication group is encrypted. It gives every DB instance the same
// DbiResourceId: there is one.

/** A new account: what the clients that fill it are made with, and where it is read. */
async function newAccount(region = 'eu-west-1') {
  const { accountId, credentials } = await freshAccount();
  return {
    accountId,
    region,
    config: { region, credentials, requestHandler: newRequestHandler() },
    context: readContext({ accountId, region }, { credentials }),
  };
}

/** The facts of the resources of one type, by id. */
async function factsOf(type: string, ...args: Parameters<typeof readFacts>): Promise<Record<string, unknown>> {
  const found = Object.entries(await readFacts(...args)).filter(([key]) => key.startsWith(`${type} `));
  return Object.fromEntries(found.map(([key, { facts }]) => [key.split(' ')[2], facts]));
}

describe.skipIf(!useMoto())('readers of data services on an emulated account', () => {
  it('read databases and how long their backups are kept', async () => {
    const { config, context } = await newAccount();
    const rds = new RDSClient(config);
    await rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: 'orders',
        DBInstanceClass: 'db.t3.micro',
        Engine: 'postgres',
        AllocatedStorage: 20,
        StorageEncrypted: true,
        PubliclyAccessible: false,
        BackupRetentionPeriod: 3,
        MasterUsername: 'example',
        MasterUserPassword: 'example-password',
      }),
    );
    await rds.send(
      new CreateDBClusterCommand({
        DBClusterIdentifier: 'ledger',
        Engine: 'aurora-mysql',
        BackupRetentionPeriod: 7,
        StorageEncrypted: false,
        MasterUsername: 'example',
        MasterUserPassword: 'example-password',
      }),
    );
    expect(Object.values(await factsOf('AWS::RDS::DBInstance', rdsDbInstances, context))).toEqual([
      {
        identifier: 'orders',
        inCluster: false,
        backupRetentionDays: 3,
        storageEncrypted: true,
        publiclyAccessible: false,
        replicaOf: null,
        status: 'available',
      },
    ]);
    expect(Object.entries(await factsOf('AWS::RDS::DBCluster', rdsDbClusters, context))).toEqual([
      [
        expect.stringMatching(/^cluster-/),
        expect.objectContaining({ identifier: 'ledger', engine: 'aurora-mysql', backupRetentionDays: 7, storageEncrypted: false }),
      ],
    ]);
  });

  it('read tables and how far back they can be restored', async () => {
    const { config, context } = await newAccount();
    const dynamodb = new DynamoDBClient(config);
    for (const TableName of ['kept', 'bare']) {
      await dynamodb.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        }),
      );
    }
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 10 };
    await dynamodb.send(new UpdateContinuousBackupsCommand({ TableName: 'kept', PointInTimeRecoverySpecification }));
    expect(await factsOf('AWS::DynamoDB::Table', dynamoDbTables, context)).toEqual({
      kept: { pointInTimeRecovery: true },
      bare: { pointInTimeRecovery: false },
    });
    expect(await factsOf('AWS::DynamoDB::ContinuousBackups', dynamoDbTables, context)).toEqual({
      kept: { pointInTimeRecovery: true, recoveryPeriodDays: 10 },
      bare: { pointInTimeRecovery: false, recoveryPeriodDays: 0 },
    });
  });

  it('read file systems and whether they are backed up', async () => {
    const { config, context } = await newAccount();
    const efs = new EFSClient(config);
    const kept = await efs.send(new CreateFileSystemCommand({ CreationToken: 'kept', Encrypted: true, Backup: true }));
    const bare = await efs.send(new CreateFileSystemCommand({ CreationToken: 'bare', Encrypted: false }));
    expect(await factsOf('AWS::EFS::FileSystem', efsFileSystems, context)).toEqual({
      [kept.FileSystemId!]: { encrypted: true, automaticBackups: true },
      [bare.FileSystemId!]: { encrypted: false, automaticBackups: false },
    });
  });

  it('read caches of each kind', async () => {
    const { accountId, config, context } = await newAccount();
    const caches = new ElastiCacheClient(config);
    for (const [ReplicationGroupId, AtRestEncryptionEnabled] of [
      ['sessions', false],
      ['carts', true],
    ] as const) {
      await caches.send(
        new CreateReplicationGroupCommand({
          ReplicationGroupId,
          AtRestEncryptionEnabled,
          ReplicationGroupDescription: 'x',
          Engine: 'valkey',
        }),
      );
    }
    for (const Engine of ['redis', 'memcached']) {
      await caches.send(
        new CreateCacheClusterCommand({ CacheClusterId: Engine, Engine, CacheNodeType: 'cache.t4g.micro', NumCacheNodes: 1 }),
      );
    }
    const dax = new DAXClient(config);
    for (const [ClusterName, Enabled] of [
      ['plain', false],
      ['sealed', true],
    ] as const) {
      const IamRoleArn = `arn:aws:iam::${accountId}:role/example`;
      await dax.send(
        new CreateDaxClusterCommand({
          ClusterName,
          NodeType: 'dax.t3.small',
          ReplicationFactor: 1,
          IamRoleArn,
          SSESpecification: { Enabled },
        }),
      );
    }
    expect(await factsOf('AWS::ElastiCache::ReplicationGroup', elastiCacheReplicationGroups, context)).toEqual({
      sessions: { encrypted: false },
      carts: { encrypted: true },
    });
    expect(await factsOf('AWS::ElastiCache::CacheCluster', elastiCacheCacheClusters, context)).toEqual({
      redis: { engine: 'redis', inReplicationGroup: false },
      memcached: { engine: 'memcached', inReplicationGroup: false },
    });
    expect(await factsOf('AWS::DAX::Cluster', daxClusters, context)).toEqual({ plain: { encrypted: false }, sealed: { encrypted: true } });
  });

  it('read file systems of FSx', async () => {
    const { config, context } = await newAccount();
    const fsx = new FSxClient(config);
    const { FileSystem } = await fsx.send(
      new CreateFsxFileSystemCommand({ FileSystemType: 'LUSTRE', StorageCapacity: 1200, SubnetIds: ['subnet-0a1b2c3d'] }),
    );
    expect(await factsOf('AWS::FSx::FileSystem', fsxFileSystems, context)).toEqual({ [FileSystem!.FileSystemId!]: { encrypted: true } });
  });

  it('read search domains of either engine', async () => {
    const { accountId, config, context } = await newAccount();
    const search = new OpenSearchClient(config);
    const domains = [
      { DomainName: 'logs', EngineVersion: 'OpenSearch_2.11', EncryptionAtRestOptions: { Enabled: true } },
      { DomainName: 'legacy', EngineVersion: 'Elasticsearch_7.10', EncryptionAtRestOptions: { Enabled: false } },
    ];
    for (const domain of domains) await search.send(new CreateDomainCommand(domain));
    expect(await factsOf('AWS::OpenSearch::Domain', openSearchDomains, context)).toEqual({ logs: { encrypted: true } });
    expect(await factsOf('AWS::Elasticsearch::Domain', openSearchDomains, context)).toEqual({
      [`${accountId}/legacy`]: { encrypted: false },
    });
  });

  it('read warehouses', async () => {
    const { config, context } = await newAccount();
    await new RedshiftClient(config).send(
      new CreateClusterCommand({
        ClusterIdentifier: 'warehouse',
        NodeType: 'ra3.large',
        ClusterType: 'single-node',
        MasterUsername: 'example',
        MasterUserPassword: 'Example-password1',
        Encrypted: true,
        PubliclyAccessible: true,
      }),
    );
    expect(await factsOf('AWS::Redshift::Cluster', redshiftClusters, context)).toEqual({
      warehouse: { encrypted: true, publiclyAccessible: true },
    });
  });

  it('read streams, topics and queues with their encryption', async () => {
    const { accountId, config, region, context } = await newAccount();
    const kinesis = new KinesisClient(config);
    for (const StreamName of ['clicks', 'plain']) await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
    await kinesis.send(new StartStreamEncryptionCommand({ StreamName: 'clicks', EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' }));
    const sns = new SNSClient(config);
    await sns.send(new CreateTopicCommand({ Name: 'orders', Attributes: { KmsMasterKeyId: 'alias/aws/sns' } }));
    await sns.send(new CreateTopicCommand({ Name: 'plain' }));
    const sqs = new SQSClient(config);
    const { QueueUrl: orders } = await sqs.send(
      new CreateQueueCommand({ QueueName: 'orders', Attributes: { SqsManagedSseEnabled: 'true' } }),
    );
    const { QueueUrl: plain } = await sqs.send(
      new CreateQueueCommand({ QueueName: 'plain', Attributes: { SqsManagedSseEnabled: 'false' } }),
    );

    expect(await factsOf('AWS::Kinesis::Stream', kinesisStreams, context)).toEqual({
      clicks: { encrypted: true },
      plain: { encrypted: false },
    });
    expect(await factsOf('AWS::SNS::Topic', snsTopics, context)).toEqual({
      [`arn:aws:sns:${region}:${accountId}:orders`]: { encrypted: true },
      [`arn:aws:sns:${region}:${accountId}:plain`]: { encrypted: false },
    });
    expect(await factsOf('AWS::SQS::Queue', sqsQueues, context)).toEqual({
      [orders!]: { encrypted: true },
      [plain!]: { encrypted: false },
    });
  });

  it("read the account's block of public access to S3, also where there is none", async () => {
    const { accountId, config, context } = await newAccount('us-east-1');
    const TYPE = 'AWS::S3::AccountPublicAccessBlock';
    const off = { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: false };
    expect(await factsOf(TYPE, s3AccountPublicAccessBlock, context)).toEqual({ [accountId]: off });
    const PublicAccessBlockConfiguration = {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    };
    await new S3ControlClient(config).send(new PutPublicAccessBlockCommand({ AccountId: accountId, PublicAccessBlockConfiguration }));
    expect(await factsOf(TYPE, s3AccountPublicAccessBlock, context)).toEqual({
      [accountId]: { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true },
    });
  });
});
