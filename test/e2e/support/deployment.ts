import { CreateTableCommand, type CreateTableCommandInput, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import { REMEDIATION_ROLE_NAME } from '../../../lib/least-privilege.ts';
import { type Assembly, idsOf, propertiesOf, type SynthesisOptions, synthesize, target } from './assembly.ts';
import { type SharedClock, startClock } from './clock.ts';
import { type DeployedFunction, deployFunction } from './lambda.ts';
import { matches } from './pattern.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import { type Ssm, startSsm } from './ssm.ts';

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
  /** The simulation of SSM that runs the runbooks. @throws where the deployment has no remediation */
  readonly ssm: Ssm;
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
  /** Sets the clock ahead, and delivers what was delayed until then. */
  advance(hours: number, minutes?: number): void;
  /** The present by the clock of the functions, ISO-8601 UTC with milliseconds. */
  now(): string;
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
  /** Whether its oldest record has failed so often that it waits for the next time that everything comes to rest. */
  isBlocked: boolean;
}

/** The estate that a deployment evaluates: an emulator, and the credentials of the account in it that the functions have. */
export interface EmulatedEstate {
  readonly endpoint: string;
  /** @default 111111111111 */
  readonly accountId?: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string };
}

const REGION = 'eu-west-1';
const LOCAL = { accessKeyId: 'local', secretAccessKey: 'local' };

/**
 * Number of failures on the oldest record of a stream after which the harness skips it. Lambda waits between attempts, and retries for hours.
 */
const TRIES = 5;

/** @param estate what the functions read. Without it they can read nothing. */
export async function deploy(endpoint: string, estate?: EmulatedEstate, options: SynthesisOptions = {}): Promise<Deployment> {
  const assembly = await synthesize(options);
  const recorder = await startRecorder(estate?.endpoint);
  const accountId = estate?.accountId ?? '111111111111';
  const ssm = options.remediation && estate ? await startSsm(ssmOptionsOf(assembly, accountId, estate)) : undefined;
  // DynamoDB Local keeps apart the tables of different keys.
  const config = { endpoint, region: REGION, credentials: estate?.credentials ?? LOCAL };
  const client = new DynamoDBClient(config);
  const streams = new DynamoDBStreamsClient(config);
  const tables = await createTables(assembly, client);
  const queues = new Map(idsOf(assembly, 'AWS::SQS::Queue').map((id): [string, Message[]] => [id, []]));
  const clock = startClock();
  const functions = deployFunctions(assembly, { tables, accountId, recorder, clock: clock.shared, ...config, ...(ssm && { ssm }) });
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
    return { mapping, service, arn: Table?.LatestStreamArn ?? '', iterators: new Map(), waiting: [], isBlocked: false };
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

  async function findShards({ arn: StreamArn, mapping, iterators }: StreamSource): Promise<void> {
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    for (const { ShardId = '' } of StreamDescription?.Shards ?? []) {
      if (iterators.has(ShardId)) continue;
      const ShardIteratorType = mapping.StartingPosition as 'TRIM_HORIZON';
      const { ShardIterator } = await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType }));
      iterators.set(ShardId, ShardIterator);
    }
  }

  async function pollStream(source: StreamSource): Promise<boolean> {
    if (source.isBlocked) return false;
    // A stream has new shards where it has none yet, and where one has ended.
    if (source.iterators.size === 0 || [...source.iterators.values()].includes(undefined)) await findShards(source);
    for (const [ShardId, ShardIterator] of source.iterators) {
      if (!ShardIterator) continue;
      const { Records = [], NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator }));
      source.iterators.set(ShardId, NextShardIterator);
      const filters = (source.mapping.FilterCriteria as { Filters: { Pattern: string }[] }).Filters.map(({ Pattern }) =>
        JSON.parse(Pattern),
      );
      source.waiting.push(...Records.filter((record) => filters.some((filter) => matches(filter, record))).map(asOfNow));
    }
    const batch = source.waiting.splice(0, Number(source.mapping.BatchSize));
    if (batch.length > 0) await deliver(source, batch);
    return batch.length > 0;
  }

  /** A record as of now by the clock of the functions, which is not the engine's. */
  const asOfNow = (record: StreamRecord): StreamRecord => ({
    ...record,
    dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: new Date(clock.now()) },
  });

  /**
   * Delivers a batch as the mapping says: what fails is tried again from the first failure on, and given up after the last retry. It
   * waits, with what comes after it, where the mapping sets no end to the retries.
   */
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
      if (attempt < retries && attempt + 1 < TRIES) continue;
      if (attempt < retries) {
        source.waiting.unshift(...rest);
        source.isBlocked = true;
        return;
      }
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
    get ssm() {
      if (!ssm) throw new Error('the deployment has no remediation');
      return ssm;
    },
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
    advance: (hours, minutes = 0) => {
      const milliseconds = (hours * 60 + minutes) * 60_000;
      clock.advance(milliseconds);
      for (const message of recorder.sent) delete message.delaySeconds;
    },
    now: () => new Date(clock.now()).toISOString(),
    received: (service) => received.get(functionIdOf(service)) ?? [],
    settle: async () => {
      for (const source of sources) source.isBlocked = false;
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
      await ssm?.close();
      await recorder.close();
      streams.destroy();
      client.destroy();
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
  // Lambda gives seconds where the SDK gives a date.
  dynamodb: { ...dynamodb, ApproximateCreationDateTime: Math.floor((dynamodb?.ApproximateCreationDateTime?.getTime() ?? 0) / 1000) },
});

