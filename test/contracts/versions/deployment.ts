import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AttributeValue, DescribeTableCommand, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type { SettingsDocument } from '../../../core/settings/document.ts';
import { createTable, dynamoDbClient } from '../../support/dynamodb-local.ts';

/**
 * A deployment of any version of csmm, from the files of a checkout: its own functions on tables of DynamoDB Local, and on a server that
 * takes the place of SQS and EventBridge.
 */

export type Table = 'state' | 'scores' | 'remediations';
export const TABLES: readonly Table[] = ['state', 'scores', 'remediations'];

/** An item as the DynamoDB API has it. */
export type RawItem = Readonly<Record<string, AttributeValue>>;

/** A configuration item in the form that all versions collect. */
export interface CollectedItem {
  readonly resource: { readonly accountId: string; readonly region: string; readonly resourceType: string; readonly resourceId: string };
  readonly capturedAt: string;
  readonly state: 'recorded' | 'deleted';
  readonly configuration: unknown;
  readonly supplementaryConfiguration: unknown;
  readonly tags: unknown;
  readonly relationships: unknown;
}

/** An event that the deployment published. */
export interface Published {
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

interface Message {
  readonly queue: string;
  readonly body: string;
  readonly reason: string | undefined;
}

interface Reader {
  readonly scope: 'region' | 'account' | 'organization';
  readonly lists: readonly string[];
}

type Handler = (event: unknown, context: unknown) => Promise<{ readonly batchItemFailures?: readonly unknown[] } | undefined>;
// biome-ignore lint/suspicious/noExplicitAny: the modules of another version have types that this one does not know.
type Module = Record<string, any>;

export interface Deployment {
  readonly client: DynamoDBClient;
  readonly tables: Readonly<Record<Table, string>>;
  /** The readers of the version; none in a version before API reads. */
  readonly readers: readonly Reader[];
  /** Whether the version has settings, and remediation. */
  readonly hasSettings: boolean;
  readonly hasRemediation: boolean;
  /** Returns the value of a list that was not read. */
  unread(reason: string): Promise<unknown>;
  /** Delivers messages of AWS Config to `collect`. */
  collect(bodies: readonly object[]): Promise<void>;
  /** Collects what one run of a reader gives. */
  read(items: readonly CollectedItem[]): Promise<void>;
  /** Applies settings, and collects them for these accounts at a time. */
  apply(document: SettingsDocument, accountIds: readonly string[], at: string): Promise<void>;
  /** Runs a function. */
  invoke(service: string, event: unknown): Promise<void>;
  /** Reads the streams to their end and forgets their records, as if they had been processed. */
  skipStreams(): Promise<void>;
  /** Processes streams and queues until nothing is left. */
  settle(): Promise<void>;
  /** All items of a table, by key. */
  items(table: Table): Promise<readonly RawItem[]>;
  /** Takes the events that were published since the last call. */
  takeEvents(): Published[];
  /** Messages in the dead-letter queues, with their reasons. */
  readonly parked: readonly Message[];
  /** The records and messages that the functions reported as failed. */
  readonly failed: readonly unknown[];
  end(): Promise<void>;
}

const QUEUES = ['SCORING', 'REJUDGE', 'READINGS', 'UNITS', 'REJECTED', 'FAILURES'];
const ACCOUNT = '999999999999';
const CONTEXT = { invokedFunctionArn: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:csmm`, getRemainingTimeInMillis: () => 600_000 };
/** Rounds after which a deployment that is never at rest fails. */
const MAX_ROUNDS = 200;

/** Deploys the version in the folder `root`. Sets variables of the environment for its functions: one deployment of a version in a process. */
export async function deploy(root: string, endpoint: string, setEnv: (name: string, value: string) => void): Promise<Deployment> {
  const client = dynamoDbClient(endpoint);
  const tables = {
    state: await createTable(client, 'state'),
    scores: await createTable(client, 'scores'),
    remediations: await createTable(client, 'remediations', { indexName: 'due', partitionKey: 'due', sortKey: 'dueAt' }),
  };
  const services = await serve();
  const variables: Record<string, string> = {
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ENDPOINT_URL: services.url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    POWERTOOLS_DEV: 'false',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    POWERTOOLS_METRICS_NAMESPACE: 'csmm',
    STATE_TABLE: tables.state,
    SCORES_TABLE: tables.scores,
    REMEDIATIONS_TABLE: tables.remediations,
    EVENT_BUS_NAME: 'csmm-events',
    ...Object.fromEntries(QUEUES.map((name) => [`${name}_QUEUE_URL`, `${services.url}/${ACCOUNT}/${name}`])),
  };
  for (const [name, value] of Object.entries(variables)) setEnv(name, value);

  const has = (path: string): boolean => existsSync(join(root, path));
  const load = (path: string): Promise<Module> => import(pathToFileURL(join(root, path)).href);
  const loadIf = async (path: string): Promise<Module> => (has(path) ? load(path) : {});
  const handlers = new Map<string, Handler>();
  for (const service of ['collect', 'relay', 'score', 'notify', 'triage', 'upkeep']) {
    if (has(`lambdas/${service}.ts`)) handlers.set(service, (await load(`lambdas/${service}.ts`)).handler);
  }
  const { CATALOGUE } = await load('controls/catalogue.ts');
  const { dynamoStateStore } = await load('adapters/aws/dynamo-state-store.ts');
  const store = dynamoStateStore(client, { stateTable: tables.state, scoresTable: tables.scores });
  const dependencies = { store, rules: CATALOGUE.rules };
  const { collectRun } = await loadIf('core/pipeline/sweep.ts');
  const { dynamoSettingsStore } = await loadIf('adapters/aws/settings-store.ts');
  const { collectSettings } = { ...(await loadIf('core/pipeline/settings.ts')), ...(await loadIf('core/pipeline/collect-settings.ts')) };
  const { READERS = [] } = await loadIf('adapters/aws/readers/index.ts');

  const failed: unknown[] = [];
  const run = async (service: string, event: unknown): Promise<void> => {
    const result = await handlers.get(service)?.(event, CONTEXT);
    failed.push(...(result?.batchItemFailures ?? []));
  };
  const streams = { state: streamOf(tables.state, client, endpoint), scores: streamOf(tables.scores, client, endpoint) };
  const scorer = handlers.has('relay') ? 'relay' : 'score';
  const streamed: Readonly<Record<'state' | 'scores', readonly string[]>> = {
    state: [scorer, 'triage'],
    scores: [scorer, 'notify'],
  };
  const round = async (): Promise<boolean> => {
    let isBusy = false;
    for (const table of ['state', 'scores'] as const) {
      const Records = await streams[table].take();
      if (Records.length === 0) continue;
      isBusy = true;
      for (const service of streamed[table]) await run(service, { Records });
    }
    for (const { body } of services.take(['SCORING', 'REJUDGE'])) {
      isBusy = true;
      await run('score', { Records: [{ body, messageId: '1', attributes: { ApproximateReceiveCount: '1' } }] });
    }
    return isBusy;
  };

  return {
    client,
    tables,
    readers: READERS,
    hasSettings: dynamoSettingsStore !== undefined,
    hasRemediation: handlers.has('triage'),
    unread: async (reason) => new (await load('core/facts/view.ts')).Unread(reason),
    collect: (bodies) =>
      run('collect', {
        Records: bodies.map((body, index) => ({ body: JSON.stringify(body), messageId: String(index), attributes: {} })),
      }),
    read: (items) => collectRun(items, dependencies),
    apply: async (document, accountIds, at) => {
      const applied = { document, appliedAt: at, appliedBy: `arn:aws:iam::${ACCOUNT}:role/operator`, revision: 1, expiredUntil: at };
      await dynamoSettingsStore(client, tables.state).applySettings(undefined, applied);
      await collectSettings(document, accountIds, at, dependencies);
    },
    invoke: run,
    skipStreams: async () => {
      for (const stream of Object.values(streams)) while ((await stream.take()).length > 0);
    },
    settle: async () => {
      for (let rounds = 0; await round(); rounds++) if (rounds > MAX_ROUNDS) throw new Error('the deployment is never at rest');
    },
    items: async (table) => {
      const items: RawItem[] = [];
      for await (const page of paginateScan({ client }, { TableName: tables[table], ConsistentRead: true }))
        items.push(...(page.Items ?? []));
      return items.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    },
    takeEvents: services.takeEvents,
    get parked() {
      return services.messages.filter(({ queue }) => queue === 'REJECTED' || queue === 'FAILURES');
    },
    failed,
    end: services.end,
  };
}

const keyOf = ({ pk, sk }: RawItem): string => `${pk?.S} ${sk?.S}`;

/** Reads the records of a table's stream, each once. */
function streamOf(TableName: string, client: DynamoDBClient, endpoint: string): { take(): Promise<readonly object[]> } {
  const streams = new DynamoDBStreamsClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const iterators = new Map<string, string | undefined>();
  return {
    take: async () => {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      const StreamArn = Table?.LatestStreamArn ?? '';
      const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
      const records: object[] = [];
      for (const { ShardId = '' } of StreamDescription?.Shards ?? []) {
        const ShardIterator = iterators.has(ShardId)
          ? iterators.get(ShardId)
          : (await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }))).ShardIterator;
        if (ShardIterator === undefined) continue;
        const { Records = [], NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator }));
        iterators.set(ShardId, NextShardIterator);
        records.push(...Records.map(toLambdaRecord));
      }
      return records;
    },
  };
}

/** Lambda has times in seconds, and the SDK has dates. */
const toLambdaRecord = ({ dynamodb, ...record }: StreamRecord) => ({
  ...record,
  dynamodb: { ...dynamodb, ApproximateCreationDateTime: (dynamodb?.ApproximateCreationDateTime?.getTime() ?? 0) / 1000 },
});

/** Answers as SQS and EventBridge do, and keeps what it receives. */
async function serve() {
  const messages: Message[] = [];
  const events: Published[] = [];
  const answer = (operation: string, input: Module): object => {
    if (operation === 'PutEvents') {
      for (const { DetailType, Detail } of input.Entries) events.push({ detailType: DetailType, detail: JSON.parse(Detail) });
      return { FailedEntryCount: 0, Entries: input.Entries.map((_: unknown, index: number) => ({ EventId: String(index) })) };
    }
    const queue = String(input.QueueUrl).split('/').at(-1) ?? '';
    const keep = ({ MessageBody, MessageAttributes }: Module) => {
      messages.push({ queue, body: MessageBody, reason: MessageAttributes?.reason?.StringValue });
      return { MessageId: String(messages.length), MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') };
    };
    if (operation === 'SendMessage') return keep(input);
    if (operation === 'SendMessageBatch')
      return { Successful: input.Entries.map((entry: Module) => ({ Id: entry.Id, ...keep(entry) })), Failed: [] };
    throw new Error(`${operation} is not known here`);
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.end(JSON.stringify(answer(operation, JSON.parse(Buffer.concat(chunks).toString()))));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    takeEvents: () => events.splice(0),
    /** Takes the messages of queues. */
    take: (queues: readonly string[]): Message[] => {
      const taken = messages.filter(({ queue }) => queues.includes(queue));
      for (const message of taken) messages.splice(messages.indexOf(message), 1);
      return taken;
    },
    end: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
