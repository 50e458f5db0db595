import { factParser } from './parser.ts';

export interface DbClusterFacts {
  /** Such as `aurora-mysql`, `docdb`, `neptune` or, for a Multi-AZ DB cluster, `postgres`. */
  engine?: string;
  /** Multi-AZ DB clusters have it; in Aurora, DocumentDB and Neptune it is a property of the instances. */
  publiclyAccessible?: boolean;
  storageEncrypted?: boolean;
  /** The name that its ARN ends with; the resource id is another. */
  identifier?: string;
  /** How long the service keeps automated backups. */
  backupRetentionDays?: number;
}

export const dbClusterParser = factParser<DbClusterFacts>({
  engine: ({ configuration }) => configuration.at('engine').text(),
  publiclyAccessible: ({ configuration }) => configuration.at('publiclyAccessible').flag(),
  storageEncrypted: ({ configuration }) => configuration.at('storageEncrypted').flag(),
  // The first as AWS Config spells it, the second as the API does.
  identifier: ({ configuration }) => configuration.at('dbclusterIdentifier', 'dBClusterIdentifier').text(),
  backupRetentionDays: ({ configuration }) => configuration.at('backupRetentionPeriod').number(),
});
