import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, StreamViewType, TableEncryptionV2, type TablePropsV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Handler } from './handler.ts';

export interface StateProps {
  /** Whether to delete the tables with the stack. @default false */
  readonly removeData?: boolean;
  /** Whether to encrypt the tables under a key of this account. @default false, under DynamoDB's own key */
  readonly customerManagedKey?: boolean;
}

/** The two tables of csmm. Their streams are the log of all commits. */
export class State extends Construct {
  /** Resources, findings, tallies, results of joins, and applied settings. */
  readonly state: TableV2;
  /** Scorecards and control statuses. */
  readonly scores: TableV2;

  private readonly key: Key | undefined;

  constructor(scope: Construct, id: string, { removeData = false, customerManagedKey = false }: StateProps = {}) {
    super(scope, id);
    this.key = customerManagedKey ? tableKey(this, removeData) : undefined;
    const table = tableProps(removeData, this.key);
    this.state = new TableV2(this, 'State', table);
    this.scores = new TableV2(this, 'Scores', table);
  }

  /** Allows single actions on the STATE table, such as `dynamodb:GetItem`. */
  grantState(handler: Handler, ...actions: readonly string[]): void {
    this.grant(this.state, handler, actions);
  }

  /** Denies writes of the applied settings, which control remediation, to a function that writes resources. */
  keepSettings(handler: Handler): void {
    denyWrites(handler, this.state, ['C#*']);
  }

  /** Allows reading the applied settings, and no other item of the STATE table. */
  grantSettings(handler: Handler): void {
    allowKeys(handler, this.state, ['dynamodb:GetItem'], ['C#']);
    this.key?.grant(handler, ...KEY_USE);
  }

  /** Allows writes of join results, and of no other item of the STATE table. */
  grantJoins(handler: Handler): void {
    allowKeys(handler, this.state, ['dynamodb:PutItem'], ['J#*']);
  }

  /** Allows counting changes and reading turns in the SCORES table, and no other item. */
  grantCounters(handler: Handler): void {
    allowKeys(handler, this.scores, ['dynamodb:PutItem', 'dynamodb:UpdateItem'], ['W#*']);
    allowKeys(handler, this.scores, ['dynamodb:GetItem'], ['A#*', 'O#']);
    this.key?.grant(handler, ...KEY_USE);
  }

  /** Allows the calls that keep scorecards current: reading the scopes that lag, counting, and writing heartbeats and how far they are. */
  grantUpkeep(handler: Handler): void {
    allowKeys(handler, this.state, ['dynamodb:PutItem'], ['H#*', 'P#']);
    allowKeys(handler, this.state, ['dynamodb:GetItem'], ['P#']);
    allowKeys(handler, this.scores, ['dynamodb:UpdateItem', 'dynamodb:DeleteItem'], ['W#*']);
    allowKeys(handler, this.scores, ['dynamodb:GetItem'], ['A#*', 'O#', 'W#*']);
    allowKeys(handler, this.scores, ['dynamodb:Query'], ['B#', 'S#*']);
    this.key?.grant(handler, ...KEY_USE);
  }

  /** Denies counting changes to a function that scores them. */
  keepCounters(handler: Handler): void {
    denyWrites(handler, this.scores, ['W#*']);
  }

  /** Allows single actions on the SCORES table. */
  grantScores(handler: Handler, ...actions: readonly string[]): void {
    this.grant(this.scores, handler, actions);
  }

  private grant(table: TableV2, handler: Handler, actions: readonly string[]): void {
    table.grant(handler, ...actions);
    this.key?.grant(handler, ...KEY_USE);
  }
}

/** Creates a key of the account for tables. */
export const tableKey = (scope: Construct, removeData: boolean): Key =>
  new Key(scope, 'Key', { enableKeyRotation: true, removalPolicy: removalOf(removeData) });

/** Returns the properties that all tables of csmm share. */
export const tableProps = (removeData: boolean, key: Key | undefined): TablePropsV2 => ({
  partitionKey: { name: 'pk', type: AttributeType.STRING },
  sortKey: { name: 'sk', type: AttributeType.STRING },
  billing: Billing.onDemand(),
  dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
  timeToLiveAttribute: 'ttl',
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  encryption: key ? TableEncryptionV2.customerManagedKey(key) : TableEncryptionV2.dynamoOwnedKey(),
  deletionProtection: !removeData,
  removalPolicy: removalOf(removeData),
});

/** Returns whether data is deleted with the stack. */
export const removalOf = (removeData: boolean): RemovalPolicy => (removeData ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN);

/**
 * Actions of DynamoDB on the table's key for a caller that reads or writes an item.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
export const KEY_USE = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** Allows actions on items whose partition keys all match one of these patterns. */
function allowKeys(handler: Handler, { tableArn }: Pick<TableV2, 'tableArn'>, actions: string[], keys: string[]): void {
  handler.role.addToPolicy(
    new PolicyStatement({
      actions,
      resources: [tableArn],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys }, Null: { 'dynamodb:LeadingKeys': 'false' } },
    }),
  );
}

/** Denies writes of items whose partition key matches one of these patterns. */
export function denyWrites(handler: Handler, { tableArn }: Pick<TableV2, 'tableArn'>, keys: readonly string[]): void {
  handler.role.addToPolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      actions: ['dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      resources: [tableArn],
      conditions: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': [...keys] } },
    }),
  );
}
