import { CreateTableCommand, DescribeContinuousBackupsCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import {
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DescribeDBClusterSnapshotAttributesCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotAttributesCommand,
  ModifyDBClusterSnapshotAttributeCommand,
  ModifyDBSnapshotAttributeCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { CreateClusterCommand, DescribeClustersCommand, RedshiftClient } from '@aws-sdk/client-redshift';
import { CreateTopicCommand, GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REMEDIES } from '../../controls/remedies.ts';
import type { Inventory } from '../../core/control.ts';
import { METRIC_ALARM } from '../../core/facts/cloudwatch-metric-alarm.ts';
import { type DeclaredParameters, type RunbookParameters, remedyFor } from '../../core/remediation/model/remedy.ts';
import { EMPTY_SETTINGS } from '../../core/settings/account-settings.ts';
import { type ApiCall, type CallApi, InvalidAutomationExecutionParametersException, runAutomation } from '../support/automation.ts';
import { changesOf, closeLoop, type LoopAccount, undoParameters } from '../support/closed-loop.ts';
import { CAPTURED_AT, type Estate, inventoryOf } from '../support/control.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { motoCaller } from '../support/moto-caller.ts';
import { runbookText } from '../support/runbooks.ts';

/** At least one change, as a person reads it. */
const CLUSTER = 'AWS::RDS::DBCluster';
const FILES = 'AWS::EFS::FileSystem';

const CHANGES = expect.arrayContaining([{ what: expect.any(String), before: expect.any(String), after: expect.any(String) }]);

// The closed loop does not run in the emulator if its responses are wrong:
// - EBS snapshots: it lists every snapshot as shared with everyone. The runbook runs there without the loop.
// - Block public access for EBS snapshots: it does not support it. The runbook runs against a state in memory.
// - Retention of RDS: it does not return the resources that AWS Backup protects, and STR-L2-02 needs them. The runbook runs there.
// The emulator applies changes immediately, stores no policy with a separate service principal and has no pending modifications. The
// tests simulate waits and refusals in memory, with the shapes of the service models.

const run = (runbook: string, parameters: RunbookParameters, call: CallApi) =>
  runAutomation(
    runbookText(runbook),
    { AutomationAssumeRole: ['arn:aws:iam::111111111111:role/csmm-remediation'], ...parameters },
    { call, accountId: '111111111111', region: 'eu-west-1' },
  );

interface Surroundings {
  readonly declared?: DeclaredParameters;
  readonly parts?: Partial<Inventory>;
}

/** Returns the plan of the remedy of a control for one resource in `eu-west-1`. */
function planOf(controlId: string, resourceType: string, resourceId: string, estate: Estate, { declared = {}, parts }: Surroundings = {}) {
  const resource = { accountId: '111111111111', region: 'eu-west-1', resourceType, resourceId };
  return remedyFor(REMEDIES, controlId, resource)?.plan({ resource, inventory: inventoryOf(estate, {}, parts), declared });
}

const INSTANCE = 'AWS::RDS::DBInstance';
const TABLE = 'AWS::DynamoDB::Table';
const TOPIC = 'AWS::SNS::Topic';
const QUEUE = 'AWS::SQS::Queue';
const TOPIC_ARN = 'arn:aws:sns:eu-west-1:111111111111:orders';
const keepingFor = (minRetentionDays: number): Surroundings => ({
  parts: { settings: { ...EMPTY_SETTINGS, backup: { recoveryPointHours: 24, minRetentionDays } } },
});
const alarmsRead = (gap?: string): Partial<Inventory> => ({
  listings: (type) => (type === METRIC_ALARM ? [{ region: 'eu-west-1', capturedAt: CAPTURED_AT, ...(gap && { gap }) }] : []),
});
const topicWith = (alarms: Estate[typeof METRIC_ALARM] = {}): Estate => ({
  [TOPIC]: { [TOPIC_ARN]: { encrypted: false } },
  [METRIC_ALARM]: alarms,
});

describe('the plan of a remedy', () => {
  it.each([
    [
      'STR-L1-03 names a DB instance by its name and its id',
      planOf('STR-L1-03', INSTANCE, 'db-ABC', { [INSTANCE]: { 'db-ABC': { identifier: 'orders', publiclyAccessible: true } } }),
      { DBInstanceIdentifier: ['orders'], DbiResourceId: ['db-ABC'] },
    ],
    [
      'STR-L1-03 names a Redshift cluster',
      planOf('STR-L1-03', 'AWS::Redshift::Cluster', 'dwh', { 'AWS::Redshift::Cluster': { dwh: { publiclyAccessible: true } } }),
      { ClusterIdentifier: ['dwh'] },
    ],
    [
      'STR-L1-04 names an EBS snapshot',
      planOf('STR-L1-04', 'AWS::EC2::Snapshot', 'snap-01234567', { 'AWS::EC2::Snapshot': { 'snap-01234567': { restorableByAll: true } } }),
      { SnapshotId: ['snap-01234567'] },
    ],
    [
      'STR-L1-04 takes nothing to block new sharing',
      planOf('STR-L1-04', 'AWS::EC2::SnapshotBlockPublicAccess', '111111111111', {
        'AWS::EC2::SnapshotBlockPublicAccess': { '111111111111': { state: 'unblocked' } },
      }),
      {},
    ],
    [
      'STR-L1-04 names a snapshot of a DB instance',
      planOf('STR-L1-04', 'AWS::RDS::DBSnapshot', 'last', { 'AWS::RDS::DBSnapshot': { last: { restorableByAll: true } } }),
      { DBSnapshotIdentifier: ['last'] },
    ],
    [
      'STR-L1-04 names a snapshot of a DB cluster',
      planOf('STR-L1-04', 'AWS::RDS::DBClusterSnapshot', 'last', { 'AWS::RDS::DBClusterSnapshot': { last: { restorableByAll: true } } }),
      { DBClusterSnapshotIdentifier: ['last'] },
    ],
    [
      'STR-L2-02 asks RDS for the retention of the settings',
      planOf('STR-L2-02', INSTANCE, 'db-ABC', { [INSTANCE]: { 'db-ABC': { identifier: 'orders' } } }, keepingFor(14)),
      { DBInstanceIdentifier: ['orders'], DbiResourceId: ['db-ABC'], RetentionDays: ['14'] },
    ],
    [
      'STR-L2-02 asks RDS for the longest retention that it has',
      planOf('STR-L2-02', INSTANCE, 'db-ABC', { [INSTANCE]: { 'db-ABC': { identifier: 'orders' } } }, keepingFor(35)),
      { DBInstanceIdentifier: ['orders'], DbiResourceId: ['db-ABC'], RetentionDays: ['35'] },
    ],
    [
      'STR-L2-02 names a DB cluster by its name and its id',
      planOf(
        'STR-L2-02',
        CLUSTER,
        'cluster-ABC',
        { [CLUSTER]: { 'cluster-ABC': { identifier: 'orders', engine: 'aurora-mysql' } } },
        keepingFor(14),
      ),
      { DBClusterIdentifier: ['orders'], DbClusterResourceId: ['cluster-ABC'], RetentionDays: ['14'] },
    ],
    [
      'STR-L2-02 names a file system without backups',
      planOf('STR-L2-02', FILES, 'fs-01234567', { [FILES]: { 'fs-01234567': { automaticBackups: false } } }),
      { FileSystemId: ['fs-01234567'] },
    ],
    [
      'STR-L2-02 names a table without recovery',
      planOf('STR-L2-02', TABLE, 'carts', { [TABLE]: { carts: { pointInTimeRecovery: false } } }),
      { TableName: ['carts'] },
    ],
    [
      'STR-L2-02 names a table of which DynamoDB alone tells',
      planOf('STR-L2-02', TABLE, 'carts', {
        [TABLE]: { carts: {} },
        'AWS::DynamoDB::ContinuousBackups': { carts: { pointInTimeRecovery: false, recoveryPeriodDays: 0 } },
      }),
      { TableName: ['carts'] },
    ],
    [
      'STR-L2-03 names the table',
      planOf('STR-L2-03', TABLE, 'carts', { [TABLE]: { carts: { pointInTimeRecovery: false } } }),
      { TableName: ['carts'] },
    ],
    [
      'STR-L2-05 names a queue as its URL ends',
      planOf('STR-L2-05', QUEUE, 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo', {
        [QUEUE]: { 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo': { encrypted: false } },
      }),
      { QueueName: ['orders.fifo'] },
    ],
    [
      'STR-L2-05 names a topic that no alarm tells',
      planOf('STR-L2-05', TOPIC, TOPIC_ARN, topicWith({ cpu: { actions: [`${TOPIC_ARN}-old`] } }), {
        declared: { alarmTopicName: 'rders' },
        parts: alarmsRead(),
      }),
      { TopicArn: [TOPIC_ARN] },
    ],
    [
      'STR-L2-05 names a stream',
      planOf('STR-L2-05', 'AWS::Kinesis::Stream', 'clicks', { 'AWS::Kinesis::Stream': { clicks: { encrypted: false } } }),
      { StreamName: ['clicks'] },
    ],
  ])('of %s', (_, plan, parameters) => {
    expect(plan).toEqual({ kind: 'run', parameters, changes: CHANGES });
  });

  it.each([
    ['STR-L1-03 where the name of a DB instance was not read', planOf('STR-L1-03', INSTANCE, 'db-ABC', { [INSTANCE]: { 'db-ABC': {} } })],
    ['STR-L1-03 where the DB instance is gone', planOf('STR-L1-03', INSTANCE, 'db-ABC', {})],
    ['STR-L2-02 where the name of a DB instance was not read', planOf('STR-L2-02', INSTANCE, 'db-ABC', { [INSTANCE]: { 'db-ABC': {} } })],
    [
      'STR-L2-02 where a DB cluster is one of another service',
      planOf('STR-L2-02', CLUSTER, 'cluster-ABC', { [CLUSTER]: { 'cluster-ABC': { identifier: 'orders', engine: 'docdb' } } }),
    ],
    [
      'STR-L2-02 where the name of a DB cluster was not read',
      planOf('STR-L2-02', CLUSTER, 'c', { [CLUSTER]: { c: { engine: 'postgres' } } }),
    ],
    ['STR-L2-02 where a file system has backups', planOf('STR-L2-02', FILES, 'f', { [FILES]: { f: { automaticBackups: true } } })],
    ['STR-L2-02 where backups of a file system were not read', planOf('STR-L2-02', FILES, 'f', { [FILES]: { f: {} } })],
    [
      'STR-L2-02 where the settings ask for more than EFS has',
      planOf('STR-L2-02', FILES, 'f', { [FILES]: { f: { automaticBackups: false } } }, keepingFor(36)),
    ],
    [
      'STR-L2-02 where the settings ask for more than RDS has',
      planOf('STR-L2-02', INSTANCE, 'db-ABC', { [INSTANCE]: { 'db-ABC': { identifier: 'orders' } } }, keepingFor(36)),
    ],
    [
      'STR-L2-02 where the settings ask for more than DynamoDB has',
      planOf('STR-L2-02', TABLE, 'carts', { [TABLE]: { carts: { pointInTimeRecovery: false } } }, keepingFor(36)),
    ],
    [
      'STR-L2-02 where a table has recovery, over a shorter period',
      planOf('STR-L2-02', TABLE, 'carts', { [TABLE]: { carts: { pointInTimeRecovery: true } } }),
    ],
    ['STR-L2-02 where it is not known whether a table has recovery', planOf('STR-L2-02', TABLE, 'carts', { [TABLE]: { carts: {} } })],
    ...['https://example.com/', 'orders', 'https://example.com/a/b?c', `https://example.com/${'a'.repeat(81)}`, '/{{ global:REGION }}'].map(
      (url): [string, ReturnType<typeof planOf>] => [
        `STR-L2-05 where a queue is named ${url.slice(0, 40)}`,
        planOf('STR-L2-05', QUEUE, url, { [QUEUE]: { [url]: { encrypted: false } } }),
      ],
    ),
    [
      'STR-L2-05 where the topic is declared for alarms',
      planOf('STR-L2-05', TOPIC, TOPIC_ARN, topicWith(), { declared: { alarmTopicName: 'orders' }, parts: alarmsRead() }),
    ],
    [
      'STR-L2-05 where an alarm tells the topic',
      planOf('STR-L2-05', TOPIC, TOPIC_ARN, topicWith({ cpu: { actions: [TOPIC_ARN] } }), { parts: alarmsRead() }),
    ],
    ['STR-L2-05 where nobody has read the alarms', planOf('STR-L2-05', TOPIC, TOPIC_ARN, topicWith())],
    ['STR-L2-05 where the alarms could not be read', planOf('STR-L2-05', TOPIC, TOPIC_ARN, topicWith(), { parts: alarmsRead('denied') })],
    [
      'STR-L2-05 where what an alarm tells was not read',
      planOf('STR-L2-05', TOPIC, TOPIC_ARN, topicWith({ cpu: {} }), { parts: alarmsRead() }),
    ],
  ])('of %s is that it cannot run', (_, plan) => {
    expect(plan).toEqual({ kind: 'cannot', reason: expect.stringMatching(/\S/) });
  });

  it.each([
    ['STR-L1-03', 'AWS::RDS::DBCluster'],
    ['STR-L2-02', 'AWS::EC2::Volume'],
    ['STR-L2-05', 'AWS::OpenSearch::Domain'],
    ['STR-L2-05', 'AWS::Elasticsearch::Domain'],
    ['STR-L2-05', 'AWS::Redshift::Cluster'],
    ['STR-L2-05', 'AWS::Backup::RecoveryPoint'],
  ])('of %s on %s is left to a person', (controlId, resourceType) => {
    expect(remedyFor(REMEDIES, controlId, { resourceType })).toBeUndefined();
  });
});

const DATABASE: RunbookParameters = { DBInstanceIdentifier: ['orders'], DbiResourceId: ['db-ABC'] };

describe('a runbook of data services', () => {
  it.each<[string, RunbookParameters]>([
    ['CSMM-DisableDatabasePublicAccess', { ...DATABASE, DBInstanceIdentifier: ['{{ global:REGION }}'] }],
    ['CSMM-DisableDatabasePublicAccess', { ...DATABASE, DBInstanceIdentifier: ['orders--2'] }],
    ['CSMM-DisableDatabasePublicAccess', { ...DATABASE, DbiResourceId: ['orders'] }],
    ['CSMM-DisableDatabasePublicAccess-Undo', { ...DATABASE, PreviousPublicAccess: ['maybe'] }],
    ['CSMM-DisableWarehousePublicAccess', { ClusterIdentifier: ['Dwh"'] }],
    ['CSMM-UnshareVolumeSnapshot', { SnapshotId: ['snap-0123456789'] }],
    ['CSMM-UnshareVolumeSnapshot-Undo', { SnapshotId: ['snap-01234567'], PreviousSharing: ['public'] }],
    ['CSMM-UnshareDatabaseSnapshot', { DBSnapshotIdentifier: ['rds:orders-2026-01-01'] }],
    ['CSMM-UnshareDatabaseClusterSnapshot', { DBClusterSnapshotIdentifier: [`a${'-a'.repeat(255)}`] }],
    ['CSMM-KeepDatabaseBackups', { ...DATABASE, RetentionDays: ['0'] }],
    ['CSMM-KeepDatabaseBackups', { ...DATABASE, RetentionDays: ['36'] }],
    ['CSMM-KeepClusterBackups', { DBClusterIdentifier: ['orders'], DbClusterResourceId: ['db-ABC'], RetentionDays: ['7'] }],
    ['CSMM-EnableFileSystemBackups', { FileSystemId: ['{{ global:REGION }}'] }],
    ['CSMM-EnableFileSystemBackups-Undo', { FileSystemId: ['fs-1"'] }],
    ['CSMM-EnableTableRecovery', { TableName: ['arn:aws:dynamodb:eu-west-1:222222222222:table/carts'] }],
    ['CSMM-EncryptQueue', { QueueName: ['https://example.com/orders'] }],
    ['CSMM-EncryptTopic', { TopicArn: ['orders'] }],
    ['CSMM-EncryptStream', { StreamName: ['clicks"'] }],
  ])('%s does not start with %j', async (runbook, parameters) => {
    await expect(run(runbook, parameters, async () => ({}))).rejects.toThrow(InvalidAutomationExecutionParametersException);
  });
});

const CREDENTIALS = { MasterUsername: 'example', MasterUserPassword: 'Example-password1' };
const newDatabase = (parts: object = {}) =>
  new CreateDBInstanceCommand({
    DBInstanceIdentifier: 'orders',
    DBInstanceClass: 'db.t3.micro',
    Engine: 'postgres',
    AllocatedStorage: 20,
    ...CREDENTIALS,
    ...parts,
  });
const database = async (account: LoopAccount) =>
  (await account.client(RDSClient).send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'orders' }))).DBInstances?.[0];

