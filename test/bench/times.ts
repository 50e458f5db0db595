import { readFileSync, writeFileSync } from 'node:fs';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { dynamoStateStore } from '../../adapters/aws/dynamo-state-store.ts';
import { resourceItem } from '../../adapters/aws/items.ts';
import { parseStreamRecord } from '../../adapters/aws/stream.ts';
import { memoryStateStore } from '../../adapters/memory/state-store.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { readDocument } from '../../core/events/intake.ts';
import type { ConfigItem } from '../../core/facts/parser.ts';
import { GLOBAL } from '../../core/model.ts';
import { collectItem } from '../../core/pipeline/collect.ts';
import { eventsOf } from '../../core/pipeline/events.ts';
import { rescoreAccount } from '../../core/pipeline/rescore.ts';
import { collectRun } from '../../core/pipeline/sweep.ts';
import { EVERYTHING, touch } from '../../core/pipeline/wanted.ts';
import type { StateStore, StoredResource, StoredScore } from '../../core/ports.ts';
import { createTable, dynamoDbClient, startDynamoDbLocal } from '../support/dynamodb-local.ts';
import { expectThat, median, skip, table } from './report.ts';
import { START } from './scale/clock.ts';
import { createEstate, type Estate, eventOf } from './scale/estate.ts';

const FILE = 'test/bench/service-times.json';
const [REGIONS, RESOURCES] = [17, 300];
const ROUNDS = 7;

/** Traffic that a client sent and received. */
interface Traffic {
  requests: number;
  /** Of bodies of answers that bring items, in kilobytes of 1,024 bytes. */
  kilobytes: number;
}

/** Counts requests, and what reads bring, in read units of 4 KB at most. */
function watched(client: DynamoDBClient): Traffic {
  const traffic: Traffic = { requests: 0, kilobytes: 0 };
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      const { Items, Item } = answer.output as { Items?: object[]; Item?: object };
      traffic.requests++;
      if (Items ?? Item) traffic.kilobytes += Buffer.byteLength(JSON.stringify(Items ?? Item)) / 1024;
      return answer;
    },
    // Outside the measured work: in a client of its own.
    { step: 'initialize', name: 'watch' },
  );
  return traffic;
}

/** Processor time of this process for one of `times` repeats, in milliseconds: the median of several rounds. */
async function processorOf(times: number, work: (round: number) => Promise<unknown>): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    globalThis.gc?.();
    const start = process.cpuUsage();
    for (let repeat = 0; repeat < times; repeat++) await work(round * times + repeat);
    const { user, system } = process.cpuUsage(start);
    if (round > 0) rounds.push((user + system) / 1000 / times);
  }
  return median(rounds);
}

/** Cost of one unit of work: processor time, and the requests and kilobytes in it. */
interface Measured extends Traffic {
  readonly processor: number;
}

/**
 * Measures the processor time of the parts, for `npm run bench:scale`, against DynamoDB Local: the client's work with the answers is
 * in it, that of the engine is not.
 *
 * @param isWritten whether to replace test/bench/service-times.json
 */
export async function times(isWritten: boolean): Promise<void> {
  const engine = await startDynamoDbLocal();
  if (!engine) return skip('times', 'no Java runtime for DynamoDB Local');
  try {
    const setup = dynamoDbClient(engine.endpoint);
    const names = { stateTable: await createTable(setup, 'state'), scoresTable: await createTable(setup, 'scores') };
    const store = dynamoStateStore(dynamoDbClient(engine.endpoint), names);
    const counted = dynamoDbClient(engine.endpoint);
    const traffic = watched(counted);
    const countedStore = dynamoStateStore(counted, names);
    const measure = async (repeats: number, work: (store: StateStore, round: number) => Promise<unknown>): Promise<Measured> => {
      const processor = await processorOf(repeats, (round) => work(store, round));
      Object.assign(traffic, { requests: 0, kilobytes: 0 });
      await work(countedStore, 1_000_000);
      return { processor, ...traffic };
    };
    const figures = await figuresOf(measure, store);
    print(figures);
    if (isWritten) write(figures);
  } finally {
    engine.stop();
  }
}

interface Figures {
  readonly compute: Readonly<Record<string, number>>;
  readonly scoring: { readonly nothing: Measured; readonly everything: Measured };
  readonly unit: Measured;
}

