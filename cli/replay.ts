import { CATALOGUE } from '../controls/catalogue.ts';
import { type CsmmEvent, EVENT_SOURCE } from '../core/pipeline/events.ts';
import type { InputCounts } from '../core/pipeline/result.ts';
import { BLANK } from '../reporting/lines.ts';
import { plainText } from '../reporting/plain-text.ts';
import { nothingBecause, resultLines } from '../reporting/result.ts';
import { EXIT, UsageError } from './exit.ts';
import { foreignToReplay } from './foreign.ts';
import { type InProcessPipeline, inProcessPipeline } from './in-process.ts';
import { type InputFile, inputFiles } from './input-files.ts';
import { type CliIo, isTerminal, jsonText, write } from './io.ts';
import { type InterruptedScan, RecordedScans } from './recorded-scans.ts';
import { type InputRecord, readFileRecords } from './records.ts';
import { filtered, gatedCard, type Report, type ReportOptions, withReport } from './report.ts';
import { notReadLines } from './scan-log.ts';
import { readSettings, type SettingsOptions, settingsPaths } from './settings-option.ts';
import type { RecordPlace } from './summary.ts';
import { UnreadRecords } from './unread-records.ts';

export interface ReplayOptions extends ReportOptions, SettingsOptions {
  /** Prints the score-change events, one per line, instead of a report. */
  readonly events?: boolean;
}

/** Options of {@link feedAll}. */
export interface FeedOptions {
  /** Prints the score-change events. */
  readonly events?: boolean;
  /** Prints no progress and no notes. */
  readonly quiet?: boolean;
}

/** Number of records after which csmm merges their changes. Only `--events` needs a score before the last record. */
const RECORDS_PER_MERGE = 100;

/** Collects and scores recorded configuration items, and reports the result. */
export async function replay(paths: readonly string[], options: ReplayOptions, io: CliIo): Promise<number> {
  if (options.json && options.events) {
    throw new UsageError('cannot print both --json and --events to one output. Fix: remove one of them');
  }
  if (options.events) assertNoFilter(options);
  const inputs = async (): Promise<string[]> => [...(await filesOf(paths)).map(({ path }) => path), ...settingsPaths(options, io)];
  return withReport({ ...options, inputs }, io, (report) => replayInto(report, paths, options));
}

const FILTERS = ['status', 'severity', 'pillar', 'control'] as const;

/** @throws UsageError if an option filters the report that `--events` replaces. */
function assertNoFilter(options: ReplayOptions): void {
  const filter = FILTERS.find((name) => options[name] !== undefined);
  if (filter) throw new UsageError(`--${filter} has no effect with --events, which prints no report. Fix: remove one of them`);
}

async function replayInto(report: Report, paths: readonly string[], options: ReplayOptions): Promise<number> {
  const pipeline = inProcessPipeline(CATALOGUE, await readSettings(options, report.io));
  const { unread, scans } = await feedAll(paths, pipeline, options, report.io);
  const result = await pipeline.result();
  const failures = await scans.failures(pipeline);
  const { interrupted } = scans;
  if (!options.events) {
    await report.print(
      () => {
        const { closed, denied, gaps, unread: facts } = failures.summary();
        return {
          ...filtered(result, report.filter),
          replay: { rejected: unread.groups, interrupted, closed, denied, gaps, unread: facts },
        };
      },
      (canvas) => {
        const { controls } = result.organization;
        const shown = report.filter.apply(controls);
        const view = { catalogue: CATALOGUE.controls, shows: (id: string) => Object.hasOwn(shown, id), explain: report.explain };
        const notRead = notReadLines(failures, result, canvas.columns, interruptions(interrupted));
        return [
          ...resultLines(result, { ...canvas, ...view }),
          ...report.filter.lines(controls, canvas.columns),
          ...(notRead.length > 0 ? [BLANK, ...notRead] : []),
        ];
      },
    );
  }
  const hasScore = result.organization.overall !== null;
  if (options.events && !hasScore) {
    await write(report.io.stderr, `csmm: nothing to score: ${nothingBecause(result)}\n`);
  }
  if (options.events) {
    for (const reason of interruptions(interrupted)) await write(report.io.stderr, `csmm: not read: ${plainText(reason)}\n`);
  }
  const isComplete = pipeline.counts.rejected === 0 && interrupted.length === 0 && failures.isComplete;
  return report.gate(gatedCard(result), isComplete && hasScore ? EXIT.ok : EXIT.unread);
}

/** Returns why a scan without an end is incomplete. */
const interruption = ({ startedAt, accounts, regions }: InterruptedScan): string =>
  `the scan of ${startedAt} did not end (accounts: ${accounts.length}, Regions: ${regions.length}). Fix: continue it with csmm scan --resume`;

/** Number of interrupted scans that csmm lists. It counts the others. */
const LISTED = 5;