const snapshotSharing = async (account: LoopAccount) =>
  (await account.client(RDSClient).send(new DescribeDBSnapshotAttributesCommand({ DBSnapshotIdentifier: 'last' })))
    .DBSnapshotAttributesResult?.DBSnapshotAttributes;
const clusterSnapshotSharing = async (account: LoopAccount) =>
  (await account.client(RDSClient).send(new DescribeDBClusterSnapshotAttributesCommand({ DBClusterSnapshotIdentifier: 'last' })))
    .DBClusterSnapshotAttributesResult?.DBClusterSnapshotAttributes;
/** Values of a sharing list in any order. */
const valuesOf = (attributes: Awaited<ReturnType<typeof snapshotSharing>>) => attributes?.flatMap((each) => each.AttributeValues).sort();

describe.skipIf(!useMoto())('the loop is closed in an emulated account', () => {
  it('on a DB instance that is publicly accessible', async () => {
    const { first } = await closeLoop({
      controlId: 'STR-L1-03',
      runbook: 'CSMM-DisableDatabasePublicAccess',
      seed: (account) => account.client(RDSClient).send(newDatabase({ PubliclyAccessible: true })),
      previous: async (account) => (await database(account))?.PubliclyAccessible,
    });
    expect(changesOf(first)).toEqual(['rds:ModifyDBInstance']);
    expect(first.outputs).toEqual({ 'read.PreviousPublicAccess': ['true'] });
  });

  it('on a Redshift cluster that is publicly accessible', async () => {
    const cluster = {
      ClusterIdentifier: 'dwh',
      NodeType: 'ra3.large',
      ClusterType: 'single-node',
      ...CREDENTIALS,
      PubliclyAccessible: true,
    };
    await closeLoop({
      controlId: 'STR-L1-03',
      runbook: 'CSMM-DisableWarehousePublicAccess',
      seed: (account) => account.client(RedshiftClient).send(new CreateClusterCommand(cluster)),
      previous: async (account) =>
        (await account.client(RedshiftClient).send(new DescribeClustersCommand({}))).Clusters?.[0]?.PubliclyAccessible,
    });
  });

  it('on a snapshot of a DB instance that is shared with everyone', async () => {
    await closeLoop({
      controlId: 'STR-L1-04',
      runbook: 'CSMM-UnshareDatabaseSnapshot',
      seed: async (account) => {
        const rds = account.client(RDSClient);
        await rds.send(newDatabase());
        await rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'orders', DBSnapshotIdentifier: 'last' }));
        const ValuesToAdd = ['222222222222', 'all'];
        await rds.send(new ModifyDBSnapshotAttributeCommand({ DBSnapshotIdentifier: 'last', AttributeName: 'restore', ValuesToAdd }));
      },
      previous: async (account) => valuesOf(await snapshotSharing(account)),
    });
  });

  it('on a snapshot of a DB cluster that is shared with everyone', async () => {
    await closeLoop({
      controlId: 'STR-L1-04',
      runbook: 'CSMM-UnshareDatabaseClusterSnapshot',
      seed: async (account) => {
        const rds = account.client(RDSClient);
        await rds.send(new CreateDBClusterCommand({ DBClusterIdentifier: 'ledger', Engine: 'aurora-mysql', ...CREDENTIALS }));
        const snapshot = { DBClusterSnapshotIdentifier: 'last' };
        await rds.send(new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: 'ledger', ...snapshot }));
        const ValuesToAdd = ['222222222222', 'all'];
        await rds.send(new ModifyDBClusterSnapshotAttributeCommand({ ...snapshot, AttributeName: 'restore', ValuesToAdd }));
      },
      previous: async (account) => valuesOf(await clusterSnapshotSharing(account)),
    });
  });

  it('on a table without point-in-time recovery', async () => {
    await closeLoop({
      controlId: 'STR-L2-03',
      runbook: 'CSMM-EnableTableRecovery',
      seed: (account) =>
        account.client(DynamoDBClient).send(
          new CreateTableCommand({
            TableName: 'carts',
            BillingMode: 'PAY_PER_REQUEST',
            AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          }),
        ),
      previous: async (account) =>
        (await account.client(DynamoDBClient).send(new DescribeContinuousBackupsCommand({ TableName: 'carts' })))
          .ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus,
    });
  });

  it('on a queue without encryption', async () => {
    const Attributes = { SqsManagedSseEnabled: 'false' };
    await closeLoop({
      controlId: 'STR-L2-05',
      runbook: 'CSMM-EncryptQueue',
      seed: (account) => account.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'orders', Attributes })),
      previous: async (account) => {
        const { QueueUrl } = (await account.call('sqs', 'GetQueueUrl', { QueueName: 'orders' })) as { QueueUrl: string };
        const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['SqsManagedSseEnabled', 'KmsMasterKeyId'] });
        return (await account.client(SQSClient).send(command)).Attributes;
      },
    });
  });

  it('on a topic without encryption', async () => {
    const { first } = await closeLoop({
      controlId: 'STR-L2-05',
      runbook: 'CSMM-EncryptTopic',
      seed: (account) => {
        const Principal = { AWS: `arn:aws:iam::${account.accountId}:root` };
        const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...OWNER, Principal, Resource: '*', Condition: undefined }] });
        return account.client(SNSClient).send(new CreateTopicCommand({ Name: 'orders', Attributes: { Policy } }));
      },
      previous: async (account) => {
        const TopicArn = `arn:aws:sns:${account.region}:${account.accountId}:orders`;
        return (await account.client(SNSClient).send(new GetTopicAttributesCommand({ TopicArn }))).Attributes?.KmsMasterKeyId;
      },
    });
    expect(changesOf(first)).toEqual(['sns:SetTopicAttributes']);
  });

  it('on a stream without encryption', async () => {
    await closeLoop({
      controlId: 'STR-L2-05',
      runbook: 'CSMM-EncryptStream',
      seed: (account) => account.client(KinesisClient).send(new CreateStreamCommand({ StreamName: 'clicks', ShardCount: 1 })),
      previous: async (account) =>
        (await account.client(KinesisClient).send(new DescribeStreamSummaryCommand({ StreamName: 'clicks' }))).StreamDescriptionSummary
          ?.EncryptionType,
    });
  });
});

