import { once } from 'node:events';
import { createWriteStream, type Stats, type WriteStream } from 'node:fs';
import { chmod, lstat, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { FactsRecord, ScanBegin, ScanEnd } from '../core/events/record.ts';
import { UsageError } from './exit.ts';
import { fileProblem, InputError } from './files.ts';
import { jsonText } from './io.ts';

/** The file to which a scan writes its facts. */
export interface RecordFile {
  readonly path: string;
  /** Writes a line, and waits if the disk is slower. @throws UsageError if the write fails. */
  write(record: FactsRecord | ScanBegin | ScanEnd): Promise<void>;
  /** @throws UsageError if a write failed. */
  close(): Promise<void>;
  /** Removes a file that the user did not request. */
  readonly discard?: () => Promise<void>;
}

/**
 * Opens the record. csmm always writes one, so that the user can resume an interrupted scan. Only the user can read it, also if the
 * file existed before.
 *
 * @throws UsageError if it cannot be written, or is a directory or a symbolic link.
 */
export async function openRecord({ record, resume }: { readonly record?: string; readonly resume?: string }): Promise<RecordFile> {
  if (resume !== undefined) {
    const needsLineBreak = !(await endsLine(resume));
    return writer(resume, 'a', needsLineBreak ? '\n' : '');
  }
  if (record !== undefined) {
    await assertOverwritable(record);
    return writer(record, 'w');
  }
  const folder = await mkdtemp(join(tmpdir(), 'csmm-scan-'));
  const discard = () => rm(folder, { recursive: true, force: true });
  return { ...(await writer(join(folder, 'facts.ndjson'), 'w')), discard };
}

/** Refuses a path at which csmm would write somewhere else than the user sees. A pipe such as that of `>(gzip > file)` is also a link. */
async function assertOverwritable(path: string): Promise<void> {
  const refuse = (what: string): never => {
    throw new UsageError(`cannot write the record ${path}: it is ${what}. Fix: pass the path of a file`);
  };
  if (path === '' || path === '-') refuse(path === '' ? 'empty' : 'not the path of a file');
  const [itself, target] = [await lstat(path).catch(() => undefined), await statOf(path)];
  if (target?.isDirectory()) refuse('a directory');
  if (itself?.isSymbolicLink() && (target === undefined || target.isFile())) refuse('a symbolic link');
}

const statOf = (path: string): Promise<Stats | undefined> => stat(path).catch(() => undefined);

/** Permissions of a record: only the user can read and write it. */
const PRIVATE = 0o600;

async function writer(path: string, flags: 'a' | 'w', begin = ''): Promise<RecordFile> {
  const stream = createWriteStream(path, { flags, mode: PRIVATE });
  // Every task of a scan may wait for the disk at once.
  stream.setMaxListeners(0);
  let failure: Error | undefined;
  stream.on('error', (error) => {
    failure ??= error;
  });
  const attempt = async (what: () => Promise<unknown>, fix: string): Promise<void> => {
    try {
      await what();
    } catch (error) {
      failure ??= error as Error;
    }
    if (failure) throw new UsageError(`cannot write the record ${path}: ${failure.message}. Fix: ${fix}`);
  };
  await attempt(() => once(stream, 'open'), 'pass another path to --record');
  if ((await statOf(path))?.isFile()) await attempt(() => chmod(path, PRIVATE), 'pass the path of a file of your own');
  const resume = `make it writable (free space on the disk), and continue with --resume ${path}`;
  const write = (line: string): Promise<void> => attempt(() => writeTo(stream, line), resume);
  await write(begin);
  return {
    path,
    write: (record) => write(`${jsonText(record)}\n`),
    close: () => attempt(() => finished(stream.end()), resume),
  };
}

async function writeTo(stream: WriteStream, line: string): Promise<void> {
  if (line !== '' && !stream.destroyed && !stream.write(line)) await once(stream, 'drain');
}

/**
 * Checks that a scan can resume from a file.
 *
 * @throws InputError if it does not exist, is not a file, or is compressed: csmm cannot append to a compressed file.
 */
export async function assertResumable(path: string): Promise<void> {
  try {
    // To open a pipe would wait for its other end.
    if (!(await stat(path)).isFile()) {
      throw new InputError(`cannot resume: ${path} is not a file. Fix: pass a file that csmm scan --record wrote`);
    }
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
      if (bytesRead === 2 && buffer.readUInt16BE() === GZIP) {
        throw new InputError(`cannot resume: ${path} is compressed. Fix: decompress it first`);
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`cannot open ${path}: ${fileProblem(cause)}`);
  }
}

/** https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1 */
const GZIP = 0x1f8b;

/** Returns whether a file ends with a line break, which an interrupted write leaves out. */
async function endsLine(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size === 0) return true;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer.toString('latin1') === '\n';
  } finally {
    await file.close();
  }
}
