import { spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
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

let tables = 0;

/** A fresh table with the project's keys and stream. */
export async function createTable(client: DynamoDBClient, name: string): Promise<string> {
  const TableName = `${name}-${process.pid}-${++tables}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  return TableName;
}
