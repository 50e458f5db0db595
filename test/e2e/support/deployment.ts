import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AttributeValue,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteItemCommand,
  DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { expect } from 'vitest';
import { REMEDIATION_ROLE_NAME } from '../../../lib/least-privilege.ts';
import type { PersonRole } from '../../../lib/people-policies.ts';
import { OF_PROCESS } from '../../support/dynamodb-local.ts';
import type { Queue } from '../../support/fifo.ts';
import { type Assembly, idsOf, propertiesOf, type SynthesisOptions, synthesize, target } from './assembly.ts';
import { type Authority, authorityOf, type Denial, type Deployed, type RoleOfTemplate } from './authority.ts';
import { type SharedClock, startClock } from './clock.ts';
import { checkMapping, type EventSource, queueSource, streamSource } from './event-sources.ts';
import { type Gate, openGate } from './gate.ts';
import { type DeployedFunction, deployFunction } from './lambda.ts';
import { openPerson, type Person } from './people.ts';
import { createQueues } from './queues.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import { forward, rulesOf } from './rules.ts';
import { type Ssm, startSsm } from './ssm.ts';
import { type Place, type Values, valuesOf } from './values.ts';

/** A message that came to rest in a queue. */
export interface Parked {
  readonly body: string;
  readonly reason?: string;
}

/**
 * The stack as its template says it, on this machine: the functions' own bundles in workers, the tables in DynamoDB Local
 * with their streams, and between them what AWS does by the template – rules match, queues delay, hide and redrive, event source mappings
 * filter, batch, retry and give up, items expire, and IAM denies what no policy of the templates allows.
 */
export interface Deployment {
  readonly recorder: Recorder;
  /** The simulation of SSM that runs the runbooks. @throws where the deployment has no remediation */
  readonly ssm: Ssm;
  readonly client: DynamoDBClient;
  /** Calls that IAM has denied. {@link stop} fails if there is something left. */
  readonly denied: Denial[];
  /** Physical name of a table, by a part of its logical id. */
  tableNamed(part: string): string;
  functionOf(service: string): DeployedFunction;
  /** Puts an event on the account's default bus, or on the bus whose logical id holds `busPart`. @returns how many rules took it. */
  putEvent(event: unknown, busPart?: string): number;
  /** Puts an event on the default bus of a member account, whose rules forward it. @returns how many of them took it. */
  putMemberEvent(event: unknown, memberId: string): number;
  /** Puts a message into the changes queue, past the rules. */
  putMessage(body: string): void;
  /** Does what a rule does when its time has come: it calls its targets. */
  onSchedule(rulePart: string): Promise<void>;
  /** Puts a message into the queue whose logical id holds `part`, with an id of its own if it is FIFO. */
  putInto(part: string, body: string, groupId?: string): void;
  /** Messages that a function has sent for later delivery and that still wait. */
  delayed(): string[];
  /** Sets the clock ahead, and has items expire that are due by then. What was delayed until then is delivered when everything settles. */
  advance(hours: number, minutes?: number): void;
  /** The present by the clock of the functions, ISO-8601 UTC with milliseconds. */
  now(): string;
  /** The bodies of the messages that `service` has been called with, in order. */
  received(service: string): string[];
  /**
   * Lets everything that is under way come to rest. Time passes for the delay of a queue and for the visibility timeout of what has failed,
   * not for what a function has delayed itself.
   */
  settle(): Promise<void>;
  /** The queue whose logical id holds `part`. */
  queueNamed(part: string): Queue;
  /** The messages at rest in the queue whose logical id holds `part`. */
  parked(part: string): Parked[];
  /** Opens the way of a person with one of the policies for people, in a session of the role `name`. */
  person(person: PersonRole, name: string): Promise<Person>;
  /** The dashboard's body, as text. */
  dashboard(): string;
  /** @throws Error if IAM has denied something, or if something was asked that is not known here */
  stop(): Promise<void>;
}

/** The estate that a deployment evaluates: an emulator, and the credentials of the account in it that the functions have. */
export interface EmulatedEstate {
  readonly endpoint: string;
  /** @default 111111111111 */
  readonly accountId?: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string };
  /** Accounts to which the stack set has deployed the member template. */
  readonly members?: readonly string[];
}

