/** The commands of the documentation: all of them against the models of AWS, and those for queues, functions and tables on an emulator. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { awsCommand } from '../support/aws-cli.ts';
import { freshAccount, useMoto } from '../support/moto.ts';

const endpoint = useMoto();
const DOCS = fileURLToPath(new URL('../../docs', import.meta.url));
const pages = readdirSync(DOCS)
  .filter((file) => file.endsWith('.md'))
  .map((file): [string, string] => [file, readFileSync(join(DOCS, file), 'utf8')]);

/** The shell blocks of a text, without their indentation. */
const blocksOf = (text: string): string[] =>
  [...text.matchAll(/^( *)```sh\n([\s\S]*?)^ *```/gm)].map(([, indent = '', block = '']) =>
    block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );

/** Each block of a page that calls AWS, with its first line. */
const blocks = pages.flatMap(([file, text]) =>
  blocksOf(text)
    .filter((block) => /\baws (?!s3 )/.test(block))
    .map((block): [string, string] => [`${file}: ${block.split('\n')[0]}`, block]),
);

const NOTHING = '#!/bin/sh\ncat > /dev/null\n';
const NO_MORE = '#!/bin/sh\ncat > /dev/null\nexit 1\n';

/** Commands that a check does not need. `jq` finds nothing, so that a loop ends. */
const STUBS = { jq: NO_MORE, npx: NOTHING, npm: NOTHING, git: NOTHING, csmm: NOTHING, find: NOTHING };

const bash = (script: string, environment: Readonly<Record<string, string>>, path: string) =>
  spawnSync('bash', ['--norc', '-u', '-c', script], {
    // Some blocks write files.
    cwd: path,
    encoding: 'utf8',
    input: '',
    env: { HOME: process.env.HOME ?? '/', PATH: `${path}:${process.env.PATH}`, AWS_REGION: 'eu-west-1', ...environment },
  });

describe.skipIf(!endpoint)('the commands of the documentation', () => {
  const path = awsCommand(STUBS);

  it('are many', () => {
    expect(blocks.length).toBeGreaterThan(20);
  });

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html: the main stack has more. */
  it('do not use the call that shows only the first 100 resources of a stack', () => {
    expect(pages.filter(([, text]) => text.includes('describe-stack-resources')).map(([file]) => file)).toEqual([]);
  });

  it.each(blocks)('take their arguments: %s', (_, block) => {
    const { stderr } = bash(
      block.replaceAll(/\baws s3 /g, 'true '),
      { AWS_CLI_CHECK: '1', DLQ: 'queue', QUEUE: 'queue', FUNCTIONS: 'function', FUNCTION: 'function' },
      path,
    );
    expect(stderr).toBe('');
  });

  it.each([
    ['an operation', 'aws sqs receive-messages --queue-url x', 'there is no sqs receive-messages'],
    ['an argument', 'aws sqs receive-message --queue x', 'has no --queue'],
    ['a required argument', 'aws sqs receive-message', 'needs QueueUrl'],
    ['a key', 'aws cloudformation list-stack-instances --stack-set-name x --filters Name=a,Value=b', 'has no Value'],
    ['a query', "aws sqs list-queues --query 'a['", 'Invalid jmespath'],
  ])('would be refused without %s that exists', (_, command, reason) => {
    expect(bash(command, { AWS_CLI_CHECK: '1' }, path).stderr).toContain(reason);
  });
});

