import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, type KeySchemaElement, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import type { TestProject } from 'vitest/node';
import { answering, freePort } from './emulator.ts';

/** DynamoDB Local, Amazon's own engine, which the npm package amplify-dynamodb-simulator ships. It needs a Java runtime. */

declare module 'vitest' {
  export interface ProvidedContext {
    /** `undefined` where the machine has no Java runtime. */
    dynamoDbEndpoint: string | undefined;
  }
}

const emulator = join(dirname(createRequire(import.meta.url).resolve('amplify-dynamodb-simulator/package.json')), 'emulator');

/** Starts one engine for the whole test run. Without Java the tests that need it are skipped, saying so. */
export async function setup(project: TestProject): Promise<() => void> {
  const engine = await startDynamoDbLocal();
  if (!engine) console.warn('SKIPPED TIER dynamodb-local: no Java runtime on this machine (Debian: openjdk-17-jre-headless)');
  project.provide('dynamoDbEndpoint', engine?.endpoint);
  return () => engine?.stop();
}

export interface Engine {
  readonly endpoint: string;
  stop(): void;
}

/** Starts the engine; `undefined` where the machine has no Java runtime. */
export async function startDynamoDbLocal(): Promise<Engine | undefined> {
  if (spawnSync('java', ['-version']).status !== 0) return undefined;
  const port = await freePort();
  const libraries = `-Djava.library.path=${join(emulator, 'DynamoDBLocal_lib')}`;
  const java = spawn(
    'java',
    [libraries, '-jar', join(emulator, 'DynamoDBLocal.jar'), '-inMemory', '-disableTelemetry', '-port', String(port)],
    {
      cwd: tmpdir(),
      stdio: 'ignore',
    },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  const client = dynamoDbClient(endpoint);
  await answering('DynamoDB Local', java, () => client.send(new ListTablesCommand({})));
  client.destroy();
  return { endpoint, stop: () => java.kill('SIGKILL') };
}

/** A client of the engine, with made-up credentials. */
export function dynamoDbClient(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 2,
  });
}

/** Names this process among all of a run: the system gives the ID of an ended one again. */
export const OF_PROCESS = String(randomInt(1_000_000_000));

let tables = 0;

/** A global secondary index of two strings that projects only keys. */
export interface KeysOnlyIndex {
  readonly indexName: string;
  readonly partitionKey: string;
  readonly sortKey: string;
}

/** A fresh table with the project's keys and stream, and with an index where one is wanted. */
export async function createTable(client: DynamoDBClient, name: string, index?: KeysOnlyIndex): Promise<string> {
  const TableName = `${name}-${OF_PROCESS}-${++tables}`;
  const keys = ['pk', 'sk', ...(index ? [index.partitionKey, index.sortKey] : [])];
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keySchema('pk', 'sk'),
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      ...(index && {
        GlobalSecondaryIndexes: [
          {
            IndexName: index.indexName,
            KeySchema: keySchema(index.partitionKey, index.sortKey),
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      }),
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  return TableName;
}

const keySchema = (partitionKey: string, sortKey: string): KeySchemaElement[] => [
  { AttributeName: partitionKey, KeyType: 'HASH' },
  { AttributeName: sortKey, KeyType: 'RANGE' },
];
