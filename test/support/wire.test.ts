import type { IncomingMessage } from 'node:http';
import { APIGatewayClient, GetDomainNamesCommand } from '@aws-sdk/client-api-gateway';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, QueryCommand, ScanCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeFileSystemsCommand, EFSClient } from '@aws-sdk/client-efs';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetBucketEncryptionCommand, GetBucketVersioningCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetPublicAccessBlockCommand, S3ControlClient } from '@aws-sdk/client-s3-control';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient, StartAutomationExecutionCommand } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { requestsOf } from '../e2e/support/requests.ts';
import { type WireCall, wireCallOf } from '../e2e/support/wire.ts';

/** The gate of a deployed function reads requests of the SDK's own clients. */

const ACCOUNT = '111111111111';

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

// biome-ignore lint/suspicious/noExplicitAny: each client takes the commands of its own service.
async function sent(Client: new (config: any) => any, command: object): Promise<WireCall> {
  let call: WireCall | undefined;
  const handle = async ({ method, path, query, headers, body }: Sent) => {
    const search = Object.entries(query).map(([name, value]) => (value === null || value === '' ? name : `${name}=${String(value)}`));
    const url = `${path}${search.length > 0 ? `?${search.join('&')}` : ''}`;
    call = wireCallOf(
      { headers, method, url } as unknown as IncomingMessage,
      Buffer.from(typeof body === 'string' ? body : Uint8Array.from(body ?? [])),
    );
    throw new Error('enough');
  };
  const client = new Client({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    endpoint: 'http://localhost:1',
    forcePathStyle: true,
    maxAttempts: 1,
    requestHandler: { handle },
  });
  await client.send(command).catch(() => undefined);
  if (!call) throw new Error('no call was read');
  return call;
}

const asked = (call: WireCall, keys = new Map<string, string>()) => requestsOf(call, { accountId: ACCOUNT, keys });

describe('a request on the wire', () => {
  it.each([
    ['JSON', DynamoDBClient, new ScanCommand({ TableName: 't' }), 'dynamodb:Scan'],
    ['a form', EC2Client, new DescribeVolumesCommand({}), 'ec2:DescribeVolumes'],
    ['CBOR or a form', CloudWatchClient, new DescribeAlarmsCommand({}), 'cloudwatch:DescribeAlarms'],
    ['a path', LambdaClient, new ListFunctionsCommand({}), 'lambda:ListFunctions'],
    ['a path with a name', LambdaClient, new GetFunctionCommand({ FunctionName: 'f' }), 'lambda:GetFunction'],
    ['a path of another name', EFSClient, new DescribeFileSystemsCommand({}), 'elasticfilesystem:DescribeFileSystems'],
    ['a method', APIGatewayClient, new GetDomainNamesCommand({}), 'apigateway:GET'],
    ['nothing', S3Client, new ListBucketsCommand({}), 's3:ListAllMyBuckets'],
    ['a parameter', S3Client, new GetBucketVersioningCommand({ Bucket: 'b' }), 's3:GetBucketVersioning'],
    ['a parameter with another action', S3Client, new GetBucketEncryptionCommand({ Bucket: 'b' }), 's3:GetEncryptionConfiguration'],
    ['the path of S3 Control', S3ControlClient, new GetPublicAccessBlockCommand({ AccountId: ACCOUNT }), 's3:GetAccountPublicAccessBlock'],
  ] as const)('names its operation by %s', async (_, client, command, action) => {
    expect(await sent(client, command)).toMatchObject({ action, accessKeyId: 'AKIA' });
  });

  it('is not guessed', async () => {
    const unsigned = { headers: {}, method: 'GET', url: '/' } as unknown as IncomingMessage;
    expect(() => wireCallOf(unsigned, Buffer.from(''))).toThrow('not signed');
    const authorization = 'AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/lambda/aws4_request';
    const unknown = { headers: { authorization }, method: 'GET', url: '/no/such/path' } as unknown as IncomingMessage;
    expect(() => wireCallOf(unknown, Buffer.from(''))).toThrow('no operation');
  });
});

