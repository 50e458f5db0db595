import type { ReadTask, ScanPlan } from '../adapters/aws/scan.ts';
import { CATALOGUE } from '../controls/catalogue.ts';
import { readTime } from '../core/events/intake.ts';
import { isRecord, readRecord, type ScanBegin } from '../core/events/record.ts';
import { INVENTORY } from '../core/facts/inventory.ts';
import { millisecondsOf } from '../core/instant.ts';
import { GLOBAL } from '../core/model.ts';
import type { ResourceEvidence } from '../core/pipeline/collect.ts';
import { scopeRegion } from '../core/pipeline/sweep.ts';
import { isConfirmed } from './deployment.ts';
import { UsageError } from './exit.ts';
import type { InProcessPipeline } from './in-process.ts';
import { type CliIo, isTerminal, write } from './io.ts';
import { readRecords } from './records.ts';
import { unreadLine } from './summary.ts';

const doneKey = (accountId: string, region: string, resourceType: string): string => `${accountId} ${region} ${resourceType}`;

/** Longest time between the beginning of a scan and its end, in hours. A scorecard of older and newer facts describes no estate. */
const MAX_AGE_HOURS = 24;

/** Returns the first line of a record. */
export const scanBegin = ({ targets, regions }: ScanPlan, now: Date): ScanBegin => ({
  csmm: 'scan',
  version: 1,
  startedAt: now.toISOString(),
  accounts: targets.map(({ accountId }) => accountId).sort(),
  regions: [...regions].sort(),
  catalogueVersion: CATALOGUE.version,
});

/**
 * Collects the record of an interrupted scan. Returns the lists that are complete: the record has all resources that the list says.
 *
 * @throws UsageError if the file is not a record, has other accounts or Regions than the scan, is of another version of csmm, or is older
 * than a day and the user does not confirm it.
 */
export async function readDone(path: string, plan: ScanPlan, pipeline: InProcessPipeline, io: CliIo): Promise<Set<string>> {
  const begin = scanBegin(plan, new Date());
  let oldest = begin.startedAt;
  let [isOurs, unreadable] = [false, 0];
  for await (const read of readRecords(path)) {
    const reasons = 'document' in read ? await pipeline.feed(read.document) : [read.error];
    if ('document' in read) isOurs ||= isRecord(read.document);
    else unreadable++;
    // A write that was interrupted at once leaves a file with one unreadable line.
    if (!isOurs && ('document' in read || unreadable > 1)) {
      throw new UsageError(`cannot resume: ${path} is not a record of a scan. Fix: pass a file that csmm scan --record wrote`);
    }
    for (const reason of reasons) await write(io.stderr, `csmm: ${unreadLine(read, `${reason}; csmm reads its list again`)}`);
    if (!('document' in read) || reasons.length > 0 || !isRecord(read.document)) continue;
    const evidence = read.document.csmm === 'facts' ? readRecord(read.document) : undefined;
    if (typeof evidence === 'string') continue;
    const difference = evidence ? otherPlace(evidence, begin) : otherScan(read.document, begin);
    if (difference !== undefined) throw new UsageError(`cannot resume: ${path}:${read.line} ${difference}`);
    oldest = earlier(oldest, evidence ? evidence.capturedAt : readTime(read.document.startedAt));
  }
  await confirmAge(path, oldest, begin.startedAt, io);
  return completeLists(pipeline);
}

const earlier = (a: string, b: string | undefined): string => (b !== undefined && b < a ? b : a);

const SAME_OPTIONS = 'Fix: use the options of that scan, or scan again without --resume';

/** Returns how the accounts or Regions of recorded facts differ from those of the scan. */
function otherPlace({ resource: { accountId, region, resourceType } }: ResourceEvidence, begin: ScanBegin): string | undefined {
  if (!begin.accounts.includes(accountId)) return `belongs to account ${accountId}, which this scan does not include. ${SAME_OPTIONS}`;
  // A resource of a global list, such as a bucket, can be in any Region. A list is in the Region in which it was read.
  if (resourceType === INVENTORY && region !== GLOBAL && !begin.regions.includes(region)) {
    return `belongs to ${region}, which this scan does not include. ${SAME_OPTIONS}`;
  }
  return undefined;
}

/** Returns how the scan that wrote a first line differs from this one. */
function otherScan(recorded: Readonly<Record<string, unknown>>, begin: ScanBegin): string | undefined {
  if (recorded.csmm !== 'scan') return undefined;
  for (const name of ['accounts', 'regions'] as const) {
    const listed = namesIn(recorded[name]);
    if (listed.join() !== begin[name].join()) {
      return `is of a scan of other ${name === 'accounts' ? name : 'Regions'}: ${some(listed)}. This one has ${some(begin[name])}. ${SAME_OPTIONS}`;
    }
  }
  if (recorded.catalogueVersion === begin.catalogueVersion) return undefined;
  return `is of another version of the controls, and this one is ${begin.catalogueVersion}. Fix: use the csmm that wrote it, or scan again without --resume`;
}

const namesIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((name): name is string => typeof name === 'string').sort() : [];

/** Maximum number of names in a message. */
const NAMED = 5;

const some = (names: readonly string[]): string =>
  `${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ` and ${names.length - NAMED} more` : ''}`;

/** Asks on a terminal whether to continue an old scan. @throws UsageError without one, or without a confirmation. */
async function confirmAge(path: string, oldest: string, now: string, io: CliIo): Promise<void> {
  const hours = Math.floor((millisecondsOf(now) - millisecondsOf(oldest)) / 3_600_000);
  if (hours < MAX_AGE_HOURS) return;
  const problem = `the facts in ${path} are up to ${hours} hours old`;
  const canAsk = io.stdin.isTTY === true && isTerminal(io.stdout, io.env);
  if (canAsk && (await isConfirmed(`${problem[0]?.toUpperCase()}${problem.slice(1)}, and csmm does not read them again. Continue`, io)))
    return;
  throw new UsageError(`cannot resume: ${problem}, and csmm would not read them again. Fix: scan again without --resume`);
}

async function completeLists(pipeline: InProcessPipeline): Promise<Set<string>> {
  const complete = (await pipeline.recordedLists()).filter(({ gap }) => gap === undefined);
  return new Set(complete.map(({ list: { resource } }) => doneKey(resource.accountId, resource.region, resource.resourceId)));
}

/** Whether a record has every list of a task. */
export function isDone(task: ReadTask, { targets }: ScanPlan, done: ReadonlySet<string>): boolean {
  const accountIds = task.reader.scope === 'organization' ? targets.map(({ accountId }) => accountId) : [task.target.accountId];
  const region = scopeRegion(task.reader, task.region);
  return accountIds.every((accountId) => task.reader.lists.every((type) => done.has(doneKey(accountId, region, type))));
}