describe.skipIf(!endpoint)('on an emulator, the page of operations', () => {
  const page = readFileSync(join(DOCS, 'operations.md'), 'utf8');
  const block = (part: string): string => {
    const found = blocksOf(page).filter((each) => each.includes(part));
    if (found.length === 0) throw new Error(`no block with ${part}`);
    return found[0] ?? '';
  };
  const path = awsCommand();

  /** A fresh account, in which scripts run. */
  async function account() {
    const { credentials } = await freshAccount();
    const environment = {
      AWS_ENDPOINT_URL: endpoint ?? '',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
    };
    return (script: string): string => {
      const { stdout, stderr, status } = bash(script, environment, path);
      expect(`${stderr}${status === 0 ? '' : ` exit ${status}`}`).toBe('');
      return stdout;
    };
  }

  const queue = (fifo: boolean) => ({ Type: 'AWS::SQS::Queue', ...(fifo && { Properties: { FifoQueue: true } }) });
  const stackWith = (resources: object): string =>
    `aws cloudformation create-stack --stack-name Csmm --template-body '${JSON.stringify({ Resources: resources })}'`;
  const urlOf = (prefix: string): string =>
    `$(aws cloudformation list-stack-resources --stack-name Csmm --output text --query "StackResourceSummaries[?starts_with(LogicalResourceId, '${prefix}')].PhysicalResourceId")`;

  it('sends the messages of a dead-letter queue again, in full, and deletes them there', async () => {
    const run = await account();
    run(stackWith({ IngestionFailures1A2B3C4D: queue(false), IngestionChanges1A2B3C4D: queue(false) }));
    const bodies = ['{"a": "it\'s \\"quoted\\" $HOME `x`"}', ' two  blanks ', 'third'];
    const send = bodies.map(
      (body) => `aws sqs send-message --queue-url "$DLQ" --message-body ${JSON.stringify(body).replaceAll(/[$`]/g, '\\$&')}`,
    );
    run([`DLQ=${urlOf('IngestionFailures')}`, ...send].join('\n'));
    const read = block('aws sqs receive-message --queue-url "$DLQ" --max-number-of-messages');
    expect(JSON.parse(run(read)).Messages).toHaveLength(3);
    run([read.split('aws sqs receive')[0], `QUEUE=${urlOf('IngestionChanges')}`, block('while message=')].join('\n'));
    const messages = JSON.parse(
      run(`aws sqs receive-message --queue-url "${urlOf('IngestionChanges')}" --max-number-of-messages 10`),
    ).Messages;
    expect(messages.map(({ Body }: { Body: string }) => Body.trim()).sort()).toEqual(bodies.map((body) => body.trim()).sort());
    expect(run(`aws sqs receive-message --queue-url "${urlOf('IngestionFailures')}"`)).toBe('');
  });

  it('purges a dead-letter queue', async () => {
    const run = await account();
    run(stackWith({ IngestionFailures1A2B3C4D: queue(false) }));
    const named = `DLQ=${urlOf('IngestionFailures')}\n`;
    run(`${named}aws sqs send-message --queue-url "$DLQ" --message-body x`);
    run(`${named}${block('purge-queue')}`);
    expect(run(`${named}aws sqs receive-message --queue-url "$DLQ"`)).toBe('');
  });

  it('pauses all functions with their mappings, and continues', async () => {
    const run = await account();
    const role = JSON.parse(
      run(`aws iam create-role --role-name x --assume-role-policy-document '{"Version": "2012-10-17", "Statement": []}'`),
    ).Role.Arn;
    const lambda = {
      Type: 'AWS::Lambda::Function',
      Properties: { Runtime: 'nodejs22.x', Handler: 'index.handler', Role: role, Code: { ZipFile: 'exports.handler = 1' } },
    };
    const mapping = {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { FunctionName: { Ref: 'Collect' }, EventSourceArn: { 'Fn::GetAtt': ['Changes', 'Arn'] }, BatchSize: 1 },
    };
    run(stackWith({ Changes: queue(false), Collect: lambda, Plan: lambda, Mapping: mapping }));
    const states = (): string => run("aws lambda list-event-source-mappings --query 'EventSourceMappings[].State' --output text").trim();
    const reserved = (): string =>
      run(`aws lambda get-function-concurrency --function-name ${urlOf('Plan')} --query ReservedConcurrentExecutions --output text`).trim();
    expect(states()).toBe('Enabled');
    const pause = block('put-function-concurrency');
    run(pause);
    expect([states(), reserved()]).toEqual(['Disabled', '0']);
    run(`${pause.split('for function')[0]}${block('delete-function-concurrency')}`);
    expect([states(), reserved()]).toEqual(['Enabled', 'None']);
  });

  it('shows the accounts that could not be scored, with the reason', async () => {
    const run = await account();
    run(
      'aws dynamodb create-table --table-name SCORES_TABLE_NAME --billing-mode PAY_PER_REQUEST ' +
        '--key-schema AttributeName=pk,KeyType=HASH AttributeName=sk,KeyType=RANGE ' +
        '--attribute-definitions AttributeName=pk,AttributeType=S AttributeName=sk,AttributeType=S',
    );
    const item = {
      pk: { S: 'B#' },
      sk: { S: '111111111111' },
      attempts: { N: '3' },
      nextAt: { S: '2026-12-01T00:00:00.000Z' },
      reason: { S: 'it fails' },
    };
    run(`aws dynamodb put-item --table-name SCORES_TABLE_NAME --item '${JSON.stringify(item)}'`);
    expect(run(block('":behind"'))).toBe('111111111111\t3\t2026-12-01T00:00:00.000Z\tit fails\n');
  });

  it('makes a backup, and restores it into another table', async () => {
    const run = await account();
    run(
      'aws dynamodb create-table --table-name STATE_TABLE_NAME --billing-mode PAY_PER_REQUEST ' +
        '--key-schema AttributeName=pk,KeyType=HASH --attribute-definitions AttributeName=pk,AttributeType=S',
    );
    run(`aws dynamodb put-item --table-name STATE_TABLE_NAME --item '{"pk": {"S": "C#"}}'`);
    const backup = JSON.parse(run(block('create-backup'))).BackupDetails.BackupArn;
    const restore = block('restore-table-from-backup')
      .split('\n')
      .filter((line) => line.startsWith('aws dynamodb restore'))
      .join('\n');
    run(restore.replace('BACKUP_ARN', backup));
    run('aws dynamodb wait table-exists --table-name csmm-restored');
    expect(JSON.parse(run('aws dynamodb scan --table-name csmm-restored')).Items).toEqual([{ pk: { S: 'C#' } }]);
    run(block('delete-table --table-name csmm-restored'));
    expect(run('aws dynamodb list-tables --output text --query TableNames').trim()).toBe('STATE_TABLE_NAME');
  });
});
