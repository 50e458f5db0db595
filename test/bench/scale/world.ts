import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createQueue, type Queue } from '../../support/fifo.ts';
import { type Consumed, createTables, type ItemChange, type Tables } from '../../support/tables.ts';
import { type Clock, createClock, liveBy, prepare } from './clock.ts';
import { createFunction, type FunctionModel, type Handler, type Invocation, invocation } from './functions.ts';
import type { Outline } from './outline.ts';
import { createFairQueue, createQueueReader, type QueueReader, type QueueUsage, type Source } from './queues.ts';
import { createStreamReader, type StreamReader } from './streams.ts';
import type { ServiceTimes } from './times.ts';

/** A run of a handler that the world replaces, by the name of its service: what reads AWS has no AWS here. */
export type Replacements = Readonly<Record<string, Handler>>;

export interface WorldOptions {
  readonly outline: Outline;
  readonly times: ServiceTimes;
  readonly seed?: number;
  /** Shards of each stream. @default 4 */
  readonly shards?: number;
  /** Batches at once, by queue reader's service and queue; others as the template says. */
  readonly concurrency?: (service: string, queue: string) => number | undefined;
  /** Seconds after which a fair queue holds a noisy group back. @default 3 */
  readonly fairAfterSeconds?: number;
  readonly replacements?: Replacements;
  /** Milliseconds of one processor for a batch of messages, in place of the measured ones. */
  readonly computeOf?: (service: string, bodies: readonly string[]) => number | undefined;
  readonly onChange?: (change: ItemChange) => void;
  /** Is called for each request of a function to DynamoDB that has been answered. */
  readonly onAnswer?: (service: string, consumed: Consumed, milliseconds: number) => void;
}

/** The deployed system in virtual time: its real handlers, as the template wires them, between models of what AWS does. */
export interface World {
  readonly clock: Clock;
  readonly tables: Tables;
  readonly stateTable: string;
  readonly scoresTable: string;
  readonly services: readonly string[];
  functionOf(service: string): FunctionModel;
  /** Puts a message into a queue whose logical id holds `part`. */
  put(part: string, body: string, groupId?: string): void;
  readonly queues: ReadonlyMap<
    string,
    { readonly source: Source; readonly usage: QueueUsage; readonly outline: Outline['queues'][number] }
  >;
  readonly streams: readonly StreamReader[];
  /** Events that were put on a bus. */
  readonly events: number;
  /** Hours in which metrics got values, of all metrics together. */
  readonly metricHours: number;
  run(seconds: number): Promise<void>;
  /** Starts the schedules of the template. */
  schedule(): void;
  end(): void;
}

let current:
  | {
      send(client: 'dynamodb' | 'sqs' | 'events', command: unknown): Promise<unknown>;
      /** Takes a line that a function logs. */
      note(run: Invocation, line: string): void;
    }
  | undefined;

/** Lets the AWS clients of this process use the current world. Nothing here ever calls AWS. */
function takeOver(): void {
  prepare();
  const through = (name: 'dynamodb' | 'sqs' | 'events') =>
    function send(this: unknown, command: unknown) {
      if (!current) throw new Error('no world is there to answer');
      return current.send(name, command);
    } as never;
  DynamoDBDocumentClient.prototype.send = through('dynamodb');
  SQSClient.prototype.send = through('sqs');
  EventBridgeClient.prototype.send = through('events');
  for (const level of ['debug', 'info', 'log', 'warn', 'error'] as const) {
    const print = console[level];
    console[level] = (...given: unknown[]) => {
      const run = invocation.getStore();
      if (run) current?.note(run, given.map(String).join(' '));
      else print(...given);
    };
  }
}

const handlers = new Map<string, Handler>();

/**
 * Loads the handlers of the functions, once, each with the environment of the template.
 *
 * @param regions those that the planner reads, the home Region first
 * @param replaced services whose handlers each world brings itself
 */
export async function loadHandlers(
  outline: Outline,
  regions: readonly string[],
  replaced: readonly string[] = ['read', 'status'],
): Promise<void> {
  takeOver();
  Object.assign(process.env, {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    // Lets Powertools log through the console of this process, and not leave the metrics out for it.
    POWERTOOLS_METRICS_DISABLED: 'false',
    POWERTOOLS_DEV: 'true',
  });
  for (const { service, environment } of outline.functions) {
    if (handlers.has(service) || replaced.includes(service)) continue;
    Object.assign(process.env, environment, { OTHER_REGIONS: regions.slice(1).join(',') });
    const { handler } = (await import(`../../../lambdas/${service}.ts`)) as { handler: Handler };
    handlers.set(service, handler);
  }
}