/** SHA-256 of no accounts. */
const SHARED_WITH_NONE = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const NAMESPACE = 'arn:aws:redshift:eu-west-1:111111111111:namespace:11111111-1111-4111-8111-111111111111';

const APPLIED: readonly (readonly [string, RunbookParameters])[] = [
  ['CSMM-DisableDatabasePublicAccess', DATABASE],
  ['CSMM-DisableDatabasePublicAccess-Undo', { ...DATABASE, PreviousPublicAccess: ['true'] }],
  ['CSMM-DisableWarehousePublicAccess', { ClusterIdentifier: ['dwh'] }],
  ['CSMM-DisableWarehousePublicAccess-Undo', { ClusterIdentifier: ['dwh'], PreviousPublicAccess: ['true'], NewNamespaceArn: [NAMESPACE] }],
  ['CSMM-UnshareVolumeSnapshot', { SnapshotId: ['snap-01234567'] }],
  ['CSMM-UnshareVolumeSnapshot-Undo', { SnapshotId: ['snap-01234567'], PreviousSharing: ['everyone'], NewSharing: [SHARED_WITH_NONE] }],
  ['CSMM-UnshareDatabaseSnapshot', { DBSnapshotIdentifier: ['last'] }],
  ['CSMM-UnshareDatabaseSnapshot-Undo', { DBSnapshotIdentifier: ['last'], PreviousSharing: ['everyone'], NewSharing: [SHARED_WITH_NONE] }],
  ['CSMM-UnshareDatabaseClusterSnapshot', { DBClusterSnapshotIdentifier: ['last'] }],
  [
    'CSMM-UnshareDatabaseClusterSnapshot-Undo',
    { DBClusterSnapshotIdentifier: ['last'], PreviousSharing: ['everyone'], NewSharing: [SHARED_WITH_NONE] },
  ],
  ['CSMM-BlockNewPublicSnapshots', {}],
  ['CSMM-BlockNewPublicSnapshots-Undo', { PreviousState: ['unblocked'] }],
  ['CSMM-KeepDatabaseBackups', { ...DATABASE, RetentionDays: ['7'] }],
  ['CSMM-EnableTableRecovery', { TableName: ['carts'] }],
  ['CSMM-EncryptQueue', { QueueName: ['orders'] }],
  ['CSMM-EncryptQueue-Undo', { QueueName: ['orders'], PreviousEncryption: ['none'] }],
  ['CSMM-EncryptTopic', { TopicArn: [TOPIC_ARN] }],
  ['CSMM-EncryptTopic-Undo', { TopicArn: [TOPIC_ARN], PreviousEncryption: ['none'] }],
  ['CSMM-EncryptStream', { StreamName: ['clicks'] }],
  ['CSMM-EncryptStream-Undo', { StreamName: ['clicks'], PreviousEncryption: ['NONE'] }],
];

