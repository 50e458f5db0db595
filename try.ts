import { outlineOf } from './test/bench/scale/outline.ts';
import { createWorld, loadHandlers } from './test/bench/scale/world.ts';
import { createEstate } from './test/bench/scale/estate.ts';
import { readUnits, unitBody } from './test/bench/scale/units.ts';
import { readTimes } from './test/bench/scale/times.ts';
const outline = outlineOf({ homeRegion: 'eu-west-1' });
await loadHandlers(outline, ['read','sweep']);
(outline.queueReaders as any).forEach((r:any)=>{ if(r.service==='read'){r.batchSize=1;r.windowSeconds=0;} });
const R = Number(process.argv[2] ?? 17), workers = Number(process.argv[3] ?? 4);
const estate = createEstate(1, R, 300);
const times = readTimes();
const stateTable = outline.functions.find((f) => f.service === 'collect')!.environment.STATE_TABLE!;
let world: any;
world = createWorld({ outline, times, replacements: { read: readUnits(estate, { clock: () => world.clock, stateTable, seconds: times.unitSeconds }), sweep: async () => {} }, concurrency: (s) => (s === 'read' ? workers : undefined) });
const [a] = estate.accountIds;
const t0 = performance.now();
for (const day of [0, 1, 2]) {
  const u = world.functionOf('score').usage; const before = { ...u }; const relay = { ...world.functionOf('relay').usage };
  for (const r of [...estate.regions, 'global']) world.put('Readings', unitBody(a!, r));
  await world.run(1200);
  console.log(day, 'scorings', u.invocations - before.invocations, 'rru', u.readUnits - before.readUnits, 'wru', u.writeUnits - before.writeUnits, 'fail', u.failures, 'relay', world.functionOf('relay').usage.invocations - relay.invocations, 'relay rru', world.functionOf('relay').usage.readUnits-relay.readUnits, 'read', world.functionOf('read').usage, ((performance.now() - t0) / 1000).toFixed(1), world.events);
  await world.run(80000);
}
console.log(world.streams.map((s: any) => [s.waiting, s.lost]), [...world.queues].map(([id, q]: any) => [id, q.source.size]));
console.log([...world.tables.items(world.scoresTable)].slice(0,6).map((x:any)=>JSON.stringify(x).slice(0,300)));
world.end();
process.exit(0);
