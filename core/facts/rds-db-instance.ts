import { factParser } from './parser.ts';
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
}

const SHAPES: Shapes<DbInstanceFacts> = {
  publiclyAccessible: flag,
  storageEncrypted: flag,
  identifier: text,
  inCluster: flag,
  backupRetentionDays: count,
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
});
