import { setMaxListeners } from 'node:events';
import { CredentialsExpiredError } from '../adapters/aws/failures.ts';
import { runTasks, type ScanPlan, tasksOf } from '../adapters/aws/scan.ts';
import { scanPolicy } from '../adapters/aws/scan-policy.ts';
import { CATALOGUE } from '../controls/catalogue.ts';
import { recordOf, type ScanEnd } from '../core/events/record.ts';
import { parseFacts, parserOf } from '../core/facts/index.ts';
import type { ConfigItem } from '../core/facts/parser.ts';
import type { ResourceEvidence } from '../core/pipeline/collect.ts';
import { settingsEvidence } from '../core/pipeline/collect-settings.ts';
import type { SettingsDocument } from '../core/settings/document.ts';
import { BLANK } from '../reporting/lines.ts';
import { plainText } from '../reporting/plain-text.ts';
import { resultLines } from '../reporting/result.ts';
import { noteClosedRegions } from './closed-regions.ts';
import { EXIT, UsageError } from './exit.ts';
import { type InProcessPipeline, inProcessPipeline } from './in-process.ts';
import { type CliIo, write, writeJson } from './io.ts';
import { filtered, gatedCard, type Report, type ReportOptions, withReport } from './report.ts';
import { ScanLog, unreadLines } from './scan-log.ts';
import { checkScope, planFrom, type ScopeOptions } from './scan-plan.ts';
import { scanProgress } from './scan-progress.ts';
import { assertResumable, openRecord } from './scan-record.ts';
import { isDone, readDone, scanBegin } from './scan-resume.ts';
import { readSettings, type SettingsOptions, settingsPaths } from './settings-option.ts';
import { oneLine } from './sign-in.ts';

/** Options for the accounts to scan and for the record of the scan. */
export interface CollectOptions extends SettingsOptions, ScopeOptions {
  /** Path of the file for the collected facts. */
  readonly record?: string;
  /** Path of the record of an interrupted scan. */
  readonly resume?: string;
}

export interface ScanOptions extends CollectOptions, ReportOptions {
  readonly printPolicy?: boolean;
}

/** The result of a complete scan. */
export interface Scanned {
  readonly pipeline: InProcessPipeline;
  readonly plan: ScanPlan;
  readonly log: ScanLog;
  readonly settings: SettingsDocument | undefined;
}

/** Scans accounts with read-only API calls, and reports their score. */
export async function scan(options: ScanOptions, io: CliIo): Promise<number> {
  check(options);
  if (options.printPolicy) checkPolicy(options);
  const inputs = async (): Promise<string[]> => [options.record ?? [], options.resume ?? [], settingsPaths(options, io)].flat();
  return withReport({ ...options, inputs }, io, async (report) => {
    if (options.printPolicy) {
      await writeJson(report.io.stdout, scanPolicy(options));
      return EXIT.ok;
    }
    return collect(options, report.io, (scanned) => reportScan(scanned, report));
  });
}

