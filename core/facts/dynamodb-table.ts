import { factParser } from './parser.ts';

export interface DynamoDbTableFacts {
  pointInTimeRecovery?: boolean;
}

export const dynamoDbTableParser = factParser<DynamoDbTableFacts>({
  // Items shaped like the DescribeContinuousBackups answer have a status, those shaped like CloudFormation a flag.
  pointInTimeRecovery: ({ configuration, supplementary }) => {
    const backups = supplementary.at('continuousBackupsDescription').json();
    const status = backups.at('pointInTimeRecoveryDescription').at('pointInTimeRecoveryStatus').text();
    if (status !== undefined) return status === 'ENABLED';
    return configuration.at('pointInTimeRecoverySpecification').at('pointInTimeRecoveryEnabled').flag();
  },
});
