import { CreateTableCommand, type CreateTableCommandInput, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import { type Assembly, idsOf, propertiesOf, synthesize, target } from './assembly.ts';
import { type DeployedFunction, deployFunction } from './lambda.ts';
import { matches } from './pattern.ts';
import { type Recorder, startRecorder } from './recorder.ts';

interface Message {
  readonly id: string;
  readonly body: string;
  receives: number;
}

/** A message that came to rest in a queue. */
export interface Parked {
  readonly body: string;
  readonly reason?: string;
}

/**
 * The stack as its template says it, on this machine: the functions' own bundles in workers, the tables in DynamoDB Local
 * with their streams, and between them what AWS does by the template – rules match, queues redrive, event source mappings
 * filter, batch, retry and give up.
 */
export interface Deployment {
  readonly recorder: Recorder;
  readonly client: DynamoDBClient;
  /** Physical name of a table, by a part of its logical id. */
  tableNamed(part: string): string;
  functionOf(service: string): DeployedFunction;
  /** Puts an event on the account's default bus. @returns how many rules took it. */
  putEvent(event: unknown): number;
  /** Puts a message into the changes queue, past the rules. */
  putMessage(body: string): void;
  /** Calls a function as a schedule would, with what the rule `ruleId` gives it. */
  onSchedule(rulePart: string): Promise<void>;
  /** Puts a message into the queue whose logical id holds `part`. */
  putInto(part: string, body: string): void;
  /** What was put into queues to be delivered later, and has not been. */
  delayed(): string[];
  /** Sets all clocks ahead, and delivers what was delayed until then. */
  advance(hours: number): void;
  /** The bodies of the messages that `service` has been called with, in order. */
  received(service: string): string[];
  /** Lets everything that is under way come to rest. */
  settle(): Promise<void>;
  /** The messages at rest in the queue whose logical id holds `part`. */
  parked(part: string): Parked[];
  /** The dashboard's body, as text. */
  dashboard(): string;
  stop(): Promise<void>;
}

interface StreamSource {
  readonly mapping: Record<string, unknown>;
  readonly service: DeployedFunction;
  readonly arn: string;
  readonly iterators: Map<string, string | undefined>;
  readonly waiting: StreamRecord[];
}

/** The estate that a deployment evaluates: an emulator, and the credentials of the account in it that the functions have. */
export interface EmulatedEstate {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string };
}

const LOCAL = { accessKeyId: 'local', secretAccessKey: 'local' };

