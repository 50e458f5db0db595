import { DescribeContinuousBackupsCommand, DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import { CONTINUOUS_BACKUPS } from '../../../core/facts/dynamodb-continuous-backups.ts';
import { attempt, factIn } from '../failures.ts';
import { DYNAMODB_LAG } from './lags.ts';
import { describeEach, type Observation, type Reader } from './reader.ts';

/** DynamoDB tables, each with a call for its continuous backups. A table that is deleted between the calls is left out. */
export const dynamoDbTables: Reader = {
  id: 'dynamodb-tables',
  scope: 'region',
  lists: ['AWS::DynamoDB::Table', CONTINUOUS_BACKUPS],
  permissions: ['dynamodb:ListTables', 'dynamodb:DescribeContinuousBackups'],
  refreshedBy: [{ source: 'dynamodb.amazonaws.com', names: ['UpdateContinuousBackups'] }],
  lag: DYNAMODB_LAG,
  read: async function* ({ clients, region }) {
    const client = clients(DynamoDBClient, region);
    for await (const { TableNames = [] } of paginateListTables({ client, pageSize: 100 }, {})) {
      yield* describeEach(TableNames, (table) => describeTable(table, client));
    }
  },
};

async function describeTable(TableName: string, client: DynamoDBClient): Promise<Observation[]> {
  const backups = await attempt(() => client.send(new DescribeContinuousBackupsCommand({ TableName })), ['TableNotFoundException']);
  if (backups === null) return [];
  const description = factIn(backups, ({ ContinuousBackupsDescription }) => ContinuousBackupsDescription);
  return [
    {
      resourceType: 'AWS::DynamoDB::Table',
      resourceId: TableName,
      configuration: { TableName },
      supplementaryConfiguration: { ContinuousBackupsDescription: description },
    },
    { resourceType: CONTINUOUS_BACKUPS, resourceId: TableName, configuration: description },
  ];
}
