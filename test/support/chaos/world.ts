import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { dynamoStateStore } from '../../../adapters/aws/dynamo-state-store.ts';
import { dynamoHeartbeats } from '../../../adapters/aws/heartbeats.ts';
import { toCounters } from '../../../adapters/aws/items.ts';
import { jitteredPause } from '../../../adapters/aws/pause.ts';
import { sqsScoringQueue } from '../../../adapters/aws/scoring-queue.ts';
import { CONTROLS } from '../../../controls/index.ts';
import { evaluatedTypes } from '../../../core/control.ts';
import { indexRules } from '../../../core/evaluation/evaluate.ts';
import { settingsRef } from '../../../core/facts/csmm-settings.ts';
import { inventoryOf } from '../../../core/facts/inventory.ts';
import type { ConfigItem } from '../../../core/facts/parser.ts';
import { Unread } from '../../../core/facts/view.ts';
import { isoOf, latestBelieved } from '../../../core/instant.ts';
import { collectFacts, collectLists } from '../../../core/pipeline/collect.ts';
import type { Catalogue } from '../../../core/pipeline/rescore.ts';
import { heal, markAll, retryBehind } from '../../../core/pipeline/scoring-run.ts';
import { collectRun, expiredLists, LISTING_MARGIN_MINUTES } from '../../../core/pipeline/sweep.ts';
import { DAY_PASSED, grown, mark } from '../../../core/pipeline/wanted.ts';
import { type Counters, ORGANIZATION, type StateStore } from '../../../core/ports.ts';
import type { AccountSettings } from '../../../core/settings/account-settings.ts';
import { type Clock, createClock, liveBy } from '../../bench/scale/clock.ts';
import type { Handler } from '../../bench/scale/functions.ts';
import { createQueueReader, type QueueReader } from '../../bench/scale/queues.ts';
import { failuresOf } from '../../bench/scale/streams.ts';
import { createQueue, type Queue } from '../fifo.ts';
import { createTables, type ItemChange, type Tables } from '../tables.ts';
import { failure, loadHandlers, type Run, reach, running } from './functions.ts';
import { type Change, DAY, type Fault, type History, HOUR, MINUTE, type Poison, type Service, type Step, TYPES } from './history.ts';
import { createShardedStream } from './shards.ts';

/** Controls with a rule on the types of the histories. */
const controls = CONTROLS.filter((control) => evaluatedTypes(control).some((type) => TYPES.includes(type)));
export const CURRENT: Catalogue = { version: 'new', controls, rules: indexRules(controls) };

const olderThan = (lacks: string | undefined): Catalogue => {
  const older = controls.filter(({ id }) => id !== lacks);
  return { version: 'old', controls: older, rules: indexRules(older) };
};

/** The item that a list was read as. */
interface Entry {
  readonly item: ConfigItem;
}

/** Inputs that were processed to the end and must therefore count. */
export interface Inputs {
  readonly items: readonly ConfigItem[];
  readonly lists: readonly ConfigItem[];
}

export interface World {
  readonly clock: Clock;
  readonly start: number;
  readonly tables: Tables;
  readonly store: StateStore;
  readonly history: History;
  readonly inputs: { readonly items: ConfigItem[]; readonly lists: Entry[] };
  /** Accounts that the deployment still evaluates. */
  readonly accountIds: Set<string>;
  /** The resources of an account and Region as they are at a time. */
  truth(accountId: string, region: string, at: number): ConfigItem[];
  /** All changes of scorecards, in order. */
  readonly cards: ItemChange[];
  readonly queues: Readonly<Record<'changes' | 'units' | 'runs' | 'rejected' | 'failures' | 'runFailures', Queue>>;
  /** Newest time at which the lists were checked for their age. */
  readonly expiredAt: number;
  readonly trimmed: number;
  readonly deaths: readonly string[];
  /** Scopes with a counted change that only a heal found. */
  readonly forgotten: ReadonlySet<string>;
  /** Schedules steps from a time on. */
  take(steps: readonly Step[], from: number): void;
  /** Lets time pass until nothing waits any more. @returns what waits after days. */
  untilQuiet(): Promise<string | undefined>;
  end(): void;
}

interface WorldOptions {
  /** Accounts whose scoring runs never end. */
  readonly hanging?: ReadonlySet<string>;
}

const LIMIT_DAYS = 20;

