import { createHash } from 'node:crypto';
import { type InProcessPipeline, inProcessPipeline } from '../../cli/in-process.ts';
import { recordsIn } from '../../cli/records.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { evaluateResource } from '../../core/evaluation/evaluate.ts';
import { readDocument } from '../../core/events/intake.ts';
import { parseFacts, parserOf } from '../../core/facts/index.ts';
import { manyEvents } from './items.ts';
import { expectThat, heapUsed, inTurns, table } from './report.ts';

const EVENTS = 100_000;
const RECORDS_PER_MERGE = 100;
const ROUNDS = 5;

/** Measures how fast events pass through the pipeline, next to `JSON.parse` of the same texts in the same run. */
export async function throughput(): Promise<void> {
  const lines = manyEvents(EVENTS);
  const file = Buffer.from(lines.join('\n'));
  const results = new Set<string>();
  const costs = await inTurns(ROUNDS, {
    parse: () => {
      for (const line of lines) JSON.parse(line);
    },
    pipeline: () =>
      replay(results, async (take) => {
        for (const line of lines) await take(JSON.parse(line));
      }),
    file: () =>
      replay(results, async (take) => {
        for await (const record of recordsIn(chunksOf(file), 'events.ndjson')) if ('document' in record) await take(record.document);
      }),
    rules: () => {
      for (const line of lines) evaluate(JSON.parse(line));
    },
  });
  expectThat(results.size === 1, 'the rounds, from texts and from a file, ended in different results');
  const { parse } = costs;
  expectThat(costs.pipeline.processor > parse.processor, 'the pipeline includes JSON.parse, and took less time');
  const row = (name: string, { processor, elapsed }: typeof parse, target = '') => [
    name,
    `${Math.round(EVENTS / processor).toLocaleString('en')} events/s`,
    `${(parse.processor / processor).toFixed(2)} × the rate of JSON.parse${target}`,
    `elapsed: ${(parse.elapsed / elapsed).toFixed(2)} ×`,
  ];
  table(
    `Replay of ${EVENTS.toLocaleString('en')} Config events (${(file.length / 1e6).toFixed(0)} MB), median of ${ROUNDS} rounds in turns`,
    'Events for each second of processor time, garbage collection included, after a round to warm up. Every row contains JSON.parse, ' +
      'so that 1.00 is the most that is possible. "elapsed" is the same ratio by the clock: it depends on what else runs.',
    [
      row('JSON.parse only', parse),
      row('facts and rules, nothing stored', costs.rules),
      row('whole pipeline', costs.pipeline, ' (target 0.35)'),
      row('whole pipeline, lines of a file', costs.file),
    ],
  );
}

/** Replays all events. The check that it returns adds a digest of the result to `results`: every round must end in the same. */
async function replay(results: Set<string>, feedAll: (take: (document: unknown) => Promise<unknown>) => Promise<void>) {
  const pipeline = inProcessPipeline(CATALOGUE);
  let count = 0;
  await feedAll((document) => {
    if (++count % RECORDS_PER_MERGE === 0) pipeline.noteChanges();
    return pipeline.feed(document);
  });
  await pipeline.settle();
  const result = await pipeline.result();
  return () => {
    const { read, applied, duplicate, stale, ignored, rejected } = pipeline.counts;
    expectThat(read === EVENTS && applied + duplicate + stale + ignored + rejected === read, `${read} of ${EVENTS} events were read`);
    expectThat(applied > EVENTS / 2, `only ${applied} of ${EVENTS} events changed anything`);
    results.add(createHash('sha256').update(JSON.stringify(result)).digest('hex'));
  };
}

/** The bytes as a stream of a file hands them over. */
async function* chunksOf(file: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < file.length; at += 65_536) yield file.subarray(at, at + 65_536);
}

function evaluate(document: unknown): void {
  for (const intake of readDocument(document)) {
    if (intake.kind !== 'item') continue;
    const { item } = intake;
    const parser = parserOf(item.resource.resourceType);
    const facts = parser && parseFacts(item, parser);
    if (facts) evaluateResource(CATALOGUE.rules, facts, item.resource, item.capturedAt);
  }
}

/** Returns the heap in use once it no longer shrinks: one collection can leave what an earlier part used. */
async function settledHeap(): Promise<number> {
  for (let [before, now] = [Number.POSITIVE_INFINITY, heapUsed()]; now < before * 0.99; [before, now] = [now, heapUsed()]) {
    await new Promise(setImmediate);
  }
  return heapUsed();
}

/** Measures how much memory a live resource takes, and that events without anything new take none. */
export async function memory(): Promise<void> {
  // The compiler and the caches of a first run do not belong to the resources.
  await feedEvents(inProcessPipeline(CATALOGUE));
  const before = await settledHeap();
  const pipeline = inProcessPipeline(CATALOGUE);
  await feedEvents(pipeline);
  const once = (await settledHeap()) - before;
  const { live, deleted } = await countResources(pipeline);
  const { applied } = pipeline.counts;
  await feedEvents(pipeline);
  await feedEvents(pipeline);
  const thrice = (await settledHeap()) - before;
  expectThat(pipeline.counts.applied === applied, 'the same events again changed something');
  expectThat(live > 1_000 && once > live * 100, `${live} live resources took ${once} bytes`);
  table(
    'Memory of the in-memory store',
    'The heap after a full collection, divided by the live resources. It includes scorecards and what the store keeps of deleted resources.',
    [
      [
        'live resources after 50,000 events',
        live.toLocaleString('en'),
        `${Math.round(once / live)} bytes each (target 1,024); ${deleted.toLocaleString('en')} deleted ones`,
      ],
      ['the same events twice more', `${(thrice / once).toFixed(2)} × the memory`, 'target 1.0: grows with resources, not with events'],
    ],
  );
}

/** Feeds the events in a function of its own, so that only what the store keeps outlives it. */
async function feedEvents(pipeline: InProcessPipeline): Promise<void> {
  for (const line of manyEvents(50_000)) await pipeline.feed(JSON.parse(line));
  await pipeline.settle();
}

/** Counts the resources in the store: those that exist, and entries of deleted ones. */
async function countResources({ store }: InProcessPipeline): Promise<{ live: number; deleted: number }> {
  const named = new Map<string, { accountId: string; region: string; resourceType: string; resourceId: string }>();
  for (const line of manyEvents(50_000)) {
    for (const intake of readDocument(JSON.parse(line))) {
      if (intake.kind === 'item') named.set(Object.values(intake.item.resource).join(), intake.item.resource);
    }
  }
  const stored = await Promise.all([...named.values()].map((resource) => store.readResource(resource)));
  const known = stored.filter((resource) => resource !== undefined);
  const live = known.filter(({ parsed }) => parsed !== undefined).length;
  return { live, deleted: known.length - live };
}
