import { factParser } from './parser.ts';
import type { View } from './view.ts';

export interface DynamoDbTableFacts {
  pointInTimeRecovery?: boolean;
  /** How many days back the table can be restored, 1 to 35; 0 without point-in-time recovery. */
  recoveryPeriodDays?: number;
}

const recoveryOf = (supplementary: View): View =>
  supplementary.at('continuousBackupsDescription').json().at('pointInTimeRecoveryDescription');

// Items shaped like the DescribeContinuousBackups answer have a status, those shaped like CloudFormation a flag.
export const dynamoDbTableParser = factParser<DynamoDbTableFacts>({
  pointInTimeRecovery: ({ configuration, supplementary }) => isOn(configuration, supplementary),
  recoveryPeriodDays: ({ configuration, supplementary }) => {
    if (isOn(configuration, supplementary) === false) return 0;
    const recovery = recoveryOf(supplementary);
    return (recovery.exists ? recovery : configuration.at('pointInTimeRecoverySpecification')).at('recoveryPeriodInDays').number();
  },
});

function isOn(configuration: View, supplementary: View): boolean | undefined {
  const status = recoveryOf(supplementary).at('pointInTimeRecoveryStatus').text();
  if (status !== undefined) return status === 'ENABLED';
  return configuration.at('pointInTimeRecoverySpecification').at('pointInTimeRecoveryEnabled').flag();
}
