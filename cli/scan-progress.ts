import type { ReadTask } from '../adapters/aws/scan.ts';
import { scopeRegion } from '../core/pipeline/sweep.ts';
import { type CliIo, isTerminal } from './io.ts';
import type { ScanLog } from './scan-log.ts';

export interface ScanProgress {
  begin(tasks: number): void;
  began(task: ReadTask): void;
  ended(): void;
  /** Writes a line that stays, also if the progress is quiet. */
  say(text: string): void;
  end(): void;
}

/** Interval between updates of the progress line on a terminal, and between progress lines in a log. */
const REDRAW_MS = 150;
const REPORT_MS = 10_000;

/** Returns the progress of a scan on standard error: one line that csmm overwrites on a terminal, or one line every 10 seconds. */
export function scanProgress({ stderr, env }: CliIo, log: ScanLog, quiet = false): ScanProgress {
  const terminal = isTerminal(stderr, env);
  let [total, done, started, shown] = [0, 0, 0, false];
  let current: ReadTask | undefined;
  const draw = (): void => {
    const text = progressText({ total, done, calls: log.calls, elapsedMs: performance.now() - started, current });
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
      current = task;
    },
    ended: () => {
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

/** Returns a text such as `120 of 560 lists · 1,240 calls · 0:12, about 0:31 left · 111111111111 eu-west-1 ec2-volumes`. */
export function progressText(at: {
  readonly total: number;
  readonly done: number;
  readonly calls: number;
  readonly elapsedMs: number;
  readonly current?: ReadTask | undefined;
}): string {
  const left = at.done === 0 ? undefined : (at.elapsedMs / at.done) * (at.total - at.done);
  const time = `${clock(at.elapsedMs)}${left === undefined ? '' : `, about ${clock(left)} left`}`;
  const what = at.current ? ` · ${whatOf(at.current)}` : '';
  return `${at.done} of ${at.total} lists · ${at.calls.toLocaleString('en')} calls · ${time}${what}`;
}

const whatOf = ({ target, reader, region }: ReadTask): string => `${target.accountId} ${scopeRegion(reader, region)} ${reader.id}`;

const clock = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};
