import { DescribeDBInstancesCommand, RDSClient, RDSServiceException } from '@aws-sdk/client-rds';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { rdsDbInstances } from '../../../adapters/aws/readers/rds-db-instances.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const rds = mockClient(RDSClient);
const denied = new RDSServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {}, message: 'no' });

beforeEach(() => rds.reset());

it('gives a DB instance the facts and the id that AWS Config has of it', async () => {
  rds.on(DescribeDBInstancesCommand).resolves({
    DBInstances: [
      {
        DbiResourceId: 'db-EXAMPLE1',
        DBInstanceIdentifier: 'orders',
        PubliclyAccessible: false,
        StorageEncrypted: true,
        BackupRetentionPeriod: 7,
        DBInstanceStatus: 'available',
        ReadReplicaSourceDBInstanceIdentifier: 'arn:aws:rds:eu-west-2:111111111111:db:orders',
        InstanceCreateTime: new Date(0),
      },
    ],
  });
  const item = {
    dbiResourceId: 'db-EXAMPLE1',
    dBInstanceIdentifier: 'orders',
    publiclyAccessible: false,
    storageEncrypted: true,
    backupRetentionPeriod: 7,
    dBInstanceStatus: 'available',
    readReplicaSourceDBInstanceIdentifier: 'arn:aws:rds:eu-west-2:111111111111:db:orders',
  };
  const found = (await readFacts(rdsDbInstances))['AWS::RDS::DBInstance eu-west-1 db-EXAMPLE1'];
  expect(found).toEqual(factsOf('AWS::RDS::DBInstance', item, { resourceName: 'orders' }));
  expect(found?.facts).toMatchObject({ inCluster: false, status: 'available', replicaOf: 'eu-west-2:111111111111:db:orders' });
});

it('tells an instance of a cluster by the name of the cluster, as AWS Config does', async () => {
  rds.on(DescribeDBInstancesCommand).resolves({
    DBInstances: [{ DbiResourceId: 'db-EXAMPLE2', DBInstanceIdentifier: 'orders-1', DBClusterIdentifier: 'orders' }],
  });
  const found = (await readFacts(rdsDbInstances))['AWS::RDS::DBInstance eu-west-1 db-EXAMPLE2'];
  const item = { dBInstanceIdentifier: 'orders-1', dBClusterIdentifier: 'orders' };
  expect(found).toEqual(factsOf('AWS::RDS::DBInstance', item, { resourceName: 'orders-1', source: 'api' }));
  expect(found?.facts).toEqual({ identifier: 'orders-1', inCluster: true, replicaOf: null });
});

it('lists every page', async () => {
  rds
    .on(DescribeDBInstancesCommand)
    .resolvesOnce({ DBInstances: [{ DbiResourceId: 'db-A' }], Marker: 'more' })
    .resolvesOnce({ DBInstances: [{ DbiResourceId: 'db-B' }] });
  expect(await readInventory(rdsDbInstances)).toEqual({ 'AWS::RDS::DBInstance': 2 });
});

it('says that the list is not complete where a page was denied', async () => {
  rds
    .on(DescribeDBInstancesCommand)
    .resolvesOnce({ DBInstances: [{ DbiResourceId: 'db-A' }], Marker: 'more' })
    .rejectsOnce(denied);
  expect(await readInventory(rdsDbInstances)).toEqual({ 'AWS::RDS::DBInstance': expect.stringContaining('AccessDenied') });
});
