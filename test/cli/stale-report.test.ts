import { describe, expect, it } from 'vitest';
import { credentialReportReader } from '../../adapters/aws/readers/iam-credential-report.ts';
import { runReader } from '../../adapters/aws/readers/run.ts';
import { inProcessPipeline } from '../../cli/in-process.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { recordOf } from '../../core/events/record.ts';
import { parseFacts, parserOf } from '../../core/facts/index.ts';
import type { ResourceEvidence } from '../../core/pipeline/collect.ts';
import { ReadAgain } from '../../core/pipeline/sweep.ts';
import { IamAccount } from '../support/iam-account.ts';
import { readContext } from '../support/readers.ts';

/** A scan that finds the report of another program: it cannot wait for the next one. */

const reader = credentialReportReader(async () => undefined);

async function evidenceOf(iam: IamAccount): Promise<ResourceEvidence[]> {
  const found: ResourceEvidence[] = [];
  for await (const item of runReader(reader, readContext({ startedAt: iam.startedAt, clients: iam.clients }))) {
    if (item instanceof ReadAgain) continue;
    const parser = parserOf(item.resource.resourceType);
    found.push({ resource: item.resource, capturedAt: item.capturedAt, parsed: parser && parseFacts(item, parser) });
  }
  return found;
}

/** The result of evidence as a scan collects it, and as a replay of its record reads it. */
async function resultsOf(evidence: readonly ResourceEvidence[]) {
  const [scan, replay] = [inProcessPipeline(CATALOGUE), inProcessPipeline(CATALOGUE)];
  for (const each of evidence) await scan.take(each);
  await scan.settle();
  for (const each of evidence) expect(await replay.feed(JSON.parse(JSON.stringify(recordOf(each))))).toEqual([]);
  expect(await replay.closeLists()).toBe(0);
  await replay.settle();
  const controls = async (pipeline: typeof scan) =>
    Object.entries((await pipeline.result()).organization.controls).filter(([id]) => id.startsWith('IAM'));
  return { scanned: Object.fromEntries(await controls(scan)), replayed: Object.fromEntries(await controls(replay)) };
}

const NOON = '2026-11-30T12:00:00.000Z';

describe('a scan with a credential report of some hours ago', () => {
  it.each([3, 300])('tells the time of what it shows, and its record replays to the same: %s users', async (users) => {
    const iam = new IamAccount(NOON);
    for (let index = 0; index < users; index++) iam.set(`user-${index}`);
    iam.pass(1);
    iam.generateReport();
    iam.pass(179);
    iam.users.delete('user-1');
    iam.set('eve');
    iam.allowConsole('eve');
    iam.pass(1);
    const evidence = await evidenceOf(iam);
    const { scanned, replayed } = await resultsOf(evidence);
    expect(replayed).toEqual(scanned);
    expect(scanned['IAM-L1-04']).toMatchObject({ status: 'FAILED', nonCompliant: 1 });
    expect(scanned['IAM-L1-04']?.failing).toMatchObject([{ resourceId: 'eve', capturedAt: iam.startedAt }]);
    const times = evidence.filter(({ resource }) => resource.resourceId === 'user-0').map(({ capturedAt }) => capturedAt);
    expect(times).toEqual([users > 100 ? iam.reportedAt : iam.startedAt]);
  });

  it('knows nothing of users whom it may not read, and its record replays to the same', async () => {
    const iam = new IamAccount(NOON);
    iam.set('ada', { mfa: true });
    iam.allowConsole('ada');
    iam.generateReport();
    iam.pass(60);
    for (const action of ['GetLoginProfile', 'ListMFADevices', 'ListAccessKeys']) iam.failing.set(action, 'AccessDenied');
    const { scanned, replayed } = await resultsOf(await evidenceOf(iam));
    expect(replayed).toEqual(scanned);
    expect(scanned['IAM-L1-04']?.status).toBe('NO_DATA');
  });
});
