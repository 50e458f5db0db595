import type { ReadTask } from '../adapters/aws/scan.ts';
import { scopeRegion } from '../core/pipeline/sweep.ts';
import { type CliIo, isTerminal } from './io.ts';
import type { ScanLog } from './scan-log.ts';

export interface ScanProgress {
  begin(tasks: number): void;
  began(task: ReadTask): void;
  ended(task: ReadTask): void;
  /** Writes a line that stays, also if the progress is quiet. */
  say(text: string): void;
  end(): void;
}

/** Interval between updates of the progress line on a terminal, and between progress lines in a log. */
const REDRAW_MS = 150;
const REPORT_MS = 10_000;

/** Time for which the progress says that AWS throttled a call. */
const THROTTLED_MS = 3_000;

/** Returns the progress of a scan on standard error: one line that csmm overwrites on a terminal, or one line every 10 seconds. */
export function scanProgress({ stderr, env }: CliIo, log: ScanLog, quiet = false): ScanProgress {
  const terminal = isTerminal(stderr, env);
  let [total, done, started, shown] = [0, 0, 0, false];
  /** The lists that are read now, the one that began first at the front. */
  const running = new Set<ReadTask>();
  const draw = (): void => {
    const throttledBy = log.throttledSince(performance.now() - THROTTLED_MS);
    const text = progressText({
      total,
      done,
      calls: log.calls,
      elapsedMs: performance.now() - started,
      running: [...running],
      throttledBy,
    });
    stderr.write(terminal ? `\r\u001b[K ${text.slice(0, Math.max(20, (stderr.columns ?? 100) - 2))}` : `csmm: ${text}\n`);
    shown = true;
  };
  const clear = (): void => {
    if (shown && terminal) stderr.write('\r\u001b[K');
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    begin: (tasks) => {
      [total, started] = [tasks, performance.now()];
      if (!quiet) timer = setInterval(draw, terminal ? REDRAW_MS : REPORT_MS);
    },
    began: (task) => {
      running.add(task);
    },
    ended: (task) => {
      running.delete(task);
      done++;
    },
    say: (text) => {
      clear();
      stderr.write(`csmm: ${text}\n`);
    },
    end: () => {
      clearInterval(timer);
      clear();
    },
  };
}

/**
 * Returns a text such as `812 calls · 3 of 57 lists · 0:12 · reading s3-buckets in 111111111111 us-east-1 and 15 more lists`. There is no
 * estimate of the time left: one list can take as long as all others together, and AWS does not say how long it is.
 */
export function progressText(at: {
  readonly total: number;
  readonly done: number;
  readonly calls: number;
  readonly elapsedMs: number;
  /** The list that began first, and the others. */
  readonly running: readonly ReadTask[];
  /** Services that throttled a call lately. */
  readonly throttledBy: readonly string[];
}): string {
  const [first, ...others] = at.running;
  const more = others.length === 0 ? '' : ` and ${others.length} more ${others.length === 1 ? 'list' : 'lists'}`;
  return [
    `${at.calls.toLocaleString('en')} calls`,
    `${at.done} of ${at.total} lists`,
    clock(at.elapsedMs),
    ...(at.throttledBy.length === 0 ? [] : [`slower, because AWS throttles ${at.throttledBy.join(', ')}`]),
    ...(first ? [`reading ${whatOf(first)}${more}`] : []),
  ].join(' · ');
}

const whatOf = ({ target, reader, region }: ReadTask): string => `${reader.id} in ${target.accountId} ${scopeRegion(reader, region)}`;

const clock = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};
