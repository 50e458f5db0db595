import { once } from 'node:events';
import { writeSync } from 'node:fs';
import type { Canvas } from '../reporting/lines.ts';
import { EXIT } from './exit.ts';

/** A stream that a command writes to, and its terminal if there is one. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** The environment of a command, apart from the files that it names. */
export interface CliIo {
  /** Input of the command, and the answers of the user if it is a terminal. */
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the working folder, in which csmm looks for `csmm.yaml`. */
  readonly cwd: string;
  /** Calls `listener` once when the user stops the command. Returns a function that removes the listener. */
  onInterrupt(listener: () => void): () => void;
}

/** Returns the streams and signals of this process. */
export function processIo(): CliIo {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', exitOnWriteError);
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    onInterrupt: (listener) => {
      const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
      for (const signal of signals) process.once(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
  };
}

/** Ends the process. A closed pipe, as in `csmm … | head`, is not an error; a full disk is one. */
function exitOnWriteError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
  try {
    writeSync(process.stderr.fd, `csmm: cannot write the output: ${error.message}\n`);
  } catch {
    // Standard error is the stream that failed.
  }
  process.exit(EXIT.fault);
}

/** Writes a text, and waits if the reader is slower. */
export async function write(output: Output, text: string): Promise<void> {
  if (text !== '' && !output.write(text)) await once(output, 'drain');
}

/** Characters that JSON allows but that control a terminal or hide text. A line feed is of the layout. */
const CONTROLS = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Returns JSON that a terminal shows as it is: control and direction characters are escaped, so no value changes. */
export const jsonText = (value: unknown, indent?: number): string => JSON.stringify(value, null, indent).replaceAll(CONTROLS, escaped);

/** Returns the JSON escape of a character: one `\\u` for each UTF-16 unit. */
const escaped = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

/** Writes a JSON document, indented. */
export const writeJson = (output: Output, value: unknown): Promise<void> => write(output, `${jsonText(value, 2)}\n`);

/** Returns whether csmm can redraw an output. */
export const isTerminal = (output: Output, env: CliIo['env']): boolean => output.isTTY === true && env.TERM !== 'dumb';

/** Width without a terminal, in columns: a log shows long lines. */
const COLUMNS_WITHOUT_TERMINAL = 100;

/** Returns the width and colour of an output. Only a terminal has colour, and only without `NO_COLOR` (https://no-color.org). */
export function canvasOf(output: Output, env: CliIo['env']): Canvas {
  const terminal = isTerminal(output, env);
  return {
    columns: (terminal && output.columns) || COLUMNS_WITHOUT_TERMINAL,
    colour: terminal && (env.NO_COLOR ?? '') === '',
  };
}