describe('what cannot be read', () => {
  it.each(APPLIED)('is not changed by %s', async (runbook, parameters) => {
    const ended = await run(runbook, parameters, async () => {
      throw Object.assign(new Error('made up'), { name: 'AccessDenied' });
    });
    expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining('AccessDenied') });
    expect(changesOf(ended)).toEqual([]);
  });
});

type Answers = Readonly<Record<string, (input: ApiCall['input']) => unknown>>;

/** A service in memory. */
const serviceOf =
  (answers: Answers): CallApi =>
  async (_, api, input) => {
    const answer = answers[api];
    if (!answer) throw Object.assign(new Error('made up'), { name: `No${api}` });
    return answer(input);
  };

/** A setting that has its new value only after some reads. A `stuck` one never has. */
function slow<T>(value: T, { looks = 2, stuck = false } = {}) {
  let [now, next, left] = [value, value, 0];
  return {
    get: () => {
      if (left > 0 && !stuck && --left === 0) now = next;
      return now;
    },
    set: (wanted: T) => {
      [next, left] = [wanted, looks];
    },
  };
}

/** Databases and clusters that are publicly accessible or private. */
const PUBLIC_ACCESS = [
  {
    runbook: 'CSMM-DisableDatabasePublicAccess',
    parameters: DATABASE,
    service: (access: ReturnType<typeof slow<boolean>>, DbiResourceId = 'db-ABC') =>
      serviceOf({
        DescribeDBInstances: () => ({ DBInstances: [{ DBInstanceIdentifier: 'orders', DbiResourceId, PubliclyAccessible: access.get() }] }),
        ModifyDBInstance: ({ PubliclyAccessible, ...others }) => {
          expect(others).toEqual({ DBInstanceIdentifier: 'orders' });
          access.set(PubliclyAccessible as boolean);
        },
      }),
  },
  {
    runbook: 'CSMM-DisableWarehousePublicAccess',
    parameters: { ClusterIdentifier: ['dwh'] },
    service: (access: ReturnType<typeof slow<boolean>>) =>
      serviceOf({
        DescribeClusters: () => ({
          Clusters: [{ ClusterIdentifier: 'dwh', ClusterNamespaceArn: NAMESPACE, PubliclyAccessible: access.get() }],
        }),
        ModifyCluster: ({ PubliclyAccessible, ...others }) => {
          expect(others).toEqual({ ClusterIdentifier: 'dwh' });
          access.set(PubliclyAccessible as boolean);
        },
      }),
  },
];

describe.each(PUBLIC_ACCESS)('$runbook', ({ runbook, parameters, service }) => {
  it('waits until the service has done it, and so does its inverse', async () => {
    const access = slow(true);
    const call = service(access);
    const first = await run(runbook, parameters, call);
    expect(first).toMatchObject({ status: 'Success' });
    expect(access.get()).toBe(false);
    expect(await run(`${runbook}-Undo`, undoParameters(runbook, parameters, first), call)).toMatchObject({ status: 'Success' });
    expect(access.get()).toBe(true);
  });

  it('times out where the service does not do it', async () => {
    expect(await run(runbook, parameters, service(slow(true, { stuck: true })))).toMatchObject({ status: 'TimedOut' });
  });

  it('changes nothing where it is not publicly accessible, nor does its inverse then', async () => {
    const call = service(slow(false));
    const ended = await run(runbook, parameters, call);
    const undone = await run(`${runbook}-Undo`, undoParameters(runbook, parameters, ended), call);
    expect([ended.status, undone.status]).toEqual(['Success', 'Success']);
    expect([...changesOf(ended), ...changesOf(undone)]).toEqual([]);
  });
});

