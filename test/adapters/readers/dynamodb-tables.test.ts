import {
  DescribeContinuousBackupsCommand,
  DynamoDBClient,
  DynamoDBServiceException,
  ListTablesCommand,
  TableNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { dynamoDbTables } from '../../../adapters/aws/readers/dynamodb-tables.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const dynamodb = mockClient(DynamoDBClient);
const denied = new DynamoDBServiceException({ name: 'AccessDeniedException', $fault: 'client', $metadata: {}, message: 'no' });

beforeEach(() => {
  dynamodb.reset();
  dynamodb.on(ListTablesCommand).resolves({ TableNames: ['orders'] });
});

const CONTINUOUS_BACKUPS = 'AWS::DynamoDB::ContinuousBackups';
const found = async () => {
  const facts = await readFacts(dynamoDbTables);
  return { table: facts['AWS::DynamoDB::Table eu-west-1 orders'], backups: facts[`${CONTINUOUS_BACKUPS} eu-west-1 orders`] };
};

it.each([
  [
    'with recovery over some days',
    { PointInTimeRecoveryStatus: 'ENABLED', RecoveryPeriodInDays: 10 },
    { pointInTimeRecoveryStatus: 'ENABLED', recoveryPeriodInDays: 10 },
    { pointInTimeRecovery: true, recoveryPeriodDays: 10 },
  ],
  [
    'without recovery',
    { PointInTimeRecoveryStatus: 'DISABLED' },
    { pointInTimeRecoveryStatus: 'DISABLED' },
    { pointInTimeRecovery: false, recoveryPeriodDays: 0 },
  ],
  [
    'with recovery over nobody knows how long',
    { PointInTimeRecoveryStatus: 'ENABLED' },
    { pointInTimeRecoveryStatus: 'ENABLED' },
    { pointInTimeRecovery: true },
  ],
] as const)(
  'gives a table %s the fact that AWS Config has of it, and beside it what DynamoDB alone tells',
  async (_, answer, item, facts) => {
    dynamodb
      .on(DescribeContinuousBackupsCommand)
      .resolves({ ContinuousBackupsDescription: { ContinuousBackupsStatus: 'ENABLED', PointInTimeRecoveryDescription: answer } });
    const supplementaryConfiguration = {
      ContinuousBackupsDescription: { continuousBackupsStatus: 'ENABLED', pointInTimeRecoveryDescription: item },
    };
    const { table, backups } = await found();
    expect(table).toEqual(factsOf('AWS::DynamoDB::Table', {}, { supplementaryConfiguration }));
    expect(table?.facts).toEqual({ pointInTimeRecovery: facts.pointInTimeRecovery });
    expect(backups?.facts).toEqual(facts);
  },
);

it('loses the facts on backups where the call for them was denied, with the reason', async () => {
  dynamodb.on(DescribeContinuousBackupsCommand).rejects(denied);
  const { table, backups } = await found();
  const pointInTimeRecovery = expect.stringContaining('AccessDeniedException');
  expect(table).toEqual({ facts: {}, missing: { pointInTimeRecovery } });
  expect(backups).toEqual({ facts: {}, missing: { pointInTimeRecovery, recoveryPeriodDays: pointInTimeRecovery } });
});

it('leaves out a table that was deleted after the list was read', async () => {
  dynamodb.on(ListTablesCommand).resolves({ TableNames: ['gone'] });
  dynamodb.on(DescribeContinuousBackupsCommand).rejects(new TableNotFoundException({ $metadata: {}, message: 'gone' }));
  expect(await readInventory(dynamoDbTables)).toEqual({ 'AWS::DynamoDB::Table': 0, 'AWS::DynamoDB::ContinuousBackups': 0 });
});

it('lists every page', async () => {
  dynamodb.on(DescribeContinuousBackupsCommand).resolves({});
  dynamodb
    .on(ListTablesCommand)
    .resolvesOnce({ TableNames: ['a'], LastEvaluatedTableName: 'a' })
    .resolvesOnce({ TableNames: ['b'] });
  expect(await readInventory(dynamoDbTables)).toEqual({ 'AWS::DynamoDB::Table': 2, [CONTINUOUS_BACKUPS]: 2 });
});

it('says that the list is not complete where a page was denied', async () => {
  dynamodb.on(DescribeContinuousBackupsCommand).resolves({});
  dynamodb
    .on(ListTablesCommand)
    .resolvesOnce({ TableNames: ['a'], LastEvaluatedTableName: 'a' })
    .rejectsOnce(denied);
  const gap = expect.stringContaining('AccessDeniedException');
  expect(await readInventory(dynamoDbTables)).toEqual({ 'AWS::DynamoDB::Table': gap, [CONTINUOUS_BACKUPS]: gap });
});
