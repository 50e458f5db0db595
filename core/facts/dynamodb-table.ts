import { isRecoveryOn } from './dynamodb-continuous-backups.ts';
import { factParser } from './parser.ts';

export interface DynamoDbTableFacts {
  pointInTimeRecovery?: boolean;
}

// Items in the form of DescribeContinuousBackups have a status. Items in the form of CloudFormation have a flag.
export const dynamoDbTableParser = factParser<DynamoDbTableFacts>({
  pointInTimeRecovery: ({ configuration, supplementary }) =>
    isRecoveryOn(supplementary.at('continuousBackupsDescription').json()) ??
    configuration.at('pointInTimeRecoverySpecification').at('pointInTimeRecoveryEnabled').flag(),
});
