import { factParser } from './parser.ts';
import { REPLICA_SOURCE, sourceNamed } from './replica-source.ts';
import { count, flag, type Shapes, text } from './shape.ts';

export interface DbInstanceFacts {
  publiclyAccessible?: boolean;
  storageEncrypted?: boolean;
  /** Name at the end of its ARN. The resource ID differs from it. */
  identifier?: string;
  /** Whether it belongs to a DB cluster. The cluster then has the backups. */
  inCluster?: boolean;
  /** Retention of automated backups, in days; 0 if they are off. */
  backupRetentionDays?: number;
  /** The end of the ARN of its source, such as `eu-west-1:111111111111:db:orders`, or `null` if it is not a read replica. */
  replicaOf?: string | null;
  /** State, such as `available` or `deleting`. */
  status?: string;
}

const SHAPES: Shapes<DbInstanceFacts> = {
  publiclyAccessible: flag,
  storageEncrypted: flag,
  identifier: text,
  inCluster: flag,
  backupRetentionDays: count,
  replicaOf: REPLICA_SOURCE,
  status: text,
};

export const dbInstanceParser = factParser<DbInstanceFacts>(SHAPES, {
  publiclyAccessible: ({ configuration }) => configuration.at('publiclyAccessible').flag(),
  storageEncrypted: ({ configuration }) => configuration.at('storageEncrypted').flag(),
  identifier: ({ configuration }) => configuration.at('dBInstanceIdentifier').text(),
  inCluster: ({ configuration }) => {
    if (configuration.at('dBClusterIdentifier').text()) return true;
    return configuration.at('dBInstanceIdentifier').exists ? false : undefined;
  },
  backupRetentionDays: ({ configuration }) => configuration.at('backupRetentionPeriod').number(),
  replicaOf: (item) => {
    const instance = item.configuration.at('readReplicaSourceDBInstanceIdentifier').text();
    if (instance) return sourceNamed(instance, item, 'db');
    const cluster = item.configuration.at('readReplicaSourceDBClusterIdentifier').text();
    if (cluster) return sourceNamed(cluster, item, 'cluster');
    return item.configuration.at('dBInstanceIdentifier').exists ? null : undefined;
  },
  status: ({ configuration }) => configuration.at('dBInstanceStatus').text(),
});
