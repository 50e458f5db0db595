import type { ResourceRef } from '../model.ts';
import type { ItemView } from './parser.ts';
import { nullable, text } from './shape.ts';

/** Shape of the source of a database: the end of an ARN, or `null` if the database is not a read replica. */
export const REPLICA_SOURCE = nullable(text);

/** The end of the ARN of a DB instance or a DB cluster: `eu-west-1:111111111111:db:orders`. */
export const databaseName = ({ region, accountId }: ResourceRef, kind: 'db' | 'cluster', identifier: string): string =>
  `${region}:${accountId}:${kind}:${identifier}`;

/**
 * Returns the source of a read replica as {@link databaseName} does. RDS names a source in the same Region by its identifier, and a
 * source in another Region by its ARN: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
 *
 * @returns `undefined` if the name is an ARN that csmm cannot read.
 */
export const sourceNamed = (source: string, { resource }: ItemView, kind: 'db' | 'cluster'): string | undefined =>
  source.startsWith('arn:') ? nameIn(source) : databaseName(resource, kind, source);

const nameIn = (arn: string): string | undefined => /^arn:[^:]*:rds:([^:]+:\d{12}:(?:db|cluster):[^:]+)$/.exec(arn)?.[1];