describe('CSMM-DisableWarehousePublicAccess', () => {
  const withAddress = (PubliclyAccessible: boolean) =>
    serviceOf({
      DescribeClusters: () => ({
        Clusters: [
          {
            ClusterIdentifier: 'dwh',
            ClusterNamespaceArn: NAMESPACE,
            PubliclyAccessible,
            ElasticIpStatus: { ElasticIp: '192.0.2.1', Status: 'active' },
          },
        ],
      }),
      ModifyCluster: () => ({}),
    });

  it.each<[string, RunbookParameters, boolean]>([
    ['CSMM-DisableWarehousePublicAccess', {}, true],
    ['CSMM-DisableWarehousePublicAccess-Undo', { PreviousPublicAccess: ['true'], NewNamespaceArn: [NAMESPACE] }, false],
  ])('%s changes nothing where the cluster has an Elastic IP address', async (runbook, more, isPublic) => {
    const ended = await run(runbook, { ClusterIdentifier: ['dwh'], ...more }, withAddress(isPublic));
    expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining('has an Elastic IP address') });
    expect(changesOf(ended)).toEqual([]);
  });
});

describe('a runbook of DB instances', () => {
  it.each(APPLIED.filter(([, parameters]) => 'DbiResourceId' in parameters))(
    '%s changes nothing where another has the name by now',
    async (runbook, parameters) => {
      const call = serviceOf({
        DescribeDBInstances: () => ({
          DBInstances: [{ DBInstanceIdentifier: 'orders', DbiResourceId: 'db-XYZ', PubliclyAccessible: true, BackupRetentionPeriod: 0 }],
        }),
      });
      const ended = await run(runbook, parameters, call);
      expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining('db-XYZ') });
      expect(changesOf(ended)).toEqual([]);
    },
  );
});

/** A DB instance that records the inputs of `ModifyDBInstance`. */
function retentionInMemory(current: number, pending: object | undefined) {
  const days = slow(current, { looks: 1 });
  const asked: unknown[] = [];
  const call = serviceOf({
    DescribeDBInstances: () => ({
      DBInstances: [
        {
          DBInstanceIdentifier: 'orders',
          DbiResourceId: 'db-ABC',
          InstanceCreateTime: new Date(0),
          BackupRetentionPeriod: days.get(),
          ...(pending && { PendingModifiedValues: pending }),
        },
      ],
    }),
    ModifyDBInstance: (input) => {
      asked.push(input);
      days.set(input.BackupRetentionPeriod as number);
    },
  });
  return { asked, call, days };
}

const keep = (call: CallApi, days: number) => run('CSMM-KeepDatabaseBackups', { ...DATABASE, RetentionDays: [String(days)] }, call);
const PENDING = { DBInstanceClass: 'db.r6g.large' };

describe('CSMM-KeepClusterBackups', () => {
  const ofCluster = (BackupRetentionPeriod: number, more: object = {}) => {
    const cluster = { DbClusterResourceId: 'cluster-ABC', BackupRetentionPeriod, ...more };
    const asked: unknown[] = [];
    const call: CallApi = async (_, api, input) => {
      if (api === 'DescribeDBClusters') return { DBClusters: [{ ...cluster }] };
      if (api !== 'ModifyDBCluster') throw new Error(api);
      asked.push(input);
      Object.assign(cluster, { BackupRetentionPeriod: input.BackupRetentionPeriod });
      return {};
    };
    const parameters = { DBClusterIdentifier: ['orders'], DbClusterResourceId: ['cluster-ABC'], RetentionDays: ['7'] };
    return { asked, cluster, keep: () => run('CSMM-KeepClusterBackups', parameters, call) };
  };

  it.each([
    [1, 7],
    [7, 7],
    [20, 20],
  ])('makes %i days %i days, and never shortens them', async (before, after) => {
    const { asked, cluster, keep: kept } = ofCluster(before);
    expect(await kept()).toMatchObject({ status: 'Success' });
    expect(cluster.BackupRetentionPeriod).toBe(after);
    expect(asked).toHaveLength(before < after ? 1 : 0);
    expect(changesOf(await kept())).toEqual([]);
  });

  it.each([
    ['another cluster has the name', { DbClusterResourceId: 'cluster-OTHER' }, 'same'],
    ['other modifications are pending', { PendingModifiedValues: { EngineVersion: '8' } }, 'other modifications are pending'],
  ])('fails without a change if %s', async (_, more, why) => {
    const { asked, keep: kept } = ofCluster(1, more);
    expect(await kept()).toMatchObject({ status: 'Failed', failure: expect.stringContaining(why) });
    expect(asked).toEqual([]);
  });
});

describe('CSMM-EnableFileSystemBackups', () => {
  it('turns backups on that never were, for which EFS returns an error', async () => {
    let status: string | undefined;
    const call: CallApi = async (_, api, input) => {
      if (api === 'DescribeFileSystems') return { FileSystems: [{}] };
      if (api === 'PutBackupPolicy') status = (input.BackupPolicy as { Status: string }).Status;
      if (status === undefined) throw Object.assign(new Error('no policy'), { name: 'PolicyNotFound' });
      return { BackupPolicy: { Status: status } };
    };
    const enable = () => run('CSMM-EnableFileSystemBackups', { FileSystemId: ['fs-01234567'] }, call);
    expect(await enable()).toMatchObject({ status: 'Success' });
    expect(status).toBe('ENABLED');
    expect(changesOf(await enable())).toEqual([]);
  });
});

describe('CSMM-KeepDatabaseBackups', () => {
  it('never shortens the retention, and applies at once where there was none alone', async () => {
    const days = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 35 }));
    await fc.assert(
      fc.asyncProperty(days, fc.integer({ min: 1, max: 35 }), fc.constantFrom(undefined, {}), async (current, wanted, pending) => {
        const { asked, call, days: kept } = retentionInMemory(current, pending);
        expect(await keep(call, wanted)).toMatchObject({ status: 'Success' });
        expect(kept.get()).toBe(Math.max(current, wanted));
        const change = { DBInstanceIdentifier: 'orders', BackupRetentionPeriod: wanted, ApplyImmediately: current === 0 };
        expect(asked).toEqual(current < wanted ? [change] : []);
      }),
      {
        numRuns: 25,
        examples: [
          [0, 7, {}],
          [7, 7, {}],
          [6, 7, {}],
        ],
      },
    );
  });

  it('does not turn backups on while that would apply another modification', async () => {
    const { asked, call } = retentionInMemory(0, PENDING);
    expect(await keep(call, 7)).toMatchObject({ status: 'Failed', failure: expect.stringContaining('other modifications are pending') });
    expect(asked).toEqual([]);
  });

  it('lengthens a retention without applying another modification', async () => {
    const { asked, call } = retentionInMemory(1, PENDING);
    expect(await keep(call, 7)).toMatchObject({ status: 'Success' });
    expect(asked).toEqual([{ DBInstanceIdentifier: 'orders', BackupRetentionPeriod: 7, ApplyImmediately: false }]);
  });

  it.skipIf(!useMoto())('sends what the API takes', async () => {
    const { call } = await newAccount();
    await call('rds', 'CreateDBInstance', {
      DBInstanceIdentifier: 'orders',
      DBInstanceClass: 'db.t3.micro',
      Engine: 'postgres',
      AllocatedStorage: 20,
      BackupRetentionPeriod: 0,
      ...CREDENTIALS,
    });
    const described = async () =>
      ((await call('rds', 'DescribeDBInstances', {})) as { DBInstances: { DbiResourceId: string; BackupRetentionPeriod: number }[] })
        .DBInstances[0]!;
    const parameters = { ...DATABASE, DbiResourceId: [(await described()).DbiResourceId], RetentionDays: ['7'] };
    expect(await run('CSMM-KeepDatabaseBackups', parameters, call)).toMatchObject({ status: 'Success' });
    expect((await described()).BackupRetentionPeriod).toBe(7);
    expect(changesOf(await run('CSMM-KeepDatabaseBackups', parameters, call))).toEqual([]);
  });
});

