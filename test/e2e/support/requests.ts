import type { Asked } from './authority.ts';
import type { WireCall } from './wire.ts';

/** Permissions that one API call asks of IAM. One call may need several permissions: of a transaction, each of its items needs its own. */

type Json = Readonly<Record<string, unknown>>;

/** The caller and its place. */
export interface Whereabouts {
  /** The account of the credentials. */
  readonly accountId: string;
  /** ARN of the customer managed key of a table, by the table's name. */
  readonly keys: ReadonlyMap<string, string>;
}

/** The requests of a call, in the order in which AWS names them. @throws Error for what is not known here */
export function requestsOf(call: WireCall, where: Whereabouts): Asked[] {
  if (call.service === 'dynamodb') return dynamoDbRequests(call, where);
  const arn = (service: string, rest: string, region = call.region): string => `arn:aws:${service}:${region}:${where.accountId}:${rest}`;
  const one = (resource: string | undefined, more: Partial<Asked> = {}): Asked => ({
    action: call.action,
    resource,
    accountId: where.accountId,
    region: call.region,
    ...more,
  });
  switch (call.service) {
    case 'sqs': {
      const [, accountId = '', name = ''] = /\/(\d{12})\/([^/]+)$/.exec(String(call.input.QueueUrl)) ?? [];
      if (!name) return [one(undefined)];
      const action = call.action.replace(/Batch$/, '');
      return [one(`arn:aws:sqs:${call.region}:${accountId}:${name}`, { action, accountId })];
    }
    case 'events':
      return call.operation === 'PutEvents' ? (call.input.Entries as Json[]).map((entry) => one(busOf(entry, arn))) : [one(undefined)];
    case 'sts':
      return [assumeRequest(call, one)];
    case 'ssm':
      return ssmRequests(call, arn, one);
    case 'cloudformation':
      return cloudFormationRequests(call, arn, one);
    case 'kms':
      return [one(arn('kms', `key/${String(call.input.KeyId)}`))];
    case 's3':
      return [one(/^\/(?!v20180820\/)([^/?]+)/.test(call.path) ? `arn:aws:s3:::${call.path.split(/[/?]/)[1]}` : undefined)];
    case 'iam':
      return [one(call.input.UserName === undefined ? undefined : arn('iam', `user/${call.input.UserName}`, ''))];
    default:
      return [one(undefined)];
  }
}

function busOf({ EventBusName = 'default' }: Json, arn: (service: string, rest: string) => string): string {
  const name = String(EventBusName);
  return name.startsWith('arn:') ? name : arn('events', `event-bus/${name}`);
}

