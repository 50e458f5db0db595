import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { CATALOGUE } from '../controls/catalogue.ts';
import { type CsmmEvent, EVENT_SOURCE } from '../core/pipeline/events.ts';
import type { InputCounts } from '../core/pipeline/result.ts';
import { nothingBecause, resultLines } from '../reporting/result.ts';
import { EXIT, messageOf, UsageError } from './exit.ts';
import { foreignToReplay } from './foreign.ts';
import { type InProcessPipeline, inProcessPipeline } from './in-process.ts';
import { type CliIo, isTerminal, jsonText, write } from './io.ts';
import { type InputRecord, listFiles, readRecords } from './records.ts';
import { filtered, gatedCard, type Report, type ReportOptions, withReport } from './report.ts';
import { readSettings, type SettingsOptions, settingsPaths } from './settings-option.ts';
import { unreadLine } from './summary.ts';

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
  const inputs = async (): Promise<string[]> => [...(await Promise.all(paths.map(listFiles))).flat(), ...settingsPaths(options, io)];
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
  await feedAll(paths, pipeline, options, report.io);
  const result = await pipeline.result();
  if (!options.events) {
    await report.print(
      () => filtered(result, report.filter),
      (canvas) => {
        const { controls } = result.organization;
        const shown = report.filter.apply(controls);
        const view = { catalogue: CATALOGUE.controls, shows: (id: string) => Object.hasOwn(shown, id), explain: report.explain };
        return [...resultLines(result, { ...canvas, ...view }), ...report.filter.lines(controls, canvas.columns)];
      },
    );
  }
  const hasScore = result.organization.overall !== null;
  if (options.events && !hasScore) {
    await write(report.io.stderr, `csmm: nothing to score: ${nothingBecause(result)}\n`);
  }
  return report.gate(gatedCard(result), pipeline.counts.rejected > 0 || !hasScore ? EXIT.unread : EXIT.ok);
}

async function assertReadable(path: string): Promise<void> {
  if (path === '-') return;
  try {
    await access(path, constants.R_OK);
  } catch (cause) {
    throw new UsageError(`cannot open ${path}: ${messageOf(cause)}`);
  }
}

/** Collects and scores all records of some files. Notes on standard error if declared settings replaced recorded ones. */
export async function feedAll(paths: readonly string[], pipeline: InProcessPipeline, options: FeedOptions, io: CliIo): Promise<void> {
  const { events = false, quiet = false } = options;
  if (paths.filter((path) => path === '-').length > 1) {
    throw new UsageError('cannot read standard input (-) more than once. Fix: pass - only once');
  }
  for (const path of paths) await assertReadable(path);
  const progress = progressOn(io, { events, quiet });
  let records = 0;
  for (const path of paths) {
    for await (const record of readRecords(path)) {
      for (const reason of await feedRecord(record, pipeline)) {
        await progress.clear();
        await write(io.stderr, unreadLine(record, reason));
      }
      records++;
      if (events) await writeEvents((await pipeline.settle()).events, io);
      else if (records % RECORDS_PER_MERGE === 0) pipeline.mergeChanges();
      await progress.show(pipeline.counts);
    }
  }
  await pipeline.settle();
  await progress.clear();
  if (pipeline.replacedSettings() > 0 && !quiet) {
    await write(
      io.stderr,
      'csmm: ignored the csmm.yaml in the input, because a settings file applies (--no-settings uses the one in the input)\n',
    );
  }
}

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