async function newAccount(region = 'eu-west-1') {
  const { credentials } = await freshAccount();
  return { call: motoCaller({ credentials, region }) };
}

/** Snapshots in memory with their sharing. `deaf` ones do not change. */
const SNAPSHOTS = [
  {
    runbook: 'CSMM-UnshareVolumeSnapshot',
    parameters: { SnapshotId: ['snap-01234567'] },
    service: (shared: Set<string>, deaf = false) =>
      serviceOf({
        DescribeSnapshotAttribute: () => ({
          SnapshotId: 'snap-01234567',
          CreateVolumePermissions: [...shared].map((each) => (each === 'all' ? { Group: each } : { UserId: each })),
        }),
        ModifySnapshotAttribute: ({ OperationType, GroupNames, ...others }) => {
          expect(others).toEqual({ SnapshotId: 'snap-01234567', Attribute: 'createVolumePermission' });
          for (const group of deaf ? [] : (GroupNames as string[])) OperationType === 'add' ? shared.add(group) : shared.delete(group);
        },
      }),
  },
  ...(['DBSnapshot', 'DBClusterSnapshot'] as const).map((kind) => ({
    runbook: kind === 'DBSnapshot' ? 'CSMM-UnshareDatabaseSnapshot' : 'CSMM-UnshareDatabaseClusterSnapshot',
    parameters: { [`${kind}Identifier`]: ['last'] },
    service: (shared: Set<string>, deaf = false) =>
      serviceOf({
        [`Describe${kind}Attributes`]: () => ({
          [`${kind}AttributesResult`]: {
            [`${kind}Identifier`]: 'last',
            [`${kind}Attributes`]: [{ AttributeName: 'restore', AttributeValues: [...shared] }],
          },
        }),
        [`Modify${kind}Attribute`]: ({ ValuesToAdd = [], ValuesToRemove = [], ...others }) => {
          expect(others).toEqual({ [`${kind}Identifier`]: 'last', AttributeName: 'restore' });
          for (const value of deaf ? [] : (ValuesToAdd as string[])) shared.add(value);
          for (const value of deaf ? [] : (ValuesToRemove as string[])) shared.delete(value);
        },
      }),
  })),
];

describe.each(SNAPSHOTS)('$runbook', ({ runbook, parameters, service }) => {
  it('takes the snapshot back from everyone alone, and its inverse gives it back', async () => {
    const accounts = fc.subarray(['111111111111', '222222222222', '333333333333']);
    await fc.assert(
      fc.asyncProperty(accounts, fc.boolean(), async (named, everyone) => {
        const before = new Set(everyone ? [...named, 'all'] : named);
        const shared = new Set(before);
        const call = service(shared);
        const ended = await run(runbook, parameters, call);
        expect(ended.status).toBe('Success');
        expect(shared).toEqual(new Set(named));
        expect(changesOf(ended)).toHaveLength(everyone ? 1 : 0);
        expect((await run(`${runbook}-Undo`, undoParameters(runbook, parameters, ended), call)).status).toBe('Success');
        expect(shared).toEqual(before);
      }),
      {
        numRuns: 6,
        examples: [
          [['222222222222'], true],
          [[], true],
          [[], false],
        ],
      },
    );
  });

  it('fails where the snapshot stays shared, as does its inverse where it does not come back', async () => {
    const ended = await run(runbook, parameters, service(new Set(['all']), true));
    expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining('still shared with everyone') });
    const told = { PreviousSharing: ['everyone'], NewSharing: [SHARED_WITH_NONE] };
    const undone = await run(`${runbook}-Undo`, { ...parameters, ...told }, service(new Set(), true));
    expect(undone).toMatchObject({
      status: 'Failed',
      failure: expect.stringContaining('the sharing of the snapshot differs from the previous one'),
    });
  });
});

it.skipIf(!useMoto())('CSMM-UnshareVolumeSnapshot sends what the API takes', async () => {
  const { call } = await newAccount();
  const { VolumeId } = (await call('ec2', 'CreateVolume', { AvailabilityZone: 'eu-west-1a', Size: 1 })) as { VolumeId: string };
  const { SnapshotId } = (await call('ec2', 'CreateSnapshot', { VolumeId })) as { SnapshotId: string };
  const attribute = { SnapshotId, Attribute: 'createVolumePermission' };
  await call('ec2', 'ModifySnapshotAttribute', { ...attribute, OperationType: 'add', GroupNames: ['all'], UserIds: ['222222222222'] });
  const shared = async () =>
    ((await call('ec2', 'DescribeSnapshotAttribute', attribute)) as { CreateVolumePermissions: unknown[] }).CreateVolumePermissions;
  const before = await shared();
  const ended = await run('CSMM-UnshareVolumeSnapshot', { SnapshotId: [SnapshotId] }, call);
  expect(ended).toMatchObject({ status: 'Success' });
  expect(await shared()).toEqual([{ UserId: '222222222222' }]);
  expect(changesOf(await run('CSMM-UnshareVolumeSnapshot', { SnapshotId: [SnapshotId] }, call))).toEqual([]);
  const told = undoParameters('CSMM-UnshareVolumeSnapshot', { SnapshotId: [SnapshotId] }, ended);
  expect(await run('CSMM-UnshareVolumeSnapshot-Undo', told, call)).toMatchObject({ status: 'Success' });
  expect(await shared()).toEqual(before);
});

describe('CSMM-BlockNewPublicSnapshots', () => {
  it.each([
    ['unblocked', 'block-new-sharing', ['ec2:EnableSnapshotBlockPublicAccess']],
    ['block-new-sharing', 'block-new-sharing', []],
    ['block-all-sharing', 'block-all-sharing', []],
  ])('makes of %s %s, and its inverse brings it back', async (before, after, changes) => {
    const state = slow(before);
    const call = serviceOf({
      GetSnapshotBlockPublicAccessState: () => ({ State: state.get(), ManagedBy: 'account' }),
      EnableSnapshotBlockPublicAccess: ({ State }) => state.set(State as string),
      DisableSnapshotBlockPublicAccess: () => state.set('unblocked'),
    });
    const ended = await run('CSMM-BlockNewPublicSnapshots', {}, call);
    expect(ended.status).toBe('Success');
    expect(changesOf(ended)).toEqual(changes);
    expect(state.get()).toBe(after);
    const PreviousState = ended.outputs['read.PreviousState']!;
    const undone = await run('CSMM-BlockNewPublicSnapshots-Undo', { PreviousState }, call);
    expect(undone.status).toBe('Success');
    expect(changesOf(undone)).toHaveLength(changes.length);
    expect(state.get()).toBe(before);
  });
});

