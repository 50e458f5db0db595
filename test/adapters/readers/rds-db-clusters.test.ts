import { DescribeDBClustersCommand, RDSClient, RDSServiceException } from '@aws-sdk/client-rds';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { rdsDbClusters } from '../../../adapters/aws/readers/rds-db-clusters.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const rds = mockClient(RDSClient);
const denied = new RDSServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {}, message: 'no' });

beforeEach(() => rds.reset());

it('gives a DB cluster the facts and the id that AWS Config has of it', async () => {
  rds.on(DescribeDBClustersCommand).resolves({
    DBClusters: [
      {
        DbClusterResourceId: 'cluster-EXAMPLE1',
        DBClusterIdentifier: 'orders',
        Engine: 'postgres',
        PubliclyAccessible: false,
        InternetAccessGatewayEnabled: false,
        StorageEncrypted: true,
        BackupRetentionPeriod: 1,
        Status: 'available',
        ReplicationSourceIdentifier: 'arn:aws:rds:eu-west-2:111111111111:cluster:orders',
      },
    ],
  });
  const item = {
    dbClusterResourceId: 'cluster-EXAMPLE1',
    dbclusterIdentifier: 'orders',
    engine: 'postgres',
    publiclyAccessible: false,
    internetAccessGatewayEnabled: false,
    storageEncrypted: true,
    backupRetentionPeriod: 1,
    status: 'available',
    replicationSourceIdentifier: 'arn:aws:rds:eu-west-2:111111111111:cluster:orders',
  };
  const found = (await readFacts(rdsDbClusters))['AWS::RDS::DBCluster eu-west-1 cluster-EXAMPLE1'];
  expect(found).toEqual(factsOf('AWS::RDS::DBCluster', item, { resourceName: 'orders' }));
  expect(found?.missing).toEqual({});
});

it('lists every page', async () => {
  rds
    .on(DescribeDBClustersCommand)
    .resolvesOnce({ DBClusters: [{ DbClusterResourceId: 'cluster-A' }], Marker: 'more' })
    .resolvesOnce({ DBClusters: [{ DbClusterResourceId: 'cluster-B' }] });
  expect(await readInventory(rdsDbClusters)).toEqual({ 'AWS::RDS::DBCluster': 2 });
});

it('says that the list is not complete where a page was denied', async () => {
  rds
    .on(DescribeDBClustersCommand)
    .resolvesOnce({ DBClusters: [{ DbClusterResourceId: 'cluster-A' }], Marker: 'more' })
    .rejectsOnce(denied);
  expect(await readInventory(rdsDbClusters)).toEqual({ 'AWS::RDS::DBCluster': expect.stringContaining('AccessDenied') });
});
