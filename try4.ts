import { outlineOf } from './test/bench/scale/outline.ts';
import { loadHandlers } from './test/bench/scale/world.ts';
import { readTimes } from './test/bench/scale/times.ts';
import * as s from './test/bench/scale/scenarios.ts';
import { createEstate } from './test/bench/scale/estate.ts';
import { unitBody } from './test/bench/scale/units.ts';
const outline: any = outlineOf({ homeRegion: 'eu-west-1' });
if (!outline.queues.some((q: any) => q.id.includes('SweepUnits'))) {
  const q = outline.queues.find((q: any) => q.id.includes('SweepReadings'));
  outline.queues.push({ ...q, id: 'SweepUnits', delaySeconds: 0 });
  outline.queueReaders.push({ service: 'read', queue: 'SweepUnits', batchSize: 1, windowSeconds: 0, concurrency: 10 });
}
await loadHandlers(outline, ['read','status']);
const times: any = { ...readTimes() };
times.compute.request = 1; times.compute.collect = 0.5; times.compute.kilobyteRead *= 5;
const estate = createEstate(1, 1, 5000, 'AWS::EC2::SecurityGroup');
const stage = s.createStage({ outline, times }, estate, { onAnswer: (svc, c, ms) => { if (svc === 'score' && (c.pk.includes('SecurityGroup')) && c.isFirst) console.log(new Date().toISOString(), c.pk, c.bytes, ms); }, onItem: (c) => { if (c.sk === 'HEADS') console.log(new Date().toISOString(), 'HEADS', JSON.stringify(c.after).match(/.{60}long.{60}/g)?.slice(0, 6)); if (c.sk==='TURN' && c.pk.startsWith('A#')) console.log(new Date().toISOString(),'TURN', JSON.stringify((c.after as any).due)); } });
for (const r of ['global', ...estate.regions]) stage.world.put('SweepUnits', unitBody(estate.accountIds[0]!, r));
await stage.world.run(600);
for (let i = 0; i < 20; i++) { const item = estate.change(estate.accountIds[0]!, i, stage.world.clock.now()); const { eventOf } = await import('./test/bench/scale/estate.ts'); stage.world.put('IngestionChanges', eventOf(item), 'x'); await stage.world.run(2); }
process.exit(0);