const interruptions = (scans: readonly InterruptedScan[]): readonly string[] => [
  ...scans.slice(0, LISTED).map(interruption),
  ...(scans.length > LISTED ? [`${scans.length - LISTED} more scans did not end`] : []),
];

async function filesOf(paths: readonly string[]): Promise<readonly InputFile[]> {
  if (paths.filter((path) => path === '-').length > 1) {
    throw new UsageError('cannot read standard input (-) more than once. Fix: pass - only once');
  }
  return (await Promise.all(paths.map(inputFiles))).flat();
}

/** The parts of an input that are missing. */
export interface Fed {
  readonly unread: UnreadRecords;
  readonly scans: RecordedScans;
}

/** Number of unreadable records in a row after which csmm leaves a file: a compressed file of 1 MB can hold millions. */
const MAX_UNREAD_IN_A_ROW = 200_000;

/**
 * Collects and scores all records of some files. Lists on standard error what it could not read, and notes if declared settings
 * replaced recorded ones.
 *
 * @throws InputError if a path cannot be read.
 */
export async function feedAll(paths: readonly string[], pipeline: InProcessPipeline, options: FeedOptions, io: CliIo): Promise<Fed> {
  const { events = false, quiet = false } = options;
  const files = await filesOf(paths);
  const progress = progressOn(io, { events, quiet });
  const fed: Fed = { unread: new UnreadRecords(), scans: new RecordedScans() };
  const note = async (record: RecordPlace, reason: string): Promise<void> => {
    const line = fed.unread.note(record, reason);
    if (line === undefined) return;
    await progress.clear();
    await write(io.stderr, line);
  };
  const emit = async (): Promise<void> => {
    const settled = await pipeline.settle();
    if (events) await writeEvents(settled.events, io);
  };
  let records = 0;
  const settle = async (): Promise<void> => {
    records++;
    if (events) await emit();
    else if (records % RECORDS_PER_MERGE === 0) pipeline.noteChanges();
    await progress.show(pipeline.counts);
  };
  for (const file of files) {
    let inARow = 0;
    for await (const record of readFileRecords(file, io.stdin)) {
      const reasons = await feedRecord(record, pipeline);
      for (const reason of reasons) await note(record, reason);
      if ('document' in record) fed.scans.note(record.document);
      await settle();
      // The reader of the events is gone.
      if (events && !io.stdout.writable) return fed;
      inARow = reasons.length > 0 ? inARow + 1 : 0;
      if (inARow < MAX_UNREAD_IN_A_ROW) continue;
      await note(record, `${inARow.toLocaleString('en')} records in a row cannot be read; csmm reads no further in this file`);
      break;
    }
  }
  await pipeline.closeLists();
  await emit();
  await progress.clear();
  await fed.unread.writeRest(io.stderr);
  if (!quiet) await noteReplacedSettings(pipeline, io);
  return fed;
}

const REPLACED_SETTINGS =
  'csmm: ignored the csmm.yaml in the input, because a settings file applies (--no-settings uses the one in the input)\n';

const noteReplacedSettings = (pipeline: InProcessPipeline, io: CliIo): Promise<void> =>
  write(io.stderr, pipeline.replacedSettings() > 0 ? REPLACED_SETTINGS : '');

/** Feeds one record. Returns the reasons why csmm could not read it or parts of it. */
export async function feedRecord(record: InputRecord, pipeline: InProcessPipeline): Promise<readonly string[]> {
  if ('document' in record) {
    const reasons = await pipeline.feed(record.document);
    const foreign = reasons.length > 0 ? foreignToReplay(record.document) : undefined;
    return foreign === undefined ? reasons : [foreign];
  }
  pipeline.reject();
  return [record.error];
}

async function writeEvents(events: readonly CsmmEvent[], io: CliIo): Promise<void> {
  const lines = events.map(({ detailType, detail }) => jsonText({ source: EVENT_SOURCE, 'detail-type': detailType, detail }));
  await write(io.stdout, lines.map((line) => `${line}\n`).join(''));
}

const PROGRESS_EVERY_MS = 200;

/** Returns a progress line on standard error. It is visible only on a terminal, and not between events on the same terminal. */
function progressOn({ stderr, stdout, env }: CliIo, { events, quiet }: Required<FeedOptions>) {
  const visible = !quiet && isTerminal(stderr, env) && !(events && isTerminal(stdout, env));
  let next = performance.now() + PROGRESS_EVERY_MS;
  let shown = false;
  return {
    show: async ({ read }: InputCounts): Promise<void> => {
      if (!visible || performance.now() < next) return;
      next = performance.now() + PROGRESS_EVERY_MS;
      shown = true;
      await write(stderr, `\r\u001b[K ${read.toLocaleString('en')} items read`);
    },
    clear: async (): Promise<void> => {
      if (shown) await write(stderr, '\r\u001b[K');
      shown = false;
    },
  };
}