export interface DeploymentOptions extends SynthesisOptions {
  /** How many calls of one function there may be at a time, if its mapping allows as many. @default 1 */
  readonly environments?: number;
}

const REGION = 'eu-west-1';
const LOCAL = { accessKeyId: 'local', secretAccessKey: 'local' };

/** @param estate what the functions read. Without it they can read nothing. */
export async function deploy(endpoint: string, estate?: EmulatedEstate, options: DeploymentOptions = {}): Promise<Deployment> {
  const assembly = await synthesize(options);
  const accountId = estate?.accountId ?? '111111111111';
  const ssm = options.remediation && estate ? await startSsm(ssmOptionsOf(assembly, accountId, estate)) : undefined;
  // DynamoDB Local keeps apart the tables of different keys.
  const config = { endpoint, region: REGION, credentials: estate?.credentials ?? LOCAL };
  const client = new DynamoDBClient(config);
  const streams = new DynamoDBStreamsClient(config);
  const tables = await createTables(assembly, client);
  const clock = startClock();
  const place = { accountId, region: REGION, tables };
  const values = valuesOf(assembly, place);
  const own: Deployed = { assembly, values, accountId };
  const members = (estate?.members ?? []).map((member) => deployedTo(member, assembly.memberTemplate(values)));
  const authority = authorityOf([own, ...members], assembly.organizationId);
  const queues = createQueues(assembly, values, clock.peek);
  const queueOf = (name: string): Queue => {
    const queue = [...queues.values()].find((each) => each.name === name);
    if (!queue) throw new Error(`no queue ${name}`);
    return queue;
  };
  const published = startRecorder({
    queueOf,
    isOwnQueue: (name) => [...queues.values()].some((queue) => queue.name === name),
    now: clock.peek,
    members: estate?.members ?? [],
    published: ({ EventBusName, Source, DetailType, detail }) => {
      const event = { version: '0', source: Source, 'detail-type': DetailType, account: accountId, region: REGION, detail };
      const busId = rules.busOf(EventBusName.split('/').at(-1) ?? '');
      if (busId) rules.put(event, busId);
    },
  });
  const { recorder } = published;
  const problems: unknown[] = [];
  const people: Person[] = [];
  const { functions, gates } = await deployFunctions({
    ...own,
    place,
    authority,
    clock: clock.shared,
    credentials: config.credentials,
    answer: published.answer,
    endpointOf: (service, isOwn) => {
      if (service === 'ssm' && ssm) return ssm.url;
      return service === 'dynamodb' && isOwn ? endpoint : estate?.endpoint;
    },
    unserved: (text) => void recorder.unknown.push(text),
    failed: (error) => void problems.push(error),
  });
  const rules = rulesOf({ ...own, authority, region: REGION, queues, functions });
  const received = new Map<string, string[]>();
  const expired = new Set<string>();
  let isExpiryDue = true;

  const ttlOf = (tableId: string): string | undefined => {
    const { AttributeName, Enabled } = (propertiesOf(assembly, tableId).TimeToLiveSpecification ?? {}) as {
      AttributeName?: string;
      Enabled?: boolean;
    };
    return Enabled ? AttributeName : undefined;
  };
  const expiryOf = (tableId: string, { pk, sk, ...others }: Readonly<Record<string, AttributeValue>>): string =>
    JSON.stringify([tableId, pk, sk, others[ttlOf(tableId) ?? '']]);

  const mayRead = (functionId: string, arn: string, actions: readonly string[]): boolean => {
    const role = authority.roleOf(values.text(propertiesOf(assembly, functionId).Role));
    return actions.every((action) => authority.mayRole(role, { action, resource: arn, accountId, region: REGION }));
  };

  /** Ids of queues that a mapping reads. */
  const read = new Set<string>();
  async function openSource(mapping: Record<string, unknown>): Promise<EventSource> {
    checkMapping(mapping);
    const [sourceId, functionId] = [target(mapping.EventSourceArn), target(mapping.FunctionName)];
    const [queue, table, service] = [queues.get(sourceId), tables.get(sourceId), functions.get(functionId)];
    if (!service) throw new Error('an event source mapping leads nowhere');
    const arn = values.text(mapping.EventSourceArn);
    if (queue) {
      read.add(sourceId);
      return queueSource({
        mapping,
        service,
        region: REGION,
        queue,
        arn,
        environments: options.environments ?? 1,
        isAllowed: () => mayRead(functionId, arn, ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']),
        received: (bodies) => received.set(functionId, [...(received.get(functionId) ?? []), ...bodies]),
      });
    }
    if (!table) throw new Error(`the source ${sourceId} is not known here`);
    const { OnFailure } = (mapping.DestinationConfig ?? {}) as { OnFailure?: { Destination: unknown } };
    return streamSource({
      mapping,
      service,
      region: REGION,
      client,
      streams,
      table,
      arn,
      now: clock.now,
      isAllowed: () => mayRead(functionId, arn, ['dynamodb:DescribeStream', 'dynamodb:GetShardIterator', 'dynamodb:GetRecords']),
      discard: (body) => {
        const queueId = OnFailure && target(OnFailure.Destination);
        if (queueId && mayRead(functionId, values.arnOf(queueId), ['sqs:SendMessage'])) queues.get(queueId)?.send({ body });
      },
      isByTtl: (image) => expired.has(expiryOf(sourceId, image)),
    });
  }
  const sources: EventSource[] = [];
  for (const id of idsOf(assembly, 'AWS::Lambda::EventSourceMapping')) sources.push(await openSource(propertiesOf(assembly, id)));

  /** Deletes what is past its time, as DynamoDB does within days, and notes it so that the stream says who deleted it. */
  async function expireItems(): Promise<void> {
    const present = Math.floor(clock.peek() / 1000);
    for (const [id, TableName] of tables) {
      const AttributeName = ttlOf(id);
      if (!AttributeName) continue;
      const names = { '#ttl': AttributeName };
      const due = {
        FilterExpression: '#ttl <= :now',
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: { ':now': { N: String(present) } },
      };
      for (let start: Record<string, AttributeValue> | undefined, more = true; more; more = start !== undefined) {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new ScanCommand({ TableName, ...due, ...(start && { ExclusiveStartKey: start }) }),
        );
        start = LastEvaluatedKey;
        for (const item of Items) {
          const { Attributes } = await client.send(
            new DeleteItemCommand({ TableName, Key: { pk: item.pk ?? { S: '' }, sk: item.sk ?? { S: '' } }, ReturnValues: 'ALL_OLD' }),
          );
          if (Attributes) expired.add(expiryOf(id, Attributes));
        }
      }
    }
  }

  const readQueues = () => [...queues].flatMap(([id, queue]) => (read.has(id) ? [queue] : []));
  const isDelayedByFunction = ({ receiveCount, delaySeconds = 0 }: { receiveCount: number; delaySeconds?: number }) =>
    receiveCount === 0 && delaySeconds > 0;
  /** When the next message comes for which time passes by itself; undefined without such a message. */
  const nextAt = (): number | undefined => {
    const times = readQueues().flatMap((queue) =>
      queue.messages().flatMap((message) => (isDelayedByFunction(message) ? [] : [message.visibleAt])),
    );
    return times.length === 0 ? undefined : times.reduce((one, other) => Math.min(one, other));
  };

  /** Sets the clock to the time at which the next message comes. @returns whether there is one */
  const passToNext = (): boolean => {
    const wait = (nextAt() ?? 0) - clock.peek();
    if (wait > 0) clock.advance(wait);
    return wait > 0;
  };

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
  const queueNamed = (part: string): Queue => {
    const id = [...queues.keys()].find((queue) => queue.includes(part));
    const queue = id === undefined ? undefined : queues.get(id);
    if (!queue) throw new Error(`no queue ${part}`);
    return queue;
  };
  return {
    recorder,
    get ssm() {
      if (!ssm) throw new Error('the deployment has no remediation');
      return ssm;
    },
    client,
    denied: authority.denied,
    tableNamed: (part) => [...tables].find(([id]) => id.includes(part))?.[1] ?? '',
    functionOf: (service) => functionNamed(functionIdOf(service)),
    putEvent: (event, busPart) =>
      rules.put(event, busPart === undefined ? undefined : idsOf(assembly, 'AWS::Events::EventBus').find((id) => id.includes(busPart))),
    putMemberEvent: (event, memberId) => {
      const member = members.find((each) => each.accountId === memberId);
      if (!member) throw new Error(`no member ${memberId}`);
      return forward(event, { ...member, authority, home: values, region: REGION, rules });
    },
    putMessage: (body) => void queueNamed('IngestionChanges').send({ body }),
    putInto: (part, body, groupId = 'test') => {
      const queue = queueNamed(part);
      queue.send(queue.isFifo ? { body, groupId, deduplicationId: crypto.randomUUID() } : { body });
    },
    onSchedule: async (rulePart) => {
      rules.due(rulePart);
      await Promise.all(rules.calls);
    },
    delayed: () =>
      readQueues().flatMap((queue) => queue.messages().flatMap((message) => (isDelayedByFunction(message) ? [message.body] : []))),
    advance: (hours, minutes = 0) => {
      clock.advance((hours * 60 + minutes) * 60_000);
      isExpiryDue = true;
    },
    now: () => new Date(clock.now()).toISOString(),
    received: (service) => received.get(functionIdOf(service)) ?? [],
    settle: async () => {
      for (const source of sources) source.unblock();
      if (isExpiryDue) await expireItems();
      isExpiryDue = false;
      for (let idle = 0; idle < 2; ) {
        let worked = rules.calls.size > 0;
        await Promise.all(rules.calls);
        for (const source of sources) worked = (await source.poll()) || worked;
        idle = worked || passToNext() ? 0 : idle + 1;
      }
    },
    queueNamed,
    parked: (part) =>
      queueNamed(part)
        .messages()
        .map(({ body, attributes }) => ({ body, ...(attributes?.reason && { reason: attributes.reason.StringValue ?? '' }) })),
    person: async (person, name) => {
      const failed = (error: unknown): void => void problems.push(error);
      const gate = { authority, keys: tableKeys(assembly, values), answer: () => undefined, failed, behind: () => endpoint };
      const opened = await openPerson(person, name, { ...own, authority, region: REGION, functions, gate });
      people.push(opened);
      return opened;
    },
    dashboard: () =>
      JSON.stringify(idsOf(assembly, 'AWS::CloudWatch::Dashboard').map((id) => propertiesOf(assembly, id).DashboardBody)).replaceAll(
        '\\',
        '',
      ),
    stop: async () => {
      await Promise.all(people.map((person) => person.close()));
      for (const service of functions.values()) await service.stop();
      await Promise.all(gates.map((gate) => gate.close()));
      await ssm?.close();
      streams.destroy();
      client.destroy();
      notePermissions(assembly, authority);
      if (problems.length > 0)
        throw new AggregateError(problems, `the tests met what is not known here: ${problems.map(String).join('; ')}`);
      if (authority.denied.length > 0) throw new Error(`IAM has denied: ${JSON.stringify(authority.denied.slice(0, 20), null, 2)}`);
    },
  };
}

