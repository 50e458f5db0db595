import { factParser } from './parser.ts';
import { REPLICA_SOURCE, sourceNamed } from './replica-source.ts';
import { count, flag, type Shapes, text } from './shape.ts';

export interface DbClusterFacts {
  /** Engine, such as `aurora-mysql`, `docdb`, `neptune` or, for a Multi-AZ DB cluster, `postgres`. */
  engine?: string;
  /** Public access of a Multi-AZ DB cluster. In Aurora, DocumentDB and Neptune, only the instances have this property. */
  publiclyAccessible?: boolean;
  /** Whether clients on the internet reach an Aurora PostgreSQL cluster through an internet access gateway instead of a VPC. */
  internetAccessGateway?: boolean;
  storageEncrypted?: boolean;
  /** Name at the end of its ARN. The resource ID differs from it. */
  identifier?: string;
  /** Retention of automated backups, in days. */
  backupRetentionDays?: number;
  /** The end of the ARN of its source, such as `eu-west-1:111111111111:db:orders`, or `null` if it is not a read replica. */
  replicaOf?: string | null;
  /** State, such as `available` or `deleting`. */
  status?: string;
}

const SHAPES: Shapes<DbClusterFacts> = {
  engine: text,
  publiclyAccessible: flag,
  internetAccessGateway: flag,
  storageEncrypted: flag,
  identifier: text,
  backupRetentionDays: count,
  replicaOf: REPLICA_SOURCE,
  status: text,
};

export const dbClusterParser = factParser<DbClusterFacts>(SHAPES, {
  engine: ({ configuration }) => configuration.at('engine').text(),
  publiclyAccessible: ({ configuration }) => configuration.at('publiclyAccessible').flag(),
  internetAccessGateway: ({ configuration }) => configuration.at('internetAccessGatewayEnabled').flag(),
  storageEncrypted: ({ configuration }) => configuration.at('storageEncrypted').flag(),
  // AWS Config uses the first spelling, the API the second.
  identifier: ({ configuration }) => configuration.at('dbclusterIdentifier', 'dBClusterIdentifier').text(),
  backupRetentionDays: ({ configuration }) => configuration.at('backupRetentionPeriod').number(),
  replicaOf: (item) => {
    const source = item.configuration.at('replicationSourceIdentifier').text();
    if (source) return sourceNamed(source, item, 'cluster');
    return item.configuration.at('dbclusterIdentifier', 'dBClusterIdentifier').exists ? null : undefined;
  },
  status: ({ configuration }) => configuration.at('status').text(),
});
