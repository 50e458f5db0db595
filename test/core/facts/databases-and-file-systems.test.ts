import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

describe('facts of a plain property', () => {
  it.each([
    ['AWS::RDS::DBInstance', { publiclyAccessible: true, storageEncrypted: false }, { publiclyAccessible: true, storageEncrypted: false }],
    ['AWS::RDS::DBCluster', { engine: 'aurora-mysql', storageEncrypted: true }, { engine: 'aurora-mysql', storageEncrypted: true }],
    [
      'AWS::RDS::DBCluster',
      { engine: 'aurora-postgresql', internetAccessGatewayEnabled: true },
      { engine: 'aurora-postgresql', internetAccessGateway: true },
    ],
    ['AWS::RDS::DBCluster', { engine: 'mysql', publiclyAccessible: false }, { engine: 'mysql', publiclyAccessible: false }],
    [
      'AWS::RDS::DBCluster',
      { dbclusterIdentifier: 'a', backupRetentionPeriod: 1 },
      { identifier: 'a', backupRetentionDays: 1, replicaOf: null },
    ],
    [
      'AWS::RDS::DBCluster',
      { DBClusterIdentifier: 'a', BackupRetentionPeriod: '7' },
      { identifier: 'a', backupRetentionDays: 7, replicaOf: null },
    ],
    [
      'AWS::RDS::DBInstance',
      { dBInstanceIdentifier: 'a', backupRetentionPeriod: 0 },
      { identifier: 'a', inCluster: false, backupRetentionDays: 0, replicaOf: null },
    ],
    [
      'AWS::RDS::DBInstance',
      { DBInstanceIdentifier: 'a', DBClusterIdentifier: 'c' },
      { identifier: 'a', inCluster: true, replicaOf: null },
    ],
    [
      'AWS::RDS::DBInstance',
      { dBInstanceIdentifier: 'a', dBClusterIdentifier: '' },
      { identifier: 'a', inCluster: false, replicaOf: null },
    ],
    ['AWS::RDS::DBInstance', { dBInstanceStatus: 'deleting' }, { status: 'deleting' }],
    ['AWS::RDS::DBCluster', { Status: 'available' }, { status: 'available' }],
    ['AWS::EFS::FileSystem', { BackupPolicy: { Status: 'ENABLED' } }, { automaticBackups: true }],
    ['AWS::EFS::FileSystem', { BackupPolicy: { Status: 'DISABLED' } }, { automaticBackups: false }],
    ['AWS::EFS::FileSystem', { BackupPolicy: { Status: 'ENABLING' } }, { automaticBackups: false }],
    ['AWS::EFS::FileSystem', { BackupPolicy: { Status: 'DISABLING' } }, { automaticBackups: false }],
    ['AWS::EFS::FileSystem', { BackupPolicy: { Status: 'PAUSED' } }, {}],
    ['AWS::Redshift::Cluster', { publiclyAccessible: false, encrypted: true }, { publiclyAccessible: false, encrypted: true }],
    ['AWS::EFS::FileSystem', { Encrypted: true }, { encrypted: true }],
    ['AWS::OpenSearch::Domain', { EncryptionAtRestOptions: { Enabled: false } }, { encrypted: false }],
    ['AWS::Elasticsearch::Domain', { encryptionAtRestOptions: { enabled: true } }, { encrypted: true }],
    [
      'AWS::Backup::RecoveryPoint',
      { IsEncrypted: true, EncryptionKeyArn: 'arn:aws:kms:eu-west-1:111111111111:key/1' },
      { encrypted: true },
    ],
  ])('%s are read from %o', (resourceType, configuration, facts) => {
    expect(factsOf(resourceType, configuration).facts).toEqual(facts);
    expect(factsOf(resourceType, JSON.stringify(configuration)).facts).toEqual(facts);
  });

  it.each([
    'AWS::RDS::DBInstance',
    'AWS::RDS::DBCluster',
    'AWS::Redshift::Cluster',
    'AWS::EFS::FileSystem',
    'AWS::OpenSearch::Domain',
    'AWS::Elasticsearch::Domain',
    'AWS::Backup::RecoveryPoint',
    'AWS::SNS::Topic',
    'AWS::SQS::Queue',
    'AWS::Kinesis::Stream',
    'AWS::DynamoDB::ContinuousBackups',
    'AWS::DynamoDB::Table',
  ])('%s are missing from an item without properties', (resourceType) => {
    expect(factsOf(resourceType, {}).facts).toEqual({});
  });
});

