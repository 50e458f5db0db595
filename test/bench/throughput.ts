import { type InProcessPipeline, inProcessPipeline } from '../../cli/in-process.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { evaluateResource } from '../../core/evaluation/evaluate.ts';
import { readDocument } from '../../core/events/intake.ts';
import { parseFacts, parserOf } from '../../core/facts/index.ts';
import { manyEvents } from './items.ts';
import { heapUsed, median, seconds, table } from './report.ts';

const RECORDS_PER_SCORING = 10_000;

/** How fast events go through the whole pipeline, beside `JSON.parse` alone on the same bytes in the same run. */
export async function throughput(): Promise<void> {
  const lines = manyEvents(100_000);
  const bytes = lines.reduce((sum, line) => sum + line.length, 0);
  const parse = () => {
    for (const line of lines) JSON.parse(line);
  };
  const full = async () => {
    const pipeline = inProcessPipeline(CATALOGUE);
    for (const [index, line] of lines.entries()) {
      await pipeline.feed(JSON.parse(line));
      if ((index + 1) % RECORDS_PER_SCORING === 0) await pipeline.settle();
    }
    await pipeline.settle();
    await pipeline.result();
  };
  const parsed = lines.slice(0, 20_000).map((line) => JSON.parse(line));
  const parseShare = () => {
    for (const line of lines.slice(0, 20_000)) JSON.parse(line);
  };
  const evaluate = () => {
    for (const document of parsed) {
      for (const intake of readDocument(document)) {
        const parser = intake.kind === 'item' ? parserOf(intake.item.resource.resourceType) : undefined;
        const facts = parser && intake.kind === 'item' ? parseFacts(intake.item, parser) : undefined;
        if (facts && intake.kind === 'item') evaluateResource(CATALOGUE.rules, facts, intake.item.resource, intake.item.capturedAt);
      }
    }
  };

  // In turns, so that whatever else the machine does falls on all alike.
  const times = { parse: [] as number[], full: [] as number[], parseShare: [] as number[], evaluate: [] as number[] };
  for (let round = 0; round < 3; round++) {
    times.parse.push(await seconds(parse));
    times.full.push(await seconds(full));
    times.parseShare.push(await seconds(parseShare));
    times.evaluate.push(await seconds(evaluate));
  }
  const [parseTime, fullTime] = [median(times.parse), median(times.full)];
  table(`Replay of ${lines.length.toLocaleString('en')} Config events (${(bytes / 1e6).toFixed(0)} MB), one core, median of 3`, [
    ['JSON.parse alone', `${perSecond(lines.length, parseTime)} events/s`, ''],
    [
      'whole pipeline',
      `${perSecond(lines.length, fullTime)} events/s`,
      `${(parseTime / fullTime).toFixed(2)} × the rate of JSON.parse (target 0.25)`,
    ],
    [
      'facts and rules alone',
      `${perSecond(parsed.length, median(times.evaluate))} events/s`,
      `${(median(times.parseShare) / median(times.evaluate)).toFixed(2)} × the rate of JSON.parse (target 0.5)`,
    ],
  ]);
}

const perSecond = (count: number, time: number): string => Math.round(count / time).toLocaleString('en');

/** How much memory a live resource takes, and that events that bring nothing new take none. */
export async function memory(): Promise<void> {
  const pipeline = inProcessPipeline(CATALOGUE);
  const before = heapUsed();
  const resources = await feedEvents(pipeline);
  const once = heapUsed() - before;
  await feedEvents(pipeline);
  await feedEvents(pipeline);
  const thrice = heapUsed() - before;
  table('Memory of the in-memory store', [
    ['resources after 50,000 events', resources.toLocaleString('en'), `${Math.round(once / resources)} bytes each (target 1,024)`],
    ['the same events twice more', `${(thrice / once).toFixed(2)} × the memory`, 'target 1.0: grows with live resources, not with events'],
  ]);
}

/** In a function of its own, so that nothing of the events outlives it but what the store keeps. @returns how many resources they name. */
async function feedEvents(pipeline: InProcessPipeline): Promise<number> {
  const names = new Set<string>();
  for (const line of manyEvents(50_000)) {
    const { configurationItem: item } = JSON.parse(line).detail;
    names.add([item.awsAccountId, item.awsRegion, item.resourceType, item.resourceId].join());
    await pipeline.feed(JSON.parse(line));
  }
  await pipeline.settle();
  return names.size;
}
