import { Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { STOP_PARTITION } from '../adapters/aws/remediation-keys.ts';
import type { Door } from '../core/remediation/commands/doors.ts';
import { KEY_USE } from './state.ts';

export interface PeoplePoliciesProps {
  readonly table: TableV2;
  /** Customer managed key of the table. @default - DynamoDB's own key */
  readonly key?: Key | undefined;
  readonly aliases: Readonly<Record<Door, Alias>>;
}

/** Names of the policies for people. Attach them to permission sets or roles of the account. */
export const PEOPLE = ['watcher', 'approver', 'operator', 'administrator'] as const;
export type PersonRole = (typeof PEOPLE)[number];

const DOOR_OF: Readonly<Partial<Record<PersonRole, Door>>> = { approver: 'approve', operator: 'operate', administrator: 'administer' };

/** Managed policies with the least privilege for each kind of person. They are attached to no one. */
export class PeoplePolicies extends Construct {
  constructor(scope: Construct, id: string, { table, key, aliases }: PeoplePoliciesProps) {
    super(scope, id);
    for (const person of PEOPLE) {
      const door = DOOR_OF[person];
      new ManagedPolicy(this, person, {
        managedPolicyName: `csmm-remediation-${person}-${Stack.of(this).region}`,
        description: `Allows a ${person} of csmm remediation what docs/remediation.md lists, and no more.`,
        statements: [
          ...watches(table),
          ...(door ? asks(aliases[door]) : []),
          ...(person === 'operator' ? stops(table) : []),
          ...(key ? uses(key) : []),
        ],
      });
    }
  }
}

const watches = ({ tableArn }: TableV2): PolicyStatement[] => [
  new PolicyStatement({ actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan'], resources: [tableArn] }),
];

/**
 * Both actions are needed for a URL, and the second only through it: a direct call could tell the function any caller.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
const asks = ({ functionArn }: Alias): PolicyStatement[] => [
  new PolicyStatement({
    actions: ['lambda:InvokeFunctionUrl'],
    resources: [functionArn],
    conditions: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
  }),
  new PolicyStatement({
    actions: ['lambda:InvokeFunction'],
    resources: [functionArn],
    conditions: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
  }),
];

const stops = ({ tableArn }: TableV2): PolicyStatement[] => [
  new PolicyStatement({
    actions: ['dynamodb:PutItem'],
    resources: [tableArn],
    conditions: {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [STOP_PARTITION] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  }),
];

/** DynamoDB uses the key of the table in the name of its caller. Without it, a stop would fail. */
const uses = (key: Key): PolicyStatement[] => [
  new PolicyStatement({
    actions: KEY_USE,
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${Stack.of(key).region}.amazonaws.com` } },
  }),
];
