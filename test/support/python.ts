import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Asks a Python program that lives as long as the test worker: it reads a request a line, and writes an answer a line. */
export type AskPython = (request: unknown) => Promise<unknown>;

interface Waiting {
  readonly take: (answer: unknown) => void;
  readonly fail: (error: Error) => void;
}

interface Running {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly waiting: Waiting[];
}

export interface PythonProgram {
  readonly program: string;
  /** Options of the interpreter. @default - none */
  readonly options?: readonly string[];
  /** @default - that of the test worker */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Returns a function that starts the program with its first request, and again if the program has ended. */
export function pythonProgram({ program, options = [], environment = process.env }: PythonProgram): AskPython {
  let running: Running | undefined;

  const start = (): Running => {
    const child = spawn('python3', [...options, '-c', program], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...environment } });
    const started: Running = { child, waiting: [] };
    createInterface({ input: child.stdout }).on('line', (line) => started.waiting.shift()?.take(JSON.parse(line)));
    const end = (error: Error) => {
      if (running === started) running = undefined;
      for (const { fail } of started.waiting.splice(0)) fail(error);
    };
    child.on('error', end);
    child.on('exit', (code) => end(new Error(`python3 has ended with ${code}`)));
    child.stdin.on('error', end);
    // The tests do not wait for it; it ends with them, as its input does.
    child.unref();
    for (const stream of [child.stdin, child.stdout] as unknown as { unref?: () => void }[]) stream.unref?.();
    return started;
  };

  return (request) => {
    running ??= start();
    const { child, waiting } = running;
    return new Promise((take, fail) => {
      waiting.push({ take, fail });
      child.stdin.write(`${JSON.stringify(request)}\n`);
    });
  };
}
