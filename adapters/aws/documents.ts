import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Item } from './items.ts';

/** Reads a number that JavaScript cannot represent without its precision. By default it becomes a BigInt, or makes the answer an error. */
const unmarshallOptions = () => ({ wrapNumbers: Number });

/** Returns a client for items of plain values. */
export const documentsOf = (client: DynamoDBClient): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true }, unmarshallOptions: unmarshallOptions() });

/** Returns the plain values of an image in a stream record. */
export const itemOf = (image: Record<string, unknown>): Item => unmarshall(image as Record<string, AttributeValue>, unmarshallOptions());