/** The account of a role is that of the role, not that of its caller. */
function assumeRequest({ operation, input }: WireCall, one: (resource: string | undefined, more?: Partial<Asked>) => Asked): Asked {
  if (operation !== 'AssumeRole') return one(undefined);
  const arn = String(input.RoleArn);
  const externalId = input.ExternalId === undefined ? undefined : String(input.ExternalId);
  return one(arn, {
    accountId: arn.split(':')[4] ?? '',
    context: { 'sts:externalid': externalId, 'sts:rolesessionname': String(input.RoleSessionName) },
  });
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html */
function ssmRequests(
  { operation, input }: WireCall,
  arn: (service: string, rest: string) => string,
  one: (resource: string | undefined, more?: Partial<Asked>) => Asked,
): Asked[] {
  const execution = arn('ssm', `automation-execution/${String(input.AutomationExecutionId ?? 'new')}`);
  if (operation === 'GetCalendarState') return (input.CalendarNames as string[]).map((name) => one(arn('ssm', `document/${name}`)));
  if (operation === 'GetDocument') return [one(arn('ssm', `document/${String(input.Name)}`))];
  if (operation === 'GetAutomationExecution' || operation === 'StopAutomationExecution') return [one(execution)];
  if (operation !== 'StartAutomationExecution') return [one(undefined)];
  const {
    DocumentName,
    Tags = [],
    Parameters = {},
  } = input as { DocumentName?: string; Tags?: unknown[]; Parameters?: Record<string, string[]> };
  const [role] = Parameters.AutomationAssumeRole ?? [];
  return [
    one(arn('ssm', `document/${DocumentName}`)),
    one(arn('ssm', `automation-definition/${DocumentName}:$DEFAULT`)),
    one(execution),
    ...(Tags.length > 0 ? [one(execution, { action: 'ssm:AddTagsToResource' })] : []),
    ...(role ? [one(role, { action: 'iam:PassRole', context: { 'iam:passedtoservice': 'ssm.amazonaws.com' } })] : []),
  ];
}

/** A delegated administrator also needs the permission to see that it is one: CloudFormation asks for it in its name. */
function cloudFormationRequests(
  { operation, input }: WireCall,
  arn: (service: string, rest: string) => string,
  one: (resource: string | undefined, more?: Partial<Asked>) => Asked,
): Asked[] {
  if (operation !== 'ListStackInstances') return [one(undefined)];
  const list = one(arn('cloudformation', `stackset/${String(input.StackSetName)}:id`));
  return input.CallAs === 'DELEGATED_ADMIN' ? [list, one(undefined, { action: 'organizations:ListDelegatedAdministrators' })] : [list];
}

type Attribute = { readonly S?: string };

/** Name of the partition key of all tables. */
const PARTITION_KEY = 'pk';

const keyOf = (item: unknown): string => (item as Record<string, Attribute>)[PARTITION_KEY]?.S ?? '';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html */
function dynamoDbRequests(call: WireCall, { accountId, keys }: Whereabouts): Asked[] {
  const { operation, input, region } = call;
  const on = (
    TableName: unknown,
    action: string,
    leadingKeys: readonly string[] | undefined,
    enclosing?: string,
    index?: unknown,
  ): Asked[] => {
    const table = String(TableName);
    const key = keys.get(table);
    return [
      {
        action: `dynamodb:${action}`,
        resource: `arn:aws:dynamodb:${region}:${accountId}:table/${table}${index === undefined ? '' : `/index/${index}`}`,
        accountId,
        region,
        context: { 'dynamodb:leadingkeys': leadingKeys, 'dynamodb:enclosingoperation': enclosing },
      },
      ...(key === undefined ? [] : [{ action: 'kms:Decrypt', resource: key, accountId, region, context: viaDynamoDb(accountId, region) }]),
    ];
  };
  switch (operation) {
    case 'GetItem':
    case 'DeleteItem':
    case 'UpdateItem':
      return on(input.TableName, operation, [keyOf(input.Key)]);
    case 'PutItem':
      return on(input.TableName, operation, [keyOf(input.Item)]);
    case 'Scan':
      return on(input.TableName, operation, undefined, undefined, input.IndexName);
    case 'Query':
      return on(input.TableName, operation, [queriedKey(input)], undefined, input.IndexName);
    case 'BatchGetItem':
      return Object.entries(input.RequestItems as Record<string, { Keys: unknown[] }>).flatMap(([table, { Keys }]) =>
        on(table, operation, Keys.map(keyOf)),
      );
    case 'BatchWriteItem':
      return Object.entries(input.RequestItems as Record<string, { PutRequest?: Json; DeleteRequest?: Json }[]>).flatMap(
        ([table, writes]) =>
          on(
            table,
            operation,
            writes.map(({ PutRequest, DeleteRequest }) => keyOf(PutRequest?.Item ?? DeleteRequest?.Key)),
          ),
      );
    case 'TransactGetItems':
      return (input.TransactItems as { Get: Json }[]).flatMap(({ Get }) => on(Get.TableName, 'GetItem', [keyOf(Get.Key)], operation));
    case 'TransactWriteItems':
      return (input.TransactItems as Record<string, Json>[]).flatMap((item) => {
        const [[kind = '', write = {}] = []] = Object.entries(item);
        return on(write.TableName, `${kind}Item`, [keyOf(write.Item ?? write.Key)], operation);
      });
    case 'DescribeContinuousBackups':
    case 'DescribeTable':
      return [{ action: call.action, resource: `arn:aws:dynamodb:${region}:${accountId}:table/${input.TableName}`, accountId, region }];
    case 'ListTables':
      return [{ action: call.action, resource: undefined, accountId, region }];
    default:
      throw new Error(`what DynamoDB's ${operation} asks of IAM is not known here`);
  }
}

/** DynamoDB uses the key of a table in the name of its caller. */
const viaDynamoDb = (accountId: string, region: string) => ({
  'kms:viaservice': `dynamodb.${region}.amazonaws.com`,
  'kms:calleraccount': accountId,
});

/** The value of the partition key that a query names: the first part of its key condition. */
function queriedKey({ KeyConditionExpression, ExpressionAttributeValues }: Json): string {
  const [, placeholder = ''] = /=\s*(:\w+)/.exec(String(KeyConditionExpression)) ?? [];
  const value = (ExpressionAttributeValues as Record<string, Attribute> | undefined)?.[placeholder]?.S;
  if (value === undefined) throw new Error(`the partition key of a query is not known here: ${String(KeyConditionExpression)}`);
  return value;
}