export function createWorld(options: WorldOptions): World {
  const { outline, times, seed = 1, shards = 4, fairAfterSeconds = 3, replacements = {} } = options;
  const clock = createClock(seed);
  liveBy(clock);
  const streams: { reader: StreamReader; table: string }[] = [];
  let events = 0;
  /** Hours in which each metric got a value. */
  const metricHours = new Set<string>();

  const tables = createTables({
    spend: async (consumed) => {
      const run = invocation.getStore();
      if (!run) return;
      if (run.isDead) return new Promise(() => {});
      let milliseconds = timeOf(consumed, times) + run.slowdown * computeOf(consumed, times);
      if (consumed.writeUnits > 0) {
        milliseconds += run.slowdown * run.toCompute;
        run.toCompute = 0;
      }
      const spent = Math.max(1, Math.round(milliseconds * (0.8 + 0.4 * clock.random())));
      await clock.sleep(spent);
      if (run.isDead) return new Promise(() => {});
      options.onAnswer?.(run.outline.service, consumed, spent);
    },
    onConsumed: ({ readUnits, writeUnits }) => {
      const usage = invocation.getStore()?.usage;
      if (!usage) return;
      usage.readUnits += readUnits;
      usage.writeUnits += writeUnits;
      usage.requests++;
    },
    onChange: (change) => {
      options.onChange?.(change);
      for (const { reader, table } of streams) if (table === change.table) reader.put(change);
    },
  });

  const functions = new Map(
    outline.functions.map((each): [string, FunctionModel] => {
      const handler = replacements[each.service] ?? handlers.get(each.service);
      if (!handler) throw new Error(`the handler of ${each.service} is not loaded`);
      return [each.service, createFunction(each, handler, clock, times)];
    }),
  );
  const functionOf = (service: string): FunctionModel => {
    const found = functions.get(service);
    if (!found) throw new Error(`there is no function ${service}`);
    return found;
  };

  const queues = new Map<string, { source: Source; usage: QueueUsage; outline: Outline['queues'][number]; reader?: QueueReader }>();
  // Dead-letter queues first: the others refer to them.
  for (const each of [...outline.queues].sort((a, b) => Number(!!a.redrive) - Number(!!b.redrive))) {
    const redrive = each.redrive && { queue: queues.get(each.redrive.to)?.source as Queue, maxReceiveCount: each.redrive.maxReceiveCount };
    // The model of a fair queue knows no delays.
    const source =
      each.isFair && each.delaySeconds === 0
        ? createFairQueue(clock, fairAfterSeconds)
        : createQueue({
            name: each.id,
            now: clock.now,
            fifo: each.isFifo,
            contentBasedDeduplication: each.contentBasedDeduplication,
            deduplicationScope: each.deduplicationScope,
            delaySeconds: each.delaySeconds,
            visibilityTimeout: each.visibilitySeconds,
            retentionPeriod: each.retentionSeconds,
            ...(redrive && { redrive }),
          });
    queues.set(each.id, { source, usage: { sent: 0, fromRules: 0, received: 0, deleted: 0 }, outline: each });
  }
  for (const mapping of outline.queueReaders) {
    const queue = queues.get(mapping.queue);
    if (!queue) throw new Error(`there is no queue ${mapping.queue}`);
    const concurrency = options.concurrency?.(mapping.service, mapping.queue) ?? mapping.concurrency;
    queue.reader = createQueueReader(
      { ...mapping, concurrency },
      {
        source: queue.source,
        clock,
        target: functionOf(mapping.service),
        usage: queue.usage,
        computeOf: (batch) =>
          options.computeOf?.(
            mapping.service,
            batch.map(({ body }) => body),
          ) ?? batch.length * (times.compute[mapping.service] ?? 0),
      },
    );
  }
  for (const mapping of outline.streams) {
    const computeOf = (records: number) => records * (times.compute[mapping.service] ?? 0);
    const reader = createStreamReader(mapping, { shards, clock, times, target: functionOf(mapping.service), computeOf });
    streams.push({ reader, table: mapping.table });
  }

  const put = (id: string, message: Parameters<Source['send']>[0]): void => {
    const queue = queues.get(id);
    if (!queue) throw new Error(`there is no queue ${id}`);
    queue.source.send(message);
    queue.reader?.wake();
  };

  current = {
    note: ({ usage }, line) => {
      const document = documentIn(line);
      usage.loggedBytes += Buffer.byteLength(document ? JSON.stringify(document) : line);
      const hour = Math.floor(clock.now() / 3_600_000);
      for (const metric of metricsIn(document)) metricHours.add(`${hour} ${metric}`);
    },
    send: async (client, command) => {
      const { input } = command as { input: Record<string, unknown> };
      const name = (command as object).constructor.name;
      if (client === 'dynamodb') return tables.run(name, input);
      const run = invocation.getStore();
      if (run) {
        await clock.sleep(Math.round(times.sendMs * (0.8 + 0.4 * clock.random())));
        if (run.isDead) return new Promise(() => {});
      }
      if (client === 'events') {
        const entries = (input.Entries ?? []) as unknown[];
        events += entries.length;
        return { FailedEntryCount: 0, Entries: entries.map((_, index) => ({ EventId: String(index) })) };
      }
      return sqs(name, input);
    },
  };

  function sqs(command: string, { QueueUrl, ...input }: Record<string, unknown>): unknown {
    const id = String(QueueUrl).split('/').at(-1) ?? '';
    const usage = queues.get(id)?.usage;
    if (usage) usage.sent++;
    if (command === 'SendMessageCommand') {
      put(id, messageOf(input));
      return { MessageId: id };
    }
    if (command === 'GetQueueAttributesCommand') {
      const waiting = String(queues.get(id)?.source.size ?? 0);
      return { Attributes: { ApproximateNumberOfMessages: waiting, ApproximateNumberOfMessagesDelayed: '0' } };
    }
    if (command !== 'SendMessageBatchCommand') throw new Error(`${command} is not modelled`);
    const entries = input.Entries as Record<string, unknown>[];
    for (const entry of entries) put(id, messageOf(entry));
    return { Successful: entries.map(({ Id }) => ({ Id })), Failed: [] };
  }

  const idOf = (part: string): string => {
    const id = [...queues.keys()].find((each) => each.includes(part));
    if (id === undefined) throw new Error(`there is no queue ${part}`);
    return id;
  };
  const tableNamed = (name: string): string => {
    const id = outline.functions.map(({ environment }) => environment[name]).find((each) => each !== undefined);
    if (id === undefined) throw new Error(`no function has ${name}`);
    return id;
  };
  return {
    clock,
    tables,
    stateTable: tableNamed('STATE_TABLE'),
    scoresTable: tableNamed('SCORES_TABLE'),
    functionOf,
    services: [...functions.keys()],
    put: (part, body, groupId) => {
      const id = idOf(part);
      const usage = queues.get(id)?.usage;
      if (usage) usage.fromRules++;
      put(id, { body, ...(groupId !== undefined && { groupId }) });
    },
    queues,
    get streams() {
      return streams.map(({ reader }) => reader);
    },
    get events() {
      return events;
    },
    get metricHours() {
      return metricHours.size;
    },
    run: (seconds) => clock.run(clock.now() + seconds * 1000),
    schedule: () => {
      for (const { service, everySeconds, input } of outline.schedules) {
        const next = (): void => {
          void functionOf(service)
            .invoke(input, times.compute[service] ?? 0)
            .catch(() => undefined);
          clock.at(clock.now() + everySeconds * 1000, next);
        };
        clock.at(clock.now() + everySeconds * 1000, next);
      }
    },
    end: () => {
      liveBy(undefined);
      current = undefined;
    },
  };
}

