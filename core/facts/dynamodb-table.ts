import { isRecoveryOn } from './dynamodb-continuous-backups.ts';
import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

export interface DynamoDbTableFacts {
  pointInTimeRecovery?: boolean;
}

// Items in the form of DescribeContinuousBackups have a status. Items in the form of CloudFormation have a flag.
const SHAPES: Shapes<DynamoDbTableFacts> = { pointInTimeRecovery: flag };

export const dynamoDbTableParser = factParser<DynamoDbTableFacts>(SHAPES, {
  pointInTimeRecovery: ({ configuration, supplementary }) =>
    isRecoveryOn(supplementary.at('continuousBackupsDescription').json()) ??
    configuration.at('pointInTimeRecoverySpecification').at('pointInTimeRecoveryEnabled').flag(),
});