/** @param estate what the functions read. Without it they can read nothing. */
export async function deploy(endpoint: string, estate?: EmulatedEstate): Promise<Deployment> {
  const assembly = synthesize();
  const recorder = await startRecorder(estate?.endpoint);
  // DynamoDB Local keeps apart the tables of different keys.
  const config = { endpoint, region: 'eu-west-1', credentials: estate?.credentials ?? LOCAL };
  const client = new DynamoDBClient(config);
  const streams = new DynamoDBStreamsClient(config);
  const tables = await createTables(assembly, client);
  const queues = new Map(idsOf(assembly, 'AWS::SQS::Queue').map((id): [string, Message[]] => [id, []]));
  const functions = deployFunctions(assembly, tables, config, recorder);
  const mappings = idsOf(assembly, 'AWS::Lambda::EventSourceMapping').map((id) => propertiesOf(assembly, id));
  const queueSources = mappings.filter((mapping) => queues.has(target(mapping.EventSourceArn)));
  const queueNamed = (part: string): string => {
    const id = [...queues.keys()].find((queue) => queue.includes(part));
    if (!id) throw new Error(`no queue ${part}`);
    return id;
  };
  const sources = await Promise.all(mappings.filter((mapping) => !queueSources.includes(mapping)).map((mapping) => openStream(mapping)));
  const received = new Map<string, string[]>();

  let messages = 0;
  const enqueue = (queueId: string, body: string) => queues.get(queueId)?.push({ id: `message-${++messages}`, body, receives: 0 });

  async function openStream(mapping: Record<string, unknown>): Promise<StreamSource> {
    const table = tables.get(target(mapping.EventSourceArn));
    const service = functions.get(target(mapping.FunctionName));
    if (!table || !service) throw new Error('an event source mapping leads nowhere');
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    return { mapping, service, arn: Table?.LatestStreamArn ?? '', iterators: new Map(), waiting: [] };
  }

  /** Takes into a queue what the functions have sent to it, but for what they have delayed. */
  function takeSent(queueId: string): void {
    for (let index = recorder.sent.length - 1; index >= 0; index--) {
      const message = recorder.sent[index];
      if (!message?.queueUrl.endsWith(`/${queueId}`) || message.delaySeconds) continue;
      recorder.sent.splice(index, 1);
      enqueue(queueId, message.body);
    }
  }

  /** One poll of a queue by its mapping. @returns whether there was anything to do. */
  async function pollQueue(mapping: Record<string, unknown>): Promise<boolean> {
    const queueId = target(mapping.EventSourceArn);
    takeSent(queueId);
    const queue = queues.get(queueId) ?? [];
    const batch = queue.splice(0, Number(mapping.BatchSize));
    const functionId = target(mapping.FunctionName);
    const service = functions.get(functionId);
    if (batch.length === 0 || !service) return false;
    for (const message of batch) message.receives++;
    received.set(functionId, [...(received.get(functionId) ?? []), ...batch.map(({ body }) => body)]);
    const failed = await service
      .invoke({
        Records: batch.map(({ id, body }) => ({
          messageId: id,
          receiptHandle: id,
          body,
          attributes: {},
          messageAttributes: {},
          eventSource: 'aws:sqs',
          eventSourceARN: `arn:aws:sqs:eu-west-1:111111111111:${queueId}`,
          awsRegion: 'eu-west-1',
        })),
      })
      .then(failuresOf, () => batch.map((message) => message.id));
    const { maxReceiveCount, deadLetterTargetArn } = propertiesOf(assembly, queueId).RedrivePolicy as {
      maxReceiveCount: number;
      deadLetterTargetArn: unknown;
    };
    for (const message of batch.filter(({ id }) => failed.includes(id))) {
      if (message.receives < maxReceiveCount) queue.push(message);
      else enqueue(target(deadLetterTargetArn), message.body);
    }
    return true;
  }

  async function pollStream(source: StreamSource): Promise<boolean> {
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: source.arn }));
    for (const { ShardId = '' } of StreamDescription?.Shards ?? []) {
      if (!source.iterators.has(ShardId)) {
        const { ShardIterator } = await streams.send(
          new GetShardIteratorCommand({
            StreamArn: source.arn,
            ShardId,
            ShardIteratorType: source.mapping.StartingPosition as 'TRIM_HORIZON',
          }),
        );
        source.iterators.set(ShardId, ShardIterator);
      }
      const ShardIterator = source.iterators.get(ShardId);
      if (!ShardIterator) continue;
      const { Records = [], NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator }));
      source.iterators.set(ShardId, NextShardIterator);
      const filters = (source.mapping.FilterCriteria as { Filters: { Pattern: string }[] }).Filters.map(({ Pattern }) =>
        JSON.parse(Pattern),
      );
      source.waiting.push(...Records.filter((record) => filters.some((filter) => matches(filter, record))));
    }
    const batch = source.waiting.splice(0, Number(source.mapping.BatchSize));
    if (batch.length > 0) await deliver(source, batch);
    return batch.length > 0;
  }

  /** Delivers a batch as the mapping says: what fails is tried again from the first failure on, and given up after the last retry. */
  async function deliver(source: StreamSource, batch: StreamRecord[]): Promise<void> {
    const retries = Number(source.mapping.MaximumRetryAttempts ?? Number.POSITIVE_INFINITY);
    let rest = batch;
    for (let attempt = 0; rest.length > 0; attempt++) {
      const failed = await source.service
        .invoke({ Records: rest.map((record) => toLambdaRecord(record, source.arn)) })
        .then(failuresOf, () => [sequenceOf(rest[0])]);
      if (failed.length === 0) return;
      const from = rest.findIndex((record) => failed.includes(sequenceOf(record)));
      if (from > 0) attempt = -1;
      rest = rest.slice(Math.max(from, 0));
      if (attempt < retries) continue;
      const { OnFailure } = source.mapping.DestinationConfig as { OnFailure: { Destination: unknown } };
      enqueue(
        target(OnFailure.Destination),
        JSON.stringify({ DDBStreamBatchInfo: { startSequenceNumber: sequenceOf(rest[0]), streamArn: source.arn } }),
      );
      rest = rest.slice(1);
      attempt = -1;
    }
  }

  const rules = idsOf(assembly, 'AWS::Events::Rule').map((id) => propertiesOf(assembly, id));
  const functionIdOf = (service: string): string => {
    const id = [...functions.keys()].find((each) => environmentOf(assembly, each).POWERTOOLS_SERVICE_NAME === service);
    if (!id) throw new Error(`no function of service ${service}`);
    return id;
  };
  const functionNamed = (id: string): DeployedFunction => {
    const found = functions.get(id);
    if (!found) throw new Error(`no function ${id}`);
    return found;
  };
  return {
    recorder,
    client,
    tableNamed: (part) => [...tables].find(([id]) => id.includes(part))?.[1] ?? '',
    functionOf: (service) => functionNamed(functionIdOf(service)),
    putEvent: (event) => {
      const matching = rules.filter((rule) => rule.EventBusName === undefined && rule.EventPattern && matches(rule.EventPattern, event));
      for (const rule of matching) for (const { Arn } of rule.Targets as { Arn: unknown }[]) enqueue(target(Arn), JSON.stringify(event));
      return matching.length;
    },
    putMessage: (body) => void enqueue(queueNamed('IngestionChanges'), body),
    putInto: (part, body) => void enqueue(queueNamed(part), body),
    onSchedule: async (rulePart) => {
      const id = idsOf(assembly, 'AWS::Events::Rule').find((each) => each.includes(rulePart));
      const [rule] = id ? (propertiesOf(assembly, id).Targets as { Arn: unknown; Input: string }[]) : [];
      if (!rule) throw new Error(`no rule ${rulePart}`);
      await functionNamed(target(rule.Arn)).invoke(JSON.parse(rule.Input));
    },
    delayed: () => recorder.sent.flatMap(({ body, delaySeconds }) => (delaySeconds ? [body] : [])),
    advance: (hours) => {
      for (const service of functions.values()) service.advance(hours * 3_600_000);
      for (const message of recorder.sent) delete message.delaySeconds;
    },
    received: (service) => received.get(functionIdOf(service)) ?? [],
    settle: async () => {
      for (let idle = 0; idle < 2; ) {
        let worked = false;
        for (const mapping of queueSources) worked = (await pollQueue(mapping)) || worked;
        for (const source of sources) worked = (await pollStream(source)) || worked;
        idle = worked ? 0 : idle + 1;
      }
    },
    parked: (part) => {
      const id = [...queues.keys()].find((id) => id.includes(part)) ?? '';
      const sent = recorder.sent
        .filter(({ queueUrl }) => queueUrl.endsWith(`/${id}`))
        .map(({ body, attributes }) => ({ body, reason: attributes.reason?.StringValue ?? '' }));
      return [...(queues.get(id) ?? []).map(({ body }) => ({ body })), ...sent];
    },
    dashboard: () =>
      JSON.stringify(idsOf(assembly, 'AWS::CloudWatch::Dashboard').map((id) => propertiesOf(assembly, id).DashboardBody)).replaceAll(
        '\\',
        '',
      ),
    stop: async () => {
      for (const service of functions.values()) await service.stop();
      await recorder.close();
      streams.destroy();
      client.destroy();
      assembly.remove();
    },
  };
}