const messageOf = (input: Record<string, unknown>): Parameters<Source['send']>[0] => ({
  body: String(input.MessageBody),
  ...(input.MessageGroupId !== undefined && { groupId: String(input.MessageGroupId) }),
  ...(input.MessageDeduplicationId !== undefined && { deduplicationId: String(input.MessageDeduplicationId) }),
  ...(input.DelaySeconds !== undefined && { delaySeconds: Number(input.DelaySeconds) }),
});

/** Milliseconds in which DynamoDB answers. */
const timeOf = ({ operation, bytes }: Consumed, { answerMs }: ServiceTimes): number =>
  answerMs[operation] + (bytes / 1_048_576) * answerMs.megabyte;

/** Milliseconds of one processor for the request, and for what it brings. */
const computeOf = ({ operation, bytes }: Consumed, { compute }: ServiceTimes): number =>
  (compute.request ?? 0) + (operation === 'read' ? (compute.kilobyteRead ?? 0) * (bytes / 1024) : 0);

function documentIn(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Returns the metrics in a line of CloudWatch's embedded format, each with its dimensions. */
function metricsIn(document: Record<string, unknown> | undefined): string[] {
  const { CloudWatchMetrics = [] } = (document?._aws ?? {}) as {
    CloudWatchMetrics?: readonly { readonly Dimensions: readonly string[][]; readonly Metrics: readonly { readonly Name: string }[] }[];
  };
  return CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const place = names.map((name) => `${name}=${String(document?.[name])}`).join();
      return Metrics.map(({ Name }) => `${Name} ${place}`);
    }),
  );
}
