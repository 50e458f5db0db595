import { DescribeContinuousBackupsCommand, DynamoDBClient, DynamoDBServiceException, ListTablesCommand } from '@aws-sdk/client-dynamodb';
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

const table = async () => (await readFacts(dynamoDbTables))['AWS::DynamoDB::Table eu-west-1 orders'];

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
] as const)('gives a table %s the facts that AWS Config has of it', async (_, answer, item, facts) => {
  dynamodb
    .on(DescribeContinuousBackupsCommand)
    .resolves({ ContinuousBackupsDescription: { ContinuousBackupsStatus: 'ENABLED', PointInTimeRecoveryDescription: answer } });
  const supplementaryConfiguration = {
    ContinuousBackupsDescription: { continuousBackupsStatus: 'ENABLED', pointInTimeRecoveryDescription: item },
  };
  const found = await table();
  expect(found).toEqual(factsOf('AWS::DynamoDB::Table', {}, { supplementaryConfiguration }));
  expect(found?.facts).toEqual(facts);
});

it('loses the facts on backups where the call for them was denied, with the reason', async () => {
  dynamodb.on(DescribeContinuousBackupsCommand).rejects(denied);
  const found = await table();
  expect(found?.facts).toEqual({});
  expect(found?.missing).toEqual({
    pointInTimeRecovery: expect.stringContaining('AccessDeniedException'),
    recoveryPeriodDays: expect.stringContaining('AccessDeniedException'),
  });
});

it('lists every page', async () => {
  dynamodb.on(DescribeContinuousBackupsCommand).resolves({});
  dynamodb
    .on(ListTablesCommand)
    .resolvesOnce({ TableNames: ['a'], LastEvaluatedTableName: 'a' })
    .resolvesOnce({ TableNames: ['b'] });
  expect(await readInventory(dynamoDbTables)).toEqual({ 'AWS::DynamoDB::Table': 2 });
});

it('says that the list is not complete where a page was denied', async () => {
  dynamodb.on(DescribeContinuousBackupsCommand).resolves({});
  dynamodb
    .on(ListTablesCommand)
    .resolvesOnce({ TableNames: ['a'], LastEvaluatedTableName: 'a' })
    .rejectsOnce(denied);
  expect(await readInventory(dynamoDbTables)).toEqual({ 'AWS::DynamoDB::Table': expect.stringContaining('AccessDeniedException') });
});