/** SSM with the documents and roles of the template. */
function ssmOptionsOf(assembly: Assembly, accountId: string, { endpoint }: EmulatedEstate) {
  const documents = idsOf(assembly, 'AWS::SSM::Document').map((id) => propertiesOf(assembly, id));
  const roles = idsOf(assembly, 'AWS::IAM::Role').map((id) => propertiesOf(assembly, id).RoleName);
  return {
    accountId,
    region: REGION,
    documents: new Map(documents.map(({ Name, Content }) => [String(Name), String(Content)])),
    roles: new Set(roles.filter((name) => name !== undefined).map(String)),
    callerRole: REMEDIATION_ROLE_NAME,
    behind: endpoint,
  };
}

/** The tables of the templates, in DynamoDB Local, with the templates' keys, indexes and stream. */
async function createTables(assembly: Assembly, client: DynamoDBClient): Promise<Map<string, string>> {
  const tables = new Map<string, string>();
  for (const id of idsOf(assembly, 'AWS::DynamoDB::GlobalTable')) {
    const { KeySchema, AttributeDefinitions, BillingMode, GlobalSecondaryIndexes, StreamSpecification } = propertiesOf(
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
        ...(GlobalSecondaryIndexes && { GlobalSecondaryIndexes }),
        StreamSpecification: { StreamEnabled: true, ...StreamSpecification },
      }),
    );
    tables.set(id, TableName);
  }
  return tables;
}

const environmentOf = (assembly: Assembly, functionId: string): Record<string, unknown> =>
  (propertiesOf(assembly, functionId).Environment as { Variables: Record<string, unknown> }).Variables;

interface Surroundings {
  readonly tables: ReadonlyMap<string, string>;
  readonly accountId: string;
  readonly endpoint: string;
  readonly credentials: typeof LOCAL & { readonly sessionToken?: string };
  readonly recorder: Recorder;
  readonly ssm?: Ssm;
  readonly clock: SharedClock;
}

/** The functions with the template's own environment; references become the names that the things have here. */
function deployFunctions(
  assembly: Assembly,
  { tables, accountId, endpoint, credentials, recorder, ssm, clock }: Surroundings,
): Map<string, DeployedFunction> {
  const nameOf = (value: unknown): string => {
    if (typeof value === 'string') return value;
    const { 'Fn::Join': join } = value as { 'Fn::Join'?: [separator: string, parts: unknown[]] };
    if (join) return join[1].map(nameOf).join(join[0]);
    const id = target(value);
    if (id === 'AWS::AccountId') return accountId;
    if (assembly.resources[id]?.Type === 'AWS::SQS::Queue') return `${recorder.url}/111111111111/${id}`;
    return tables.get(id) ?? id;
  };
  const runtime = {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken && { AWS_SESSION_TOKEN: credentials.sessionToken }),
    AWS_ENDPOINT_URL: recorder.url,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    ...(ssm && { AWS_ENDPOINT_URL_SSM: ssm.url }),
  };
  return new Map(
    idsOf(assembly, 'AWS::Lambda::Function').map((id) => {
      const variables = Object.entries(environmentOf(assembly, id)).map(([name, value]): [string, string] => [name, nameOf(value)]);
      const environment = { ...runtime, ...Object.fromEntries(variables) };
      return [id, deployFunction({ bundle: assembly.bundleOf(id), name: id, accountId, environment, clock })];
    }),
  );
}