describe('facts of values that AWS Config does not write', () => {
  it.each<[string, object, string]>([
    ['AWS::RDS::DBInstance', { dBInstanceIdentifier: 'a', dBClusterIdentifier: 7 }, 'inCluster'],
    ['AWS::RDS::DBInstance', { dBInstanceIdentifier: ['a'] }, 'identifier'],
    ['AWS::RDS::DBInstance', { backupRetentionPeriod: 'long' }, 'backupRetentionDays'],
    ['AWS::RDS::DBCluster', { dbclusterIdentifier: {} }, 'identifier'],
    ['AWS::RDS::DBCluster', { backupRetentionPeriod: true }, 'backupRetentionDays'],
    ['AWS::EFS::FileSystem', { BackupPolicy: 'ENABLED' }, 'automaticBackups'],
    ['AWS::EFS::FileSystem', { BackupPolicy: { Status: 1 } }, 'automaticBackups'],
    ['AWS::EFS::FileSystem', { BackupPolicy: { Status: 'PAUSED' } }, 'automaticBackups'],
    ['AWS::Kinesis::Stream', { Name: 'a', StreamEncryption: { EncryptionType: 'kms' } }, 'encrypted'],
    ['AWS::Kinesis::Stream', { Name: 'a', StreamEncryption: 'KMS' }, 'encrypted'],
    [
      'AWS::DynamoDB::ContinuousBackups',
      { pointInTimeRecoveryDescription: { pointInTimeRecoveryStatus: 'PAUSED' } },
      'pointInTimeRecovery',
    ],
  ])('of %s in %o are missing with a reason', (resourceType, configuration, fact) => {
    const { facts, missing } = factsOf(resourceType, configuration);
    expect(facts).not.toHaveProperty(fact);
    expect(missing[fact]).toMatch(/^configuration\..+ is not /);
  });
});

describe('the source of a read replica', () => {
  const HERE = 'eu-west-1:111111111111';

  it.each<[string, object, string | null | undefined]>([
    ['an instance in its Region', { readReplicaSourceDBInstanceIdentifier: 'orders' }, `${HERE}:db:orders`],
    ['an instance, in the keys of the API', { ReadReplicaSourceDBInstanceIdentifier: 'orders' }, `${HERE}:db:orders`],
    [
      'an instance in another Region',
      { readReplicaSourceDBInstanceIdentifier: 'arn:aws-cn:rds:cn-north-1:111111111111:db:orders' },
      'cn-north-1:111111111111:db:orders',
    ],
    ['a cluster', { readReplicaSourceDBClusterIdentifier: 'orders' }, `${HERE}:cluster:orders`],
    ['none', { readReplicaSourceDBInstanceIdentifier: '', readReplicaSourceDBClusterIdentifier: null }, null],
    ['unknown in an ARN of another service', { readReplicaSourceDBInstanceIdentifier: 'arn:aws:s3:::orders' }, undefined],
    ['unknown in an ARN of another resource', { readReplicaSourceDBInstanceIdentifier: `arn:aws:rds:${HERE}:og:a` }, undefined],
    ['unknown in a list', { readReplicaSourceDBInstanceIdentifier: ['orders'] }, undefined],
  ])('of an instance is %s', (_, source, expected) => {
    expect(factsOf('AWS::RDS::DBInstance', { dBInstanceIdentifier: 'replica', ...source }).facts.replicaOf).toBe(expected);
  });

  it.each<[string, object, string | null | undefined]>([
    [
      'a cluster in another Region',
      { replicationSourceIdentifier: 'arn:aws:rds:eu-west-2:111111111111:cluster:a' },
      'eu-west-2:111111111111:cluster:a',
    ],
    ['an instance, which Aurora replicates', { ReplicationSourceIdentifier: `arn:aws:rds:${HERE}:db:orders` }, `${HERE}:db:orders`],
    ['a cluster in its Region', { replicationSourceIdentifier: 'orders' }, `${HERE}:cluster:orders`],
    ['none', {}, null],
  ])('of a cluster is %s', (_, source, expected) => {
    expect(factsOf('AWS::RDS::DBCluster', { dbclusterIdentifier: 'replica', ...source }).facts.replicaOf).toBe(expected);
  });
});

