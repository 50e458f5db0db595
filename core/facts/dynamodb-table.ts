import { isRecoveryOn } from './dynamodb-continuous-backups.ts';
import { factParser } from './parser.ts';

export interface DynamoDbTableFacts {
  pointInTimeRecovery?: boolean;
}

// Items shaped like the DescribeContinuousBackups answer have a status, those shaped like CloudFormation a flag.
export const dynamoDbTableParser = factParser<DynamoDbTableFacts>({
  pointInTimeRecovery: ({ configuration, supplementary }) =>
    isRecoveryOn(supplementary.at('continuousBackupsDescription').json()) ??
    configuration.at('pointInTimeRecoverySpecification').at('pointInTimeRecoveryEnabled').flag(),
});