/** Writes what the roles may do, and what they have done, for the test that compares both over all files. */
function notePermissions({ permissionsFolder }: Assembly, authority: Authority): void {
  const file = expect.getState().testPath ?? '';
  mkdirSync(permissionsFolder, { recursive: true });
  const noted = { file, granted: authority.granted(), used: authority.used() };
  writeFileSync(join(permissionsFolder, `${crypto.randomUUID()}.json`), JSON.stringify(noted));
}

/** The member template as the stack set deploys it to an account. */
const deployedTo = (
  accountId: string,
  { assembly, parameters }: { assembly: Assembly; parameters: Readonly<Record<string, string>> },
): Deployed => ({
  assembly,
  accountId,
  values: valuesOf(assembly, { accountId, region: REGION, parameters }),
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
    const TableName = `${id}-${OF_PROCESS}`;
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

interface Surroundings extends Deployed {
  readonly place: Place;
  readonly authority: Authority;
  readonly credentials: typeof LOCAL & { readonly sessionToken?: string };
  readonly clock: SharedClock;
  readonly answer: Parameters<typeof openGate>[0]['answer'];
  /** The emulator of a service, for the account of the deployment or for another one. */
  readonly endpointOf: (service: string, isOwn: boolean) => string | undefined;
  readonly unserved: (request: string) => void;
  readonly failed: (error: unknown) => void;
}

/** The functions with the template's own environment; references become the names that the things have here. */
async function deployFunctions({
  assembly,
  values,
  place,
  accountId,
  authority,
  credentials,
  clock,
  answer,
  endpointOf,
  unserved,
  failed,
}: Surroundings) {
  const functions = new Map<string, DeployedFunction>();
  const gates: Gate[] = [];
  const keys = tableKeys(assembly, values);
  const assumed: Parameters<typeof openGate>[0]['assumed'] = new Map();
  for (const id of idsOf(assembly, 'AWS::Lambda::Function')) {
    const role = authority.roleOf(values.text(propertiesOf(assembly, id).Role));
    const gate = await openGate({
      role,
      authority,
      keys,
      assumed,
      answer,
      failed,
      behind: ({ service, target: operation, path }, asker) => {
        const endpoint = endpointOf(service, asker === role);
        if (endpoint === undefined) unserved(`${service} ${operation} ${path}`);
        return endpoint;
      },
    });
    gates.push(gate);
    const runtime = {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ...(credentials.sessionToken && { AWS_SESSION_TOKEN: credentials.sessionToken }),
      AWS_ENDPOINT_URL: gate.url,
    };
    // The name of a queue is its URL, under which the function finds its own gate.
    const named = valuesOf(assembly, { ...place, queueUrl: (name) => `${gate.url}/${accountId}/${name}` });
    const variables = Object.entries(environmentOf(assembly, id)).map(([name, value]) => [name, named.text(value)]);
    const environment = { ...runtime, ...Object.fromEntries(variables) };
    const service = deployFunction({ bundle: assembly.bundleOf(id), name: id, accountId, environment, clock });
    functions.set(id, loggingFunction(service, propertiesOf(assembly, id), { values, authority, role, accountId }));
  }
  return { functions, gates };
}

/** A function that writes its log and its traces as its role lets it. Lambda does so for it: once is enough to see whether it may. */
function loggingFunction(
  service: DeployedFunction,
  { LoggingConfig, TracingConfig }: Readonly<Record<string, unknown>>,
  {
    values,
    authority,
    role,
    accountId,
  }: Pick<Deployed, 'values' | 'accountId'> & { readonly authority: Authority; readonly role: RoleOfTemplate },
): DeployedFunction {
  const may = (action: string, resource: string | undefined) => authority.mayRole(role, { action, resource, accountId, region: REGION });
  let isNoted = false;
  return {
    ...service,
    invoke: (event, alias) => {
      if (!isNoted) {
        const logGroup = values.arnOf(target((LoggingConfig as { LogGroup: unknown }).LogGroup)).replace(/\*$/, 'log-stream:new');
        for (const action of ['logs:CreateLogStream', 'logs:PutLogEvents']) may(action, logGroup);
        if ((TracingConfig as { Mode?: string } | undefined)?.Mode === 'Active')
          for (const action of ['xray:PutTraceSegments', 'xray:PutTelemetryRecords']) may(action, undefined);
        isNoted = true;
      }
      return service.invoke(event, alias);
    },
  };
}

/** ARN of the customer managed key of each table that has one, by the table's name. */
const tableKeys = (assembly: Assembly, values: Values): Map<string, string> =>
  new Map(
    idsOf(assembly, 'AWS::DynamoDB::GlobalTable').flatMap((id): [string, string][] => {
      const [replica] = propertiesOf(assembly, id).Replicas as { SSESpecification?: { KMSMasterKeyId: unknown } }[];
      return replica?.SSESpecification ? [[values.nameOf(id), values.text(replica.SSESpecification.KMSMasterKeyId)]] : [];
    }),
  );