describe('facts of a table', () => {
  const backups = (pointInTimeRecoveryStatus: unknown) => ({
    continuousBackupsStatus: 'ENABLED',
    pointInTimeRecoveryDescription: { pointInTimeRecoveryStatus },
  });

  it.each([
    ['enabled', {}, { ContinuousBackupsDescription: backups('ENABLED') }, true],
    ['disabled', {}, { ContinuousBackupsDescription: backups('DISABLED') }, false],
    ['enabled in JSON text', {}, { ContinuousBackupsDescription: JSON.stringify(backups('ENABLED')) }, true],
    ['enabled in the shape of CloudFormation', { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }, {}, true],
    ['unknown', {}, { ContinuousBackupsDescription: backups(null) }, undefined],
    ['unknown in a status that is new', {}, { ContinuousBackupsDescription: backups('ENABLING') }, undefined],
  ])('show that point-in-time recovery is %s', (_, configuration, supplementaryConfiguration, expected) => {
    expect(factsOf('AWS::DynamoDB::Table', configuration, { supplementaryConfiguration }).facts.pointInTimeRecovery).toBe(expected);
  });

  const over = (recoveryPeriodInDays: unknown) => ({
    pointInTimeRecoveryDescription: { pointInTimeRecoveryStatus: 'ENABLED', recoveryPeriodInDays },
  });

  it.each([
    ['ten days', over(10), { pointInTimeRecovery: true, recoveryPeriodDays: 10 }],
    ['ten days in text', over('10'), { pointInTimeRecovery: true, recoveryPeriodDays: 10 }],
    ['no day without recovery', backups('DISABLED'), { pointInTimeRecovery: false, recoveryPeriodDays: 0 }],
    ['an unknown time if the period is absent', backups('ENABLED'), { pointInTimeRecovery: true }],
    ['an unknown time if the period is not a number', over('long'), { pointInTimeRecovery: true }],
    [
      'an unknown time if there is a period, but no status of the recovery',
      { pointInTimeRecoveryDescription: { recoveryPeriodInDays: 35 } },
      {},
    ],
    ['an unknown time if the description is empty', {}, {}],
  ])('show that it can be restored from %s', (_, description, expected) => {
    expect(factsOf('AWS::DynamoDB::ContinuousBackups', description).facts).toEqual(expected);
  });
});

describe('facts of a topic', () => {
  const TopicArn = 'arn:aws:sns:eu-west-1:111111111111:example';
  it.each([
    ['encrypted with a key', { TopicArn, KmsMasterKeyId: 'alias/aws/sns' }, true],
    ['not encrypted without a key', { TopicArn }, false],
    ['not encrypted with a null key', { TopicArn, KmsMasterKeyId: null }, false],
    ['not encrypted with an empty key', { TopicArn, KmsMasterKeyId: '' }, false],
  ])('show that it is %s', (_, configuration, encrypted) => {
    expect(factsOf('AWS::SNS::Topic', configuration).facts).toEqual({ encrypted });
  });
});

describe('facts of a queue', () => {
  const QueueArn = 'arn:aws:sqs:eu-west-1:111111111111:example';
  it.each([
    ['encrypted with a KMS key', { QueueArn, KmsMasterKeyId: 'alias/aws/sqs', SqsManagedSseEnabled: 'false' }, { encrypted: true }],
    ['encrypted by SQS', { QueueArn, SqsManagedSseEnabled: 'true' }, { encrypted: true }],
    ['not encrypted', { QueueArn, SqsManagedSseEnabled: 'false' }, { encrypted: false }],
    ['not encrypted with an empty key', { QueueArn, KmsMasterKeyId: '', SqsManagedSseEnabled: false }, { encrypted: false }],
    ['unknown without either attribute', { QueueArn }, {}],
  ])('show that it is %s', (_, configuration, facts) => {
    expect(factsOf('AWS::SQS::Queue', configuration).facts).toEqual(facts);
  });
});

describe('facts of a stream', () => {
  const Name = 'example';
  it.each([
    ['encrypted with KMS', { Name, StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' } }, { encrypted: true }],
    ['not encrypted by type', { Name, StreamEncryption: { EncryptionType: 'NONE' } }, { encrypted: false }],
    ['not encrypted without the property', { Name }, { encrypted: false }],
    ['unknown without a type', { Name, StreamEncryption: {} }, {}],
  ])('show that it is %s', (_, configuration, facts) => {
    expect(factsOf('AWS::Kinesis::Stream', configuration).facts).toEqual(facts);
  });
});
