import { factParser } from './parser.ts';

export interface DbInstanceFacts {
  publiclyAccessible?: boolean;
  storageEncrypted?: boolean;
  /** The name that its ARN ends with; the resource id is another. */
  identifier?: string;
  /** Whether it belongs to a DB cluster, which then keeps the backups. */
  inCluster?: boolean;
  /** How long RDS keeps automated backups; 0 where it makes none. */
  backupRetentionDays?: number;
}

export const dbInstanceParser = factParser<DbInstanceFacts>({
  publiclyAccessible: ({ configuration }) => configuration.at('publiclyAccessible').flag(),
  storageEncrypted: ({ configuration }) => configuration.at('storageEncrypted').flag(),
  identifier: ({ configuration }) => configuration.at('dBInstanceIdentifier').text(),
  inCluster: ({ configuration }) => {
    if (configuration.at('dBClusterIdentifier').text()) return true;
    return configuration.at('dBInstanceIdentifier').exists ? false : undefined;
  },
  backupRetentionDays: ({ configuration }) => configuration.at('backupRetentionPeriod').number(),
});
