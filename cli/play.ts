import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CATALOGUE } from '../controls/catalogue.ts';
import { readDocument } from '../core/events/intake.ts';
import { isRecord, readRecord } from '../core/events/record.ts';
import { millisecondsOf } from '../core/instant.ts';
import type { ControlChange, ScoreChange } from '../core/ports.ts';
import { ORGANIZATION } from '../core/ports.ts';
import { type Scorecard, scoreOrganization } from '../core/scoring/scorecard.ts';
import { BLANK, type Canvas, type Line, paint, span } from '../reporting/lines.ts';
import { flow, plainText, wrap } from '../reporting/plain-text.ts';
import { organizationTitle, resultLines } from '../reporting/result.ts';
import { type Effect, scorecardLines } from '../reporting/terminal.ts';
import { EXIT, UsageError } from './exit.ts';
import { type InProcessPipeline, inProcessPipeline } from './in-process.ts';
import { type CliIo, canvasOf, isTerminal, write } from './io.ts';
import { type InputRecord, readRecords } from './records.ts';
import { feedRecord } from './replay.ts';
import { openScreen } from './screen.ts';
import { readSettings } from './settings-option.ts';
import { wrappedLines } from './text.ts';
import { UnreadRecords } from './unread-records.ts';

export interface PlayOptions {
  /** Pace: 1 plays everything in {@link DURATION_MS}, `Infinity` at once. */
  readonly speed: number;
  /** Plays these events instead of the bundled week. */
  readonly file?: string;
  /** Path of a settings file. The sample week has its own, so csmm does not look for one in the working folder. */
  readonly settings?: string;
  /** Explains the terms of the scorecard. By default only on a terminal. */
  readonly explain?: boolean;
}

/** Height of a terminal of unknown height, in lines. */
const ROWS = 24;
/** Maximum number of changes that the live view lists. */
const MAX_EFFECTS = 10;

/** Duration of the week at speed 1, in milliseconds. */
export const DURATION_MS = 25_000;
const FRAME_MS = 80;
/** Maximum time to process events before the next frame, in milliseconds. */
const MAX_FRAME_WORK_MS = 120;

/** Path of the sample week: one level above the source in cli/, and two above the chunks of the bundle in dist/chunks/. */
const WEEK =
  ['../examples/week.ndjson', '../../examples/week.ndjson']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path)) ?? 'examples/week.ndjson';

/** Later than every capture time that csmm reads. */
const AFTER_ALL = '2100-01-01T00:00:00.000Z';

/** Plays recorded events as if they happened now, and shows how each event changes the score. */
export async function play({ speed, file, settings, explain }: PlayOptions, io: CliIo): Promise<number> {
  const path = file ?? relative('', WEEK);
  // The sample week can be in the future of a computer whose clock is wrong.
  const latest = file === undefined ? () => AFTER_ALL : undefined;
  const pipeline = inProcessPipeline(CATALOGUE, await readSettings({ settings: settings ?? false }, io), latest);
  const game = new Game(await readTimeline(path, io), pipeline);
  const live = isTerminal(io.stdout, io.env);
  const stop = new AbortController();
  const forget = io.onInterrupt(() => stop.abort());
  try {
    if (live) await playLive(game, speed, io, stop.signal);
    else await playAtOnce(game, stop.signal);
    if (game.over) await game.close();
  } finally {
    forget();
  }
  const canvas = canvasOf(io.stdout, io.env);
  await write(
    io.stdout,
    paint(await summaryLines(game, path, canvas, { interrupted: stop.signal.aborted, explains: explain ?? live }), canvas),
  );
  if (stop.signal.aborted) return EXIT.interrupted;
  return file !== undefined && (pipeline.counts.rejected > 0 || game.shortLists > 0) ? EXIT.unread : EXIT.ok;
}

async function playAtOnce(game: Game, signal: AbortSignal): Promise<void> {
  while (!game.over && !signal.aborted) {
    await game.advance(Number.POSITIVE_INFINITY);
    await breathe();
  }
}