/** Scans accounts with read-only API calls, and shows the result with `show`, which returns the exit code. */
export async function collect(options: CollectOptions, io: CliIo, show: (scanned: Scanned) => Promise<number>): Promise<number> {
  check(options);
  // The README names the required version of Node.js. A warning of the SDK would disturb the progress.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  if (options.resume !== undefined) await assertResumable(options.resume);
  const settings = await readSettings(options, io);
  const log = new ScanLog();
  const stop = new AbortController();
  // Every call that waits listens to it.
  setMaxListeners(0, stop.signal);
  const plan = await planFrom(options, log, stop.signal);
  const pipeline = inProcessPipeline(CATALOGUE);
  const done = options.resume === undefined ? new Set<string>() : await readDone(options.resume, plan, pipeline, io);
  log.resumed(done.size);
  const record = await openRecord(options);
  const progress = scanProgress(io, log, options.quiet);
  const forget = io.onInterrupt(() => {
    stop.abort();
    progress.say(`stopping after the running calls; press Ctrl-C again to stop at once. The facts so far are in ${record.path}`);
  });
  let interruption: string | undefined;
  try {
    await record.write(scanBegin(plan, new Date()));
    const take = async (evidence: ResourceEvidence): Promise<void> => {
      await pipeline.take(evidence);
      await record.write(recordOf(evidence));
    };
    if (settings) await takeSettings(settings, plan, take);
    const tasks = tasksOf(plan).filter((task) => !isDone(task, plan, done));
    progress.begin(tasks.length);
    await runTasks(
      tasks,
      plan,
      {
        now: () => new Date(),
        recovered: (error) => log.forget(error),
        began: (task) => progress.began(task),
        ended: (task) => progress.ended(task),
        found: async (item) => {
          const evidence = evidenceOf(item);
          log.note(evidence);
          await take(evidence);
        },
      },
      stop.signal,
    );
    if (stop.signal.aborted) interruption = 'stopped';
    else await record.write({ csmm: 'end', version: 1, capturedAt: new Date().toISOString() } satisfies ScanEnd);
  } catch (error) {
    if (!(error instanceof CredentialsExpiredError)) throw error;
    interruption = `the AWS credentials have expired: ${plainText(oneLine(error.cause ?? error))}. Fix: renew them`;
  } finally {
    progress.end();
    forget();
    await record.close();
  }
  if (interruption !== undefined) {
    await write(
      io.stderr,
      `csmm: ${interruption}. The facts so far are in ${record.path}. To continue, use the same options with --resume ${record.path}\n`,
    );
    return stop.signal.aborted ? EXIT.interrupted : EXIT.usage;
  }
  await pipeline.settle();
  await noteClosedRegions(log, pipeline.store);
  const code = await show({ pipeline, plan, log, settings });
  await record.discard?.();
  return code;
}

/** @throws UsageError if options contradict each other, or a list does not have its form. */
function check({ record, resume, ...scope }: CollectOptions): void {
  checkScope(scope);
  if (record !== undefined && resume !== undefined) {
    throw new UsageError('cannot use --record with --resume, which adds to its own file. Fix: remove --record');
  }
}

/** Options of a scan that do not change its policy. */
const NOT_OF_POLICY = {
  record: '--record',
  resume: '--resume',
  failUnder: '--fail-under',
  failOn: '--fail-on',
  baseline: '--baseline',
  explain: '--explain',
  status: '--status',
  severity: '--severity',
  pillar: '--pillar',
  control: '--control',
} as const satisfies Partial<Record<keyof ScanOptions, string>>;

/** @throws UsageError if an option needs the scan that `--print-policy` replaces. */
function checkPolicy(options: ScanOptions): void {
  const without = Object.entries(NOT_OF_POLICY).find(([name]) => options[name as keyof typeof NOT_OF_POLICY] !== undefined);
  if (without) throw new UsageError(`${without[1]} has no effect with --print-policy, which scans nothing. Fix: remove one of them`);
}

function evidenceOf(item: ConfigItem): ResourceEvidence {
  const parser = parserOf(item.resource.resourceType);
  return { resource: item.resource, capturedAt: item.capturedAt, parsed: parser && parseFacts(item, parser) };
}

async function takeSettings(
  document: SettingsDocument,
  { targets }: ScanPlan,
  take: (evidence: ResourceEvidence) => Promise<void>,
): Promise<void> {
  const capturedAt = new Date().toISOString();
  for (const { accountId } of targets) await take(settingsEvidence(document, accountId, capturedAt));
}

async function reportScan({ pipeline, plan, log }: Scanned, report: Report): Promise<number> {
  const result = await pipeline.result();
  for (const { accountId } of plan.targets) {
    for (const type of new Set(plan.readers.flatMap(({ lists }) => lists))) {
      for (const stored of await pipeline.store.listResources(accountId, type)) log.noteUnread(stored);
    }
  }
  const { filter, explain } = report;
  const scan = { accounts: plan.targets.map(({ accountId }) => accountId), regions: plan.regions, ...log.summary() };
  await report.print(
    () => ({ ...filtered(result, filter), scan }),
    (canvas) => {
      const { controls } = result.organization;
      const shown = filter.apply(controls);
      const view = { catalogue: CATALOGUE.controls, shows: (id: string) => Object.hasOwn(shown, id), explain };
      const lines = [...resultLines(result, { ...canvas, ...view }), ...filter.lines(controls, canvas.columns)];
      return [...lines, BLANK, ...unreadLines(log, result, canvas.columns)];
    },
  );
  const hasScore = result.organization.overall !== null;
  return report.gate(gatedCard(result), log.isComplete && hasScore ? EXIT.ok : EXIT.unread);
}
