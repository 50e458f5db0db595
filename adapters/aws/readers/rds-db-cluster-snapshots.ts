import { DescribeDBClusterSnapshotAttributesCommand, paginateDescribeDBClusterSnapshots, RDSClient } from '@aws-sdk/client-rds';
import { attempt, factIn } from '../failures.ts';
import { describeEach, type Reader } from './reader.ts';

/**
 * Manual snapshots of DB clusters (Aurora, Multi-AZ, DocumentDB and Neptune, which share the API of RDS), with the accounts they
 * are shared with. Automated snapshots and those of AWS Backup cannot be shared:
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-share-snapshot.html
 */
export const rdsDbClusterSnapshots: Reader = {
  id: 'rds-db-cluster-snapshots',
  scope: 'region',
  lists: ['AWS::RDS::DBClusterSnapshot'],
  permissions: ['rds:DescribeDBClusterSnapshotAttributes', 'rds:DescribeDBClusterSnapshots'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(RDSClient, region);
    const input = { SnapshotType: 'manual', MaxRecords: 100 };
    for await (const { DBClusterSnapshots = [] } of paginateDescribeDBClusterSnapshots({ client }, input)) {
      yield* describeEach(DBClusterSnapshots, async (snapshot) => {
        const { DBClusterSnapshotIdentifier = '', TagList } = snapshot;
        const command = new DescribeDBClusterSnapshotAttributesCommand({ DBClusterSnapshotIdentifier });
        const attributes = await attempt(() => client.send(command));
        return {
          resourceType: 'AWS::RDS::DBClusterSnapshot',
          resourceId: DBClusterSnapshotIdentifier,
          configuration: snapshot,
          supplementaryConfiguration: {
            DBClusterSnapshotAttributes: factIn(
              attributes,
              (answer) => answer.DBClusterSnapshotAttributesResult?.DBClusterSnapshotAttributes,
            ),
          },
          tags: TagList,
        };
      });
    }
  },
};