async function playLive(game: Game, speed: number, io: CliIo, signal: AbortSignal): Promise<void> {
  const screen = openScreen(io.stdout);
  const start = performance.now();
  const draw = (clock: number): void => screen.draw(frame(game, clock, io));
  try {
    draw(game.begin);
    while (!game.over && !signal.aborted) {
      const elapsed = performance.now() - start;
      const clock = speed === Number.POSITIVE_INFINITY ? speed : game.begin + (elapsed / DURATION_MS) * speed * (game.end - game.begin);
      await game.advance(clock);
      draw(Math.min(clock, game.end));
      await sleep(speed === Number.POSITIVE_INFINITY ? 0 : FRAME_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    screen.leave();
  }
}

/** A record with its time in the week, in milliseconds since the epoch. It is never before the time of the record before. */
interface Scheduled {
  readonly record: InputRecord;
  readonly at: number;
}

/** Maximum number of records to play. Memory holds all of them. */
const MAX_RECORDS = 100_000;

async function readTimeline(path: string, { stdin }: CliIo): Promise<Scheduled[]> {
  const records: InputRecord[] = [];
  for await (const record of readRecords(path, stdin)) {
    records.push(record);
    if (records.length > MAX_RECORDS) {
      throw new UsageError(
        `${path} holds more than ${MAX_RECORDS.toLocaleString('en')} records. Fix: use csmm replay, or pass a smaller file`,
      );
    }
  }
  let clock = Number.NEGATIVE_INFINITY;
  const times = records.map((record) => {
    clock = Math.max(clock, capturedAt(record));
    return clock;
  });
  const first = times.find(Number.isFinite);
  if (first === undefined) {
    throw new UsageError(`${path} holds nothing to play. Fix: pass a file with configuration items, or with records of csmm scan`);
  }
  return records.map((record, index) => ({ record, at: Math.max(first, times[index] ?? first) }));
}

function capturedAt(record: InputRecord): number {
  return 'document' in record
    ? timesIn(record.document).reduce((latest, time) => Math.max(latest, millisecondsOf(time)), Number.NEGATIVE_INFINITY)
    : Number.NEGATIVE_INFINITY;
}

function timesIn(document: unknown): string[] {
  if (!isRecord(document)) return readDocument(document).flatMap((intake) => (intake.kind === 'item' ? [intake.item.capturedAt] : []));
  const evidence = readRecord(document);
  return typeof evidence === 'string' ? [] : [evidence.capturedAt];
}

/** The events, the number played so far, and their effects. */
class Game {
  readonly pipeline: InProcessPipeline;
  readonly begin: number;
  readonly end: number;
  /** Newest first. */
  readonly effects: Effect[] = [];
  readonly unread = new UnreadRecords();
  /** Number of lists that lack resources. */
  shortLists = 0;
  scorecard: Scorecard = scoreOrganization(CATALOGUE.controls, []);
  #played = 0;
  readonly #timeline: readonly Scheduled[];

  constructor(timeline: readonly Scheduled[], pipeline: InProcessPipeline) {
    this.#timeline = timeline;
    this.pipeline = pipeline;
    this.begin = timeline[0]?.at ?? 0;
    this.end = timeline.at(-1)?.at ?? 0;
  }

  get played(): number {
    return this.#played;
  }

  get length(): number {
    return this.#timeline.length;
  }

  get over(): boolean {
    return this.#played >= this.length;
  }

  /** Plays the events until `clock`, or as many as a frame has time for. */
  async advance(clock: number): Promise<void> {
    const deadline = performance.now() + MAX_FRAME_WORK_MS;
    for (let next = this.#timeline[this.#played]; next && next.at <= clock; next = this.#timeline[this.#played]) {
      await this.#play(next.record);
      if (performance.now() > deadline) return;
    }
  }

  /** Ends the play: a list that lacks resources is incomplete. */
  async close(): Promise<void> {
    this.shortLists = await this.pipeline.closeLists();
    await this.#settle();
  }

  async #play(record: InputRecord): Promise<void> {
    this.#played++;
    for (const reason of await feedRecord(record, this.pipeline)) this.unread.note(record, reason);
    await this.#settle();
  }

  async #settle(): Promise<void> {
    const { changes } = await this.pipeline.settle();
    const effect = effectOf(changes);
    if (!effect) return;
    this.effects.unshift(effect);
    this.scorecard = changes.at(-1)?.after.scorecard ?? this.scorecard;
  }
}

/** Returns the effect of some changes on the organization. Returns `undefined` if the organization did not change. */
export function effectOf(changes: readonly ScoreChange[]): Effect | undefined {
  const organization = changes.find(({ after }) => after.scope === ORGANIZATION);
  if (!organization) return undefined;
  return {
    before: organization.before?.scorecard.overall ?? null,
    after: organization.after.scorecard.overall,
    controls: changes.flatMap(({ after }) =>
      after.scope === ORGANIZATION ? [] : after.changes.map((change) => ({ ...change, accountId: after.scope })),
    ),
  };
}

/** Lines around the last changes of a frame: a blank line and their heading. */
const EFFECTS_HEAD = 2;