describe('CSMM-EnableTableRecovery', () => {
  it('turns recovery on where DynamoDB says nothing of it, and waits for it', async () => {
    const status = slow<string | undefined>(undefined);
    const call = serviceOf({
      DescribeContinuousBackups: () => {
        const PointInTimeRecoveryStatus = status.get() ?? (changed && 'DISABLED');
        const description = PointInTimeRecoveryStatus && { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus } };
        return { ContinuousBackupsDescription: { ContinuousBackupsStatus: 'ENABLED', ...description } };
      },
      UpdateContinuousBackups: (input) => {
        changed = true;
        expect(input).toEqual({ TableName: 'carts', PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } });
        status.set('ENABLED');
      },
    });
    let changed = false;
    expect(await run('CSMM-EnableTableRecovery', { TableName: ['carts'] }, call)).toMatchObject({ status: 'Success' });
    expect(changesOf(await run('CSMM-EnableTableRecovery', { TableName: ['carts'] }, call))).toEqual([]);
  });
});

/** A queue in memory. As in SQS, one kind of encryption replaces the other. */
function queueInMemory(attributes: Record<string, string>) {
  const call = serviceOf({
    GetQueueUrl: () => ({ QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders' }),
    GetQueueAttributes: ({ AttributeNames }) => ({
      Attributes: Object.fromEntries(
        Object.entries({ QueueArn: 'arn:aws:sqs:eu-west-1:111111111111:orders', ...attributes }).filter(([name]) =>
          (AttributeNames as string[]).includes(name),
        ),
      ),
    }),
    SetQueueAttributes: ({ Attributes }) => {
      delete attributes.KmsMasterKeyId;
      Object.assign(attributes, Attributes);
    },
  });
  return { attributes, call };
}

describe('CSMM-EncryptQueue', () => {
  it.each([
    ['none', { SqsManagedSseEnabled: 'false' }, 1],
    ['none', { SqsManagedSseEnabled: 'false', KmsMasterKeyId: '' }, 1],
    ['sqs', { SqsManagedSseEnabled: 'true' }, 0],
    ['kms', { SqsManagedSseEnabled: 'false', KmsMasterKeyId: 'alias/orders' }, 0],
  ])('finds that a queue has %s of %j, and its inverse brings that back', async (previous, before, changes) => {
    const { attributes, call } = queueInMemory({ ...before });
    const ended = await run('CSMM-EncryptQueue', { QueueName: ['orders'] }, call);
    expect(ended).toMatchObject({ status: 'Success', outputs: { 'inspect.PreviousEncryption': [previous] } });
    expect(changesOf(ended)).toHaveLength(changes);
    const undone = await run('CSMM-EncryptQueue-Undo', { QueueName: ['orders'], PreviousEncryption: [previous] }, call);
    expect(undone.status).toBe('Success');
    expect(changesOf(undone)).toHaveLength(changes);
    expect(attributes.SqsManagedSseEnabled).toBe(before.SqsManagedSseEnabled);
    expect(attributes.KmsMasterKeyId || undefined).toBe(('KmsMasterKeyId' in before && before.KmsMasterKeyId) || undefined);
  });

  it('has an inverse that fails without a change where the queue has a key of KMS by now', async () => {
    const { attributes, call } = queueInMemory({ SqsManagedSseEnabled: 'false', KmsMasterKeyId: 'alias/orders' });
    const undone = await run('CSMM-EncryptQueue-Undo', { QueueName: ['orders'], PreviousEncryption: ['none'] }, call);
    expect(undone).toMatchObject({ status: 'Failed', failure: expect.stringContaining('alias/orders') });
    expect(changesOf(undone)).toEqual([]);
    expect(attributes.KmsMasterKeyId).toBe('alias/orders');
  });
});

const OWNER = {
  Sid: '__default_statement_ID',
  Effect: 'Allow',
  Principal: { AWS: '*' },
  Action: ['SNS:Publish'],
  Resource: TOPIC_ARN,
  Condition: { StringEquals: { 'AWS:SourceOwner': '111111111111' } },
};

const ACCOUNT = { ...OWNER, Principal: { AWS: 'arn:aws:iam::111111111111:root' }, Condition: undefined };

/** A topic in memory, with the CloudWatch alarms that notify it. */
function topicInMemory(Statement: unknown, key?: string, alarms: object = { MetricAlarms: [], CompositeAlarms: [] }) {
  const topic = { key };
  const call = serviceOf({
    DescribeAlarms: (input) => {
      expect(input).toEqual({ ActionPrefix: TOPIC_ARN, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] });
      return alarms;
    },
    GetTopicAttributes: () => ({
      Attributes: {
        TopicArn: TOPIC_ARN,
        Policy: typeof Statement === 'string' ? Statement : JSON.stringify({ Version: '2008-10-17', Statement }),
        ...(topic.key && { KmsMasterKeyId: topic.key }),
      },
    }),
    SetTopicAttributes: ({ AttributeName, AttributeValue }) => {
      expect(AttributeName).toBe('KmsMasterKeyId');
      topic.key = AttributeValue as string;
    },
  });
  return { topic, call };
}

const MAY_PUBLISH = 'an AWS service can publish';

describe('CSMM-EncryptTopic', () => {
  const encrypt = (call: CallApi) => run('CSMM-EncryptTopic', { TopicArn: [TOPIC_ARN] }, call);
  const decrypt = (call: CallApi, previous: string) =>
    run('CSMM-EncryptTopic-Undo', { TopicArn: [TOPIC_ARN], PreviousEncryption: [previous] }, call);

  it.each([
    ['for the account', [ACCOUNT]],
    ['of one statement', ACCOUNT],
    ['that denies a service', [ACCOUNT, { ...OWNER, Effect: 'Deny', Principal: { Service: 's3.amazonaws.com' } }]],
    ['for an organization', [{ ...OWNER, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-example123' } } }]],
  ])('encrypts a topic with a policy %s, and its inverse decrypts it', async (_, statement) => {
    const { topic, call } = topicInMemory(statement);
    expect(await encrypt(call)).toMatchObject({ status: 'Success', outputs: { 'inspect.PreviousEncryption': ['none'] } });
    expect(topic.key).toBe('alias/aws/sns');
    expect(await decrypt(call, 'none')).toMatchObject({ status: 'Success' });
    expect(topic.key).toBe('');
    expect(changesOf(await decrypt(call, 'none'))).toEqual([]);
  });

  it.each([
    ['a service may publish', [ACCOUNT, { ...OWNER, Principal: { Service: 'events.amazonaws.com' } }], MAY_PUBLISH],
    [
      'a service may publish among others',
      [{ ...ACCOUNT, Principal: { AWS: '111111111111', Service: ['s3.amazonaws.com'] } }],
      MAY_PUBLISH,
    ],
    ['a source may publish', [{ ...OWNER, Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::orders' } } }], MAY_PUBLISH],
    ['the policy is the one that SNS gives a new topic', [OWNER], MAY_PUBLISH],
    ['everyone may publish', [{ ...OWNER, Principal: '*', Condition: undefined }], MAY_PUBLISH],
    ['everyone may publish among others', [{ ...ACCOUNT, Principal: { AWS: ['111111111111', '*'] } }], MAY_PUBLISH],
    ['all but one may publish', [{ ...ACCOUNT, Principal: undefined, NotPrincipal: { AWS: '222222222222' } }], MAY_PUBLISH],
    ['the policy is not JSON', '{', 'JSONDecodeError'],
    ['the policy has no statements', '{}', 'KeyError'],
    ['a statement is a text', ['Allow'], 'Error'],
    ['a condition is a list', [{ ...OWNER, Condition: [] }], 'Error'],
  ])('changes nothing where %s', async (_, statement, why) => {
    const { topic, call } = topicInMemory(statement);
    expect(await encrypt(call)).toMatchObject({ status: 'Failed', failure: expect.stringContaining(why) });
    expect(topic.key).toBeUndefined();
  });

  it.each([
    ['an alarm', { MetricAlarms: [{ AlarmName: 'cpu', OKActions: [TOPIC_ARN] }], CompositeAlarms: [] }],
    ['a composite alarm', { CompositeAlarms: [{ AlarmName: 'all', AlarmActions: [TOPIC_ARN] }] }],
    ['an alarm of a further page', { MetricAlarms: [], CompositeAlarms: [], NextToken: 'x' }],
  ])('changes nothing where it may be told by %s', async (_, alarms) => {
    const { topic, call } = topicInMemory([ACCOUNT], undefined, alarms);
    expect(await encrypt(call)).toMatchObject({ status: 'Failed', failure: expect.stringContaining('an alarm notifies the topic') });
    expect(topic.key).toBeUndefined();
  });

  it('changes nothing where the alarms cannot be read', async () => {
    const { topic, call } = topicInMemory([ACCOUNT]);
    const denied: CallApi = (service, api, input) =>
      api === 'DescribeAlarms' ? Promise.reject(new Error('no')) : call(service, api, input);
    expect((await encrypt(denied)).status).toBe('Failed');
    expect(topic.key).toBeUndefined();
  });

  it('waits a moment until SNS tells the change, and so does its inverse', async () => {
    for (const [runbook, before, more] of [
      ['CSMM-EncryptTopic', undefined, {}],
      ['CSMM-EncryptTopic-Undo', 'alias/aws/sns', { PreviousEncryption: ['none'] }],
    ] as const) {
      const { topic, call } = topicInMemory([ACCOUNT], before);
      let asked: ApiCall['input'] | undefined;
      const late: CallApi = async (service, api, input) => {
        if (api !== 'SetTopicAttributes') return call(service, api, input);
        asked = input;
        return {};
      };
      const pause = async () => {
        if (asked) await call('sns', 'SetTopicAttributes', asked);
      };
      const parameters = { AutomationAssumeRole: ['arn:aws:iam::111111111111:role/csmm-remediation'], TopicArn: [TOPIC_ARN], ...more };
      expect(await runAutomation(runbookText(runbook), parameters, { call: late, pause })).toMatchObject({ status: 'Success' });
      expect(topic.key).toBe(before === undefined ? 'alias/aws/sns' : '');
    }
  });

  it('changes nothing where the topic has a key, whatever its policy, nor does its inverse', async () => {
    const { topic, call } = topicInMemory([{ ...OWNER, Principal: { Service: 'events.amazonaws.com' } }], 'alias/orders');
    const ended = await encrypt(call);
    expect(ended).toMatchObject({ status: 'Success', outputs: { 'inspect.PreviousEncryption': ['kms'] } });
    const undone = await decrypt(call, 'kms');
    expect(undone.status).toBe('Success');
    expect([...changesOf(ended), ...changesOf(undone)]).toEqual([]);
    expect(topic.key).toBe('alias/orders');
  });

  it('has an inverse that leaves another key alone that the topic has by now', async () => {
    const { topic, call } = topicInMemory([OWNER], 'alias/orders');
    expect(await decrypt(call, 'none')).toMatchObject({ status: 'Failed', failure: expect.stringContaining('another key') });
    expect(topic.key).toBe('alias/orders');
  });

  it('has an inverse that fails where the key stays, or is gone', async () => {
    const { call } = topicInMemory([OWNER], 'alias/aws/sns');
    const deaf: CallApi = (service, api, input) => (api === 'SetTopicAttributes' ? Promise.resolve({}) : call(service, api, input));
    expect(await decrypt(deaf, 'none')).toMatchObject({
      status: 'Failed',
      failure: expect.stringContaining('the encryption of the topic differs from the previous one'),
    });
    const bare = topicInMemory([OWNER]);
    expect(await decrypt(bare.call, 'kms')).toMatchObject({
      status: 'Failed',
      failure: expect.stringContaining('the encryption of the topic differs from the previous one'),
    });
  });
});

/** A stream in memory. It is `UPDATING` for some reads after a change of its encryption. */
function streamInMemory(key?: string) {
  const stream = { key };
  let updating = 0;
  const change = (next: string | undefined) => {
    stream.key = next;
    updating = 2;
  };
  const call = serviceOf({
    DescribeStreamSummary: () => {
      const isUpdating = updating-- > 0;
      return {
        StreamDescriptionSummary: {
          StreamName: 'clicks',
          StreamStatus: isUpdating ? 'UPDATING' : 'ACTIVE',
          EncryptionType: Boolean(stream.key) === isUpdating ? 'NONE' : 'KMS',
          ...(stream.key && { KeyId: stream.key }),
        },
      };
    },
    StartStreamEncryption: ({ KeyId, EncryptionType }) => {
      expect(EncryptionType).toBe('KMS');
      change(KeyId as string);
    },
    StopStreamEncryption: ({ KeyId, EncryptionType }) => {
      expect({ KeyId, EncryptionType }).toEqual({ KeyId: 'alias/aws/kinesis', EncryptionType: 'KMS' });
      change(undefined);
    },
  });
  return { stream, call };
}

describe('CSMM-EncryptStream', () => {
  const encrypt = (call: CallApi) => run('CSMM-EncryptStream', { StreamName: ['clicks'] }, call);
  const decrypt = (call: CallApi, previous: string) =>
    run('CSMM-EncryptStream-Undo', { StreamName: ['clicks'], PreviousEncryption: [previous] }, call);

  it.each([
    ['none', undefined],
    ['another key', 'arn:aws:kms:eu-west-1:111111111111:key/11111111-1111-4111-8111-111111111111'],
  ])('encrypts a stream that has %s, unless it is, and its inverse brings that back', async (_, key) => {
    const { stream, call } = streamInMemory(key);
    const ended = await encrypt(call);
    expect(ended.status).toBe('Success');
    expect(stream.key).toBe(key ?? 'alias/aws/kinesis');
    expect(await decrypt(call, ended.outputs['read.PreviousEncryption']![0]!)).toMatchObject({ status: 'Success' });
    expect(stream.key).toBe(key);
  });

  it('has an inverse that knows the key by its ARN, too, and changes nothing once it is gone', async () => {
    const { stream, call } = streamInMemory('arn:aws:kms:eu-west-1:111111111111:alias/aws/kinesis');
    expect(await decrypt(call, 'NONE')).toMatchObject({ status: 'Success' });
    expect(stream.key).toBeUndefined();
    expect(changesOf(await decrypt(call, 'NONE'))).toEqual([]);
  });

  it('has an inverse that leaves another key alone that the stream has by now', async () => {
    const { stream, call } = streamInMemory('alias/orders');
    expect(await decrypt(call, 'NONE')).toMatchObject({ status: 'Failed', failure: expect.stringContaining('alias/orders') });
    expect(stream.key).toBe('alias/orders');
  });
});
