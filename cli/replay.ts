import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { CATALOGUE } from '../controls/catalogue.ts';
import { type CsmmEvent, EVENT_SOURCE } from '../core/pipeline/events.ts';
import type { InputCounts } from '../core/pipeline/result.ts';
import { paint } from '../reporting/lines.ts';
import { resultLines } from '../reporting/result.ts';
import { EXIT, UsageError } from './exit.ts';
import { type InProcessPipeline, inProcessPipeline } from './in-process.ts';
import { type CliIo, canvasOf, isTerminal, write } from './io.ts';
import { type InputRecord, readRecords } from './records.ts';
import { readSettings } from './settings-option.ts';
import { unreadLine } from './summary.ts';

export interface ReplayOptions {
  /** Prints the result document. */
  readonly json?: boolean;
  /** Prints the score-change events, one a line. */
  readonly events?: boolean;
  /** Path of a `csmm.yaml`. */
  readonly settings?: string;
  /** Explains the terms of the scorecard. By default only on a terminal. */
  readonly explain?: boolean;
}

/** Without `--events` nobody sees what lies between two scorings: so many records are scored at once. */
const RECORDS_PER_SCORING = 10_000;

/** Collects and scores recorded configuration items, and shows where they lead. */
export async function replay(paths: readonly string[], options: ReplayOptions, io: CliIo): Promise<number> {
  if (options.json && options.events) throw new UsageError('--json and --events exclude each other: standard output holds one of them');
  const pipeline = inProcessPipeline(CATALOGUE, await readSettings(options.settings, io));
  await feedAll(paths, pipeline, options, io);
  const result = await pipeline.result();
  if (options.json) await write(io.stdout, `${JSON.stringify(result, null, 2)}\n`);
  else if (!options.events) {
    const canvas = canvasOf(io.stdout, io.env);
    const explain = options.explain ?? isTerminal(io.stdout, io.env);
    await write(io.stdout, paint(resultLines(result, { ...canvas, catalogue: CATALOGUE.controls, explain }), canvas));
  }
  const hasScore = result.organization.overall !== null;
  if (options.events && !hasScore)
    await write(io.stderr, 'csmm: nothing to score: no input record describes a resource that csmm evaluates\n');
  return pipeline.counts.rejected > 0 || !hasScore ? EXIT.unread : EXIT.ok;
}

async function assertReadable(path: string): Promise<void> {
  if (path === '-') return;
  try {
    await access(path, constants.R_OK);
  } catch (cause) {
    throw new UsageError(`cannot open ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** Collects and scores all records of some files. */
export async function feedAll(paths: readonly string[], pipeline: InProcessPipeline, { events }: ReplayOptions, io: CliIo): Promise<void> {
  if (paths.filter((path) => path === '-').length > 1) throw new UsageError('- (standard input) can be read only once');
  for (const path of paths) await assertReadable(path);
  const progress = progressOn(io, events === true);
  let records = 0;
  for (const path of paths) {
    for await (const record of readRecords(path)) {
      for (const reason of await feedRecord(record, pipeline)) {
        await progress.clear();
        await write(io.stderr, unreadLine(record, reason));
      }
      records++;
      if (events) await writeEvents((await pipeline.settle()).events, io);
      else if (records % RECORDS_PER_SCORING === 0) await pipeline.settle();
      await progress.show(pipeline.counts);
    }
  }
  await pipeline.settle();
  await progress.clear();
}

/** Feeds one record. Returns why it, or parts of it, could not be read. */
export async function feedRecord(record: InputRecord, pipeline: InProcessPipeline): Promise<readonly string[]> {
  if ('document' in record) return pipeline.feed(record.document);
  pipeline.reject();
  return [record.error];
}

async function writeEvents(events: readonly CsmmEvent[], io: CliIo): Promise<void> {
  const lines = events.map(({ detailType, detail }) => JSON.stringify({ source: EVENT_SOURCE, 'detail-type': detailType, detail }));
  await write(io.stdout, lines.map((line) => `${line}\n`).join(''));
}

const PROGRESS_EVERY_MS = 200;

/** A line on standard error that is overwritten, where somebody sees it and it disturbs no other output. */
function progressOn({ stderr, stdout, env }: CliIo, writesEvents: boolean) {
  const visible = isTerminal(stderr, env) && !(writesEvents && isTerminal(stdout, env));
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
