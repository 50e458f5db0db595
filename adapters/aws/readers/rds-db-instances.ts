import { paginateDescribeDBInstances, RDSClient } from '@aws-sdk/client-rds';
import type { Reader } from './reader.ts';

/** DB instances, including those of Aurora, DocumentDB and Neptune. */
export const rdsDbInstances: Reader = {
  id: 'rds-db-instances',
  scope: 'region',
  lists: ['AWS::RDS::DBInstance'],
  permissions: ['rds:DescribeDBInstances'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(RDSClient, region);
    for await (const { DBInstances = [] } of paginateDescribeDBInstances({ client, pageSize: 100 }, {})) {
      for (const instance of DBInstances) {
        yield {
          resourceType: 'AWS::RDS::DBInstance',
          resourceId: instance.DbiResourceId ?? '',
          resourceName: instance.DBInstanceIdentifier,
          configuration: instance,
          tags: instance.TagList,
        };
      }
    }
  },
};
