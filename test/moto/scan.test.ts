/** A whole estate in the emulator: seeded, scanned, judged control by control, then repaired and scanned again. */
import { beforeAll, describe, expect, it } from 'vitest';
import { callLimit, clientsOf } from '../../adapters/aws/clients.ts';
import { READERS } from '../../adapters/aws/readers/index.ts';
import { runTasks, type ScanPlan, tasksOf } from '../../adapters/aws/scan.ts';
import { inProcessPipeline } from '../../cli/in-process.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { parseFacts, parserOf } from '../../core/facts/index.ts';
import { type Account, ESTATE_REGION, harden, seedWeakly } from '../support/estate.ts';
import { freshAccount, useMoto } from '../support/moto.ts';

/** What each control says of the account in levels 1 and 2. */
async function statusesOf({ accountId, credentials }: Account): Promise<Record<string, string>> {
  const plan: ScanPlan = {
    targets: [{ accountId, clients: clientsOf({ credentials, limit: callLimit(24), maxAttempts: 1 }) }],
    regions: [ESTATE_REGION],
    partition: 'aws',
    globalRegion: 'us-east-1',
    readers: READERS,
    ownAccountId: accountId,
  };
  const pipeline = inProcessPipeline(CATALOGUE);
  const found: Parameters<typeof runTasks>[2]['found'] = async (item) => {
    const parser = parserOf(item.resource.resourceType);
    await pipeline.take({ resource: item.resource, capturedAt: item.capturedAt, parsed: parser && parseFacts(item, parser) });
  };
  const observer = { found, began: () => {}, ended: () => {}, now: () => new Date() };
  await runTasks(tasksOf(plan), plan, observer, new AbortController().signal);
  await pipeline.settle();
  const { controls } = (await pipeline.result()).accounts[accountId]!;
  return Object.fromEntries(Object.entries(controls).flatMap(([id, { status }]) => (/-L[12]-/.test(id) ? [[id, status]] : [])));
}

describe.skipIf(!useMoto())('an emulated estate', { timeout: 300_000 }, () => {
  const seen: Record<string, string>[] = [];

  beforeAll(async () => {
    const account = await freshAccount();
    await seedWeakly(account);
    seen.push(await statusesOf(account));
    await harden(account);
    seen.push(await statusesOf(account));
  }, 300_000);

  it('x', () => {
    console.log(JSON.stringify(Object.fromEntries(Object.keys(seen[0]!).map((id) => [id, `${seen[0]![id]} ${seen[1]![id]}`])), null, 1));
    expect(1).toBe(1);
  });
});
