import { once } from 'node:events';
import type { Canvas } from '../reporting/lines.ts';

/** A stream that is written to, and the terminal behind it if there is one. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** What a command has of the world beside the files that it names. */
export interface CliIo {
  /** Read from; the user answers there where it is a terminal. */
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls `listener` once when the user asks to stop. Returns how to stop listening. */
  onInterrupt(listener: () => void): () => void;
}

/** The streams and signals of this process. */
export function processIo(): CliIo {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', leaveWhenNobodyReads);
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    onInterrupt: (listener) => {
      const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
      for (const signal of signals) process.once(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
  };
}

/** `csmm … | head` closes the pipe before all is written; that is no error. */
function leaveWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

/** Writes, and waits where the reader is slower. */
export async function write(output: Output, text: string): Promise<void> {
  if (text !== '' && !output.write(text)) await once(output, 'drain');
}

/** Whether an output can be redrawn. */
export const isTerminal = (output: Output, env: CliIo['env']): boolean => output.isTTY === true && env.TERM !== 'dumb';

/** Width where there is no terminal: a log shows long lines. */
const COLUMNS_WITHOUT_TERMINAL = 100;

/** Width and colour of an output: colour only on a terminal, and not where `NO_COLOR` is set (https://no-color.org). */
export function canvasOf(output: Output, env: CliIo['env']): Canvas {
  const terminal = isTerminal(output, env);
  return {
    columns: (terminal && output.columns) || COLUMNS_WITHOUT_TERMINAL,
    colour: terminal && (env.NO_COLOR ?? '') === '',
  };
}