async function figuresOf(
  measure: (repeats: number, work: (store: StateStore, round: number) => Promise<unknown>) => Promise<Measured>,
  store: StateStore,
): Promise<Figures> {
  const estate = createEstate(1, REGIONS, RESOURCES);
  const [accountId = ''] = estate.accountIds;
  const rules = CATALOGUE.rules;
  const catalogue = CATALOGUE;
  for (const region of [...estate.regions, GLOBAL]) await collectRun(estate.unitOf(accountId, region, START), { store, rules });
  await rescoreAccount(accountId, { store, catalogue });

  const request = (await measure(500, (each) => each.beginScoring(accountId))).processor;
  const withoutRequests = ({ processor, requests }: Measured): number => processor - requests * request;

  // A key that no join reads: the run does everything but evaluate joins.
  const nothing = await measure(10, async (each) => {
    await each.want(accountId, ['nothing']);
    await rescoreAccount(accountId, { store: each, catalogue });
  });
  const everything = await measure(10, async (each) => {
    await each.want(accountId, [EVERYTHING]);
    await rescoreAccount(accountId, { store: each, catalogue });
  });
  const kilobyteRead = (withoutRequests(everything) - withoutRequests(nothing)) / (everything.kilobytes - nothing.kilobytes);
  expectThat(kilobyteRead > 0, 'to evaluate joins takes no time');

  const unit = await measure(3, (each, round) =>
    collectRun(estate.unitOf(accountId, estate.regions[0] as string, START + 3_600_000 + round * 1000), { store: each, rules }),
  );
  const compute = {
    request,
    kilobyteRead,
    score: withoutRequests(nothing),
    collect: await collected(createEstate(1, REGIONS, RESOURCES)),
    relay: await relayed(estate.unitOf(accountId, estate.regions[0] as string, START)),
    notify: await notified(estate.unitOf(accountId, estate.regions[0] as string, START), accountId),
  };
  // A time by subtraction can become negative on a busy machine. It is not a measurement then.
  for (const [name, value] of Object.entries(compute)) expectThat(value > 0, `${name} takes no time`);
  return { compute, scoring: { nothing, everything }, unit };
}

/** To read a message of AWS Config, its facts and its findings. */
async function collected(estate: Estate): Promise<number> {
  const [accountId = ''] = estate.accountIds;
  const bodies = Array.from({ length: 50 }, (_, index) => eventOf(estate.repeat(accountId, index, START)));
  const store = memoryStateStore();
  const each = await processorOf(20, async (round) => {
    for (const body of bodies) {
      for (const intake of readDocument(JSON.parse(body))) {
        if (intake.kind !== 'item') throw new Error('an event without an item');
        const item = { ...intake.item, capturedAt: new Date(START + 60_000 + round).toISOString() };
        await collectItem(item, { store, rules: CATALOGUE.rules });
      }
    }
    store.takeStateChanges();
  });
  return each / bodies.length;
}

/** To read a stream's record and find what it touches. */
async function relayed(items: readonly ConfigItem[]): Promise<number> {
  const inner = memoryStateStore();
  for (const item of items) await collectItem(item, { store: inner, rules: CATALOGUE.rules });
  const records = inner.takeStateChanges().map(({ after }) => imagesOf(after));
  const each = await processorOf(20, async () => {
    const touched = { keys: new Set<string>(), causes: new Map() };
    for (const images of records) {
      const committed = parseStreamRecord(images);
      if (committed?.kind === 'state') touch(touched, committed.change, CATALOGUE.rules);
    }
  });
  return each / records.length;
}

const imagesOf = (stored: StoredResource) => {
  const image = marshall(resourceItem(stored), { removeUndefinedValues: true });
  return { NewImage: image, OldImage: image };
};

/** To make the events of a changed scorecard. */
async function notified(items: readonly ConfigItem[], accountId: string): Promise<number> {
  const inner = memoryStateStore();
  for (const item of items) await collectItem(item, { store: inner, rules: CATALOGUE.rules });
  const { score } = await rescoreAccount(accountId, { store: inner, catalogue: CATALOGUE });
  expectThat(score !== undefined, 'the account has no scorecard');
  return processorOf(50, async () => eventsOf({ before: undefined, after: score as StoredScore }));
}

const milliseconds = (value: number): string => `${value.toFixed(value < 1 ? 3 : 1)} ms`;

function print({ compute, scoring, unit }: Figures): void {
  const of = ({ processor, requests, kilobytes }: Measured) =>
    `${milliseconds(processor)} of processor time, ${requests} requests, ${Math.round(kilobytes)} KB read`;
  table(
    `Times of the parts: an account with ${REGIONS} Regions and ${RESOURCES} resources`,
    'Processor time of this process with a real client of DynamoDB, without the engine. `npm run bench:scale` computes with it.',
    [
      ['a request to DynamoDB', milliseconds(compute.request ?? 0)],
      ['a change message, without its requests', milliseconds(compute.collect ?? 0)],
      ['a stream record in relay', milliseconds(compute.relay ?? 0)],
      ['a scorecard in notify', milliseconds(compute.notify ?? 0)],
      ['a kilobyte that joins read and evaluate', milliseconds(compute.kilobyteRead ?? 0)],
      ['a scoring run without joins', of(scoring.nothing)],
      ['a scoring run with all joins', of(scoring.everything)],
      ['the commits of a unit, with new times', of(unit)],
    ],
  );
}

function write({ compute }: Figures): void {
  const known = JSON.parse(readFileSync(FILE, 'utf8'));
  const rounded = Object.fromEntries(Object.entries(compute).map(([name, value]) => [name, Number(value.toPrecision(3))]));
  writeFileSync(
    FILE,
    `${JSON.stringify({ ...known, measuredOn: `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}`, compute: rounded }, null, 2)}\n`,
  );
}
