import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, StreamViewType, TableEncryptionV2, type TablePropsV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Handler } from './handler.ts';

export interface StateProps {
  /** Whether the tables go with the stack. @default false */
  readonly removeData?: boolean;
  /** Whether the tables are encrypted under a key of this account. @default false, under DynamoDB's own key */
  readonly customerManagedKey?: boolean;
}

/** The two tables that hold everything, and whose streams are the log of what was committed. */
export class State extends Construct {
  /** Resources, findings, tallies, and what people have set. */
  readonly state: TableV2;
  /** Scorecards, control statuses and history. */
  readonly scores: TableV2;

  private readonly key: Key | undefined;

  constructor(scope: Construct, id: string, { removeData = false, customerManagedKey = false }: StateProps = {}) {
    super(scope, id);
    const removalPolicy = removeData ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    this.key = customerManagedKey ? new Key(this, 'Key', { enableKeyRotation: true, removalPolicy }) : undefined;
    const table: TablePropsV2 = {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: this.key ? TableEncryptionV2.customerManagedKey(this.key) : TableEncryptionV2.dynamoOwnedKey(),
      deletionProtection: !removeData,
      removalPolicy,
    };
    this.state = new TableV2(this, 'State', table);
    this.scores = new TableV2(this, 'Scores', table);
  }

  /** Allows single actions on the STATE table, such as `dynamodb:GetItem`. */
  grantState(handler: Handler, ...actions: readonly string[]): void {
    this.grant(this.state, handler, actions);
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

/**
 * What DynamoDB does with the table's key in the name of whoever reads or writes an item.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
const KEY_USE = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];
