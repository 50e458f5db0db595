import {
  DescribeDBClusterSnapshotAttributesCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBSnapshotAttributesCommand,
  DescribeDBSnapshotsCommand,
  RDSClient,
  RDSServiceException,
} from '@aws-sdk/client-rds';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { rdsDbClusterSnapshots } from '../../../adapters/aws/readers/rds-db-cluster-snapshots.ts';
import { rdsDbSnapshots } from '../../../adapters/aws/readers/rds-db-snapshots.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const rds = mockClient(RDSClient);
const denied = () => new RDSServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {}, message: 'not allowed' });
const restore = (...AttributeValues: string[]) => [{ AttributeName: 'restore', AttributeValues }];
const recorded = (...attributeValues: string[]) => JSON.stringify([{ attributeName: 'restore', attributeValues }]);

beforeEach(() => rds.reset());

describe.each([
  {
    type: 'AWS::RDS::DBSnapshot',
    reader: rdsDbSnapshots,
    attribute: 'DBSnapshotAttributes',
    list: (ids: string[], Marker?: string) =>
      rds.on(DescribeDBSnapshotsCommand, { SnapshotType: 'manual' }).resolvesOnce({
        DBSnapshots: ids.map((DBSnapshotIdentifier) => ({ DBSnapshotIdentifier, SnapshotType: 'manual' })),
        ...(Marker && { Marker }),
      }),
    failList: () => rds.on(DescribeDBSnapshotsCommand).rejects(denied()),
    share: (DBSnapshotIdentifier: string, ...values: string[]) =>
      rds
        .on(DescribeDBSnapshotAttributesCommand, { DBSnapshotIdentifier })
        .resolves({ DBSnapshotAttributesResult: { DBSnapshotAttributes: restore(...values) } }),
    failShare: () => rds.on(DescribeDBSnapshotAttributesCommand).rejects(denied()),
  },
  {
    type: 'AWS::RDS::DBClusterSnapshot',
    reader: rdsDbClusterSnapshots,
    attribute: 'DBClusterSnapshotAttributes',
    list: (ids: string[], Marker?: string) =>
      rds.on(DescribeDBClusterSnapshotsCommand, { SnapshotType: 'manual' }).resolvesOnce({
        DBClusterSnapshots: ids.map((DBClusterSnapshotIdentifier) => ({ DBClusterSnapshotIdentifier, SnapshotType: 'manual' })),
        ...(Marker && { Marker }),
      }),
    failList: () => rds.on(DescribeDBClusterSnapshotsCommand).rejects(denied()),
    share: (DBClusterSnapshotIdentifier: string, ...values: string[]) =>
      rds
        .on(DescribeDBClusterSnapshotAttributesCommand, { DBClusterSnapshotIdentifier })
        .resolves({ DBClusterSnapshotAttributesResult: { DBClusterSnapshotAttributes: restore(...values) } }),
    failShare: () => rds.on(DescribeDBClusterSnapshotAttributesCommand).rejects(denied()),
  },
] as const)('manual snapshots of type $type', ({ type, reader, attribute, list, failList, share, failShare }) => {
  const found = async (id: string) => (await readFacts(reader))[`${type} eu-west-1 ${id}`];

  it.each([
    ['everyone', ['222222222222', 'all'], true],
    ['one account', ['222222222222'], false],
    ['nobody', [], false],
  ])('have the facts of AWS Config when shared with %s', async (_, values, restorableByAll) => {
    list(['orders']);
    share('orders', ...values);
    expect(await found('orders')).toEqual({ facts: { restorableByAll, snapshotType: 'manual' }, missing: {} });
    expect(factsOf(type, { snapshotType: 'manual' }, { supplementaryConfiguration: { [attribute]: recorded(...values) } }).facts).toEqual({
      restorableByAll,
      snapshotType: 'manual',
    });
  });

  it('lack what could not be asked of them', async () => {
    list(['orders']);
    failShare();
    expect(await found('orders')).toEqual({
      facts: { snapshotType: 'manual' },
      missing: { restorableByAll: expect.stringContaining('was denied (AccessDenied)') },
    });
  });

  it('are all known when every page was read', async () => {
    list(['a', 'b'], 'more').resolvesOnce({});
    share('a');
    share('b');
    expect(await readInventory(reader)).toEqual({ [type]: 2 });
  });

  it('are not all known when the list was denied', async () => {
    failList();
    expect((await readInventory(reader))[type]).toContain('denied');
  });
});
