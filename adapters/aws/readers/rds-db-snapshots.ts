import { DescribeDBSnapshotAttributesCommand, paginateDescribeDBSnapshots, RDSClient } from '@aws-sdk/client-rds';
import { attempt, factIn } from '../failures.ts';
import { describeEach, type Reader } from './reader.ts';

/**
 * Manual snapshots of DB instances, with the accounts they are shared with. Automated snapshots and those of AWS Backup cannot be
 * shared:
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html
 */
export const rdsDbSnapshots: Reader = {
  id: 'rds-db-snapshots',
  scope: 'region',
  lists: ['AWS::RDS::DBSnapshot'],
  permissions: ['rds:DescribeDBSnapshotAttributes', 'rds:DescribeDBSnapshots'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(RDSClient, region);
    for await (const { DBSnapshots = [] } of paginateDescribeDBSnapshots({ client }, { SnapshotType: 'manual', MaxRecords: 100 })) {
      yield* describeEach(DBSnapshots, async (snapshot) => {
        const { DBSnapshotIdentifier = '', TagList } = snapshot;
        const attributes = await attempt(() => client.send(new DescribeDBSnapshotAttributesCommand({ DBSnapshotIdentifier })));
        return {
          resourceType: 'AWS::RDS::DBSnapshot',
          resourceId: DBSnapshotIdentifier,
          configuration: snapshot,
          supplementaryConfiguration: {
            DBSnapshotAttributes: factIn(attributes, ({ DBSnapshotAttributesResult }) => DBSnapshotAttributesResult?.DBSnapshotAttributes),
          },
          tags: TagList,
        };
      });
    }
  },
};