const failuresOf = (response: unknown): string[] =>
  ((response as { batchItemFailures?: { itemIdentifier: string }[] } | undefined)?.batchItemFailures ?? []).map(
    ({ itemIdentifier }) => itemIdentifier,
  );

const sequenceOf = (record: StreamRecord | undefined): string => record?.dynamodb?.SequenceNumber ?? '';

const toLambdaRecord = ({ eventID, eventName, dynamodb }: StreamRecord, eventSourceARN: string) => ({
  eventID,
  eventName,
  eventSource: 'aws:dynamodb',
  eventSourceARN,
  dynamodb,
});

/** The tables of the template, in DynamoDB Local, with the template's keys and stream. */
async function createTables(assembly: Assembly, client: DynamoDBClient): Promise<Map<string, string>> {
  const tables = new Map<string, string>();
  for (const id of idsOf(assembly, 'AWS::DynamoDB::GlobalTable')) {
    const { KeySchema, AttributeDefinitions, BillingMode, StreamSpecification } = propertiesOf(
      assembly,
      id,
    ) as unknown as CreateTableCommandInput;
    const TableName = `${id}-${process.pid}`;
    await client.send(
      new CreateTableCommand({
        TableName,
        KeySchema,
        AttributeDefinitions,
        BillingMode,
        StreamSpecification: { StreamEnabled: true, ...StreamSpecification },
      }),
    );
    tables.set(id, TableName);
  }
  return tables;
}

const environmentOf = (assembly: Assembly, functionId: string): Record<string, unknown> =>
  (propertiesOf(assembly, functionId).Environment as { Variables: Record<string, unknown> }).Variables;

/** The functions with the template's own environment; references become the names that the things have here. */
function deployFunctions(
  assembly: Assembly,
  tables: ReadonlyMap<string, string>,
  { endpoint, credentials }: { readonly endpoint: string; readonly credentials: typeof LOCAL & { readonly sessionToken?: string } },
  recorder: Recorder,
): Map<string, DeployedFunction> {
  const nameOf = (value: unknown): string => {
    if (typeof value === 'string') return value;
    const id = target(value);
    if (assembly.resources[id]?.Type === 'AWS::SQS::Queue') return `${recorder.url}/111111111111/${id}`;
    return tables.get(id) ?? id;
  };
  const runtime = {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken && { AWS_SESSION_TOKEN: credentials.sessionToken }),
    AWS_ENDPOINT_URL: recorder.url,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  };
  return new Map(
    idsOf(assembly, 'AWS::Lambda::Function').map((id) => {
      const variables = Object.entries(environmentOf(assembly, id)).map(([name, value]): [string, string] => [name, nameOf(value)]);
      return [id, deployFunction(assembly.bundleOf(id), id, { ...runtime, ...Object.fromEntries(variables) })];
    }),
  );
}
