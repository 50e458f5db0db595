import { createEstate } from './test/bench/scale/estate.ts';
const e: any = createEstate(1, 17, 300);
console.log(e.debug?.());
const seen: any = {};
for (let i = 0; i < 60; i++) { const it = e.change('100000000000', i, 0); const k = it.resource.resourceType + ' ' + it.resource.region + ' ' + it.resource.resourceId; seen[k] = (seen[k] ?? 0) + 1; }
console.log(Object.keys(seen).length, seen);
