/** A whole account in the emulator: seeded, scanned, evaluated control by control, then repaired and scanned again. */
import { beforeAll, describe, expect, it } from 'vitest';
import { callLimit, clientsOf } from '../../adapters/aws/clients.ts';
import { READERS } from '../../adapters/aws/readers/index.ts';
import { runTasks, type ScanPlan, tasksOf } from '../../adapters/aws/scan.ts';
import { inProcessPipeline } from '../../cli/in-process.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { parseFacts, parserOf } from '../../core/facts/index.ts';
import { type Account, ESTATE_REGION, harden, seedWeakly } from '../support/estate.ts';
import { freshAccount, useMoto } from '../support/moto.ts';

/** Returns the status of each control of levels 1 and 2. */
async function statusesOf({ accountId, credentials }: Account): Promise<Record<string, string>> {
  const own = { accountId, clients: clientsOf({ credentials, limit: callLimit(24), maxAttempts: 1 }) };
  const plan: ScanPlan = {
    targets: [own],
    regions: [ESTATE_REGION],
    partition: 'aws',
    globalRegion: 'us-east-1',
    readers: READERS,
    own,
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

describe.skipIf(!useMoto())('an emulated estate', () => {
  const seen: Record<string, string>[] = [];

  beforeAll(async () => {
    const account = await freshAccount();
    await seedWeakly(account);
    seen.push(await statusesOf(account));
    await harden(account);
    seen.push(await statusesOf(account));
  });

  it.each(Object.entries(EXPECTED))('%s: %s', (id, verdicts) => {
    expect(seen.map((statuses) => statuses[id]).join(' → ')).toBe(verdicts);
  });

  it('is judged by every control of levels 1 and 2', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual(Object.keys(seen[0]!).sort());
  });
});

/**
 * Before and after the repair. NO_DATA is the emulator's: it has no root row and no fresh credential report, no last use of
 * root, no data sources of GuardDuty, no standards of Security Hub, no protected resources of AWS Backup, no blocks of public
 * images and snapshots. The scan reads one Region, and IAM's events arrive in another (MON-L2-03). What is FAILED twice is not repaired.
 */
const EXPECTED = {
  'IAM-L1-01': 'NO_DATA → NO_DATA',
  'IAM-L1-02': 'PASSED → PASSED',
  'IAM-L1-03': 'NO_DATA → NO_DATA',
  'IAM-L1-04': 'NO_DATA → NOT_APPLICABLE',
  'IAM-L1-05': 'FAILED → PASSED',
  'IAM-L1-06': 'PASSED → NOT_APPLICABLE',
  'IAM-L1-07': 'PASSED → NOT_APPLICABLE',
  'IAM-L2-01': 'FAILED → FAILED',
  'IAM-L2-02': 'FAILED → FAILED',
  'IAM-L2-03': 'FAILED → PASSED',
  'IAM-L2-04': 'FAILED → PASSED',
  'IAM-L2-05': 'NOT_APPLICABLE → FAILED',
  'NET-L1-01': 'FAILED → PASSED',
  'NET-L1-02': 'FAILED → PASSED',
  'NET-L1-03': 'FAILED → NOT_APPLICABLE',
  'NET-L1-04': 'PASSED → PASSED',
  'NET-L2-01': 'FAILED → PASSED',
  'NET-L2-02': 'FAILED → FAILED',
  'NET-L2-03': 'FAILED → NO_DATA',
  'NET-L2-04': 'FAILED → NO_DATA',
  'STR-L1-01': 'FAILED → PASSED',
  'STR-L1-02': 'FAILED → PASSED',
  'STR-L1-03': 'FAILED → PASSED',
  'STR-L1-04': 'FAILED → NO_DATA',
  'STR-L1-05': 'PASSED → PASSED',
  'STR-L1-06': 'FAILED → PASSED',
  'STR-L2-01': 'FAILED → PASSED',
  'STR-L2-02': 'NO_DATA → NO_DATA',
  'STR-L2-03': 'FAILED → PASSED',
  'STR-L2-04': 'FAILED → PASSED',
  'STR-L2-05': 'FAILED → PASSED',
  'CMP-L1-01': 'FAILED → PASSED',
  'CMP-L1-02': 'FAILED → NOT_APPLICABLE',
  'CMP-L1-03': 'FAILED → PASSED',
  'CMP-L1-04': 'NO_DATA → NO_DATA',
  'CMP-L2-01': 'FAILED → NOT_APPLICABLE',
  'CMP-L2-02': 'FAILED → NOT_APPLICABLE',
  'CMP-L2-03': 'FAILED → NOT_APPLICABLE',
  'MON-L2-01': 'FAILED → NO_DATA',
  'MON-L2-02': 'FAILED → FAILED',
  'MON-L2-03': 'NO_DATA → NO_DATA',
  'MON-L2-04': 'FAILED → FAILED',
  'MON-L2-05': 'FAILED → FAILED',
  'MON-L2-06': 'FAILED → FAILED',
  'MON-L2-07': 'FAILED → FAILED',
  'MON-L2-08': 'FAILED → FAILED',
  'MON-L2-09': 'FAILED → FAILED',
  'MON-L2-10': 'FAILED → FAILED',
  'MON-L2-11': 'FAILED → FAILED',
  'MON-L2-12': 'FAILED → FAILED',
  'MON-L2-13': 'FAILED → FAILED',
};
