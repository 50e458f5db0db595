import { outlineOf } from './test/bench/scale/outline.ts';
import { loadHandlers } from './test/bench/scale/world.ts';
import { readTimes } from './test/bench/scale/times.ts';
import * as s from './test/bench/scale/scenarios.ts';
const outline: any = outlineOf({ homeRegion: 'eu-west-1' });
if (!outline.queues.some((q: any) => q.id.includes('SweepUnits'))) {
  const q = outline.queues.find((q: any) => q.id.includes('SweepReadings'));
  outline.queues.push({ ...q, id: 'SweepUnits', delaySeconds: 0 });
  outline.queueReaders.push({ service: 'read', queue: 'SweepUnits', batchSize: 1, windowSeconds: 0, concurrency: 10 });
  outline.queues.find((q: any) => q.id.includes('IngestionChanges')).isFair = true;
}
await loadHandlers(outline, ['read','status']);
const times: any = { ...readTimes() };
times.compute.request = 1; times.compute.collect = 0.5;
const base = { outline, times };
const t = async (name: string, f: () => Promise<unknown>) => { const t0 = performance.now(); console.log(name, JSON.stringify(await f()), ((performance.now() - t0) / 1000).toFixed(1) + 's'); };
const which = process.argv.slice(2);
const on = (x: string) => which.length === 0 || which.includes(x);
if (on('a')) for (const [regions, workers] of [[17, 4], [17, 2], [17, 10], [17, 20], [2, 4], [34, 4]] as const) await t(`a ${regions} ${workers}`, () => s.sweepOfOneAccount(base, { regions, resources: 300, workers }));
if (on('b')) for (const shards of [4, 16]) await t(`b ${shards}`, () => s.liveDuringSweep(base, { accounts: 20, regions: 17, resources: 60, workers: 10, shards, seconds: 60 }));
if (on('c')) for (const scoringSeconds of [1, 4]) await t(`c ${scoringSeconds}`, () => s.slowScoring(base, { scoringSeconds, seconds: 600 }));
if (on('d')) for (const reactionSeconds of [1, 3, null]) await t(`d ${reactionSeconds}`, () => s.flood(base, { reactionSeconds, changes: 10_000 }));

if (on('h')) await t('huge', () => s.hugeJoin({ ...base, times: { ...times, compute: { ...times.compute, kilobyteRead: times.compute.kilobyteRead * 5 } } }, { resources: 5000, seconds: 300 }));
if (on('e')) for (const hours of [7, 30]) await t(`e ${hours}`, () => s.outage(base, { hours }));
process.exit(0);
