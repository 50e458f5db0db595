import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { READ_NUMBERS } from './items.ts';

/** Returns a client for items of plain values. */
export const documentsOf = (client: DynamoDBClient): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true }, unmarshallOptions: { ...READ_NUMBERS } });

/**
 * Returns the condition that a number has not changed since it was read. 0 stands for a number that is missing, or that cannot be read.
 * `name` must not be a reserved word of DynamoDB.
 */
export function stillAt(name: string, seen: number) {
  if (seen > 0) return { ConditionExpression: `${name} = :seen`, ExpressionAttributeValues: { ':seen': seen } };
  return {
    ConditionExpression: `NOT (${name} BETWEEN :one AND :max)`,
    ExpressionAttributeValues: { ':one': 1, ':max': Number.MAX_SAFE_INTEGER },
  };
}
