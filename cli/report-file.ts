import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, type Stats, type WriteStream } from 'node:fs';
import { chmod, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { EXIT, UsageError } from './exit.ts';
import { fileProblem } from './files.ts';
import { type CliIo, safeOutput } from './io.ts';

/** Exit codes after which a report is complete enough to keep. */
const REPORTED: readonly number[] = [EXIT.ok, EXIT.unread, EXIT.gate];

/**
 * Runs `work` with the file `path` as its standard output, or with the standard output itself without a path. Writes to a
 * temporary file next to `path` and renames it at the end, so a reader never sees half a report. Keeps an existing file if
 * `work` does not end with a report.
 *
 * @throws UsageError if the file cannot be written.
 */
export async function withReportFile(path: string | undefined, io: CliIo, work: (io: CliIo) => Promise<number>): Promise<number> {
  if (path === undefined) return work(io);
  const { target, mode } = await targetOf(path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`);
  const stream = createWriteStream(temporary, { flags: 'wx', ...(mode !== undefined && { mode }) });
  const attempt = <T>(step: Promise<T>): Promise<T> =>
    step.catch((error: unknown) => {
      throw new UsageError(`cannot write the report to ${path}: ${fileProblem(error)}`);
    });
  const failure = failureOf(stream);
  await attempt(once(stream, 'open'));
  try {
    const code = await work({ ...io, stdout: safeOutput(stream) });
    await attempt(finished(stream.end()));
    if (!REPORTED.includes(code)) return code;
    if (mode !== undefined) await attempt(chmod(temporary, mode));
    await attempt(rename(temporary, target));
    return code;
  } catch (error) {
    // A full disk interrupts the work with an error of the stream.
    const cause = failure();
    throw cause && !(error instanceof UsageError) ? new UsageError(`cannot write the report to ${path}: ${fileProblem(cause)}`) : error;
  } finally {
    stream.destroy();
    await rm(temporary, { force: true });
  }
}

function failureOf(stream: WriteStream): () => Error | undefined {
  let failure: Error | undefined;
  stream.on('error', (error) => {
    failure ??= error;
  });
  return () => failure;
}

/** Refuses a path that names one of the files that the command reads. @throws UsageError */
export async function assertNoInput(path: string, inputs: readonly string[]): Promise<void> {
  const output = await statOf(path);
  for (const input of inputs.filter((each) => each !== '-')) {
    const found = output && (await statOf(input));
    if (resolve(input) === resolve(path) || (found && found.ino === output.ino && found.dev === output.dev)) {
      throw new UsageError(`cannot write the report to ${path}: the command uses this file itself. Fix: pass another path to --output`);
    }
  }
}

const statOf = (path: string): Promise<Stats | undefined> => stat(path).catch(() => undefined);

/** Maximum number of symbolic links to follow, as in Linux. */
const MAX_LINKS = 40;

/** Returns the path at the end of symbolic links, whose file does not exist yet. */
async function endOfLinks(path: string): Promise<string> {
  let end = path;
  for (let followed = 0; followed < MAX_LINKS; followed++) {
    const target = await readlink(end).catch(() => undefined);
    if (target === undefined) return end;
    end = resolve(dirname(end), target);
  }
  throw new UsageError(`cannot write the report to ${path}: it is a symbolic link without an end. Fix: pass another path`);
}

/** Returns the file behind a path, with its mode if it exists. A symbolic link stays, and its target is replaced. */
async function targetOf(path: string): Promise<{ readonly target: string; readonly mode?: number }> {
  if (path === '' || path === '-') {
    throw new UsageError(
      `cannot write the report: --output is ${path === '' ? 'empty' : '-'}, not the path of a file. Fix: pass a path, or remove --output to print the report`,
    );
  }
  const existing = await statOf(path);
  if (!existing) {
    const target = await endOfLinks(path);
    const folder = dirname(target);
    if (await statOf(folder)) return { target };
    throw new UsageError(`cannot write the report to ${path}: the folder ${folder} does not exist. Fix: create it`);
  }
  if (existing.isFile()) return { target: await realpath(path), mode: existing.mode & 0o777 };
  const kind = existing.isDirectory() ? 'a directory' : 'not a regular file';
  throw new UsageError(`cannot write the report: ${path} is ${kind}. Fix: pass the path of a file`);
}
