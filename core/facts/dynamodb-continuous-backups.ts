import { factParser } from './parser.ts';
import type { View } from './view.ts';

/**
 * The type of what DynamoDB tells of a table's backups, by the table's name. AWS Config's `AWS::DynamoDB::Table` tells whether
 * point-in-time recovery is on, but not how far back it reaches.
 */
export const CONTINUOUS_BACKUPS = 'AWS::DynamoDB::ContinuousBackups';

export interface ContinuousBackupsFacts {
  pointInTimeRecovery?: boolean;
  /** How many days back the table can be restored, 1 to 35; 0 without point-in-time recovery. */
  recoveryPeriodDays?: number;
}

/** Reads the description of `DescribeContinuousBackups`. */
export const continuousBackupsParser = factParser<ContinuousBackupsFacts>({
  pointInTimeRecovery: ({ configuration }) => isRecoveryOn(configuration),
  recoveryPeriodDays: ({ configuration }) => {
    const on = isRecoveryOn(configuration);
    if (on === false) return 0;
    return on && recoveryOf(configuration).at('recoveryPeriodInDays').number();
  },
});

/** Whether a description of a table's backups says that point-in-time recovery is on; `undefined` where it says neither. */
export function isRecoveryOn(description: View): boolean | undefined {
  const status = recoveryOf(description).at('pointInTimeRecoveryStatus').text();
  return status === undefined ? undefined : status === 'ENABLED';
}

const recoveryOf = (description: View): View => description.at('pointInTimeRecoveryDescription');
