import { factParser } from './parser.ts';
import { count, flag, type Shapes } from './shape.ts';
import type { View } from './view.ts';

/**
 * Type of the continuous backups of a DynamoDB table. The resource ID is the name of the table. `AWS::DynamoDB::Table` of AWS Config
 * shows whether point-in-time recovery is on, but not its recovery period.
 */
export const CONTINUOUS_BACKUPS = 'AWS::DynamoDB::ContinuousBackups';

export interface ContinuousBackupsFacts {
  pointInTimeRecovery?: boolean;
  /** Recovery period, in days: 1 to 35, or 0 without point-in-time recovery. */
  recoveryPeriodDays?: number;
}

const SHAPES: Shapes<ContinuousBackupsFacts> = { pointInTimeRecovery: flag, recoveryPeriodDays: count };

/** Parses the description that `DescribeContinuousBackups` returns. */
export const continuousBackupsParser = factParser<ContinuousBackupsFacts>(SHAPES, {
  pointInTimeRecovery: ({ configuration }) => isRecoveryOn(configuration),
  recoveryPeriodDays: ({ configuration }) => {
    const on = isRecoveryOn(configuration);
    if (on === false) return 0;
    return on && recoveryOf(configuration).at('recoveryPeriodInDays').number();
  },
});

/** Returns whether point-in-time recovery is on, or `undefined` if the description has no status or an unknown one. */
export const isRecoveryOn = (description: View): boolean | undefined =>
  recoveryOf(description).at('pointInTimeRecoveryStatus').meaning({ ENABLED: true, DISABLED: false });

const recoveryOf = (description: View): View => description.at('pointInTimeRecoveryDescription');