describe('what a call asks of IAM', () => {
  const table = (name: string) => `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/${name}`;

  it('is a permission for each item of a transaction, with its key', async () => {
    const call = await sent(
      DynamoDBClient,
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName: 'a', Item: { pk: { S: 'R#1' }, sk: { S: 'x' } } } },
          { Delete: { TableName: 'b', Key: { pk: { S: 'T#1' }, sk: { S: 'x' } } } },
          { ConditionCheck: { TableName: 'b', Key: { pk: { S: 'K#' }, sk: { S: 'x' } }, ConditionExpression: 'attribute_exists(pk)' } },
        ],
      }),
    );
    const keyed = asked(call).map(({ action, resource, context }) => [action, resource, context?.['dynamodb:leadingkeys']]);
    expect(keyed).toEqual([
      ['dynamodb:PutItem', table('a'), ['R#1']],
      ['dynamodb:DeleteItem', table('b'), ['T#1']],
      ['dynamodb:ConditionCheckItem', table('b'), ['K#']],
    ]);
  });

  it('is the index that a query reads, its key, and the key of the table', async () => {
    const query = new QueryCommand({
      TableName: 'a',
      IndexName: 'due',
      KeyConditionExpression: '#shard = :shard AND #due <= :now',
      ExpressionAttributeNames: { '#shard': 's', '#due': 'd' },
      ExpressionAttributeValues: { ':shard': { S: '0' }, ':now': { S: 'now' } },
    });
    expect(asked(await sent(DynamoDBClient, query), new Map([['a', 'arn:key']]))).toMatchObject([
      { action: 'dynamodb:Query', resource: `${table('a')}/index/due`, context: { 'dynamodb:leadingkeys': ['0'] } },
      { action: 'kms:Decrypt', resource: 'arn:key', context: { 'kms:viaservice': 'dynamodb.eu-west-1.amazonaws.com' } },
    ]);
  });

  it('has no key for a scan', async () => {
    const [scan] = asked(await sent(DynamoDBClient, new ScanCommand({ TableName: 'a' })));
    expect(scan?.context).toMatchObject({ 'dynamodb:leadingkeys': undefined });
  });

  it('is the queue of a batch, the bus of each event, and the role with its external id', async () => {
    const batch = new SendMessageBatchCommand({
      QueueUrl: `http://localhost:1/${ACCOUNT}/runs.fifo`,
      Entries: [{ Id: '1', MessageBody: 'b', MessageGroupId: 'g', MessageDeduplicationId: 'd' }],
    });
    const events = new PutEventsCommand({ Entries: [{ EventBusName: 'own', Source: 's', DetailType: 't', Detail: '{}' }] });
    const RoleArn = 'arn:aws:iam::222222222222:role/reader';
    const assume = new AssumeRoleCommand({ RoleArn, RoleSessionName: 's', ExternalId: 'x' });
    const all = [await sent(SQSClient, batch), await sent(EventBridgeClient, events), await sent(STSClient, assume)].flatMap((call) =>
      asked(call),
    );
    expect(all).toMatchObject([
      { action: 'sqs:SendMessage', resource: `arn:aws:sqs:eu-west-1:${ACCOUNT}:runs.fifo` },
      { action: 'events:PutEvents', resource: `arn:aws:events:eu-west-1:${ACCOUNT}:event-bus/own` },
      { action: 'sts:AssumeRole', resource: RoleArn, accountId: '222222222222', context: { 'sts:externalid': 'x' } },
    ]);
  });

  it('is to pass the role of a runbook as well as to start it', async () => {
    const role = `arn:aws:iam::${ACCOUNT}:role/runbook`;
    const start = new StartAutomationExecutionCommand({
      DocumentName: 'D',
      Parameters: { AutomationAssumeRole: [role] },
      Tags: [{ Key: 'k', Value: 'v' }],
    });
    const passed = asked(await sent(SSMClient, start));
    expect(passed.map(({ action }) => action)).toEqual([
      ...Array(3).fill('ssm:StartAutomationExecution'),
      'ssm:AddTagsToResource',
      'iam:PassRole',
    ]);
    expect(passed.at(-1)).toMatchObject({ resource: role, context: { 'iam:passedtoservice': 'ssm.amazonaws.com' } });
  });
});
