import {inProcessPipeline} from '/work/main/cli/in-process.ts';import {CATALOGUE} from '/work/main/controls/catalogue.ts';import {readRecords} from '/work/main/cli/records.ts';
const main=async()=>{
const p=inProcessPipeline(CATALOGUE);const log:Record<string,string[]>={};const lv:Record<string,string[]>={};
const t0=performance.now();
for await(const r of readRecords('/work/main/examples/week.ndjson')){ if('error' in r)p.reject(); else {const e=await p.feed(r.document); if(e.length)console.log(r.line,e)}
 const {changes}=await p.settle();
 for(const {after,before} of changes){ 
  for(const pil of ['iam','networking','storage','compute','monitoring'] as const) for(const l of after.scorecard.pillars[pil]!.levels){ const b=before?.scorecard.pillars[pil]!.levels.find(x=>x.level===l.level)?.achieved??false; if(b!==l.achieved&&l.level<3) (lv[after.scope+' '+pil+' L'+l.level]??=[]).push(after.asOf.slice(5,16)+(l.achieved?'+':'-'));}
  if(after.scope==='ORG'||!/^\d/.test(after.scope))continue;
  for(const c of after.changes){ (log[c.controlId+' '+after.scope[0]]??=[]).push(after.asOf.slice(8,16)+' '+c.to); }
 }}
console.log('ms',performance.now()-t0);
const x=await p.result();console.log(x.input,x.organization.overall,Object.entries(x.accounts).map(([k,v])=>[k,v.overall]));
for(const k of Object.keys(log).sort())if(/L[12]-/.test(k))console.log(k,log[k]!.join(' | '));
for(const k of Object.keys(lv).sort())console.log(k,lv[k]!.join(' '));
for(const [a,v] of Object.entries(x.accounts))for(const [id,c] of Object.entries(v.controls))if(/L[12]-/.test(id)&&(c.status==='FAILED'||c.status==='NO_DATA'||c.insufficientData))console.log(a,id,c.status,c.insufficientData,JSON.stringify((c as any).findings??(c as any).failing??c).slice(0,300));
};main();