/** Returns one frame. Its last line is the status, whatever the height of the terminal. */
function frame(game: Game, clock: number, io: CliIo): string {
  const canvas = canvasOf(io.stdout, io.env);
  const rows = io.stdout.rows || ROWS;
  const options = { ...canvas, title: titleOf(game), aside: timeOf(clock) };
  const card = scorecardLines(game.scorecard, options);
  const room = Math.min(MAX_EFFECTS, rows - card.length - EFFECTS_HEAD - 1);
  const lines = room > 0 ? scorecardLines(game.scorecard, { ...options, effects: game.effects, effectLines: room }) : card;
  const status = [span(` ${game.played} of ${game.length} events · Ctrl-C stops`, 'dim')];
  return paint([...lines.slice(0, rows - 1), status], { ...canvas, cutsLines: true });
}

const titleOf = ({ pipeline }: Game): string => organizationTitle(pipeline.store.accountIds().length);

const TIME = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
});

const timeOf = (clock: number): string => `${TIME.format(clock).replaceAll(',', '')} UTC`;

interface SummaryOptions {
  readonly interrupted: boolean;
  readonly explains: boolean;
}

async function summaryLines(game: Game, path: string, canvas: Canvas, { interrupted, explains }: SummaryOptions): Promise<Line[]> {
  const story = [
    [span(interrupted ? ` Stopped after ${game.played} of ${game.length} events` : ` ${game.length} events played`, 'bold')],
    ...courseLines(game.effects, canvas.columns),
    ...unreadLines(game.unread, canvas),
    ...shortListLines(game, canvas.columns),
  ];
  return [
    ...resultLines(await game.pipeline.result(), {
      ...canvas,
      catalogue: CATALOGUE.controls,
      explain: explains,
      effects: game.effects.slice(0, 5),
      story,
      limits: { controls: 3, resources: 1, exceptions: 3 },
      hint: 'csmm replay lists all',
    }),
    BLANK,
    ...nextSteps(path, canvas.columns),
  ];
}

/** Returns the first, lowest, highest and last score, and the number of controls that were fixed and broken. */
function courseLines(effects: readonly Effect[], columns: number): Line[] {
  const first = effects.at(-1);
  const last = effects[0];
  if (!first || !last) return [[span(' No event had an effect on the score')]];
  const scores = effects.flatMap(({ after }) => after ?? []);
  const moved = (from: ControlChange['from'], to: ControlChange['to']): number =>
    effects.flatMap(({ controls }) => controls).filter((change) => change.from === from && change.to === to).length;
  const extremes = [`lowest ${shown(Math.min(...scores))}`, `highest ${shown(Math.max(...scores))}`];
  const course = [`Score: first ${shown(first.after)}`, ...extremes, `now ${shown(last.after)}`];
  const changes = [`Controls: ${moved('FAILED', 'PASSED')} times fixed`, `${moved('PASSED', 'FAILED')} times broken`];
  return [course, changes].flatMap((parts) => flow(parts, columns - 2)).map((line) => [span(` ${line}`)]);
}

const shown = (score: number | null): string => (score !== null && Number.isFinite(score) ? score.toFixed(1) : '–');

/** Maximum number of reasons of unreadable records that are listed. */
const MAX_REASONS = 5;

/** Returns a line for each reason why records could not be read, with the place of the first one. */
function unreadLines({ groups }: UnreadRecords, { columns }: Canvas): Line[] {
  const shown = groups.slice(0, MAX_REASONS).map(({ reason, records, places }) => {
    const more = records > 1 ? ` (and ${(records - 1).toLocaleString('en')} more)` : '';
    return plainText(`${places[0]}${more}: ${reason}`);
  });
  const rest = groups.length - MAX_REASONS;
  return [...shown, ...(rest > 0 ? [`and ${rest} more reasons`] : [])]
    .flatMap((text) => wrap(text, columns - 4))
    .map((line) => [span(`   ${line}`, 'dim')]);
}

const shortListLines = ({ shortLists }: Game, columns: number): Line[] =>
  shortLists === 0
    ? []
    : wrappedLines(`lists without all of their resources, so that no control rests on them: ${shortLists}`, columns, 3, 'dim');

function nextSteps(path: string, columns: number): Line[] {
  const steps = [
    [`npx csmm replay ${path}`, 'every failing control, and why'],
    [`npx csmm replay ${path} --events`, 'the events, one per line'],
    ['npx csmm replay DIR', 'your own AWS Config items'],
    ['npx csmm controls NET-L1-01', 'a control: rule, evidence, fix'],
  ] as const;
  const width = Math.max(...steps.map(([command]) => command.length));
  const besides = columns > width + 36;
  return [
    [span(' Try next', 'bold')],
    ...steps.flatMap(([command, what]): Line[] =>
      besides
        ? [[span(`   ${command.padEnd(width)}`), span(`  ${what}`, 'dim')]]
        : [...wrappedLines(command, columns, 3), ...wrappedLines(what, columns, 5, 'dim')],
    ),
  ];
}
