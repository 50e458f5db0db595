import { outlineOf } from './test/bench/scale/outline.ts';
import { loadHandlers, createWorld } from './test/bench/scale/world.ts';
import { readTimes } from './test/bench/scale/times.ts';
import { createEstate } from './test/bench/scale/estate.ts';
import { readUnits, unitBody } from './test/bench/scale/units.ts';
import { GLOBAL } from './core/model.ts';
import { toResource } from './adapters/aws/items.ts';
import { wantedBy } from './core/pipeline/wanted.ts';
import { CATALOGUE } from './controls/catalogue.ts';
const outline: any = outlineOf({ homeRegion: 'eu-west-1' });
const r = outline.queueReaders.find((q: any) => q.service === 'read' && q.queue.includes('Readings')); r.batchSize = 1; r.windowSeconds = 0;
await loadHandlers(outline, ['read','status']);
const times: any = { ...readTimes() }; times.compute.request=1; times.compute.collect=.5;
const estate = createEstate(1, 17, 300);
let world: any; let day = 0; const seen: any = {};
world = createWorld({ outline, times, replacements: { read: readUnits(estate, { clock: () => world.clock, stateTable: outline.functions[0].environment.STATE_TABLE, seconds: 3 }) }, concurrency: (s) => s === 'read' ? 4 : undefined,
 onChange: (c) => { if (day === 1 && c.pk.startsWith('R#') && c.after) { const ch = { before: c.before && toResource(c.before), after: toResource(c.after) }; const k = wantedBy(ch, CATALOGUE.rules); if (k) { seen[k] = (seen[k] ?? 0) + 1; if (seen[k] === 1) console.log(JSON.stringify(ch, null, 1).slice(0, 3000)); } } } });
for (day of [0, 1]) { for (const region of [GLOBAL, ...estate.regions]) world.put('Readings', unitBody(estate.accountIds[0]!, region)); await world.run(86400); }
console.log(seen); process.exit(0);
