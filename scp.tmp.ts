// An organization that has closed us-east-1 for all but global services (what IAM-L2-02 asks for), home Region eu-west-1.
import { memoryStateStore } from './adapters/memory/state-store.ts';
import { READERS } from './adapters/aws/readers/index.ts';
import { INVENTORY } from './core/facts/inventory.ts';
import { Unread } from './core/facts/view.ts';
import { collectItem, collectFacts } from './core/pipeline/collect.ts';
import { rescoreAccount } from './core/pipeline/rescore.ts';
import { settingsEvidence } from './core/pipeline/collect-settings.ts';
import { CATALOGUE } from './controls/catalogue.ts';
const acct='111111111111'; const EMPTY={supplementaryConfiguration:{},tags:{},relationships:[]};
async function run(deny:boolean, approved?:string[]) {
  const store=memoryStateStore(); const dep={store,rules:CATALOGUE.rules};
  if (approved) await collectFacts(settingsEvidence({approvedRegions:approved} as any,acct,'2026-11-01T00:00:00.000Z'),dep as any);
  for (const r of READERS) for (const t of r.lists) for (const region of r.scope==='region'?['eu-west-1','us-east-1']:['global']) {
    const denied=deny&&region==='us-east-1';
    await collectItem({resource:{accountId:acct,region,resourceType:INVENTORY,resourceId:t},capturedAt:'2026-11-30T02:00:00.000Z',state:'recorded',configuration:{resources:denied?new Unread('ec2:DescribeX was denied (UnauthorizedOperation)'):0},...EMPTY} as any,dep);
  }
  const s=(await rescoreAccount(acct,{store,catalogue:CATALOGUE})).score;
  const c:any={}; for(const [id,st] of s!.statuses){ if(CATALOGUE.rules.controls.has(id)||true){ (c[st]??=[]).push(id);} }
  const evaluated=new Set([...CATALOGUE.controls].filter((x:any)=>x.rules?.length).map((x:any)=>x.id));
  return Object.fromEntries(Object.entries(c).map(([k,v]:any)=>[k,v.filter((x:string)=>evaluated.has(x))]));
}
const open=await run(false,['eu-west-1']); const closed=await run(true,['eu-west-1']); const closedNo=await run(true);
console.log('us-east-1 readable, approved eu-west-1:',Object.fromEntries(Object.entries(open).map(([k,v]:any)=>[k,v.length])));
console.log('us-east-1 denied by SCP, approved eu-west-1:',Object.fromEntries(Object.entries(closed).map(([k,v]:any)=>[k,v.length])));
console.log('newly NO_DATA:',(closed.NO_DATA as string[]).filter(x=>!(open.NO_DATA??[]).includes(x)).join(' '));
console.log('without settings:',Object.fromEntries(Object.entries(closedNo).map(([k,v]:any)=>[k,v.length])));
