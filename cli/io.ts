import { once } from 'node:events';
import { fstatSync, writeSync } from 'node:fs';
import type { Canvas } from '../reporting/lines.ts';
import { EXIT } from './exit.ts';
import { fileProblem, InputError } from './files.ts';

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
  return {
    stdin: { isTTY: process.stdin.isTTY, [Symbol.asyncIterator]: standardInput },
    stdout: untilClosed(process.stdout),
    stderr: untilClosed(process.stderr),
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

/** Node.js reads a folder as if it were empty. @throws InputError */
async function* standardInput(): AsyncGenerator<Uint8Array | string> {
  if (fstatSync(0).isDirectory()) throw new InputError('cannot read standard input: it is a folder. Fix: pass the folder as a path');
  yield* process.stdin;
}

/**
 * Returns a stream of the process that stays quiet once its reader is gone, as in `csmm … | head`: the command then ends with its own
 * exit code, so that a gate still fails. Another error, such as a full disk, ends the process. csmm continues without standard error.
 */
function untilClosed(stream: NodeJS.WriteStream): Output {
  let isOpen = true;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    isOpen = false;
    if (error.code === 'EPIPE' || stream === process.stderr) return;
    try {
      writeSync(process.stderr.fd, `csmm: cannot write the output: ${fileProblem(error)}\n`);
    } catch {
      // Standard error takes no text either.
    }
    process.exit(EXIT.fault);
  });
  return withWrite(
    stream,
    (text) => !isOpen || stream.write(text),
    () => isOpen,
  );
}

/** Returns an output that writes with `write` and is otherwise the same. */
const withWrite = (output: Output, write: (text: string) => boolean, isWritable: () => boolean): Output =>
  new Proxy(output, {
    get: (target, key) => {
      if (key === 'write') return write;
      if (key === 'writable') return isWritable();
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

/** Writes a text, and waits if the reader is slower. Writes nothing to an output that takes no more text. */
export async function write(output: Output, text: string): Promise<void> {
  if (text === '' || !output.writable || output.write(text)) return;
  await once(output, 'drain').catch((error: unknown) => {
    if (output.writable) throw error;
  });
}

/** Characters that control a terminal, hide text or turn its direction. A line feed is of the layout. */
const HIDDEN = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const ALL_HIDDEN = new RegExp(HIDDEN.source, 'gu');
/** The same, without the control sequences that csmm itself writes to a terminal: colours, its progress and its screen. */
const OWN_OR_HIDDEN = new RegExp(`(\\r\\u001b\\[K|\\r\\n|\\u001b\\[(?:[\\d;]*m|[HJK]|2J|\\?(?:25|1049)[hl]))|${HIDDEN.source}`, 'gu');

/**
 * Returns an output that no text can control: hidden characters become escapes of JSON, in which they have the same value. It is the
 * last line of defence. Most texts are without them, because `plainText` leaves them out.
 */
export function safeOutput(output: Output): Output {
  const safe = (text: string): string => {
    if (!HIDDEN.test(text)) return text;
    if (output.isTTY !== true) return text.replaceAll(ALL_HIDDEN, escaped);
    return text.replaceAll(OWN_OR_HIDDEN, (found, own: string | undefined) => own ?? escaped(found));
  };
  return withWrite(
    output,
    (text) => output.write(safe(text)),
    () => output.writable,
  );
}

/** Returns the JSON escape of a character: one `\\u` for each UTF-16 unit. */
const escaped = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

/** Returns JSON that a terminal shows as it is. */
export const jsonText = (value: unknown, indent?: number): string => JSON.stringify(value, null, indent).replaceAll(ALL_HIDDEN, escaped);

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