export async function createWorld(history: History, { hanging = new Set() }: WorldOptions = {}): Promise<World> {
  const handlers = await loadHandlers();
  const clock = createClock(history.seed);
  const start = clock.now();
  liveBy({ ...clock, now: () => clock.now() + (running.getStore()?.skew ?? 0) });
  const faults = indexFaults(history.faults);
  const counters = new Map<string, number>();
  const next = (name: string): number => {
    const number = counters.get(name) ?? 0;
    counters.set(name, number + 1);
    return number;
  };
  const present = (): number => clock.now() - start;
  const isAway = (what: string): boolean =>
    faults.away.some((each) => each.what === what && each.from <= present() && present() < each.until);
  const deaths: string[] = [];
  const cards: ItemChange[] = [];
  const accountIds = new Set(history.accountIds);

  /** Scopes with the time of their next attempt. */
  const behind = new Map<string, string>();
  const wanted = new Map<string, Counters>();
  const seen = new Map<string, Counters>();
  const noteScores = (change: ItemChange): void => {
    const { pk, sk, after } = change;
    if (sk === 'CARD') cards.push(change);
    if (pk === 'B#' && after) behind.set(sk, String(after.nextAt));
    else if (pk === 'B#') behind.delete(sk);
    if (sk === 'WANT' && after) wanted.set(pk.slice(2), toCounters(after));
    if (sk === 'TURN' && after) seen.set(pk === 'O#' ? ORGANIZATION : pk.slice(2), toCounters(after.seen as Record<string, unknown>));
  };
  /** Scopes with a counted change for which nothing would happen any more if there were no heal, or that no tick tries again. */
  const forgotten = new Set<string>();
  let [isActive, didHealFail] = [0, false];
  const lookForForgotten = (): void => {
    // The tick of every minute has had chances, and clocks differ by minutes.
    const overdue = isoOf(clock.now() - 20 * MINUTE);
    const isServed = queues.runs.size === 0 && isActive === 0 && !isAway('scores') && !isAway('state');
    for (const [scope, nextAt] of behind) if (isServed && nextAt < overdue) forgotten.add(scope);
    const isAtRest = isActive === 0 && streams.state.waiting + streams.scores.waiting + queues.runs.size + behind.size === 0;
    if (!isAtRest || didHealFail) return;
    for (const [scope, counters] of wanted) if (grown(counters, seen.get(scope)).size > 0) forgotten.add(scope);
  };

  const tables = createTables({
    // A write takes time, so that others meet it under way.
    spend: async ({ operation }) => {
      if (operation !== 'read' && running.getStore()) await clock.sleep(1 + Math.floor(clock.random() * 15));
    },
    onChange: (change) => {
      if (change.table === 'scores') noteScores(change);
      const of = change.pk.slice(0, 2);
      if (change.table === 'state' && ['R#', 'I#', 'H#'].includes(of)) streams.state.put(change);
      if (change.table === 'scores' && of === 'A#' && change.sk === 'CARD') streams.scores.put(change);
    },
  });

  const queue = (name: string, more: Partial<Parameters<typeof createQueue>[0]> = {}): Queue =>
    createQueue({ name, now: clock.now, retentionPeriod: 14 * 86_400, visibilityTimeout: 360, ...more });
  const rejected = queue('rejected');
  const failures = queue('failures');
  const runFailures = queue('runFailures', { fifo: true });
  const queues = {
    rejected,
    failures,
    runFailures,
    changes: queue('changes', { redrive: { queue: rejected, maxReceiveCount: 5 } }),
    units: queue('units', { redrive: { queue: rejected, maxReceiveCount: 5 } }),
    runs: queue('runs', {
      fifo: true,
      deduplicationScope: 'messageGroup',
      delaySeconds: 2,
      redrive: { queue: runFailures, maxReceiveCount: 10 },
    }),
  };
  const readers = new Map<Queue, QueueReader>();
  const send = (to: Queue, message: Parameters<Queue['send']>[0]): void => {
    to.send(message);
    readers.get(to)?.wake();
  };

  reach({
    call: async (client, command, input) => {
      const effect = async (): Promise<unknown> => {
        if (client === 'dynamodb') return tables.run(command, input);
        const name = String(input.QueueUrl).split('/').at(-1) ?? '';
        const attributes = input.MessageAttributes as Record<string, { StringValue?: string }> | undefined;
        send(queues[name as keyof typeof queues], {
          body: String(input.MessageBody),
          ...(input.MessageGroupId !== undefined && { groupId: String(input.MessageGroupId) }),
          ...(input.MessageDeduplicationId !== undefined && { deduplicationId: String(input.MessageDeduplicationId) }),
          ...(attributes && { attributes }),
        });
        return {};
      };
      const run = running.getStore();
      if (!run) return effect();
      const { service } = run;
      const { pk = '', sk } = (input.Key ?? {}) as { pk?: string; sk?: string };
      if (service === 'score' && sk === 'TURN' && hanging.has(pk.slice(2))) return new Promise(() => {});
      const number = next(`${service} call`);
      const wait = run.calls++ === run.slow?.call ? run.slow.milliseconds : 0;
      await clock.sleep(wait + 2 + Math.floor(clock.random() * (clock.random() < 0.02 ? 3000 : 30)));
      if (run.isDead) return new Promise(() => {});
      const fault = faults.calls.get(`${service} ${number}`);
      if (fault === 'throttled') throw failure('ThrottlingException');
      const tablesOf = input.TransactItems
        ? (input.TransactItems as object[]).map((each) => Object.values(each)[0].TableName)
        : [input.TableName];
      if (client === 'dynamodb' && tablesOf.some((table) => isAway(String(table)))) throw failure('ServiceUnavailable');
      const die = (): Promise<never> => {
        run.die(`${service} ${fault} call ${number}, ${command}`);
        return new Promise(() => {});
      };
      if (fault === 'dies before') return die();
      const result = await effect();
      if (run.isDead || fault === 'dies after') return die();
      return result;
    },
  });

  const { release } = faults;
  const older = release && olderThan(release.lacks);
  const catalogueNow = (): Catalogue => {
    if (!release || !older || present() >= release.until) return CURRENT;
    return present() < release.from || clock.random() < 0.5 ? older : CURRENT;
  };

  /** Runs a function once, as Lambda does. */
  async function invoke(service: Service, handler: Handler, event: unknown, timeoutSeconds = 60): Promise<unknown> {
    const number = next(`${service} run`);
    await clock.sleep(20);
    if (isAway(service)) throw new Error(`${service} is away`);
    isActive++;
    try {
      return await runOnce(service, handler, event, timeoutSeconds, number);
    } catch (error) {
      // It counts and then sends. A run that dies in between is for the next heal.
      if (service === 'heal') didHealFail = true;
      throw error;
    } finally {
      isActive--;
    }
  }

  async function runOnce(service: Service, handler: Handler, event: unknown, timeoutSeconds: number, number: number): Promise<unknown> {
    const slow = faults.slow.get(`${service} ${number}`);
    const result = await new Promise((resolve, reject) => {
      const run: Run = {
        service,
        skew: faults.skew.get(service) ?? 0,
        catalogue: catalogueNow(),
        isDead: false,
        slow,
        calls: 0,
        die: (why) => {
          run.isDead = true;
          deaths.push(why);
          reject(new Error(why));
        },
      };
      // A slow run lives on beyond the visibility timeout, as if SQS had delivered its message twice.
      const most = Math.max(timeoutSeconds * 1000, (slow?.milliseconds ?? 0) + 30_000);
      let isOver = false;
      clock.at(clock.now() + most, () => !isOver && run.die(`${service} timed out`));
      const context = {
        invokedFunctionArn: `arn:aws:lambda:eu-west-1:111111111111:function:${service}`,
        functionName: service,
        awsRequestId: service,
        getRemainingTimeInMillis: () => most,
      };
      running
        .run(run, () => handler(event as never, context as never))
        .finally(() => {
          isOver = true;
        })
        .then(resolve, reject);
    });
    if (faults.unanswered.has(`${service} ${number}`)) throw new Error(`the answer of ${service} was lost`);
    return result;
  }

  const relayed = async (records: readonly object[]): Promise<string[]> =>
    failuresOf(await invoke('relay', handlers.relay, { Records: records }));
  const streams = { state: createShardedStream(clock, relayed), scores: createShardedStream(clock, relayed) };

  const client = new DynamoDBClient({});
  const store = dynamoStateStore(client, { stateTable: 'state', scoresTable: 'scores' });
  const heartbeats = dynamoHeartbeats(client, { stateTable: 'state', scoresTable: 'scores' });
  const scoringQueue = sqsScoringQueue(new SQSClient({}), 'https://sqs.example/runs');
  const inputs = { items: [] as ConfigItem[], lists: [] as Entry[] };
  const changes: (Change & { readonly time: number })[] = [];

  const truth = (accountId: string, region: string, at: number): ConfigItem[] => {
    const newest = new Map<string, (typeof changes)[number]>();
    for (const change of changes) {
      const { resource } = change.item;
      if (change.time > at || resource.accountId !== accountId || resource.region !== region) continue;
      const key = `${resource.resourceType} ${resource.resourceId}`;
      const known = newest.get(key);
      if (!known || known.time < change.time) newest.set(key, change);
    }
    return [...newest.values()].flatMap(({ item }) => (item.state === 'deleted' ? [] : [itemOf(item, at)]));
  };

  /** Reads an account and Region, or applies settings: a substitute for the readers and for the planner. */
  const read: Handler = async ({ Records }: never) => {
    const failed: string[] = [];
    for (const { body, messageId } of Records as { body: string; messageId: string }[]) {
      const dependencies = {
        store,
        rules: (running.getStore()?.catalogue ?? CURRENT).rules,
        pause: jitteredPause,
        latest: () => latestBelieved(Date.now()),
      };
      const message = JSON.parse(body) as UnitMessage | SettingsMessage;
      try {
        if (message.task === 'settings') {
          const { accountId, settings, at } = message;
          const item: ConfigItem = {
            ...itemOf(
              { resource: settingsRef(accountId), state: 'recorded', configuration: { settings }, supplementaryConfiguration: {} },
              at,
            ),
          };
          await collectFacts(
            { resource: item.resource, capturedAt: item.capturedAt, parsed: { facts: { settings }, missing: {} } },
            dependencies,
          );
          inputs.items.push(item);
          continue;
        }
        const { accountId, region, at = clock.now(), gaps } = message;
        const gapOf = (type: string): string | undefined => gaps[type] ?? gaps['*'];
        const found = truth(accountId, region, at).filter(({ resource }) => gapOf(resource.resourceType) === undefined);
        const lists = TYPES.map((type): ConfigItem => {
          const gap = gapOf(type);
          const resources = gap === undefined ? found.filter(({ resource }) => resource.resourceType === type).length : new Unread(gap);
          return itemOf(
            {
              resource: inventoryOf(accountId, region, type),
              state: 'recorded',
              configuration: { resources },
              supplementaryConfiguration: {},
            },
            at,
          );
        });
        const outcome = await collectRun([...found, ...lists], dependencies);
        if (outcome.undecided > 0)
          send(queues.units, {
            body: JSON.stringify({ task: 'unit', accountId, region, gaps: {} }),
            delaySeconds: LISTING_MARGIN_MINUTES * 60,
          });
        inputs.items.push(...found);
        inputs.lists.push(...lists.map((item) => ({ item })));
      } catch {
        failed.push(messageId);
      }
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };

  /** Notes what was collected: then it must count. */
  const collect: Handler = async (event, context) => {
    const answer = await handlers.collect(event, context);
    const failed = failuresOf(answer);
    for (const { messageId, body } of (event as { Records: { messageId: string; body: string }[] }).Records) {
      const item = sentItems.get(body);
      if (item && !failed.includes(messageId)) inputs.items.push(item);
    }
    return answer;
  };
  const sentItems = new Map<string, ConfigItem>();

  const usage = { sent: 0, fromRules: 0, received: 0, deleted: 0 };
  const follow = (source: Queue, service: Service, handler: Handler, batchSize: number, concurrency: number): void => {
    const target = { invoke: (event: unknown) => invoke(service, handler, event) } as never;
    const mapping = { service, queue: source.name, batchSize, windowSeconds: 0, concurrency };
    readers.set(source, createQueueReader(mapping, { source, clock, target, usage, computeOf: () => 0 }));
  };
  follow(queues.changes, 'collect', collect, 10, 3);
  follow(queues.units, 'read', read, 1, 3);
  follow(queues.runs, 'score', handlers.score, 1, 3);

  const tick: Handler = async () => void (await retryBehind({ store, queue: scoringQueue, now: Date.now }));
  let expiredAt = 0;
  let asked = 0;
  let hours = 0;
  let healed = 0;
  const hourly: Handler = async () => {
    await heartbeats.beat(isoOf(Date.now()));
    const known = [...(await store.listAccountStatuses()).keys()];
    const scopes = [...accountIds, ORGANIZATION];
    const all = await heartbeats.asked();
    if (all !== undefined) {
      await markAll(scopes, { store, queue: scoringQueue });
      await heartbeats.answer(all);
      asked++;
    }
    const catalogue = running.getStore()?.catalogue ?? CURRENT;
    await heal(scopes, { store, queue: scoringQueue, now: Date.now, catalogue });
    if (hours % 24 === 0) for (const accountId of accountIds) await mark(accountId, [DAY_PASSED], { store, queue: scoringQueue });
    const at = clock.now();
    const dependencies = { store, rules: (running.getStore()?.catalogue ?? CURRENT).rules, pause: jitteredPause };
    for (const accountId of known) {
      for (const card of await store.readCards(accountId)) await collectLists(expiredLists(card, isoOf(at)), dependencies);
    }
    expiredAt = at;
    healed++;
  };
  const isBehind = (): boolean => behind.size > 0;
  let isEnded = false;
  const every = (milliseconds: number, work: () => void): void => {
    const again = (): void => {
      if (isEnded) return;
      work();
      clock.at(clock.now() + milliseconds, again);
    };
    clock.at(clock.now() + milliseconds, again);
  };
  const attempt = (service: Service, handler: Handler): void => void invoke(service, handler, {}, 300).catch(() => undefined);
  // A tick that finds nothing has no effect, and there are thousands.
  every(MINUTE, () => {
    lookForForgotten();
    if (isBehind()) attempt('tick', tick);
  });
  clock.at(clock.now(), () => attempt('heal', hourly));
  every(HOUR, () => {
    hours++;
    attempt('heal', hourly);
  });
  for (const { table, at, what } of faults.shards) clock.at(start + at, () => streams[table][what]());
  if (release) {
    const upgraded = async (): Promise<unknown> => markAll([...accountIds, ORGANIZATION], { store, queue: scoringQueue });
    const mayFail = (): void => void invoke('heal', upgraded as Handler, {}, 300).catch(() => clock.at(clock.now() + MINUTE, mayFail));
    clock.at(start + release.from, mayFail);
  }

  let pending = 0;
  const later = (time: number, work: () => void): void => {
    pending++;
    clock.at(time, () => {
      pending--;
      work();
    });
  };
  const poison = ({ what, accountId, number }: Poison, time: number): void => {
    if (what === 'change') send(queues.changes, { body: `poison ${number} {` });
    if (what === 'run') send(queues.runs, { body: `poison ${number}`, groupId: 'poison', deduplicationId: `poison-${number}` });
    if (what === 'ahead') send(queues.changes, { body: aheadOf(accountId, number, time) });
    if (what === 'record') {
      const item = { pk: `R#${accountId}#Poison::Type`, sk: `eu-west-1#${number}`, findings: 'of a later release' };
      void tables.run('PutCommand', { TableName: 'state', Item: item });
    }
  };
  const take = (steps: readonly Step[], from: number): void => {
    for (const step of steps) {
      const time = from + step.at;
      if (step.kind === 'change') {
        changes.push({ ...step, time });
        const item = itemOf(step.item, time);
        const body = eventOf(item);
        sentItems.set(body, item);
        for (const delay of step.deliveries) later(time + delay, () => send(queues.changes, { body }));
      } else if (step.kind === 'settings') {
        const body = JSON.stringify({ task: 'settings', accountId: step.accountId, settings: step.settings, at: time });
        for (const delay of step.deliveries) later(time + delay, () => send(queues.units, { body }));
      } else if (step.kind === 'unit') {
        const { accountId, region } = step;
        for (const { delay, gaps } of step.copies)
          later(time + delay, () => send(queues.units, { body: JSON.stringify({ task: 'unit', accountId, region, at: time, gaps }) }));
      } else later(time, () => poison(step, time));
    }
  };
  take(history.steps, start);

  /** Returns the work that still waits; `undefined` if nothing does. */
  const waiting = (): string | undefined => {
    if (pending > 0) return `${pending} deliveries`;
    for (const name of ['changes', 'units', 'runs'] as const) if (queues[name].size > 0) return `${queues[name].size} messages in ${name}`;
    for (const name of ['state', 'scores'] as const) if (streams[name].waiting > 0) return `${streams[name].waiting} records of ${name}`;
    if (isBehind()) return 'a scope that is behind';
    return undefined;
  };
  /** An operator sends messages that were not poison again: they had failed too often while something was away. */
  const redrive = (): boolean => {
    const dead = rejected.receive(10_000);
    for (const { body, attributes, receiptHandle } of dead) {
      if (attributes?.reason) {
        rejected.changeVisibility(receiptHandle, 0);
        continue;
      }
      rejected.delete(receiptHandle);
      send(body.startsWith('{"task"') ? queues.units : queues.changes, { body });
    }
    return dead.some(({ attributes }) => !attributes?.reason);
  };

  const world: World = {
    clock,
    start,
    tables,
    store,
    history,
    inputs,
    accountIds,
    truth,
    cards,
    queues,
    get expiredAt() {
      return expiredAt;
    },
    get trimmed() {
      return streams.state.trimmed + streams.scores.trimmed;
    },
    deaths,
    forgotten,
    take,
    untilQuiet: async () => {
      const faultsEnd = Math.max(0, ...history.faults.map((fault) => ('until' in fault ? fault.until : 0)));
      let calm = 0;
      for (let hour = 0; hour < LIMIT_DAYS * 24; hour++) {
        const [healedBefore, askedBefore, changesBefore] = [healed, asked, cards.length];
        await clock.run(clock.now() + HOUR);
        const isCalm = present() >= faultsEnd && !redrive() && waiting() === undefined;
        calm = isCalm && healed > healedBefore && asked === askedBefore && cards.length === changesBefore ? calm + 1 : 0;
        // A heal has begun after everything else, and had nothing to do. The daily evaluation was made.
        if (calm >= 2 && hour > 24) return undefined;
      }
      return waiting() ?? 'no heal came to an end';
    },
    end: () => {
      isEnded = true;
      liveBy(undefined);
      reach(undefined);
    },
  };
  return world;
}

interface UnitMessage {
  readonly task: 'unit';
  readonly accountId: string;
  readonly region: string;
  /** Absent: the time of the run. */
  readonly at?: number;
  readonly gaps: Readonly<Record<string, string>>;
}

interface SettingsMessage {
  readonly task: 'settings';
  readonly accountId: string;
  readonly settings: AccountSettings;
  readonly at: number;
}

function indexFaults(all: readonly Fault[]) {
  const of = <K extends Fault['kind']>(kind: K) => all.filter((fault): fault is Fault & { kind: K } => fault.kind === kind);
  return {
    calls: new Map(of('call').map(({ service, call, what }) => [`${service} ${call}`, what])),
    slow: new Map(of('slow').map((fault) => [`${fault.service} ${fault.run}`, fault])),
    unanswered: new Set(of('unanswered').map(({ service, run }) => `${service} ${run}`)),
    away: of('away'),
    skew: new Map(of('skew').map(({ service, milliseconds }) => [service, milliseconds])),
    shards: of('shards'),
    release: of('release')[0],
  };
}

const itemOf = (item: Pick<ConfigItem, 'resource' | 'state' | 'configuration' | 'supplementaryConfiguration'>, at: number): ConfigItem => ({
  ...item,
  capturedAt: isoOf(at),
  tags: {},
  relationships: [],
});

/** The event of AWS Config that brings an item. */
const eventOf = ({ resource, capturedAt, state, configuration, supplementaryConfiguration }: ConfigItem): string =>
  JSON.stringify({
    version: '0',
    'detail-type': 'Config Configuration Item Change',
    source: 'aws.config',
    account: resource.accountId,
    region: resource.region,
    time: capturedAt,
    detail: {
      messageType: 'ConfigurationItemChangeNotification',
      configurationItem: {
        awsAccountId: resource.accountId,
        awsRegion: resource.region,
        resourceType: resource.resourceType,
        resourceId: resource.resourceId,
        configurationItemStatus: state === 'deleted' ? 'ResourceDeleted' : 'OK',
        configurationItemCaptureTime: capturedAt,
        ...(state === 'recorded' && { configuration, supplementaryConfiguration }),
        tags: {},
        relationships: [],
      },
    },
  });

/** An item of a source whose clock is a day ahead. */
export const aheadOf = (accountId: string, number: number, time: number): string =>
  eventOf(
    itemOf(
      {
        resource: { accountId, region: 'eu-west-1', resourceType: 'AWS::EC2::Volume', resourceId: `vol-ahead-${number}` },
        state: 'recorded',
        configuration: { encrypted: false, attachments: [{ state: 'attached' }] },
        supplementaryConfiguration: {},
      },
      time + DAY,
    ),
  );
