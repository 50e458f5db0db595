import { factParser } from './parser.ts';

export type DynamoDbTableFacts = {};

export const dynamoDbTableParser = factParser<DynamoDbTableFacts>({});
